"""Rows of links in the database: written once and grown, read for a talk of now, summed for a report."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from otklik.database import connect
from otklik.quality import links
from otklik.quality.e_model import LinkFigures, mos_of
from otklik.quality.links import Link, LinkChanges, LinkProjection
from otklik.vocabulary.ids import AgentId, InteractionId, LegId, QueueId, SegmentId, SiteId, TrunkId
from otklik.vocabulary.time import to_ms

pytestmark = pytest.mark.database

SITE = SiteId(1)
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
GOOD = LinkFigures(packets=1000, lost=0, jitter_ms=2.0, round_trip_ms=40.0)
BAD = LinkFigures(packets=800, lost=200, jitter_ms=30.0)


def row(leg: int, figures: LinkFigures, **changes: Any) -> Link:
    mos = mos_of(figures)
    assert mos is not None
    made = Link(
        leg_id=LegId(leg),
        segment_id=SegmentId(70),
        source="media_server",
        way="heard",
        interaction_id=InteractionId(7),
        role="customer",
        agent_id=AgentId(1),
        queue_id=QueueId(2),
        trunk_id=TrunkId(3),
        since=AT,
        until=AT + timedelta(seconds=20),
        all=figures,
        last=figures,
        worst_mos=mos,
    )
    return msgspec.structs.replace(made, **changes)


async def write(connection: Any, *rows: Link) -> None:
    await LinkProjection().write(connection, LinkChanges(site_id=SITE, rows=rows))


async def test_a_row_is_written_and_grows(database_url: str) -> None:
    connection = await connect(database_url, name="test links")
    try:
        await write(connection, row(11, GOOD), row(12, BAD, role="agent", trunk_id=TrunkId(0)))
        grown = row(11, BAD, until=AT + timedelta(seconds=60), is_open=False)
        projection = LinkProjection()
        acts = projection.acts(LinkChanges(site_id=SITE, rows=(grown,)))
        assert acts is not None
        await connection.execute(*acts.texts, *acts.values)
        found = await links.of_interaction(connection, SITE, InteractionId(7))
        assert {one.leg_id: one for one in found} == {
            11: grown,
            12: row(12, BAD, role="agent", trunk_id=TrunkId(0)),
        }
    finally:
        await connection.close()


async def test_now_is_the_worst_of_each_side_and_nothing_old(database_url: str) -> None:
    connection = await connect(database_url, name="test links")
    try:
        await write(
            connection,
            row(11, GOOD),
            row(12, GOOD, role="agent"),
            row(12, BAD, role="agent", source="browser", way="sent"),
            row(21, BAD, interaction_id=InteractionId(8), is_open=False),
            row(31, BAD, interaction_id=InteractionId(9), until=AT - timedelta(minutes=5)),
        )
        now = await links.now(connection, SITE, to_ms(AT + timedelta(seconds=30)))
        assert set(now) == {7}
        found = now[InteractionId(7)]
        assert found.worst_mos == found.by_agent[AgentId(1)].mos == mos_of(BAD)
        assert found.by_agent[AgentId(1)].cause == "loss"
        assert found.customer is not None
        assert found.customer.mos == mos_of(GOOD)
    finally:
        await connection.close()


async def test_a_report_counts_each_leg_of_a_segment_once_by_its_worst_way(database_url: str) -> None:
    connection = await connect(database_url, name="test links")
    try:
        await write(
            connection,
            row(11, GOOD),
            row(11, BAD, way="sent"),
            row(12, GOOD, role="agent"),
            row(41, GOOD, interaction_id=InteractionId(10), segment_id=SegmentId(100), agent_id=AgentId(2)),
            row(51, BAD, since=AT - timedelta(days=2), until=AT - timedelta(days=2)),
        )
        day = {"since": AT - timedelta(hours=1), "until": AT + timedelta(hours=1)}
        sums = await links.sums(connection, SITE, by="agent", **day)
        assert [(one.key, one.side, one.measured, one.bad) for one in sums] == [
            (1, "agent", 1, 0),
            (1, "customer", 1, 1),
            (2, "customer", 1, 0),
        ]
        assert sums[1].loss_percent == 10.0
        assert sums[1].mos == mos_of(BAD)
        mine = await links.sums(connection, SITE, by="trunk", agent_ids=[AgentId(2)], **day)
        assert [(one.key, one.measured) for one in mine] == [(3, 1)]
        (worst,) = await links.worst(connection, SITE, **day)
        assert (worst.interaction_id, worst.side, worst.mos) == (7, "customer", mos_of(BAD))
    finally:
        await connection.close()
