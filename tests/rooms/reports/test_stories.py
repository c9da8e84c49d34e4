"""Single stories: which number an event ends in, at the edges of the definitions."""

from datetime import UTC, datetime, timedelta

import pytest

from otklik.acd import events as acd
from otklik.acd import model as acd_model
from otklik.reports import codes
from otklik.reports.segments import SegmentFold
from otklik.vocabulary.ids import SELF_TEST_PROJECT
from otklik.vocabulary.time import SLOT_MS, to_ms
from tests.rooms.reports.random_centre import records_of
from tests.rooms.reports.test_fold import Rows, folded

pytestmark = pytest.mark.fast

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def story(*events: acd.AcdEvent) -> Rows:
    """What is written of these events, sorted by time."""
    return folded(records_of(sorted(events, key=lambda event: event.at)))


def rules(queue: int = 2, seconds: float = 0, **changes: object) -> acd.AcdEvent:
    return acd.QueueConfigured(
        at=at(seconds), queue=acd_model.QueueRules(**{"queue_id": queue, "name": "sales", **changes})
    )


def arrived(seconds: float = 0) -> acd.AcdEvent:
    return acd.InteractionArrived(
        at=at(seconds),
        interaction_id=1,
        channel=acd_model.Channel.VOICE,
        direction=acd_model.Direction.INBOUND,
        party_id=7,
        number_id=3,
        project_id=0,
    )


def queued(seconds: float, segment: int = 5, queue: int = 2, cause: str = "arrived") -> acd.AcdEvent:
    return acd.InteractionQueued(
        at=at(seconds),
        interaction_id=1,
        segment_id=segment,
        queue_id=queue,
        priority=0,
        queued_at=at(seconds),
        cause=acd_model.QueueingCause(cause),
    )


def offered(seconds: float, offer: int = 9, agent: int = 11, segment: int = 5) -> acd.AcdEvent:
    return acd.OfferMade(
        at=at(seconds),
        offer_id=offer,
        interaction_id=1,
        segment_id=segment,
        queue_id=2,
        agent_id=agent,
        expires_at=at(seconds + 20),
        why=acd_model.Why(rules=("longest_idle",)),
    )


def accepted(seconds: float, offer: int = 9, agent: int = 11) -> acd.AcdEvent:
    return acd.OfferAccepted(
        at=at(seconds), offer_id=offer, interaction_id=1, agent_id=agent, deadline=at(seconds + 10)
    )


def connected(seconds: float, agent: int = 11, segment: int = 5, queue: int = 2) -> acd.AcdEvent:
    return acd.InteractionConnected(
        at=at(seconds), interaction_id=1, segment_id=segment, queue_id=queue, agent_id=agent
    )


def ended(seconds: float, reason: str = "answered", agent: int = 11, segment: int = 5) -> acd.AcdEvent:
    return acd.InteractionEnded(
        at=at(seconds),
        interaction_id=1,
        reason=acd_model.EndReason(reason),
        by=acd_model.EndedBy.CUSTOMER,
        segment_id=segment,
        queue_id=2,
        agent_id=agent,
    )


def wrap_up(seconds: float, until: float, agent: int = 11, segment: int = 5) -> list[acd.AcdEvent]:
    common = {"agent_id": agent, "interaction_id": 1, "segment_id": segment}
    return [
        acd.WrapUpStarted(at=at(seconds), queue_id=2, deadline=at(seconds + 30), **common),
        acd.WrapUpEnded(at=at(until), by=acd_model.EndedBy.AGENT, **common),
        acd.AgentMadeReady(at=at(until), agent_id=agent),
    ]


def ready(seconds: float, agent: int = 11) -> list[acd.AcdEvent]:
    return [
        acd.AgentSignedIn(at=at(seconds), agent_id=agent),
        acd.AgentMadeReady(at=at(seconds), agent_id=agent),
    ]


def dialled(seconds: float, until: float, **changes: object) -> acd.AcdEvent:
    facts = {"segment_id": 5, "agent_id": 11, "party_id": 7, "queue_id": 2, "project_id": 4, **changes}
    return acd.ManualInteractionStarted(at=at(seconds), interaction_id=1, deadline=at(until), **facts)


