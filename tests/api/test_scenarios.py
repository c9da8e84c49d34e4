"""What-if over HTTP: scenarios read, kept and run in a child, with progress and cancelling."""

import asyncio
from typing import Any

import pytest

from tests.api.house import Browser, House
from tests.simulation.test_reading import EXAMPLE, example

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

ROOT = "/api/v1/planning"
SMALL = example(**{"queue.0.arrivals": {"per_hour": 30}, "agents.0.count": 3})


def run_form(**changes: Any) -> dict[str, Any]:
    return {"scenarios": [{"name": "as it is", "tree": SMALL}], "replications": 2, **changes}


async def ended(browser: Browser, run_id: int) -> dict[str, Any]:
    """The run when it is over."""
    async with asyncio.timeout(60):
        while True:
            run = await browser.get(f"{ROOT}/runs/{run_id}")
            if run["state"] != "running":
                return run
            await asyncio.sleep(0.1)


async def test_text_becomes_a_tree_and_a_tree_becomes_a_text(house: House) -> None:
    vera = await house.signed_in("vera")

    read = await vera.post(f"{ROOT}/scenarios/read", {"text": EXAMPLE})
    written = await vera.post(f"{ROOT}/scenarios/write", {"tree": read["tree"]})
    again = await vera.post(f"{ROOT}/scenarios/read", {"text": written["text"]})

    assert read["tree"] == example()
    assert again["tree"] == read["tree"]


async def test_what_cannot_run_is_refused_field_by_field_and_nothing_begins(house: House) -> None:
    vera = await house.signed_in("vera")
    bad = example(**{"queue.0.handle": None, "agents.0.skills": {"sails": 5}})

    reply = await vera.ask("POST", f"{ROOT}/runs", run_form(scenarios=[{"name": "bad", "tree": bad}]))
    text = await vera.ask("POST", f"{ROOT}/scenarios/read", {"text": "queue = ["})
    kept = await vera.ask("POST", f"{ROOT}/scenarios", {"name": "bad", "tree": bad})

    assert reply.status == kept.status == text.status == 422
    assert reply.code == "scenario_refused"
    places = {(one["place"], one["code"]) for one in reply.json["problems"]}
    assert places == {
        ("scenarios[0].tree.queue[0].handle", "arrivals_without_handle"),
        ("scenarios[0].tree.agents[0].skills.sails", "unknown_skill"),
    }


async def test_more_calls_than_a_run_may_have_are_refused(house: House) -> None:
    vera = await house.signed_in("vera")
    busy = example(**{"queue.0.arrivals": {"per_hour": 20_000}})

    reply = await vera.ask(
        "POST", f"{ROOT}/runs", run_form(scenarios=[{"name": "busy", "tree": busy}], replications=100)
    )

    assert reply.status == 422
    assert reply.json["problems"][0]["code"] == "too_many_calls"


async def test_run_tells_its_progress_and_its_result(house: House) -> None:
    vera = await house.signed_in("vera")
    more = {**SMALL, "agents": [{"count": 5, "skills": {"sales": 5}}]}

    begun = await vera.post(
        f"{ROOT}/runs",
        run_form(scenarios=[{"name": "as it is", "tree": SMALL}, {"name": "two more", "tree": more}]),
    )
    run = await ended(vera, begun["run_id"])

    assert begun["state"] == "running"
    assert (run["state"], run["done"], run["of"]) == ("done", 4, 4)
    first, second = run["result"]["scenarios"]
    assert (first["name"], second["name"]) == ("as it is", "two more")
    assert second["totals"]["service_level"] > first["totals"]["service_level"]
    assert first["intervals"][40]["percentiles"]["service_level"]["p10"] is not None
    (comparison,) = run["result"]["comparisons"]
    assert comparison["measures"]["offered"]["difference"] == 0


async def test_run_can_be_cancelled_and_another_begun(house: House) -> None:
    vera = await house.signed_in("vera")
    long = example(**{"queue.0.arrivals": {"per_hour": 500}})

    begun = await vera.post(
        f"{ROOT}/runs", run_form(scenarios=[{"name": "long", "tree": long}], replications=200)
    )
    second = await vera.ask("POST", f"{ROOT}/runs", run_form())
    cancelled = await vera.ask("DELETE", f"{ROOT}/runs/{begun['run_id']}")
    after = await vera.post(f"{ROOT}/runs", run_form())

    assert second.code == "too_many_runs"
    assert cancelled.json["state"] == "cancelled"
    assert (await ended(vera, after["run_id"]))["state"] == "done"


async def test_run_of_another_person_is_not_seen(house: House) -> None:
    vera, admin = await house.signed_in("vera"), await house.signed_in("admin")

    begun = await vera.post(f"{ROOT}/runs", run_form())
    seen = await admin.ask("GET", f"{ROOT}/runs/{begun['run_id']}")

    assert (seen.status, seen.code) == (404, "unknown_run")
    await ended(vera, begun["run_id"])


async def test_a_day_is_staffed_in_rounds_and_its_result_is_that_of_the_command(house: House) -> None:
    vera = await house.signed_in("vera")
    small = {**SMALL, "queue": [{**SMALL["queue"][0], "arrivals": {"profile": [8, 9], "starts_at": "10:00"}}]}

    begun = await vera.post(
        f"{ROOT}/staffing/runs", {"name": "Friday", "tree": small, "replications": 4, "shrinkage": 0.5}
    )
    run = await ended(vera, begun["run_id"])

    assert (begun["state"], begun["round"]) == ("running", 0)
    assert (run["state"], run["done"], run["of"]) == ("done", 4, 4)
    assert run["round"] == len(run["result"]["rounds"]) + 1, "the last one tries other days"
    assert run["agent_hours"] == run["result"]["rounds"][-1]["agent_hours"]
    assert (run["result"]["name"], run["result"]["is_kept"]) == ("Friday", True)
    assert run["result"]["rules"]["shrinkage"] == 0.5
    assert [row["from"] for row in run["result"]["intervals"]] == ["10:00", "10:15"]
    for row in run["result"]["intervals"]:
        assert row["agents_gross"] == 2 * row["agents"] > 0
        assert row["occupancy"] <= 0.88


