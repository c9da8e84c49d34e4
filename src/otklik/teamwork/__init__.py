"""What the people of a centre need of each other around a call: a directory of colleagues and of people
outside, speed dial, chat,
breaks that are asked for, who is expected at work.

Written by `web`, one request in one transaction; the engine never reads it. Who talks with whom is decided by
`acd`, who exists by `access` and `organization`: here is only what they keep for each other.

    model.py        entries of the directory, favourites
    directory.py    who sees an entry, and what a row of a table says (pure)
    breaks.py       whether cover holds, and what the rule says (pure)
    shifts.py       what a list of shifts says, and who is late (pure)
    practice.py     a queue with robot customers for newcomers (pure)
    chat.py         who writes and reads where (pure)
    *_store.py      the SQL of each

Start reading at `directory.py`.
"""