def final(rows: Rows, segment: int = 5) -> dict[str, object]:
    return rows.final[segment]


TALK = (rules(), *ready(0), arrived(60), queued(62), offered(70), accepted(75), connected(76))


def test_the_times_of_a_talk_are_those_between_its_events() -> None:
    held = acd.InteractionHeld(at=at(130), interaction_id=1, agent_id=11)
    resumed = acd.InteractionResumed(at=at(140), interaction_id=1, agent_id=11)
    rows = story(*TALK, held, resumed, ended(160), *wrap_up(160, 185))

    names = ("wait_ms", "ring_ms", "talk_ms", "hold_ms", "wrap_ms")
    stay = final(rows)
    assert [stay[name] for name in names] == [14_000, 6_000, 74_000, 10_000, 25_000]
    assert (stay["agent_id"], stay["answered"], stay["in_sl"], stay["handled"]) == (11, 1, 1, 1)
    (row,) = rows.qslot.values()
    assert [row[name] for name in names] == [14_000, 6_000, 74_000, 10_000, 25_000]


def test_until_the_wrap_up_ends_a_talk_is_answered_but_not_handled() -> None:
    talking = story(*TALK)
    writing = story(*TALK, ended(160), wrap_up(160, 185)[0])

    for rows in (talking, writing):
        (row,) = rows.qslot.values()
        assert (row["answered"], row["handled"], row["talk_ms"]) == (1, 0, 0)
        assert not rows.final
    assert writing.open[5]["talk_ms"] == 84_000


def test_a_late_answer_counts_in_the_slot_in_which_the_customer_entered() -> None:
    begin = 15 * 60 - 10
    rows = story(rules(), arrived(begin), queued(begin), offered(begin + 30), connected(begin + 40))

    ((slot, _, _),) = rows.qslot
    assert slot == to_ms(NINE) // SLOT_MS
    assert rows.qslot[slot, 2, 1]["answered"] == 1
    assert rows.qslot[slot, 2, 1]["in_sl"] == 0


@pytest.mark.parametrize(("wait", "in_time"), [(20, 1), (20.001, 0)])
def test_an_answer_is_in_time_up_to_the_threshold(wait: float, in_time: int) -> None:
    rows = story(rules(), arrived(0), queued(1), offered(2), connected(1 + wait))

    assert rows.open[5]["in_sl"] == in_time


def test_flags_follow_the_rules_in_force_when_the_customer_entered() -> None:
    later = rules(seconds=5, service_threshold=timedelta(seconds=10))
    rows = story(rules(), arrived(0), queued(1), later, offered(10), connected(20))

    assert rows.open[5]["in_sl"] == 1


@pytest.mark.parametrize(
    ("after", "short", "in_time"), [(5, 1, 1), (5.001, 0, 1), (20, 0, 1), (20.001, 0, 0)]
)
def test_an_abandon_is_short_up_to_one_threshold_and_in_time_up_to_the_other(
    after: float, short: int, in_time: int
) -> None:
    rows = story(rules(), arrived(0), queued(1), ended(1 + after, "abandoned", agent=0))

    stay = final(rows)
    assert (stay["abandoned"], stay["short_ab"], stay["aband_in_t"]) == (1, short, in_time)
    (row,) = rows.qslot.values()
    assert row["aband_ms"] == stay["wait_ms"] == round(after * 1000)


@pytest.mark.parametrize(
    ("reason", "column"),
    [
        ("overflowed", "overflow"),
        ("callback_promised", "overflow"),
        ("closed", "overflow"),
        ("media_failed", "abandoned"),
        ("adopted_lost", "abandoned"),
        ("cancelled", "abandoned"),
    ],
)
def test_ends_by_rule_are_overflow_and_failures_are_abandons_that_are_never_short(
    reason: str, column: str
) -> None:
    rows = story(rules(), arrived(0), queued(1), ended(2, reason, agent=0))

    stay = final(rows)
    assert stay[column] == 1
    assert stay["abandoned"] + stay["overflow"] == 1
    assert (stay["short_ab"], stay["aband_in_t"]) == (0, 0)


