"""Flows: what runs before a person answers.

A flow is data: nodes by key (`play`, `hours`, `queue`, `end`) that name each other. The interpreter runs it
for one interaction like the engine runs the centre: commands in, events out, a next deadline, restore. It
is pure; the switchboard plays what the events say and tells it when a prompt is over.

Every state has an exit: a prompt that never ends has a deadline, a request for a queue that nobody answers
ends in music, and the engine limits the whole stay in a flow.

Start reading at `model.py` (what a flow is), then `interpreter.py`; each kind of node is one file in
`nodes/`.
"""