async def test_own_runs_are_listed_for_a_page_that_was_reloaded(house: House) -> None:
    vera, admin = await house.signed_in("vera"), await house.signed_in("admin")

    begun = await vera.post(f"{ROOT}/runs", run_form())
    (first, *_) = await vera.get(f"{ROOT}/runs")
    others = await admin.get(f"{ROOT}/runs")
    await ended(vera, begun["run_id"])
    (last, *_) = await vera.get(f"{ROOT}/runs")

    assert (first["run_id"], first["kind"], first["state"]) == (begun["run_id"], "what_if", "running")
    assert begun["run_id"] not in {one["run_id"] for one in others}
    assert (last["state"], last["done"], last["of"]) == ("done", 2, 2)


async def test_staffing_is_cancelled_like_any_run(house: House) -> None:
    vera = await house.signed_in("vera")
    long = example(**{"queue.0.arrivals": {"per_hour": 300}})

    begun = await vera.post(f"{ROOT}/staffing/runs", {"name": "long", "tree": long})
    cancelled = await vera.ask("DELETE", f"{ROOT}/runs/{begun['run_id']}")
    (last, *_) = await vera.get(f"{ROOT}/runs")

    assert cancelled.json["state"] == "cancelled"
    assert (last["run_id"], last["kind"], last["state"]) == (begun["run_id"], "staffing", "cancelled")


@pytest.mark.parametrize(
    ("changes", "place", "code"),
    [
        ({"target": 1.0}, "target", "not_below_whole"),
        ({"max_occupancy": 1.5}, "max_occupancy", "above_whole"),
        ({"shrinkage": -0.1}, "shrinkage", "negative"),
        ({"formula": "best"}, "formula", "not_one_of"),
        ({"replications": 1}, "replications", "too_small"),
    ],
)
async def test_rules_that_nobody_can_keep_begin_nothing(
    house: House, changes: dict[str, Any], place: str, code: str
) -> None:
    vera = await house.signed_in("vera")

    reply = await vera.ask("POST", f"{ROOT}/staffing/runs", {"name": "x", "tree": SMALL, **changes})

    assert reply.status == 422
    assert [(one["place"], one["code"]) for one in reply.json["problems"]] == [(place, code)]


async def test_target_that_no_number_of_agents_reaches_begins_nothing(house: House) -> None:
    vera = await house.signed_in("vera")
    form = {"name": "x", "tree": SMALL, "max_occupancy": 1e-9}

    reply = await vera.ask("POST", f"{ROOT}/staffing/runs", form)

    assert (reply.status, reply.code) == (409, "target_unreachable")


async def test_scenario_that_cannot_be_staffed_is_refused_field_by_field(house: House) -> None:
    vera = await house.signed_in("vera")
    bad = example(**{"queue.0.handle": None})
    busy = example(**{"queue.0.arrivals": {"per_hour": 20_000}})

    reply = await vera.ask("POST", f"{ROOT}/staffing/runs", {"name": "bad", "tree": bad})
    large = await vera.ask("POST", f"{ROOT}/staffing/runs", {"name": "busy", "tree": busy})

    assert (reply.status, reply.code) == (422, "scenario_refused")
    assert reply.json["problems"][0]["place"] == "tree.queue[0].handle"
    assert large.json["problems"][0]["code"] == "too_many_calls"


async def test_scenarios_are_kept_changed_and_removed(house: House) -> None:
    vera = await house.signed_in("vera")

    made = await vera.post(f"{ROOT}/scenarios", {"name": "Friday", "tree": SMALL})
    path = f"{ROOT}/scenarios/{made['scenario_id']}"
    taken = await vera.ask("POST", f"{ROOT}/scenarios", {"name": "Friday", "tree": SMALL})
    await vera.put(path, {"name": "Friday, one more", "tree": {**SMALL, "seed": 7}})
    listed = await vera.get(f"{ROOT}/scenarios")
    found = await vera.get(path)
    removed = await vera.ask("DELETE", path)
    gone = await vera.ask("GET", path)

    assert (taken.status, taken.code) == (409, "name_taken")
    assert [one["name"] for one in listed] == ["Friday, one more"]
    assert found["tree"]["seed"] == 7
    assert removed.status == 204
    assert (gone.status, gone.code) == (404, "unknown_scenario")


async def test_only_planners_may(house: House) -> None:
    anna = await house.signed_in("anna")

    for method, path, body in (
        ("GET", "/scenarios", None),
        ("POST", "/runs", run_form()),
        ("POST", "/staffing/runs", {"name": "x", "tree": SMALL}),
        ("POST", "/scenarios", {"name": "x", "tree": SMALL}),
    ):
        assert (await anna.ask(method, ROOT + path, body)).status == 403


async def test_day_without_calls_teaches_no_scenario(house: House) -> None:
    vera = await house.signed_in("vera")

    nobody = await vera.ask("GET", f"{ROOT}/scenarios/centre?day=2024-03-05")
    future = await vera.ask("GET", f"{ROOT}/scenarios/centre?day=2999-03-05")

    assert (nobody.status, nobody.code) == (409, "nothing_recorded")
    assert (future.status, future.code) == (422, "date_in_the_future")
