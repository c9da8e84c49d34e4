"""Drivers of the outer world: each speaks one protocol and turns it into signals.

A channel hears instructions (`switchboard/instructions.py`) and tells signals (`switchboard/signals.py`); it
decides nothing about who talks with whom. Channels do not know each other, and nothing below knows them:
every one must pass the same suite, tests/contracts/. Start reading at `asterisk/driver.py`, or `simulator/`
for the same without a telephone.
"""
