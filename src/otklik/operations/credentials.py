"""Passwords that the parts of one home use among themselves: made once, kept in HOME/keys (0600)."""

import os
import secrets
from pathlib import Path

from otklik.settings import Settings


def ari_password(settings: Settings) -> str:
    """With which `engine` speaks to the centre's Asterisk."""
    return kept_secret(settings.keys / "ari_password")


def robots_ari_password(settings: Settings) -> str:
    """With which the robots and the self-test speak to theirs."""
    return kept_secret(settings.keys / "robots_ari_password")


def kept_secret(path: Path, *, length_bytes: int = 24) -> str:
    """The secret in a file; made on first use. Two processes that make it at once get the same one."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        write_secret(fresh, secrets.token_urlsafe(length_bytes))
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        return path.read_text().strip()


def write_secret(path: Path, text: str) -> None:
    """A file that only its owner may read, from its first moment on."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
