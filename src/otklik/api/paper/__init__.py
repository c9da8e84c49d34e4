"""Reports on paper: PDF by typst, in a process of its own that is gone when the paper is made.

`model.py` says what stands on a paper, `composing.py` makes one of a sheet, `pictures.py` draws charts,
`typesetting.py` has it made, `worker.py` is the process. Nothing here imports typst but the worker: its
library is 84 MB and stays out of every process that runs for long.

Start reading at `typesetting.py`.
"""
