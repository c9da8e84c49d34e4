"""Planning in Chromium, as a planner does it; the twin runs in a child of the server."""

import contextlib
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Theatre
from tests.browser.desk import Desk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(300),
]

LONG = 60_000
"""A run of the twin on a busy machine, in milliseconds."""

HALF_AN_HOUR = """
[[queue]]
name = "sales"
arrivals = { profile = [20, 20], starts_at = "10:00" }
handle = { mean_seconds = 240 }
patience = { mean_seconds = 180 }
[[queue]]
name = "support"
arrivals = { profile = [6, 6], starts_at = "10:00" }
handle = { mean_seconds = 400 }
patience = { mean_seconds = 240 }
[[agents]]
name = "both"
count = 5
skills = { sales = 5, support = 5 }
[[agents]]
name = "sales only"
count = 3
skills = { sales = 5 }
"""


@contextlib.asynccontextmanager
async def planning(theatre: Theatre, query: str) -> AsyncIterator[Page]:
    centre = theatre.scene.centre
    async with Desk.opened(theatre.browser, centre, "admin") as desk:
        await desk.page.goto(f"{centre.base}/planning?{query}")
        yield desk.page


async def test_scenarios_are_edited_run_and_compared(theatre: Theatre) -> None:
    async with planning(theatre, "view=what_if") as page:
        scenarios = page.get_by_role("region", name="Scenarios")
        await scenarios.get_by_role("button", name="Another scenario, beginning as a copy").click()
        await scenarios.get_by_label("Name").fill("Two fewer")
        await scenarios.get_by_role("textbox", name="Agents, day").fill("12")
        await page.get_by_label("Repetitions").fill("4")
        await page.get_by_role("button", name="Run", exact=True).click()

        table = page.get_by_role("table", name="Scenario against scenario")
        await table.wait_for(timeout=LONG)
        await expect(table.get_by_role("columnheader")).to_have_text(["Measure", "Example", "Two fewer"])
        level = table.get_by_role("row", name="Service level")
        await expect(level).to_contain_text("P10")
        await expect(level).to_contain_text("P90")
        await expect(level.get_by_role("cell").nth(1)).to_contain_text("−")
        agents = table.get_by_role("row", name="Agents at work")
        first, second = await agents.get_by_role("cell").all_inner_texts()
        assert float(second.split()[0]) < float(first.split()[0])
        chart = page.get_by_role("img", name="Service level by quarter of an hour")
        await expect(chart.first).to_be_visible()

        await page.get_by_label("Measure of the chart").first.click()
        await page.get_by_role("option", name="Occupancy").click()
        await expect(page.get_by_role("img", name="Occupancy by quarter of an hour").first).to_be_visible()


async def test_scenario_that_cannot_run_is_refused_at_its_field(theatre: Theatre) -> None:
    async with planning(theatre, "view=what_if") as page:
        scenarios = page.get_by_role("region", name="Scenarios")
        await scenarios.get_by_text("Text", exact=True).click()
        text = scenarios.get_by_role("textbox", name="Text")
        await expect(text).not_to_have_value("")
        written = await text.input_value()
        await text.fill(written.replace("sales = 5", "sails = 5") + "\ncolour = 'red'\n")
        await page.get_by_role("button", name="Take this text").click()

        problems = page.get_by_role("alert").get_by_role("listitem")
        await expect(problems.filter(has_text="agents[0].skills.sails")).to_contain_text("neither a queue")
        await text.fill("queue = [")
        await page.get_by_role("button", name="Take this text").click()
        await expect(problems).to_contain_text("not a TOML file")

        await text.fill(written)
        await page.get_by_role("button", name="Take this text").click()
        await scenarios.get_by_role("textbox", name="Agents, day").wait_for()


async def test_a_long_run_is_cancelled(theatre: Theatre) -> None:
    async with planning(theatre, "view=what_if") as page:
        await page.get_by_label("Repetitions").fill("500")
        await page.get_by_role("button", name="Run", exact=True).click()
        await page.get_by_role("button", name="Cancel").click()

        await page.get_by_text("Cancelled.").wait_for(timeout=LONG)
        await page.get_by_role("button", name="Run", exact=True).wait_for()


async def test_a_day_is_staffed_by_the_twin(theatre: Theatre) -> None:
    async with planning(theatre, "view=staffing&source=scenario") as page:
        await page.get_by_text("Text", exact=True).click()
        await page.get_by_role("textbox", name="Text").fill(HALF_AN_HOUR)
        await page.get_by_role("button", name="Take this text").click()
        await page.get_by_label("Occupancy up to").fill("150")
        await page.get_by_label("Days per round").fill("2")
        await page.get_by_role("button", name="Find agents").click()
        await expect(page.get_by_label("Occupancy up to")).to_have_attribute("aria-invalid", "true")

        await page.get_by_label("Occupancy up to").fill("90")
        await page.get_by_role("button", name="Find agents").click()
        await page.get_by_text("Round 1").or_(page.get_by_text("hours at work")).first.wait_for()
        table = page.get_by_role("table", name="Agents by interval")
        await table.wait_for(timeout=2 * LONG)
        for words in ("both", "sales only", "support, P50"):
            await table.get_by_role("columnheader", name=words).wait_for(timeout=2 * LONG)
        await expect(table.get_by_role("row").nth(2)).to_contain_text("10:15–10:30")
        await page.get_by_text("The formula alone asks for").first.wait_for()
