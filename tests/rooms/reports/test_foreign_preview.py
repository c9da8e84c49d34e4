"""What a log would come to is told before anything of it is stored, and is what its calls were."""

from datetime import UTC

import pytest

from otklik.reports.foreign.preview import SHOWN, Preview, Previewed
from otklik.reports.foreign.rows import Row, read_rows
from otklik.reports.foreign.translating import Translator
from otklik.vocabulary.ids import PartyId
from tests.rooms.reports.foreign_log import QUEUES, Plan, draw

pytestmark = pytest.mark.fast


def rows_of(plan: Plan) -> list[Row]:
    lines = [line + "\n" for line in plan.lines]
    return [row for row in read_rows(lines, zone=UTC, latest_ms=1 << 60) if isinstance(row, Row)]


def previewed(rows: list[Row], translator: Translator) -> Previewed:
    numbers = sorted({row.facts[1] for row in rows if row.event == "ENTERQUEUE"})
    parties = {number: PartyId(place) for place, number in enumerate(numbers, 1)}
    preview = Preview()
    for start in range(0, len(rows), 50):
        events, _ = translator.feed(rows[start : start + 50], parties)
        names, translator.new_names = translator.new_names, []
        preview.hear(events, parties, names)
    preview.hear(translator.flush(), {}, [])
    return preview.told(translator.memory.names)


def test_totals_and_first_interactions_are_those_of_the_calls() -> None:
    plan = draw(41, 80)

    told = previewed(rows_of(plan), Translator())

    for queue in told.queues:
        stays = plan.of_queue(queue.queue)
        answered = [stay for stay in stays if stay.agent]
        assert (queue.offered, queue.answered) == (len(stays), len(answered))
        assert queue.abandoned == sum(stay.outcome == "abandoned" for stay in stays)
        assert queue.overflow == sum(stay.outcome == "timed_out" for stay in stays)
        assert queue.average_wait_seconds == pytest.approx(
            sum(stay.leave - stay.enter for stay in answered) / len(answered), abs=0.001
        )
    assert {queue.queue for queue in told.queues} == set(QUEUES)
    assert sum(agent.answered for agent in told.agents) == sum(bool(stay.agent) for stay in plan.stays)
    assert sum(agent.missed for agent in told.agents) == sum(plan.missed.values())
    assert all(agent.is_new for agent in told.agents)
    assert len(told.interactions) == SHOWN
    starts = [one.started_at for one in told.interactions]
    assert starts == sorted(starts)
    assert all(one.number.startswith("7916") for one in told.interactions)
    first = min(plan.stays, key=lambda stay: stay.enter)
    assert told.interactions[0].started_at.timestamp() == first.enter
    assert told.interactions[0].queues[0] == first.queue
    assert told.interactions[0].wait_seconds >= first.leave - first.enter


def test_a_log_that_goes_on_from_an_earlier_one_is_previewed_alone() -> None:
    """What was open between them has its beginning in a journal that a preview does not read."""
    plan = draw(42, 80)
    rows = rows_of(plan)
    translator = Translator()
    translator.feed(rows[: len(rows) // 2], {})
    translator.flush()
    translator.new_names = []

    told = previewed(rows[len(rows) // 2 :], translator)

    assert 0 < sum(queue.offered for queue in told.queues) < len(plan.stays)
    assert not any(agent.is_new for agent in told.agents)
