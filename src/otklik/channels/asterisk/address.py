"""Where one Asterisk is and how to speak to it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class AsteriskAddress:
    """All but url and password come from `InstanceDescription`, which makes one of these."""

    url: str
    """`http://127.0.0.1:PORT/ari`."""
    password: str
    application: str = "otklik"
    spool: Path
    control_socket: Path
    message_log: Path