def test_moving_to_another_queue_unanswered_is_an_overflow_of_the_first() -> None:
    moved = queued(30, segment=6, queue=3, cause="transferred")
    rows = story(rules(2), rules(3), arrived(0), queued(1), moved)

    assert final(rows)["overflow"] == 1
    assert rows.open[6]["offered"] == 1
    assert rows.interactions[1]["segments"] == 2


def test_a_talk_that_is_handed_over_is_handled_and_transferred_and_a_new_stay_begins() -> None:
    over = acd.SegmentHandedOver(at=at(100), interaction_id=1, segment_id=5, agent_id=11)
    rows = story(*TALK, over, *wrap_up(100, 110), queued(100, segment=6, queue=3, cause="transferred"))

    stay = final(rows)
    assert (stay["transferred"], stay["handled"], stay["talk_ms"], stay["wrap_ms"]) == (1, 1, 24_000, 10_000)
    assert rows.open[6]["enter_ms"] == to_ms(at(100))
    assert rows.interactions[1]["end_ms"] == 0


def test_the_time_of_reconnecting_counts_as_hold_and_its_failure_ends_the_stay() -> None:
    rows = story(
        *TALK,
        acd.ReconnectionStarted(at=at(100), interaction_id=1, agent_id=11, deadline=at(115)),
        acd.ReconnectionFailed(at=at(115), interaction_id=1, agent_id=11),
        queued(115, segment=6, cause="recovered"),
        acd.AgentMadeNotReady(at=at(115), agent_id=11, cause=acd_model.NotReadyCause.DEVICE_LOST),
    )

    stay = final(rows)
    assert (stay["talk_ms"], stay["hold_ms"], stay["wrap_ms"], stay["handled"]) == (24_000, 15_000, 0, 1)
    assert rows.open[6]["answered"] == 0
    assert {key[3:5]: ms for key, (ms, _) in rows.agent_slot.items()}[codes.RECONNECTING, 0] == 15_000


def test_a_stay_without_wrap_up_is_final_with_the_next_event_of_its_agent() -> None:
    free = acd.AgentMadeReady(at=at(100), agent_id=11, rule="call_ended")
    rows = story(*TALK, ended(100), free)

    assert final(rows)["handled"] == 1
    assert final(rows)["wrap_ms"] == 0


def test_a_missed_offer_leaves_no_ring_in_the_handling_of_the_next_agent() -> None:
    rows = story(
        rules(),
        *ready(0),
        *ready(0, agent=12),
        arrived(50),
        queued(51),
        offered(52),
        acd.OfferExpired(at=at(72), offer_id=9, interaction_id=1, agent_id=11),
        acd.AgentMadeNotReady(at=at(72), agent_id=11, cause=acd_model.NotReadyCause.MISSED_OFFER),
        queued(72, cause="offer_ended"),
        offered(72, offer=10, agent=12),
        accepted(75, offer=10, agent=12),
        connected(76, agent=12),
        ended(100, agent=12),
        *wrap_up(100, 110, agent=12),
    )

    stay = final(rows)
    assert (stay["wait_ms"], stay["ring_ms"], stay["agent_id"]) == (25_000, 4_000, 12)
    assert [rows.offers[9].outcome, rows.offers[10].outcome] == [codes.OFFER_EXPIRED, codes.OFFER_ACCEPTED]
    times = {(agent, state): ms for (_, agent, _, state, *_), (ms, _) in rows.agent_slot.items()}
    assert times[11, codes.OFFERED] == 20_000
    assert times[11, codes.READY] == 52_000


def test_a_call_that_an_agent_makes_is_in_no_queue_counter_but_in_his_time() -> None:
    events = [rules(), *ready(0), dialled(10, 70, callback_of=77), connected(25), ended(60), *wrap_up(60, 65)]
    rows = story(*events)

    stay = final(rows)
    assert not rows.qslot
    assert (stay["direction"], stay["offered"], stay["answered"], stay["handled"]) == (
        codes.OUTBOUND,
        0,
        0,
        1,
    )
    assert (stay["ring_ms"], stay["talk_ms"], stay["wrap_ms"]) == (15_000, 35_000, 5_000)
    assert rows.interactions[1]["callback_of"] == 77
    assert rows.interactions[1]["answer_ms"] == to_ms(at(25))
    changes = SegmentFold().fold(records_of(events))
    assert changes is not None
    projects = {key[3]: key[5] for key in changes.agent_slot}
    assert projects == {codes.READY: 0, codes.CONNECTING: 4, codes.CONNECTED: 4, codes.WRAP_UP: 4}


