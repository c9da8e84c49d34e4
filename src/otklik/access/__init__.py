"""Who may do what, and who did: people, sign-in, roles and rights, secrets, audit.

Written by `web` (one request, one transaction) and by the launcher at the first start; the process `engine`
only reads secrets. Rights are a closed list (`rights.py`), roles are editable sets of them. Of passwords,
sign-ins, tokens and links only hashes are stored; secrets that must be read again are encrypted with a key
that lies outside the database.

Start reading at `rights.py`, then `service/__init__.py`.
"""
