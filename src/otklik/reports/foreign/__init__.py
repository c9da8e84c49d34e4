"""Logs of an Asterisk that is not ours, told as our own journal. Rooms below need none of this.

    rows.py          a line of queue_log (file or table) -> a row, or why it cannot be understood
    forms.py         the forms that are understood: queue_log, CDR, CEL
    cdr.py, cel.py   a line of call records, of channel events -> a row
    gathering.py     rows that tell of a call piece by piece, kept until the call can be told in its order
    calls.py         the records of one call -> what happened, as rows of a queue_log
    cel_calls.py     its channel events -> the same
    translating.py   rows -> events of the engine's kind: the same facts, reports and boards follow from them
    presence.py      who of its agents is there, and ready
    memory.py        what stands open between two rows
    coverage.py      which rows are stored already, second by second: a file may be given twice
    reading.py       files: plain, gzip, rotated, cut, in any encoding
    mapping.py       what names and rows mean, as people decided
    preview.py       the first results before anything is stored
    tailing.py       a log that is being written
    now.py           where a source's queues and agents stand
    store.py         names, listed rows, the state between two imports
    service.py       one import, from the first line to the figures of its end

A source is a site of its own with its own writer: its journal is made from its log alone, and the live site
is never touched. Nothing is guessed silently: what cannot be understood is kept with its line and its reason.

Start reading at `translating.py`.
"""
