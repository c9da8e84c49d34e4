"""Plan people against load: what-ifs with the digital twin, and how many agents each interval needs.

    running.py      runs a plan's replications on all cores
    children.py     runs of a page: children of `web` at low priority, with progress, to be cancelled
    recorded.py     reads recorded days from the journal; `centre` makes the real centre a scenario of them
    store.py        scenarios that planners keep
    model.py        a day's load by interval, the rules of staffing, requirements
    reading.py      a profile as CSV, JSON or TOML becomes a day's load
    history.py      a day, or a weekday's mean, of what the centre's reports hold becomes one too
    staffing.py     fewest agents per interval by Erlang A
    correction.py   several queues and kinds of agents: the twin adds agents and takes them away

Start reading at `staffing.py`.
"""
