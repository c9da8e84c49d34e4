"""A contact centre that never happened: the same engine as the live one, in virtual time.

The switchboard waits for signals and for the engine's next deadline; the simulation makes the signals up
(arrivals, patience, answers, lengths of talks, drawn from passed generators) and jumps to the next moment.
Nothing else differs, so a run is not a model of the centre: it is the centre, with other customers.

`scenario` says what shall happen, `draws` draws it, `run` lets it happen, `statistics` folds the engine's
events into figures, `erlang` holds the closed formulas against which all of it is checked.

Start reading at `run.py`.
"""
