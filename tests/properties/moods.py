"""Moods of a random walk: what is unusual about the day. Each is on in one walk of four, alone or with
others, so that rare circumstances meet each other (after FoundationDB's BUGGIFY)."""

import random
from dataclasses import dataclass, field

SHARE = 0.25


@dataclass(frozen=True)
class Mood:
    """weights: by how much a deed is drawn more often, by its name."""

    name: str
    weights: dict[str, float] = field(default_factory=dict)


MOODS = (
    Mood("nobody answers", {"accept": 0.1}),
    Mood("everybody says no", {"accept": 0.1, "decline": 10, "become_ready": 5, "leave": 0.3}),
    Mood("impatient customers", {"leave": 6}),
    Mood("everybody fidgets", {"pause": 5, "wish_to_be_ready": 4, "sign_out": 6, "sign_in": 4}),
    Mood("devices flap", {"lose_device": 10, "reach_device": 3, "fail": 4}),
    Mood("phones are lost in talks", {"lose_leg": 6, "restore_leg": 2}),
    Mood("talks go round", {"requeue": 8}),
    Mood("configuration changes under load", {
        "configure_agent": 12, "configure_queue": 12, "configure_site": 12, "configure_reason": 4,
        "remove_queue": 12, "remove_agent": 12, "remove_reason": 4,
    }),
    Mood("agents dial", {"dial": 6, "fail_dialing": 4}),
    Mood("colleagues help each other", {
        "consult": 5, "confer": 8, "remove": 6, "leave_conference": 3, "swap": 2, "connect": 2, "leave": 0.4,
        "finish": 0.4, "call_colleague": 4, "cancel": 0.3, "configure_site": 12,
    }),
    Mood("everybody does his work", {
        "accept": 2, "connect": 3, "leave": 0.2, "lose_device": 0.2, "pause": 0.3, "decline": 0.3, "end": 0.2,
        "lose_leg": 0.3, "fail": 0.2,
    }),
    Mood("supervisors intervene", {"assign": 6, "pull": 8, "take_over": 6}),
    Mood("calls come in bursts"),
    Mood("the clock steps"),
    Mood("the shell is slow"),
    Mood("the engine dies often"),
    Mood("a small house"),
)  # fmt: skip


def drawn(draw: random.Random) -> tuple[Mood, ...]:
    return tuple(mood for mood in MOODS if draw.random() < SHARE)
