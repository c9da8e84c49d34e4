"""Systems outside that flows ask: web services over HTTP, databases with a SELECT.

Nothing here trusts the far end: where it may be is looked at in `egress.py`, how much it may say and how long
it may take in `web.py` and `database.py`. Whatever goes wrong is an answer with a reason. Start reading at
`asker.py`.
"""
