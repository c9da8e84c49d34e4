"""Runs of the virtual centre: what is drawn, what repeats, what is counted."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from otklik.acd.engine import Engine
from otklik.acd.events import AcdEvent, InteractionEnded, OfferExpired, SlotStarted
from otklik.acd.invariants import check
from otklik.acd.model import QueueRules, SkillRequirement
from otklik.simulation.draws import Arrivals, Exponential, Fixed, LogNormal, Streams
from otklik.simulation.run import Result, run
from otklik.simulation.scenario import AgentGroup, QueueLoad, Scenario

pytestmark = pytest.mark.fast

HOUR = timedelta(hours=1)


def scenario(**changes: object) -> Scenario:
    rules = QueueRules(queue_id=1, skills=(SkillRequirement(skill_id=1),), wrap_up=timedelta(seconds=10))
    queue = QueueLoad(
        queue=rules,
        arrivals=Arrivals.steady(120),
        handling=LogNormal(timedelta(seconds=180), 1.1),
        patience=Exponential(timedelta(seconds=90)),
    )
    plain = {
        "queues": (queue,),
        "agents": (AgentGroup(7, {1: 5}),),
        "duration": 2 * HOUR,
        "ring": Fixed(timedelta(seconds=4)),
        "missed": 0.05,
    }
    return Scenario(**{**plain, **changes})


def events_of(seed: int, **changes: object) -> tuple[Result, list[AcdEvent]]:
    heard: list[AcdEvent] = []
    result = run(scenario(**changes), Streams(seed), listen=heard.append)
    return result, heard


def test_same_seed_gives_the_same_events_and_another_seed_gives_others() -> None:
    first, second, other = events_of(7)[1], events_of(7)[1], events_of(8)[1]

    assert first == second
    assert first != other


def test_everyone_who_arrives_is_answered_or_abandons() -> None:
    result, heard = events_of(3)

    ended = Counter(event.reason.value for event in heard if isinstance(event, InteractionEnded))
    assert sum(ended.values()) == result.calls == result.total.offered
    assert result.total.waiting == 0
    assert result.total.answered == ended["answered"]
    assert result.total.abandoned == ended["abandoned"] + ended["short_abandoned"]
    assert result.total.short_abandons == ended["short_abandoned"]
    assert result.events == len(heard)


def test_run_is_watched_and_replays_to_the_same_state() -> None:
    engine = Engine()
    heard: list[AcdEvent] = []
    run(scenario(), Streams(5), engine=engine, listen=heard.append)

    replayed = Engine()
    replayed.restore(heard)

    check(engine.state)
    assert replayed.snapshot() == engine.snapshot()


def test_missed_offers_expire_and_the_agents_come_back() -> None:
    _, heard = events_of(4, missed=0.5)

    assert sum(isinstance(event, OfferExpired) for event in heard) > 20
    assert (
        sum(isinstance(event, InteractionEnded) and event.reason.value == "answered" for event in heard) > 50
    )


def test_slots_begin_on_time() -> None:
    _, heard = events_of(4)

    moments = [event.at for event in heard if isinstance(event, SlotStarted)]

    assert len(moments) >= 8
    assert all(at.minute % 15 == 0 and at.second == 0 and at.microsecond == 0 for at in moments)
    assert all(later - sooner == timedelta(minutes=15) for sooner, later in pairwise(moments))


def test_warm_up_is_not_counted() -> None:
    whole, _ = events_of(4)
    half, _ = events_of(4, warm_up=HOUR)

    assert 0 < half.total.offered < whole.total.offered == whole.calls
    assert half.calls == whole.calls
    worked = sum(half.statistics.agent_time.values(), timedelta())
    assert worked == 7 * HOUR


def test_agents_time_in_all_states_is_the_whole_time() -> None:
    result, _ = events_of(6)

    assert sum(result.statistics.agent_time.values(), timedelta()) == 7 * 2 * HOUR
    assert 0 < result.statistics.occupancy < 1


def test_another_agent_meets_the_same_customers() -> None:
    """Common random numbers: more agents shift no draw, so nobody who was answered at once waits longer."""
    few, _ = events_of(9, missed=0.0)
    many, _ = events_of(9, missed=0.0, agents=(AgentGroup(9, {1: 5}),))

    assert many.calls == few.calls
    assert many.total.average_wait < few.total.average_wait
    assert many.total.service_level > few.total.service_level


def test_figures_of_nobody_are_no_data() -> None:
    result, _ = events_of(1, queues=())

    assert result.calls == 0
    assert result.total.service_level is None
    assert result.total.abandonment is None
    assert result.total.average_wait is None
    assert result.statistics.occupancy == 0


def test_intervals_follow_the_profile() -> None:
    profile = Arrivals(per_hour=(0.0, 400.0, 0.0, 800.0))
    counts = np.zeros(4)
    for seed in range(50):
        streams = Streams(seed)
        moments = profile.draw(streams.stream("arrivals"), streams.stream("day"), 0, 3_600_000)
        assert moments == sorted(moments)
        counts += np.histogram(moments, bins=[0, 900_000, 1_800_000, 2_700_000, 3_600_000])[0]

    assert counts[0] == counts[2] == 0
    assert counts[1] / 50 == pytest.approx(100, abs=4 * np.sqrt(100 / 50))
    assert counts[3] / 50 == pytest.approx(200, abs=4 * np.sqrt(200 / 50))


@pytest.mark.parametrize(
    ("distribution", "cv"),
    [
        (Exponential(timedelta(seconds=240)), 1.0),
        (LogNormal(timedelta(seconds=240), 0.5), 0.5),
        (LogNormal(timedelta(seconds=240), 1.1), 1.1),
        (Fixed(timedelta(seconds=240)), 0.0),
    ],
)
def test_lengths_have_the_mean_and_spread_that_they_say(distribution: Exponential, cv: float) -> None:
    lengths = np.array(distribution.draw(Streams(1).stream("handling"), 200_000))

    assert lengths.mean() == pytest.approx(240_000, rel=0.015)
    assert lengths.std() / lengths.mean() == pytest.approx(cv, abs=0.02)
    assert lengths.min() >= 0


def test_streams_of_different_purposes_differ() -> None:
    streams = Streams(1)
    draws = {
        tuple(streams.stream(purpose, place).integers(0, 1_000_000, 4).tolist())
        for purpose in ("arrivals", "handling")
        for place in (0, 1)
    }

    assert len(draws) == 4
