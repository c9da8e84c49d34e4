"""What an administrator sets up: site, projects, teams, skills, queues, numbers, trunks, hours, reasons,
agents, devices.

The process `engine` reads all of it, so it changes only by a command: `decide.py` (pure) answers a command
with events or refuses it, `apply.py` folds an event into the `Configuration` that the engine holds in memory,
and `store.py` writes the rows in the writer's own transaction, as a part of the batch. Dispositions are not
read by the engine: they are one request, one transaction in `web` (`service.py`).

Names of people stand in room `access`; here an agent is a person's id with teams and skills. Values of
secrets stand in table `secret`; here is only their id.

Start reading at `model.py`, then `decide.py`.
"""
