"""The running centre of tests/whole, for agents in a browser."""

from tests.whole.conftest import asterisk_root, centre, folder

__all__ = ["asterisk_root", "centre", "folder"]
