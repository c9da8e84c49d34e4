"""How simulated parties behave: an agent's phone, a party that is dialled, and how fast everything is."""

from datetime import timedelta

from otklik.acd.model import EndReason
from otklik.vocabulary.messages import Value


class Phone(Value):
    """An agent's phone.

    registers: as soon as it is provisioned. answers_after: by itself, None waits for `answer`.
    declines_after: says no by itself. talks_for: hangs up so long after its answer, None never. dies_after:
    is lost (with its leg and its registration) so long after it began to ring.
    """

    registers: bool = True
    answers_after: timedelta | None = None
    declines_after: timedelta | None = None
    talks_for: timedelta | None = None
    dies_after: timedelta | None = None


class FarEnd(Value):
    """A party outside that an agent dials.

    outcome: answered, or how it fails: busy, no_answer, invalid_number, congested. rings_after /
    answers_after: counted from the dialling. announces: early media before the answer. talks_for: hangs up
    so long after the answer.
    """

    outcome: EndReason = EndReason.ANSWERED
    rings_after: timedelta = timedelta(milliseconds=300)
    answers_after: timedelta = timedelta(seconds=3)
    announces: bool = False
    talks_for: timedelta | None = None


class Pace(Value):
    """How fast the simulated world is.

    reaction: from an instruction to its effect. registration: from provisioning to the phone's registration.
    self_answer: of a phone that was told to answer itself. prompt: length of each prompt. retry: how often
    a call without an engine tries again. patience: after so long without an engine it goes to the fallback.
    """

    reaction: timedelta = timedelta(milliseconds=5)
    registration: timedelta = timedelta(milliseconds=50)
    self_answer: timedelta = timedelta(milliseconds=300)
    prompt: timedelta = timedelta(seconds=3)
    retry: timedelta = timedelta(seconds=2)
    patience: timedelta = timedelta(seconds=60)


CLEARING = 16
"""Q.850: a normal hang-up."""

# Q.850 cause and SIP status of each way in which a leg does not come up.
FAILURE_CODES: dict[EndReason, tuple[int, int]] = {
    EndReason.BUSY: (17, 486),
    EndReason.NO_ANSWER: (19, 480),
    EndReason.INVALID_NUMBER: (1, 404),
    EndReason.CONGESTED: (34, 503),
    EndReason.CANCELLED: (16, 487),
    EndReason.AGENT_FAILED: (20, 0),
}

HANG_UP_CAUSES: dict[str, int] = {
    "normal": CLEARING,
    "busy": 17,
    "declined": 21,
    "congestion": 34,
    "unallocated": 1,
}
