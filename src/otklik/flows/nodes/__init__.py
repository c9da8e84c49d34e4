"""One file per kind of node: its fields and what it does.

A node knows neither playbacks nor ids nor the journal: it is asked with a `Visit` and answers with `acts`.
To add a kind: one file here, one line in the union of `flows/model.py` and in `flows/interpreter.py`.
"""
