"""Webhooks: other systems (a CRM, a help desk, an accounting program) are told what happens to interactions.

The process `courier` reads the journal with a position of its own: in one transaction the events after it
become deliveries of each hook that wants them, and the position moves on. So a process that is killed loses
nothing and tells nothing twice of its own accord; what was on its way is sent again under the same event id,
by which the receiver knows a double. An event's id is its place in the journal: a replay has the same one.

Deliveries of one interaction go in the order of the journal: the next waits until the one before was taken
or given up. Start reading at `model.py`, then `feeding.py` and `sender.py`.
"""
