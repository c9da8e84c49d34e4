"""Plan people against load: what-ifs with the digital twin.

    running.py      runs a plan's replications on all cores

Start reading at `running.py`.
"""
