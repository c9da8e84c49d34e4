"""Dashboards: what somebody wants to see of the centre, laid out by himself, and televisions that show it.

A dashboard is a grid of tiles; it belongs to a person (or to the centre) and may be shown to roles, to teams
or to everybody, who look and change nothing. A tile says which figure of which queues or teams it shows; the
numbers themselves come from the live feed, counted by the very code of the board and of the reports. A wall
is a link that opens dashboards on a television without a sign-in: it sees what its maker may see and is no
longer worth anything when he may not.

Nothing here reads the journal or counts anything, and the engine never reads it: rows of `web` alone.

Start reading at `model.py` (what a tile is), then `figures.py`.
"""
