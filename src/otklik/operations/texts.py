"""What the command line says: codes and facts go in, words of the person's language come out.

The words stand in templates/texts/<language>.toml; a test compares the languages by keys and fields.
"""

import os
import tomllib
from functools import cache
from importlib import resources
from typing import Any, Final, Literal, get_args

Language = Literal["en", "ru"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)


def language_of_person() -> Language:
    """Russian where the locale of the terminal is Russian, else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if found := os.environ.get(name):
            return "ru" if found.lower().startswith("ru") else "en"
    return "en"


@cache
def texts(language: Language) -> dict[str, Any]:
    """All words of a language, as a tree."""
    file = resources.files("otklik") / "templates/texts" / f"{language}.toml"
    return tomllib.loads(file.read_text("utf-8"))


def say(language: Language, key: str, **facts: Any) -> str:
    """The words of a key, as `serve.ready`, with facts filled in."""
    found: Any = texts(language)
    for part in key.split("."):
        found = found[part]
    words: str = found.format(**facts)
    return words


def has(language: Language, key: str) -> bool:
    """True if the language has words for a key."""
    found: Any = texts(language)
    for part in key.split("."):
        if not isinstance(found, dict) or part not in found:
            return False
        found = found[part]
    return isinstance(found, str)
