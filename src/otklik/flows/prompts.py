"""Which prompts there are: the ones that are shipped, in every language that a number can have."""

from functools import cache
from importlib import resources

LANGUAGES = ("en", "ru")


@cache
def shipped() -> frozenset[str]:
    """Names of prompts that exist in all languages."""
    root = resources.files("otklik") / "prompts"
    return frozenset.intersection(
        *(frozenset(file.name.removesuffix(".alaw") for file in (root / one).iterdir()) for one in LANGUAGES)
    )
