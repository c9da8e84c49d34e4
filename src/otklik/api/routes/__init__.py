"""Routes, one file per room. Each route declares its right; `tests/api/test_rights.py` fails for one that
does not."""
