"""Systems outside that flows ask (web services over HTTP, databases with a SELECT), and those that are told
something: mail servers, messengers, webhooks.

Nothing here trusts the far end: where it may be is looked at in `egress.py`, how much it may say and how long
it may take in `web.py`, `database.py` and `posting.py`. Whatever goes wrong is an answer with a reason. Start
reading at `asker.py` and `telling.py`.
"""
