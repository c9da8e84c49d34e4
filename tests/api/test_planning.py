"""Planning over HTTP: the same answers as on the command line, refused by field, for those who may plan."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from otklik.database import connect
from otklik.simulation.erlang import calculator
from otklik.vocabulary.time import slot_of
from tests.api.house import House

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

GOOD = {"calls": 100, "interval": 1800, "aht": 180, "threshold": 20}


def erlang(**options: Any) -> str:
    return f"/api/v1/planning/erlang?{urlencode(options)}"


async def test_the_formula_answers_as_on_the_command_line(house: House) -> None:
    vera = await house.signed_in("vera")

    found = await vera.get(erlang(model="a", **GOOD, patience=120, agents=14))

    question = calculator.read_question({"model": "a", **GOOD, "patience": 120, "agents": 14})
    assert found["figures"] == calculator.answer(question).figures
    assert found["agents"] == 14
    curve = {one["agents"]: one for one in found["curve"]}
    assert list(curve) == list(range(6, 27))
    assert curve[14]["service_level"] == found["figures"]["service_level"]


async def test_a_target_gives_the_fewest_agents_and_overload_is_said(house: House) -> None:
    vera = await house.signed_in("vera")

    fewest = await vera.get(erlang(model="c", **GOOD, target=0.8, max_occupancy=0.85))
    overload = await vera.get(erlang(model="c", **GOOD, agents=9))

    assert fewest["agents"] == 14
    assert overload["is_overload"] is True
    assert overload["figures"]["average_wait_seconds"] is None


@pytest.mark.parametrize(
    ("options", "place", "code"),
    [
        ({"model": "c", "agents": 0}, "agents", "not_positive"),
        ({"model": "c", "agents": "nan"}, "agents", "not_a_number"),
        ({"model": "c", "agents": "many"}, "agents", "wrong_type"),
        ({"model": "q", "agents": 3}, "model", "not_in_list"),
        ({"model": "a", "agents": 3}, "patience", "missing"),
        ({"model": "x", "agents": 3}, "lines", "missing"),
        ({"model": "c", "agents": 3, "target": 0.5}, "target", "agents_and_target"),
        ({"model": "x", "agents": 3, "lines": 1e6}, "lines", "too_large"),
    ],
)
async def test_a_question_that_means_nothing_is_refused_by_field(
    house: House, options: dict[str, Any], place: str, code: str
) -> None:
    vera = await house.signed_in("vera")

    reply = await vera.ask("GET", erlang(**GOOD, **options))

    assert reply.status == 422
    assert [(one["place"], one["code"]) for one in reply.json["problems"]] == [(place, code)]


DAY = [
    {"from": "09:00", "to": "09:15", "calls": 40, "aht_seconds": 240},
    {"from": "09:15", "to": "09:30", "calls": 0, "aht_seconds": 240},
]


async def test_a_day_is_staffed(house: House) -> None:
    vera = await house.signed_in("vera")

    found = await vera.post(
        "/api/v1/planning/staffing", {"intervals": DAY, "patience": 120, "max_abandonment": 0.04}
    )

    first, quiet = found["intervals"]
    assert first["agents"] > 0
    assert first["service_level"] >= 0.8
    assert first["abandonment_rate"] <= 0.04
    assert first["agents_gross"] > first["agents"]
    assert quiet["agents"] == 0
    assert quiet["service_level"] is None
    assert found["totals"]["calls"] == 40


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        ({"target": 1.2}, "target", "not_below_whole"),
        ({"intervals": []}, "profile", "nothing_to_staff"),
        ({"intervals": [{**DAY[0], "calls": -1}]}, "row 1: calls", "negative"),
        ({"intervals": [DAY[1], DAY[0]]}, "row 2: from", "not_in_order"),
        ({"wishes": 3}, "wishes", "unknown_field"),
    ],
)
async def test_a_day_that_means_nothing_is_refused_by_field(
    house: House, change: dict[str, Any], place: str, code: str
) -> None:
    vera = await house.signed_in("vera")

    reply = await vera.ask("POST", "/api/v1/planning/staffing", {"intervals": DAY, **change})

    assert reply.status == 422
    assert [(one["place"], one["code"]) for one in reply.json["problems"]] == [(place, code)]


INSERT = """
insert into qslot (site_id, slot, queue_id, channel, project_id, offered, answered, abandoned, short_ab,
                   aband_in_t, overflow, transferred, in_sl, handled, wait_ms, aband_ms, ring_ms, talk_ms,
                   hold_ms, wrap_ms, max_wait_ms, seq)
values (1, $1, 900, 0, 1, 30, 30, 0, 0, 0, 0, 0, 30, 30, 0, 0, 0, 6000000, 0, 0, 0, 1)
"""


async def test_a_recorded_day_is_a_load_that_can_be_staffed(house: House) -> None:
    vera = await house.signed_in("vera")
    connection = await connect(house.url, name="test")
    await connection.execute(INSERT, slot_of(datetime(2024, 3, 4, 9, tzinfo=UTC)))
    await connection.close()

    found = await vera.get("/api/v1/planning/history?day=2024-03-04&queue=900")
    staffed = await vera.post("/api/v1/planning/staffing", {"intervals": found["intervals"]})

    assert found["days"] == 1
    assert [(one["calls"], one["aht_seconds"]) for one in found["intervals"]] == [(30, 200)]
    assert staffed["intervals"][0]["agents"] > 7
    nobody = await vera.ask("GET", "/api/v1/planning/history?day=2024-03-05&queue=900")
    assert (nobody.status, nobody.code) == (404, "nobody_called")
    future = await vera.ask("GET", "/api/v1/planning/history?day=2999-03-05")
    assert (future.status, future.code) == (422, "date_in_the_future")


async def test_agents_do_not_plan(house: House) -> None:
    anna = await house.signed_in("anna")

    assert (await anna.ask("GET", erlang(model="c", **GOOD, agents=14))).status == 403
