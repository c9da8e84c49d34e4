"""Asterisk's control socket: what ARI cannot say.

A Unix socket in the private run folder (0700). Used for the state of registrations, for recordings that begin
in mid-call, and by the doctor; never with text of a stranger.
"""

import asyncio
import re
from pathlib import Path

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class ControlFailed(Exception):
    """The socket is not there or did not answer in time."""


async def run_command(socket: Path, command: str, timeout: float = 5.0) -> str:
    """Run one CLI command and return what it prints, without colours."""
    if "\n" in command or "\0" in command:
        raise ValueError("one line only")
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_unix_connection(str(socket))
            try:
                await reader.readuntil(b"\n")  # "host/process/version"
                # The server runs the command and then closes, so the end of the answer is the end of the
                # stream.
                writer.write(f"cli quit after {command}\0".encode())
                await writer.drain()
                answer = await reader.read(-1)
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as trouble:
        raise ControlFailed(f"{command.split()[0]}: {trouble or 'timeout'}") from None
    return _COLOUR.sub("", answer.decode("utf-8", "replace")).replace("\0", "")


def read_registrations(text: str) -> dict[str, str]:
    """`pjsip show registrations` → name of the registration → its state in lower case."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = re.match(r"^\s*([^\s/]+)/\S+\s+\S+\s+(Registered|Unregistered|Rejected|Stopped)\b", line)
        if match is not None:
            found[match[1]] = match[2].lower()
    return found
