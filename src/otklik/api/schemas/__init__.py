"""What strangers send and what they get, as pydantic models. Inner types never leave through the API.

Start reading at `base.py`: ids, moments and texts at the border.
"""
