"""Quality: the recorded audio of talks. One stored recording and one line of the manifest for each segment
with talk.

The media server writes raw files that grow in HOME/spool. The projection folds from the journal which raw
files there are and which segments need audio; a low-priority process cuts each segment by the journal's
moments, stores it as Ogg/Opus (customer left, agent right), reads it back, and tells the engine, which
journals it. Only then is the raw file removed. A segment that has no audio is told too, with the cause.

Start reading at `projection.py` (what is to be done), then `worker.py` (who does it) and `audio.py` (how).
"""
