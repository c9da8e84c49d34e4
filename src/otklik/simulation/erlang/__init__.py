"""Queueing formulas in closed form: Erlang B, C, A and X. The reference of the simulation, and a calculator.

Loads are in erlangs (mean arrivals x mean handling time), rates per second, times in seconds, all as floats:
this is arithmetic, not time keeping. Nothing here runs through the customers present where it can be helped,
so ten thousand agents, or a load of a hundred million erlangs, take no longer than fourteen. Service levels
carry the names of the product's measures; "offered" are those who entered the queue.

    loss        Erlang B: nobody waits
    patient     Erlang C: all wait for ever; M/G/k as an approximation
    impatient   Erlang A: customers give up
    lines       Erlang X: a finite number of lines, and customers who try again
    calculator  one question with all of its limits checked, one answer; fewest agents for a target

Start reading at `calculator.py`.
"""

from otklik.simulation.erlang.impatient import impatient_queue
from otklik.simulation.erlang.loss import erlang_b, load_for_blocking, loss_system
from otklik.simulation.erlang.model import Steady
from otklik.simulation.erlang.patient import erlang_c, patient_queue

__all__ = [
    "Steady",
    "erlang_b",
    "erlang_c",
    "impatient_queue",
    "load_for_blocking",
    "loss_system",
    "patient_queue",
]
