"""Otklik: a self-hosted contact centre on Asterisk.

One pure engine (`acd`) decides who talks with whom; `switchboard` runs it in real time, `simulation` in
virtual time; everything that happened is one `journal`; every screen and report is a fold of it.
Start reading at `wiring/engine.py`, then `acd/__init__.py`.
"""

__version__ = "0.1.0"
