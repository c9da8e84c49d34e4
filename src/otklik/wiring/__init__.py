"""Where the parts are joined, by hand and in plain view: one file for each process.

Start reading at `engine.py`.
"""
