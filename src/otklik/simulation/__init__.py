"""A contact centre that never happened: the same engine as the live one, in virtual time.

The switchboard waits for signals and for the engine's next deadline; the simulation makes the signals up
(arrivals, patience, answers, lengths of talks, drawn from passed generators) and jumps to the next moment.
Nothing else differs, so a run is not a model of the centre: it is the centre, with other customers.

    scenario.py     what shall happen; `reading` reads it as people write it, `writing` writes it
    draws.py        chance, one stream per purpose, queue and day
    timeline.py     virtual time: what is to happen next
    run.py          lets a scenario happen
    statistics.py   folds the engine's events into figures by quarter of an hour
    results.py      totals, intervals and percentiles of replications; `comparison` compares two scenarios
    recorded.py     what really happened, folded from the journal
    replay.py       lets a recorded day happen again; `fidelity` says how near it comes
    learning.py     the real centre as a scenario; `history` estimates patience and lengths
    retelling.py    tells a journal to another engine, command by command
    erlang/         the closed formulas against which all of it is checked

Start reading at `run.py`.
"""
