"""A recorded day once more: the twin decides as the live engine did, and says how near it comes."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from otklik.acd import events as acd
from otklik.acd.commands import AcdCommand, ConfigureAgent
from otklik.operations import texts
from otklik.simulation.draws import EarlyPeak, Exponential, Streams
from otklik.simulation.fidelity import count_real
from otklik.simulation.history import estimate_patience, fit_lengths
from otklik.simulation.recorded import Heard, Recording, Stay
from otklik.simulation.replay import replay
from otklik.vocabulary.refusals import Refused
from otklik.wiring import tables
from otklik.wiring.replay import replay_day
from tests.simulation.recorded_day import WHOLE, acd_events, recorded_day

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(("seed", "agents", "hourly"), [(1, 8, 550), (3, 8, 550), (5, 14, 700)])
def test_service_level_is_within_two_points_of_the_recorded_one(
    seed: int, agents: int, hourly: float
) -> None:
    events = acd_events(recorded_day(seed, agents, hourly))

    found = replay_day(events, WHOLE, replications=5, seed=1)

    assert found["calls"] >= 500
    assert abs(found["error"]["service_level"]) < 0.02
    assert abs(found["error"]["abandonment_rate"]) < 0.02
    assert abs(found["error"]["average_wait_seconds"]) < 1
    assert abs(found["error"]["occupancy"]) < 0.02
    assert found["imputed"]["patience"] == pytest.approx(found["real"]["answered"], abs=10)


def test_offers_go_to_the_same_agents_for_the_same_customers_in_the_same_moments() -> None:
    """As long as the world is the same, the decisions are: it is the same engine."""
    events = acd_events(recorded_day(1))
    recording = Recording.of(events)
    number = {stay.interaction_id: place for place, stay in enumerate(recording.stays, start=1)}
    heard: list[acd.AcdEvent] = []

    replay(recording, Streams(1), start=WHOLE.start, end=WHOLE.end, listen=heard.append)

    real = [
        (event.at, number[event.interaction_id], event.agent_id)
        for event in events
        if isinstance(event, acd.OfferMade)
    ]
    twin = [
        (event.at, event.interaction_id, event.agent_id)
        for event in heard
        if isinstance(event, acd.OfferMade)
    ]
    assert len(real) > 400
    assert twin == real


def test_real_figures_are_those_of_the_journal() -> None:
    events = acd_events(recorded_day(1))

    total = count_real(events, WHOLE).total()

    ended = Counter(
        event.reason.value for event in events if isinstance(event, acd.InteractionEnded) and event.queue_id
    )
    assert total.answered == ended["answered"]
    assert total.abandoned == ended["abandoned"] + ended["short_abandoned"]
    assert total.waiting == 0


def test_what_is_folded_is_what_happened() -> None:
    recording = Recording.of(acd_events(recorded_day(1)))

    assert all(stay.waited is not None for stay in recording.stays)
    talked = [stay for stay in recording.stays if stay.handling is not None]
    assert all(stay.rings[-1].heard is Heard.ACCEPTED for stay in talked)
    assert any(stay.wrap_up for stay in talked)
    missed = [ring for stay in recording.stays for ring in stay.rings if ring.heard is Heard.EXPIRED]
    assert missed
    assert any(ring.away for ring in missed)


def test_replay_repeats_with_its_seed() -> None:
    events = acd_events(recorded_day(5, 14, 700))

    first, second = (replay_day(events, WHOLE, replications=2, seed=4) for _ in range(2))

    del first["cpu_seconds"], second["cpu_seconds"]
    assert first == second


def test_a_day_with_fewer_agents_would_have_been_worse() -> None:
    """The recorded day is a base for what-ifs: without two of the agents."""
    recording = Recording.of(acd_events(recorded_day(5, 14, 700)))

    def without_two(command: AcdCommand) -> AcdCommand | None:
        return None if isinstance(command, ConfigureAgent) and command.agent.agent_id <= 2 else command

    whole, fewer = (
        replay(recording, Streams(1), start=WHOLE.start, end=WHOLE.end, change=change).result.total
        for change in (None, without_two)
    )

    assert whole.offered == fewer.offered
    assert fewer.service_level < whole.service_level - 0.02
    assert fewer.abandoned > whole.abandoned


def test_intervals_and_queues_add_up_to_the_day() -> None:
    found = replay_day(acd_events(recorded_day(1)), WHOLE, replications=1, seed=1)

    for side in ("real", "replayed"):
        assert sum(one[side]["offered"] for one in found["intervals"]) == found[side]["offered"]
        assert sum(one[side]["offered"] for one in found["queues"]) == found[side]["offered"]
    assert len(found["intervals"]) == 8


@pytest.mark.parametrize("language", ["en", "ru"])
def test_table_shows_both_sides_and_what_was_imputed(language: texts.Language) -> None:
    found = replay_day(acd_events(recorded_day(1)), WHOLE, replications=1, seed=1)

    told = tables.of_replay({"day": "2026-11-23", **found}, language)

    assert texts.say(language, "replay.real") in told
    assert "00:00-00:15" in told
    assert str(round(found["imputed"]["patience"])) in told


def test_day_without_calls_is_refused() -> None:
    events = [event for event in acd_events(recorded_day(1)) if not isinstance(event, acd.InteractionQueued)]

    with pytest.raises(Refused) as refused:
        replay_day(events, WHOLE, replications=1, seed=1)

    assert refused.value.code == "nothing_recorded"


def stays_of(waits: list[tuple[float, bool]]) -> list[Stay]:
    """Stays by seconds waited, and whether they ended with giving up."""
    at = datetime.fromisoformat("2026-11-23T09:00:00+00:00")
    return [Stay(1, 1, at, 0, waited=round(1000 * seconds), is_lost=is_lost) for seconds, is_lost in waits]


def test_patience_counts_the_waits_of_those_who_were_answered() -> None:
    found = estimate_patience(stays_of([(10, True), (50, False), (40, False), (100, True)]))

    assert found.mean_ms == 100_000  # 200 s waited by all, two gave up
    assert (found.customers, found.abandons) == (4, 2)


def test_patience_without_abandons_is_endless() -> None:
    assert estimate_patience(stays_of([(10, False)])).distribution() is None


def test_patience_is_found_again_from_a_censored_sample() -> None:
    """Drawn with an early peak, seen only as long as the answer took."""
    drawn = EarlyPeak(0.05, timedelta(seconds=15), Exponential(timedelta(seconds=300))).draw(
        Streams(1).stream("test"), 60_000
    )
    answers = Streams(1).stream("answers").exponential(40_000, 60_000).tolist()
    stays = stays_of(
        [(min(one, answer) / 1000, one < answer) for one, answer in zip(drawn, answers, strict=True)]
    )

    found = estimate_patience(stays)

    assert found.mean_ms == pytest.approx(300_000, rel=0.05)
    assert found.early_share == pytest.approx(0.05, abs=0.01)


def test_lengths_are_fitted_by_mean_and_spread() -> None:
    lengths = [60_000, 120_000, 180_000, 240_000]

    fitted = fit_lengths(lengths)

    assert fitted.mean == timedelta(seconds=150)
    assert fitted.cv == pytest.approx(0.447, abs=0.001)
