"""The telephone: one Asterisk 22, commanded over ARI.

`install.py` finds or fetches it, `instance.py` fills its configuration, `driver.py` turns its events into
signals and instructions into requests (with `ari.py` below it). The dialplan in templates/asterisk keeps
calls alive while no engine is there. Start reading at `driver.py`.
"""
