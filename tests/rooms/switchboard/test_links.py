"""Windows of a link become the events that are worth writing, and those the rows that are shown."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from otklik.journal.record import Record
from otklik.quality.e_model import LinkFigures, mos_of
from otklik.quality.links import Link, LinkProjection
from otklik.switchboard import requests
from otklik.switchboard import signals as tell
from otklik.switchboard.events import LinkMeasured
from otklik.vocabulary.ids import AgentId, InteractionId, LegId
from otklik.vocabulary.refusals import Refused
from tests.rooms.switchboard.world import CUSTOMER, NUMBER, World, open_world

pytestmark = pytest.mark.fast

ANNA, BORIS = AgentId(1), AgentId(2)
GOOD = LinkFigures(packets=250, lost=0, jitter_ms=3.0, round_trip_ms=40.0)
AWFUL = LinkFigures(packets=200, lost=50, jitter_ms=3.0, round_trip_ms=40.0)
Story = Callable[[World], Awaitable[None]]


def play(story: Story) -> None:
    async def run() -> None:
        await story(await open_world(agents=2))

    asyncio.run(run())


async def talking(world: World) -> tuple[InteractionId, LegId]:
    """Anna talks; the interaction and the customer's leg."""
    await world.ask(requests.GetReady(agent_id=ANNA))
    world.driver.call(NUMBER, CUSTOMER)
    await world.pass_time(2)
    world.driver.answer("phone1")
    await world.pass_time(1)
    (interaction_id,) = world.centre.engine.state.interactions
    leg = world.centre.calls.customer_of(interaction_id)
    assert leg is not None
    return interaction_id, leg.leg_id


async def window(
    world: World, leg_id: LegId, heard: LinkFigures | None, sent: LinkFigures | None = None
) -> None:
    await world.pass_time(5)
    took = timedelta(seconds=5)
    world.media.emit(tell.LinkReported(leg_id=leg_id, took=took, heard=heard, sent=sent))
    await world.pass_time(0.1)


def rows_of(world: World) -> list[Link]:
    """The rows as they stand after all that was journalled."""
    projection, rows = LinkProjection(), {}
    for record in world.writer.records:
        changes = projection.fold([record])
        for row in changes.rows if changes else ():
            rows[row.key] = row
    return list(rows.values())


def test_the_first_window_is_told_and_then_only_news_each_minute_and_the_end() -> None:
    async def story(world: World) -> None:
        one, leg = await talking(world)
        for _ in range(11):
            await window(world, leg, GOOD)
        assert len(world.events(LinkMeasured)) == 1
        await window(world, leg, GOOD)
        await window(world, leg, GOOD)
        assert len(world.events(LinkMeasured)) == 2, "each minute"
        await window(world, leg, AWFUL)
        assert len(world.events(LinkMeasured)) == 3, "at once when it becomes another"
        await window(world, leg, AWFUL)
        assert len(world.events(LinkMeasured)) == 3
        await world.ask(requests.HangUp(agent_id=ANNA, interaction_id=one))
        await world.pass_time(1)
        events = world.events(LinkMeasured)
        assert len(events) == 4, "and what is left at the end"
        assert sum(event.heard.all.packets for event in events) == 13 * 250 + 2 * 200
        assert sum(event.heard.all.lost for event in events) == 100
        (row,) = rows_of(world)
        assert (row.agent_id, row.role, row.way, row.is_open) == (ANNA, "customer", "heard", False)
        assert (row.all.packets, row.all.lost) == (13 * 250 + 2 * 200, 100)
        assert row.worst_mos == mos_of(AWFUL)
        assert row.mos == mos_of(row.all)

    play(story)


def test_each_segment_has_its_own_rows() -> None:
    async def story(world: World) -> None:
        one, leg = await talking(world)
        await window(world, leg, GOOD)
        await world.ask(requests.GetReady(agent_id=BORIS))
        moving = requests.Moving(agent_id=BORIS)
        found = await world.ask(requests.Transfer(agent_id=ANNA, interaction_id=one, to=moving))
        assert isinstance(found, dict), found
        await world.pass_time(2)
        world.driver.answer("phone2")
        await world.pass_time(1)
        await window(world, leg, AWFUL)
        rows = rows_of(world)
        assert len({row.segment_id for row in rows}) == 2
        by_agent = {row.agent_id: row for row in rows}
        assert by_agent[ANNA].worst_mos == mos_of(GOOD)
        assert by_agent[BORIS].worst_mos == mos_of(AWFUL)

    play(story)


def test_the_browser_tells_of_the_leg_on_which_its_agent_talks() -> None:
    async def story(world: World) -> None:
        note = requests.NoteLink(agent_id=ANNA, took=timedelta(seconds=5), heard=GOOD, sent=AWFUL)
        refused = await world.ask(note)
        assert isinstance(refused, Refused)
        assert refused.code == "no_talk"
        await talking(world)
        await world.ask(note)
        rows = {row.way: row for row in rows_of(world)}
        assert {row.source for row in rows.values()} == {"browser"}
        assert {row.role for row in rows.values()} == {"agent"}
        assert rows["sent"].mos == mos_of(AWFUL)
        assert rows["heard"].mos == mos_of(GOOD)

    play(story)


def test_nothing_measured_is_nothing_told() -> None:
    async def story(world: World) -> None:
        one, leg = await talking(world)
        await window(world, leg, LinkFigures(packets=0, lost=0), None)
        await window(world, leg, None, None)
        await window(world, LegId(4711), GOOD)
        await world.ask(requests.HangUp(agent_id=ANNA, interaction_id=one))
        await world.pass_time(1)
        assert not world.events(LinkMeasured)
        assert not rows_of(world)

    play(story)


def test_a_killed_engine_goes_on_with_the_same_row() -> None:
    async def story(world: World) -> None:
        _, leg = await talking(world)
        await window(world, leg, GOOD)
        await world.restart()
        await world.pass_time(1)
        await window(world, leg, GOOD)
        (row,) = rows_of(world)
        assert row.all.packets == 500

    play(story)


def test_open_rows_survive_a_snapshot() -> None:
    async def story(world: World) -> None:
        one, leg = await talking(world)
        await window(world, leg, GOOD, AWFUL)
        whole, first = LinkProjection(), LinkProjection()
        records: list[Record] = list(world.writer.records)
        first.fold(records)
        second = LinkProjection()
        second.restore(first.snapshot())
        await world.ask(requests.HangUp(agent_id=ANNA, interaction_id=one))
        await world.pass_time(1)
        rest = world.writer.records[len(records) :]
        whole.fold(records)
        assert second.fold(rest) == whole.fold(rest)

    play(story)


def test_a_first_look_after_the_end_says_nothing() -> None:
    """It would belong to no segment."""

    async def story(world: World) -> None:
        one, leg = await talking(world)
        await world.ask(requests.HangUp(agent_id=ANNA, interaction_id=one))
        took = timedelta(seconds=2)
        world.media.emit(tell.LinkReported(leg_id=leg, took=took, heard=GOOD))
        await world.pass_time(1)
        assert not rows_of(world)

    play(story)
