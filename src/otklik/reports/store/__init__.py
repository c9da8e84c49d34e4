"""The only SQL of this room.

    writing.py    what the folds say                counting.py   sums for measures
    calendar.py   slots and local days              listing.py    interactions behind the numbers

Reading follows the int-slot rules: no date functions, no division, so that a text means the same on every
engine.
"""
