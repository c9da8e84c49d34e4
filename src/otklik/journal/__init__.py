"""What happened, in order, for ever.

One writer per site appends events in a gapless sequence; in the same transaction rows of other rooms are
written and projections fold the events into facts. Whoever reads, reads by sequence: order is the sequence,
never time.
This room knows no event of another room by name: it is given the types.

    record.py       one line of the journal
    projection.py   what a fold of it looks like
    codec.py        event <-> line
    store.py        the writer, reading, snapshots (the only SQL)
    follow.py       wakes readers in other processes

Start reading at `store.py`, `JournalWriter.append`.
"""
