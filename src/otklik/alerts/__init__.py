"""Alerts: thresholds on live figures, with an owner.

A rule names a figure of the board, a place (a queue, a team, an agent, the centre), a limit and for how long
it must be crossed. The process `courier` looks every few seconds at the very figures that the board shows
and stores what fires and what is over, with the value that caused it. Whoever watches the board takes an
alert over or puts it to sleep with a reason; everything is kept as a history.

Nothing here reads the journal or counts anything: figures come as numbers by figure and place, None where
there is no data, and no data never fires.

Start reading at `model.py` (what a rule is), then `judge.py`.
"""