def test_practice_is_no_working_time_in_the_very_quarter_of_an_hour_in_which_he_worked() -> None:
    def serves(seconds: float, skill: int) -> acd.AcdEvent:
        profile = acd_model.AgentProfile(agent_id=11, skills={skill: 5})
        return acd.AgentConfigured(at=at(seconds), agent=profile)

    def queue(queue_id: int, project: int) -> acd.AcdEvent:
        skills = (acd_model.SkillRequirement(skill_id=queue_id),)
        return rules(queue_id, skills=skills, project_id=project)

    rows = story(
        queue(2, 0),
        queue(9, SELF_TEST_PROJECT),
        serves(0, 2),
        *ready(10),
        serves(70, 9),
        serves(100, 2),
        acd.AgentSignedOut(at=at(105), agent_id=11),
    )

    assert {key[5]: ms for key, (ms, _) in rows.agent_slot.items()} == {0: 65_000, SELF_TEST_PROJECT: 30_000}


def test_a_call_that_nobody_takes_is_final_at_once_with_its_ringing() -> None:
    free = acd.AgentMadeReady(at=at(40), agent_id=11, rule="call_ended")
    rows = story(*ready(0), dialled(10, 70, queue_id=0), ended(40, "no_answer"), free)

    stay = final(rows)
    assert (stay["ring_ms"], stay["talk_ms"], stay["handled"]) == (30_000, 0, 0)
    assert stay["outcome"] == codes.OUTCOMES[acd_model.EndReason.NO_ANSWER]


def test_a_call_outside_of_hours_is_an_interaction_without_a_stay() -> None:
    rows = story(arrived(0), ended(20, "closed", agent=0, segment=0))

    assert not rows.qslot
    assert not rows.final
    row = rows.interactions[1]
    assert (row["outcome"], row["segments"]) == (codes.OUTCOMES[acd_model.EndReason.CLOSED], 0)


def test_a_state_over_many_slots_is_cut_at_every_quarter() -> None:
    out = acd.AgentSignedOut(at=at(16 * 3600 + 1), agent_id=11)
    rows = story(*ready(0), out)

    assert sum(ms for ms, _ in rows.agent_slot.values()) == (16 * 3600 + 1) * 1000
    assert len(rows.agent_slot) == 16 * 4 + 1
    assert sum(n for _, n in rows.agent_slot.values()) == 1
    assert {ms for ms, _ in rows.agent_slot.values()} == {SLOT_MS, 1000}


def test_starts_of_slots_hand_out_the_time_of_states_that_go_on() -> None:
    starts = [acd.SlotStarted(at=at(900 * n), slot=to_ms(at(900 * n)) // SLOT_MS) for n in (1, 2, 3)]
    rows = story(*ready(60), *starts)

    assert sorted(ms for ms, _ in rows.agent_slot.values()) == [840_000, 900_000, 900_000]
    assert rows.states == []


def test_every_word_of_the_engine_has_a_number_and_none_has_two() -> None:
    for words, numbers in (
        (acd_model.EndReason, codes.OUTCOMES),
        (acd_model.Phase, codes.PHASES),
        (acd_model.AgentState, codes.AGENT_STATES),
        (acd_model.NotReadyCause, codes.CAUSES),
        (acd_model.WithdrawalCause, codes.OFFER_WITHDRAWN),
        (acd_model.EndedBy, codes.ENDED_BY),
        (acd_model.Direction, codes.DIRECTIONS),
        (acd_model.Channel, codes.CHANNELS),
    ):
        assert set(words) == set(numbers)
        assert len(set(numbers.values())) == len(numbers)
