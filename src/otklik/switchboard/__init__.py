"""The live centre: one writer, one timer, instructions out, recovery.

Signals of channels and requests of `web` reach one inbox; `loop.py` takes them in order, asks the engine and
the flows, journals what happened and only then lets instructions and answers out. Nothing here decides who
talks with
whom: that is `acd`.

    inbound.py        signal or request -> command; event -> next command of the same batch
    outbound.py       event -> instructions
    calls.py          which leg belongs to what (a fold of the journal)
    recovery.py       journal x reality -> signals
    configuration.py  organization's events -> the engine's commands and the channel's wanted list
    door.py client.py the Unix socket between `web` and this process

Start reading at `loop.py`.
"""
