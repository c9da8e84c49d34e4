"""Opaque tokens: 256 random bits for whoever holds it, a hash for us. A stolen database opens no door."""

import hashlib
import secrets

TOKEN_BYTES = 32
LONGEST_TOKEN = 128


def new_token() -> str:
    """A token as it is given away: 43 characters that need no quoting in a URL or a cookie."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> bytes:
    """What is stored and looked up. A plain hash is enough: 256 random bits cannot be guessed or tabled."""
    return hashlib.sha256(token[:LONGEST_TOKEN].encode("utf-8", "surrogatepass")).digest()
