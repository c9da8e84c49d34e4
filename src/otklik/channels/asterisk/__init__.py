"""The telephone: one Asterisk 22, commanded over ARI.

`install.py` finds or fetches it, `instance.py` fills its configuration. `driver.py` keeps the link and
fulfils the switchboard's port: `hearing.py` turns events into signals, `deeds.py` instructions into requests,
`stock.py` pushes devices and trunks, `survey.py` reads what is really up, all over `ari.py`.

The dialplan in templates/asterisk keeps calls alive while no engine is there. Start reading at `driver.py`.
"""
