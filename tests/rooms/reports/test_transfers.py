"""By which way a customer went on, told of the stays that the fold makes."""

from typing import Any

import pytest

from otklik.acd import events as acd
from otklik.acd import model as acd_model
from otklik.reports.transfers import Transfer, Way, transfers_of
from tests.rooms.reports.test_fold import Rows
from tests.rooms.reports.test_stories import TALK, at, connected, ended, offered, queued, rules, story

pytestmark = pytest.mark.fast

OVER = acd.SegmentHandedOver(at=at(100), interaction_id=1, segment_id=5, agent_id=11)


def told(rows: Rows) -> list[Transfer]:
    stays: list[Any] = sorted(
        [*rows.final.values(), *rows.open.values()], key=lambda stay: (stay["enter_ms"], stay["segment_id"])
    )
    return list(transfers_of(stays))


def started(kind: acd_model.TargetKind) -> acd.AcdEvent:
    return acd.TransferStarted(
        at=at(100),
        interaction_id=1,
        segment_id=6,
        from_agent_id=11,
        target=acd_model.Target(kind=kind, agent_id=12 if kind is acd_model.TargetKind.AGENT else 0),
    )


def test_a_talk_without_a_transfer_has_none() -> None:
    assert told(story(*TALK, ended(100))) == []


def test_to_another_queue_and_back_to_the_same_one() -> None:
    other = told(story(rules(3), *TALK, OVER, queued(100, segment=6, queue=3, cause="transferred")))
    same = told(story(*TALK, OVER, queued(100, segment=6, queue=2, cause="transferred")))

    assert other == [Transfer(1, Way.QUEUE, 2, 11, 3, 0)]
    assert same == [Transfer(1, Way.QUEUE_AGAIN, 2, 11, 2, 0)]


def test_blind_to_an_agent_who_takes_it_is_called_or_does_not_take_it() -> None:
    called = [*TALK, OVER, started(acd_model.TargetKind.AGENT), offered(100, offer=10, agent=12, segment=6)]

    assert told(story(*called)) == [Transfer(1, Way.BLIND, 2, 11, 0, 0)]
    taken = told(story(*called, connected(106, agent=12, segment=6)))
    assert taken == [Transfer(1, Way.BLIND, 2, 11, 0, 12)]
    left = told(story(*called, ended(120, "abandoned", agent=0, segment=6)))
    assert left == [Transfer(1, Way.NOT_TAKEN, 2, 11, 0, 0)]


def test_attended_when_the_next_agent_has_him_at_once() -> None:
    completed = acd.TransferCompleted(
        at=at(100), interaction_id=1, segment_id=6, queue_id=2, agent_id=12, from_agent_id=11, consult_id=8
    )

    assert told(story(*TALK, OVER, completed)) == [Transfer(1, Way.ATTENDED, 2, 11, 0, 12)]


def test_outside_with_and_without_a_stay_of_its_own() -> None:
    forwarded = acd.InteractionForwarded(
        at=at(110), interaction_id=1, participant_id=9, party_id=77, deadline=at(3000)
    )

    assert told(story(*TALK, OVER, started(acd_model.TargetKind.OUTSIDE), forwarded)) == [
        Transfer(1, Way.OUTSIDE, 2, 11, 0, 0)
    ]
    assert told(story(*TALK, OVER, forwarded)) == [Transfer(1, Way.OUTSIDE, 2, 11, 0, 0)]
