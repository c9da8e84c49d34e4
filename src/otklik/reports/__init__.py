"""Numbers about what happened, now and before: folds of the journal into facts, and what is counted of them.

Live tiles, reports, exports and the command line read the same rows and the same measures: they cannot
differ. A number has one name, one version and one formula, and leads to the interactions behind it.

    codes.py        numbers that stand for words in the facts
    tracking.py     event -> where every agent and every interaction stands (pure)
    facts.py        rows in the making, and the changes of a batch
    segments.py     event -> stays in queues, counters, time lines (pure)
    live.py         event -> the rows of now (pure)
    projections.py  the two folds as the journal's writer wants them
    measures.py     every measure of queues and agents: formula, parameters, source (pure)
    contact_measures.py  those of waits, repeated contacts, calls by number, chosen outcomes (pure)
    transfers.py    by which way a customer went on (pure)
    catalogue.py    which reports there are, with their columns
    calendar.py     slots and the site's local days (pure)
    store/          the only SQL
    service/        what screens, API and command line ask for
    cli.py          reports as text
    verify.py       the rows against a fresh fold of the journal

Start reading at `segments.py`.
"""
