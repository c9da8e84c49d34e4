"""A foreign log gives the figures that its calls have, whatever the order in which the log tells them."""

from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otklik.reports.foreign.memory import name_of
from otklik.reports.foreign.rows import Row, read_rows
from otklik.reports.foreign.translating import Translator
from otklik.vocabulary.messages import Event
from otklik.vocabulary.time import SLOT_MS
from tests.rooms.reports.foreign_log import AGENTS, JOINED, QUEUES, Folded, Plan, draw

pytestmark = pytest.mark.fast

LATER = 1 << 60


def rows_of(text: str) -> list[Row]:
    return [
        row
        for row in read_rows(text.splitlines(keepends=True), zone=UTC, latest_ms=LATER)
        if isinstance(row, Row)
    ]


def told(text: str) -> tuple[list[Event], Translator, list[str]]:
    translator = Translator()
    events, refused = translator.feed(rows_of(text), {})
    return events + translator.flush(), translator, [row.reason for row in refused]


def assert_as_planned(plan: Plan, folded: Folded, translator: Translator) -> None:
    names = translator.memory.names
    assert translator.tally.interactions == len(folded.interactions) == plan.calls
    assert translator.tally.abandoned == plan.count("abandoned")
    assert translator.tally.timed_out == plan.count("timed_out")
    assert translator.tally.transferred == plan.count("transferred")
    for queue in QUEUES:
        planned = plan.of_queue(queue)
        found = [one for one in folded.segments.values() if one.queue_id == names["queue"].get(queue)]
        answered = [stay for stay in planned if stay.agent]
        gone = [stay for stay in planned if stay.outcome == "abandoned"]
        assert len(found) == len(planned)
        assert sum(one.answered for one in found) == len(answered)
        assert sum(one.abandoned for one in found) == len(gone)
        assert sum(one.short_ab for one in found) == sum(stay.leave - stay.enter <= 5 for stay in gone)
        assert sum(one.in_sl for one in found) == sum(stay.leave - stay.enter <= 20 for stay in answered)
        assert sum(one.overflow for one in found) == sum(stay.outcome == "timed_out" for stay in planned)
        assert sum(one.transferred for one in found) == sum(stay.outcome == "transferred" for stay in planned)
        assert sum(one.wait_ms for one in found if one.answered) == 1000 * sum(
            stay.leave - stay.enter for stay in answered
        )
        assert sum(one.talk_ms for one in found) == 1000 * sum(stay.talk for stay in answered)
        assert sum(one.ring_ms for one in found) == 1000 * sum(stay.ring for stay in answered)
        assert {one.slot for one in found} == {stay.enter * 1000 // SLOT_MS for stay in planned}
    for agent in AGENTS:
        agent_id = names["agent"].get(name_of(agent), 0)
        expired = [one for one in folded.offers.values() if one.agent_id == agent_id and one.outcome == 3]
        assert len(expired) == plan.missed[agent]
        talk = sum(stay.talk for stay in plan.stays if stay.agent == agent)
        assert folded.time.get((agent_id, 5), 0) == 1000 * talk
        if agent in JOINED:
            came, went = plan.joined[agent]
            spent = sum(ms for (who, _), ms in folded.time.items() if who == agent_id)
            assert spent == 1000 * (went - came)


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_figures_of_drawn_logs_are_those_of_their_plans(seed: int) -> None:
    plan = draw(seed, 60)
    events, translator, refused = told("\n".join(plan.lines))

    assert refused == []
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert_as_planned(plan, Folded(events), translator)
    assert translator.unfinished == 0 or all(
        call.phase == "between" for call in translator.memory.calls.values()
    )


@given(st.integers(0, 10_000), st.data())
@settings(max_examples=25)
def test_a_log_given_in_pieces_tells_the_same(seed: int, data: st.DataObject) -> None:
    """The pieces are batches of one import: nothing is flushed between them."""
    plan = draw(seed, 40)
    rows = rows_of("\n".join(plan.lines))
    cut = data.draw(st.integers(0, len(rows)))
    whole, pieces = Translator(), Translator()
    expected = whole.feed(rows, {})[0] + whole.flush()

    found = pieces.feed(rows[:cut], {})[0]
    again = Translator(pieces.memory)
    again.go_on(pieces.held_back())
    found += again.feed(rows[cut:], {})[0] + again.flush()

    assert found == expected


@given(st.integers(0, 10_000), st.data())
@settings(max_examples=25)
def test_figures_of_a_log_imported_day_by_day_stay_right(seed: int, data: st.DataObject) -> None:
    """Each file's end gives out all that is certain; what was open there goes on with the next one."""
    plan = draw(seed, 40)
    rows = rows_of("\n".join(plan.lines))
    cut = data.draw(st.integers(0, len(rows)))
    translator = Translator()
    events = translator.feed(rows[:cut], {})[0] + translator.flush()
    events += translator.feed(rows[cut:], {})[0] + translator.flush()
    folded = Folded(events)

    assert [event.at for event in events] == sorted(event.at for event in events)
    segments = folded.segments.values()
    assert sum(one.answered for one in segments) == sum(bool(stay.agent) for stay in plan.stays)
    assert sum(one.abandoned for one in segments) == plan.count("abandoned")
    assert sum(one.talk_ms for one in segments) == 1000 * sum(stay.talk for stay in plan.stays)
    assert len(folded.interactions) == plan.calls


def test_a_caller_who_enters_another_queue_stays_one_interaction() -> None:
    events, translator, _ = told(
        """
1700000300|c3|sales||ENTERQUEUE||79161234569|1
1700000320|c3|sales||EXITWITHTIMEOUT|1|1|20
1700000321|c3|support||ENTERQUEUE||79161234569|1
1700000330|c3|support|PJSIP/101|CONNECT|9|x|5
1700000390|c3|support|PJSIP/101|BLINDTRANSFER|600|internal|9|60|1
1700000391|c3|sales||ENTERQUEUE||79161234569|1
1700000400|c3|sales|Local/103@from-queue/n|CONNECT|9|x|5
1700000460|c3|sales|Local/103@from-queue/n|COMPLETEAGENT|9|60|1
"""
    )
    folded = Folded(events)

    assert len(folded.interactions) == 1
    assert [one.segments for one in folded.interactions.values()] == [3]
    assert [(one.answered, one.overflow, one.transferred) for one in folded.segments.values()] == [
        (0, 1, 0),
        (1, 0, 1),
        (1, 0, 0),
    ]
    assert translator.unfinished == 0


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_transfer_that_is_told_after_the_next_queue_was_entered_is_understood(place: int) -> None:
    """Two threads of Asterisk write the end of the talk and the entering."""
    after = [
        "1700000391|c3|sales||ENTERQUEUE||79161234569|1",
        "1700000400|c3|sales|PJSIP/103|CONNECT|9|x|5",
        "1700000460|c3|sales|PJSIP/103|COMPLETEAGENT|9|60|1",
    ]
    after.insert(place, "1700000391|c3|support|PJSIP/101|BLINDTRANSFER|600|internal|9|60|1")
    events, translator, refused = told(
        "1700000321|c3|support||ENTERQUEUE||79161234569|1\n"
        "1700000330|c3|support|PJSIP/101|CONNECT|9|x|5\n" + "\n".join(after)
    )
    first, second = Folded(events).segments.values()

    assert refused == []
    assert (translator.tally.transferred, translator.tally.interactions, translator.unfinished) == (1, 1, 0)
    assert (first.transferred, first.talk_ms) == (1, 61_000)
    assert (second.transferred, second.answered, second.talk_ms) == (0, 1, 60_000)


def test_an_agent_who_gets_his_own_caller_back_ends_the_second_talk() -> None:
    """Local channels hide transfers from the log: no row tells of the first one."""
    events, translator, refused = told(
        """
1700000321|c3|support||ENTERQUEUE||79161234569|1
1700000330|c3|support|Local/101@from-queue/n|CONNECT|9|x|5
1700000391|c3|sales||ENTERQUEUE||79161234569|1
1700000400|c3|sales|Local/101@from-queue/n|CONNECT|9|x|5
1700000460|c3|sales|Local/101@from-queue/n|COMPLETEAGENT|9|60|1
"""
    )

    assert (refused, translator.unfinished) == ([], 0)
    assert [one.talk_ms for one in Folded(events).segments.values()] == [61_000, 60_000]


def test_a_ring_told_after_the_caller_left_ended_with_him() -> None:
    events, _, refused = told(
        """
1700000300|c3|sales||ENTERQUEUE||1|1
1700000310|c3|sales||ABANDON|1|1|10
1700000310|c3|sales|PJSIP/101|RINGNOANSWER|8000
"""
    )
    folded = Folded(events)

    assert refused == []
    assert [one.outcome for one in folded.offers.values()] == [4]
    assert [one.abandoned for one in folded.segments.values()] == [1]


def test_a_start_of_asterisk_ends_what_was_left_open() -> None:
    events, translator, refused = told(
        """
1700000300|c1|sales||ENTERQUEUE||1|1
1700000301|c2|sales||ENTERQUEUE||2|2
1700000310|c2|sales|PJSIP/101|CONNECT|9|x|5
1700000400|NONE|NONE|NONE|QUEUESTART|
1700000410|c2|sales|PJSIP/101|COMPLETEAGENT|9|60|1
"""
    )
    folded = Folded(events)

    assert refused == ["unknown_call"]
    assert translator.tally.lost == 2
    assert {one.is_estimated for one in folded.interactions.values()} == {1}
    assert sorted(one.abandoned for one in folded.segments.values()) == [0, 1]


def test_a_call_without_an_end_is_lost_after_hours_and_one_that_left_a_queue_is_not() -> None:
    events, translator, refused = told(
        """
1700000300|c1|sales||ENTERQUEUE||1|1
1700000301|c2|sales||ENTERQUEUE||2|2
1700000310|c2|sales||EXITWITHTIMEOUT|1|1|9
1700099000|c3|sales||ENTERQUEUE||3|1
1700099010|c3|sales||ABANDON|1|1|10
"""
    )
    ended = {one.start_ms // 1000: one.is_estimated for one in Folded(events).interactions.values()}

    assert (translator.tally.lost, translator.unfinished, refused) == (1, 0, [])
    assert ended == {1700000300: 1, 1700000301: 1, 1700099000: 0}


def test_rows_that_fit_nothing_are_named() -> None:
    _, translator, refused = told(
        """
1700000300|c1|sales|PJSIP/101|CONNECT|9|x|5
1700000301|NONE|sales||ENTERQUEUE||2|2
1700000302|c2|sales||ENTERQUEUE||2|2
1700000303|c2|sales|PJSIP/101|COMPLETEAGENT|9|60|1
1700000304|c2|sales|NONE|CONNECT|9|x|5
1700000305|c2|sales|PJSIP/101|CONNECT|9|x|5
1700000306|c2|sales||ABANDON|1|1|4
1700000307|c2|sales|PJSIP/101|VENDOREVENT|1
"""
    )

    assert refused == ["unknown_call", "no_call", "not_talking", "no_agent", "not_waiting"]
    assert translator.tally.ignored_lines == 1
    assert translator.unfinished == 1


def test_a_pause_in_every_queue_is_a_pause_and_one_in_a_call_begins_after_it() -> None:
    events, translator, _ = told(
        """
1700000000|MANAGER|sales|PJSIP/101|ADDMEMBER|
1700000000|MANAGER|support|PJSIP/101|ADDMEMBER|
1700000100|MANAGER|sales|PJSIP/101|PAUSE|lunch
1700000200|MANAGER|support|PJSIP/101|PAUSE|lunch
1700000300|NONE|NONE|PJSIP/101|UNPAUSEALL|
1700000400|c2|sales||ENTERQUEUE||2|2
1700000400|c2|sales|PJSIP/101|CONNECT|0|x|0
1700000450|NONE|NONE|PJSIP/101|PAUSEALL|coffee
1700000500|c2|sales|PJSIP/101|COMPLETEAGENT|0|100|1
1700000600|NONE|NONE|PJSIP/101|UNPAUSEALL|
1700000700|MANAGER|sales|PJSIP/101|REMOVEMEMBER|
1700000800|MANAGER|support|PJSIP/101|REMOVEMEMBER|
"""
    )
    time = Folded(events).time

    assert translator.memory.names["reason"] == {"lunch": 1, "coffee": 2}
    assert time == {(1, 1): 200_000, (1, 2): 500_000, (1, 5): 100_000}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("PJSIP/101", "101"),
        ("SIP/101", "101"),
        ("Local/101@from-queue/n", "101"),
        ("Agent/101", "101"),
        ("Анна Петрова", "Анна Петрова"),
        ("Sales/Anna", "Sales/Anna"),
    ],
)
def test_one_agent_has_one_name(written: str, name: str) -> None:
    assert name_of(written) == name
