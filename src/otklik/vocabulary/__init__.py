"""The words everyone uses: ids, moments, phone numbers, opening hours, refusals, messages.

Pure: no I/O, no clock, no chance. Every other room may import this one; it imports nothing of ours.
Start reading at `messages.py` (what a command and an event are), then `refusals.py`.
"""
