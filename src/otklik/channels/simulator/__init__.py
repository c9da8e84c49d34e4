"""The simulator: a telephone world inside the process, without audio, on any clock.

`media.py` is the simulated media server: legs, bridges, phones, trunks, what each leg hears. It outlives
its driver, as a real one outlives the engine, so restarts and recovery can be played. `driver.py` fulfils
the port of the switchboard on top of it. `parties.py` says how phones and far ends behave, `faults.py` what
goes wrong.

Real time in `serve` (the desk then shows a simulated phone), virtual time in the walks. Start reading at
`driver.py`.
"""
