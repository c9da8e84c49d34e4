"""Which passwords are refused, and how the taken ones are kept."""

import asyncio

import pytest

from otklik.access.passwords import MOST_WAITING, Passwords, check_password, random_password
from otklik.vocabulary.refusals import Invalid, Refused

pytestmark = pytest.mark.fast

LIGHT = 1024


def code_of(password: str, login: str = "anna", name: str = "Анна Петрова") -> str:
    try:
        check_password(password, login=login, name=name)
    except Invalid as invalid:
        return invalid.code if invalid.place == "new" else f"misplaced {invalid.code}"
    return ""


@pytest.mark.parametrize(
    "password",
    [
        "four green umbrellas",
        "correct horse battery staple",
        "шесть тёплых варежек",
        "Zq8#vNw2!pLk",
        "monkey!2027#river",
        "пароль от синего сундука",
        "x" * 6 + "three small words",
        "🦊🦊 foxes in the snow",
    ],
)
def test_long_unusual_password_is_taken_whatever_it_is_made_of(password: str) -> None:
    assert code_of(password) == ""


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "password_too_short"),
        ("Tr0ub4dor&3", "password_too_short"),
        ("x" * 257, "password_too_long"),
        ("password1234", "password_common"),
        ("Dragon123456", "password_common"),
        ("!!!!baseball", "password_common"),
        ("qwertyuiop[]", "password_common"),
        ("йцукенгшщзхъ", "password_common"),
        ("123456789012", "password_common"),
        ("210987654321", "password_common"),
        ("abcdefghijkl", "password_common"),
        ("aaaaaaaaaaaa", "password_common"),
        ("ababababababab", "password_common"),
        ("passwordpassword", "password_common"),
        ("abc123abc123abc123", "password_common"),
        ("пароль123456", "password_common"),
        ("1qaz2wsx3edc", "password_common"),
        ("anna12345678", "password_like_login"),
        ("ПетроваПетрова", "password_like_login"),
        ("Петрова2026!", "password_like_login"),
    ],
)
def test_guessable_password_is_refused(password: str, code: str) -> None:
    assert code_of(password) == code


def test_random_password_is_strong_and_never_the_same() -> None:
    made = {random_password() for _ in range(100)}

    assert len(made) == 100
    assert all(code_of(password) == "" for password in made)
    assert all(len(password) == 23 for password in made)


async def test_hash_is_argon2id_and_differs_each_time() -> None:
    passwords = Passwords(memory_kib=LIGHT)

    first, second = await passwords.hash("four green umbrellas"), await passwords.hash("four green umbrellas")

    assert first != second
    assert first.startswith("$argon2id$")
    assert await passwords.matches(first, "four green umbrellas")
    assert not await passwords.matches(first, "four green umbrella")
    assert not await passwords.matches("", "four green umbrellas")
    assert not await passwords.matches("not a hash", "four green umbrellas")
    passwords.close()


async def test_same_letters_of_another_keyboard_are_the_same_password() -> None:
    passwords = Passwords(memory_kib=LIGHT)

    stored = await passwords.hash("caf\u00e9 at the corner")

    assert await passwords.matches(stored, "cafe\u0301 at the corner")
    passwords.close()


async def test_shipped_parameters_are_those_of_the_cheat_sheet() -> None:
    passwords = Passwords()

    stored = await passwords.hash("four green umbrellas")

    assert "m=48128,t=1,p=1" in stored
    assert not passwords.is_outdated(stored)
    assert passwords.is_outdated(stored.replace("t=1", "t=2"))
    passwords.close()


async def test_flood_is_refused_before_it_takes_the_memory() -> None:
    passwords = Passwords(memory_kib=LIGHT, at_once=1)

    outcomes = await asyncio.gather(
        *(passwords.hash(str(number)) for number in range(MOST_WAITING + 10)), return_exceptions=True
    )

    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert len(refused) == 10
    assert refused[0].code == "too_many_attempts"
    assert isinstance(await passwords.hash("after the flood"), str)
    passwords.close()
