"""A period on one page: what stood out is told when it did, and only then."""

from datetime import UTC, date, datetime, timedelta
from string import Formatter

import pytest

from otklik.api.sheet import titles
from otklik.api.summary import COLUMNS
from otklik.reports.mailing import Every
from otklik.reports.measures import PAGE_MEASURES, AgentFacts, QueueFacts
from otklik.reports.service import days_compared, days_with
from otklik.reports.summary import OfQueue, Part, Seen, Told, Tone, add, numbers_of, told_of

pytestmark = pytest.mark.fast

MORNING = datetime(2026, 11, 23, 6, tzinfo=UTC)


def facts(offered: int, *, lost: int = 0, late: int = 0, wait: int = 10, handle: int = 120) -> QueueFacts:
    """late: answered, but not in time; wait, handle: mean seconds."""
    answered = offered - lost
    return QueueFacts(
        offered=offered,
        answered=answered,
        abandoned=lost,
        in_sl=answered - late,
        handled=answered,
        wait_ms=answered * wait * 1000,
        talk_ms=answered * handle * 1000,
        max_wait_ms=60_000,
    )


def seen(*queues: OfQueue, before: QueueFacts | None = None, **more: object) -> Seen:
    now = add([one.facts for one in queues])
    return Seen(
        **{  # type: ignore[arg-type]  # by name
            "now": now,
            "before": before if before is not None else now,
            "queues": queues,
            "parts": [Part(MORNING, now)],
            **more,
        }
    )


def queue(name: str, of: QueueFacts, target: float | None = 0.8) -> OfQueue:
    return OfQueue(len(name), name, of, target)


def codes(told: list[Told]) -> list[str]:
    return [one.code for one in told]


def test_the_numbers_are_those_that_are_defined_for_the_page() -> None:
    busy = AgentFacts(connected_ms=1, ready_ms=1)
    numbers = numbers_of(seen(queue("sales", facts(10)), agents=busy, agents_before=busy))

    assert {one.name for one in numbers} == {one.name for one in PAGE_MEASURES}


def test_nothing_is_one_sentence_and_no_share_of_nothing() -> None:
    told = told_of(seen(queue("sales", facts(0))))

    assert codes(told) == ["nothing_came"]
    assert {one.name: one.value for one in numbers_of(seen(queue("sales", facts(0))))}[
        "service_level"
    ] is None


@pytest.mark.parametrize(
    ("late", "code", "tone"),
    [(10, "target_met", Tone.OK), (25, "target_missed", Tone.WARN), (60, "target_missed", Tone.BAD)],
)
def test_the_target_comes_first(late: int, code: str, tone: Tone) -> None:
    first = told_of(seen(queue("sales", facts(100, late=late))))[0]

    assert (first.code, first.tone) == (code, tone)
    assert first.facts == {"level_share": (100 - late) / 100, "target_share": 0.8}


def test_queues_with_targets_of_their_own_are_counted_and_the_worst_is_named() -> None:
    tiny = queue("tiny", facts(2, lost=2), 0.9)
    large = queue("large", facts(400, late=100), 0.8)
    fine = queue("fine", facts(50), 0.7)

    told = told_of(seen(tiny, large, fine))

    assert told[0].facts == {"met": 1, "queues": 3}
    (worst,) = [one for one in told if one.code == "worst_queue"]
    # 20 answers lack at the large one, not two at the tiny one.
    assert worst.facts == {"queue": "large", "level_share": 0.75, "target_share": 0.8, "offered": 400}


@pytest.mark.parametrize(
    ("now", "before", "code"),
    [
        (130, 100, "more_came"),
        (80, 100, "fewer_came"),
        (105, 100, "as_many_came"),
        (3, 1, "as_many_came"),
        (100, 0, "nothing_before"),
    ],
)
def test_a_change_is_told_when_it_is_one(now: int, before: int, code: str) -> None:
    assert code in codes(told_of(seen(queue("sales", facts(now)), before=facts(before))))


def test_who_gave_up_and_when_most_did() -> None:
    hours = [Part(MORNING + timedelta(hours=n), facts(50, lost=lost)) for n, lost in enumerate((1, 7, 2))]
    whole = queue("sales", facts(150, lost=10))

    told = {one.code: one for one in told_of(seen(whole, parts=hours))}

    assert told["lost_most_at"].facts == {
        "lost": 10,
        "lost_share": 10 / 150,
        "at": MORNING + timedelta(hours=1),
        "most": 7,
    }
    assert told["lost_most_at"].tone is Tone.WARN
    assert told["peak_level"].facts["at"] == MORNING
    assert "nobody_lost" in codes(told_of(seen(queue("sales", facts(10)))))


def test_waits_and_handling_are_told_when_they_changed_enough() -> None:
    same = told_of(seen(queue("sales", facts(100, wait=12)), before=facts(100, wait=10)))
    longer = told_of(seen(queue("sales", facts(100, wait=30, handle=90)), before=facts(100, wait=10)))

    assert not {"waits_longer", "handling_shorter"} & set(codes(same))
    assert {"waits_longer", "handling_shorter"} <= set(codes(longer))


def test_agents_without_breath_and_their_missed_calls() -> None:
    busy = AgentFacts(connected_ms=9_000, ready_ms=1_000, handled=20, missed_offers=3)
    told = told_of(seen(queue("sales", facts(20)), agents=busy, agents_before=busy))

    assert {"too_busy", "offers_missed"} <= set(codes(told))
    assert "too_busy" not in codes(told_of(seen(queue("sales", facts(20)))))


def test_every_sentence_has_words_in_both_languages_with_the_same_facts() -> None:
    spoken = {
        locale: {
            name: {field for _, field, _, _ in Formatter().parse(text) if field}
            for name, text in titles(locale).items()  # type: ignore[arg-type]  # the two that there are
            if name.startswith("told_")
        }
        for locale in ("ru", "en")
    }

    assert spoken["ru"] == spoken["en"]
    assert set(COLUMNS) <= titles("ru").keys()
    told = [
        *told_of(
            seen(queue("a", facts(100, late=60)), queue("b", facts(9), 0.5), before=facts(1), is_over=False)
        ),
        *told_of(seen(queue("a", facts(0)))),
    ]
    for one in told:
        assert spoken["ru"][f"told_{one.code}"] <= one.facts.keys(), one.code


def test_a_period_is_compared_with_one_like_it() -> None:
    today = date(2026, 11, 25)

    assert days_with(Every.WEEK, date(2026, 11, 25)) == (date(2026, 11, 23), date(2026, 11, 30))
    assert days_with(Every.MONTH, date(2026, 12, 31)) == (date(2026, 12, 1), date(2027, 1, 1))
    assert days_compared(Every.DAY, date(2026, 11, 24), today) == (
        (date(2026, 11, 24), date(2026, 11, 25)),
        (date(2026, 11, 17), date(2026, 11, 18)),
    )
    # Three days of this week have begun: Monday to Wednesday of both.
    assert days_compared(Every.WEEK, today, today) == (
        (date(2026, 11, 23), date(2026, 11, 26)),
        (date(2026, 11, 16), date(2026, 11, 19)),
    )
    assert days_compared(Every.MONTH, date(2026, 3, 31), today) == (
        (date(2026, 3, 1), date(2026, 4, 1)),
        (date(2026, 2, 1), date(2026, 3, 1)),
    )
