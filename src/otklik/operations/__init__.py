"""Start, watch, test, save and renew the centre.

`supervisor.py` keeps the children of one home alive (PostgreSQL, Asterisk, engine, web, recordings,
courier, robots);
`processes.py` is what a child is to it: a pid file with the start time, a session of its own, a log file.
`postgres.py` runs a private PostgreSQL, `migrating.py` brings its schema up to date, `certificates.py` gives
HTTPS a certificate, `doctor.py` looks for what would keep the centre from working and says how to mend it.
Start reading at `supervisor.py`.
"""
