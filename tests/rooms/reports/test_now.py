"""What the rows of now remember of a consultation that came to nothing, and of who gave a customer away."""

from datetime import timedelta

import msgspec
import pytest

from otklik.acd import events as acd
from otklik.acd.model import EndedBy, EndReason, Target, TargetKind
from otklik.reports.live import LiveFold
from otklik.reports.store.writing import ties_of
from otklik.reports.tracking import InteractionTrack
from otklik.vocabulary.time import to_ms
from tests.rooms.reports.random_centre import records_of
from tests.rooms.reports.test_stories import accepted, arrived, at, connected, offered, queued

pytestmark = pytest.mark.fast

ASKER, ASKED, CUSTOMER_CALL = 11, 12, 1


def row_after(*events: acd.AcdEvent) -> InteractionTrack:
    """The customer's row after a talk that begins, and these events."""
    fold = LiveFold()
    begun = (arrived(), queued(0), offered(1), accepted(2), connected(3))
    found = None
    for record in records_of([*begun, *events]):
        changes = fold.fold([record])
        if changes is not None and CUSTOMER_CALL in changes.interactions:
            found = changes.interactions[CUSTOMER_CALL][0]
    assert found is not None
    return found


def asked(seconds: float, consult: int = 70, agent: int = ASKED) -> acd.AcdEvent:
    return acd.ConsultStarted(
        at=at(seconds),
        interaction_id=consult,
        consult_of=CUSTOMER_CALL,
        caller_id=ASKER,
        target=Target(kind=TargetKind.AGENT, agent_id=agent),
        segment_id=71,
        project_id=0,
        priority=0,
        deadline=at(seconds) + timedelta(seconds=60),
    )


def ended(seconds: float, reason: EndReason, by: EndedBy, consult: int = 70) -> acd.AcdEvent:
    return acd.InteractionEnded(
        at=at(seconds), interaction_id=consult, reason=reason, by=by, segment_id=71, queue_id=0
    )


def test_who_did_not_take_a_consultation_and_why_is_told() -> None:
    row = row_after(asked(10), ended(14, EndReason.BUSY, EndedBy.SYSTEM))

    told = msgspec.json.decode(ties_of(row))["failed"]
    assert told == {
        "caller": ASKER,
        "agent": ASKED,
        "queue": 0,
        "party": 0,
        "reason": "busy",
        "at": to_ms(at(14)),
    }


def test_who_was_asked_and_hung_up_is_told() -> None:
    left = msgspec.structs.replace(ended(14, EndReason.ANSWERED, EndedBy.AGENT), asked_left=True)
    row = row_after(asked(10), left)

    told = msgspec.json.decode(ties_of(row))["failed"]
    assert (told["agent"], told["reason"]) == (ASKED, "answered")


@pytest.mark.parametrize(
    ("reason", "by"), [(EndReason.ANSWERED, EndedBy.SYSTEM), (EndReason.CANCELLED, EndedBy.AGENT)]
)
def test_a_talk_and_a_change_of_mind_are_no_failures(reason: EndReason, by: EndedBy) -> None:
    row = row_after(asked(10), ended(14, reason, by))

    assert row.failed_consult is None


def test_a_failure_is_forgotten_when_somebody_else_is_asked() -> None:
    row = row_after(asked(10), ended(14, EndReason.NO_ANSWER, EndedBy.SYSTEM), asked(20, 80, 13))

    assert row.consult_id == 80
    assert row.failed_consult is None


def test_whoever_gives_the_customer_away_is_remembered_and_his_failures_are_not() -> None:
    handed_over = acd.SegmentHandedOver(at=at(20), interaction_id=CUSTOMER_CALL, segment_id=5, agent_id=ASKER)
    row = row_after(asked(10), ended(14, EndReason.NO_ANSWER, EndedBy.SYSTEM), handed_over)

    assert row.from_agent_id == ASKER
    assert row.failed_consult is None
