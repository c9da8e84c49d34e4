"""What a customer who waits is told of his wait: rounded as people expect it, and never finer than it is
known."""

from datetime import timedelta
from typing import Final

from otklik.flows.grammar import Grammar

STEPS: Final = (1, 2, 3, 4, 5, 10, 15, 20, 30)
"""Minutes that are spoken. An estimate is rounded up to the next of them: a customer forgives a wait that is
shorter than he was told. The steps grow, because the estimate is the mean of a wait that spreads about as far
as the wait itself (workforce.md); nobody is told 17 minutes."""
LONGER: Final = STEPS[-1] + 1
"""Stands for more than the last step."""
ABOUT, SHORT, LONG = "wait_about", "wait_short", "wait_long"


def step_of(expected: timedelta) -> int:
    """Minutes that are spoken for an expected wait: 1 is less than a minute, `LONGER` more than the last."""
    return next((step for step in STEPS if expected <= timedelta(minutes=step)), LONGER)


def is_news(step: int, spoken: int) -> bool:
    """Whether another step is worth an announcement. spoken: the one that was heard last, 0 none.

    A shorter wait always is; a longer one only when it has grown by two steps, since an estimate that goes to
    and fro at a border would tell 3, 4, 3, 4 minutes in turn.
    """
    if not spoken or step < spoken:
        return step != spoken
    return _place(step) >= _place(spoken) + 2


def wait_words(grammar: Grammar | None, step: int) -> tuple[str, ...]:
    """The prompts that tell it; nothing in a language without rules for it."""
    if step <= STEPS[0]:
        return (SHORT,)
    if step >= LONGER:
        return (LONG,)
    words = () if grammar is None else grammar.wait_words(step)
    return (ABOUT, *words) if words else ()


def _place(step: int) -> int:
    return STEPS.index(step) if step in STEPS else len(STEPS)
