"""Passwords: how they are kept (Argon2id), and which are refused.

Source of the parameters: OWASP Password Storage Cheat Sheet (47 MiB, one pass, one lane); 60 ms on two cores.
"""

import asyncio
import functools
import re
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from typing import TypeVar

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from otklik.vocabulary.refusals import Invalid, Refused

_T = TypeVar("_T")

SHORTEST = 12
LONGEST = 256
MEMORY_KIB = 47 * 1024
PASSES = 1
LANES = 1
AT_ONCE = 4
MOST_WAITING = 64
BUSY_SECONDS = 5

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without letters and digits that look alike when read from a screen."""
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "йцукенгшщзхъфывапролджэячсмитьбю",
    "1234567890",
)
_LEAST_DIFFERENT = 5


class Passwords:
    """Hashes and checks passwords in threads of its own, a few at once: each needs 47 MiB.

    Beyond 64 waiting ones it refuses `too_many_attempts`: a flood of sign-ins must not take the memory of a
    centre.
    """

    def __init__(self, *, memory_kib: int = MEMORY_KIB, at_once: int = AT_ONCE) -> None:
        self._hasher = argon2.PasswordHasher(time_cost=PASSES, memory_cost=memory_kib, parallelism=LANES)
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="passwords")
        self._waiting = 0
        self._decoy = self._hasher.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """What is stored."""
        return await self._in_thread(functools.partial(self._hasher.hash, _normal(password)))

    async def matches(self, stored: str, password: str) -> bool:
        """Whether it is the password. stored "": there is none, and finding that out takes as long."""
        if len(password) > LONGEST:
            password = ""
        found = await self._in_thread(
            functools.partial(self._verify, stored or self._decoy, _normal(password))
        )
        return found and bool(stored)

    def is_outdated(self, stored: str) -> bool:
        """Whether it was hashed with other parameters and should be hashed again at this sign-in."""
        try:
            return self._hasher.check_needs_rehash(stored)
        except InvalidHashError:
            return True

    def close(self) -> None:
        """Lets running ones end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        if self._waiting >= MOST_WAITING:
            raise Refused("too_many_attempts", retry_after_seconds=BUSY_SECONDS)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def check_password(password: str, *, login: str, name: str) -> None:
    """Raises Invalid: `password_too_short` (limit), `password_too_long`, `password_common`,
    `password_like_login`.

    No rule about kinds of characters: length and not being guessable is what counts (ASVS 6.2.5).
    """
    tidy = _normal(password)
    if len(tidy) < SHORTEST:
        raise Invalid("password_too_short", place="new", limit=SHORTEST)
    if len(tidy) > LONGEST:
        raise Invalid("password_too_long", place="new", limit=LONGEST)
    if _is_guessable(tidy):
        raise Invalid("password_common", place="new")
    bare = _letters(tidy)
    own = [_letters(word) for word in (login, *re.split(r"\W+", name))]
    if any(len(word) >= 4 and (bare == word or bare == word * 2) for word in own):
        raise Invalid("password_like_login", place="new")


def random_password() -> str:
    """A first password: 20 characters of 31 (99 bits), in groups that can be read aloud."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))


def _normal(password: str) -> str:
    """The same characters whatever keyboard wrote them; spaces count."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode()


def _letters(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalpha())


def _is_guessable(password: str) -> bool:
    low = password.lower()
    if len(set(low)) < _LEAST_DIFFERENT or low in _common():
        return True
    # Dragon123456, 12345dragon!: what stands around the word adds nothing that is not tried first.
    core = low.strip("0123456789 .,!?@#$%^&*()-_=+;:'\"`~/\\|<>[]{}")
    if len(low) - len(core) <= 8 and core in _common() and len(low) <= 20:
        return True
    return _is_repeated(low) or _is_walk(low)


def _is_repeated(low: str) -> bool:
    """One short piece over and over."""
    for length in range(1, len(low) // 2 + 1):
        piece = low[:length]
        if (piece * (len(low) // length + 1))[: len(low)] == low:
            return length <= 6 or piece in _common()
    return False


def _is_walk(low: str) -> bool:
    """Along the alphabet or a row of keys, there or back."""
    for row in _ROWS:
        there = row * 3
        if low in there or low in there[::-1]:
            return True
    return False


@functools.cache
def _common() -> frozenset[str]:
    text = files("otklik.access").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
