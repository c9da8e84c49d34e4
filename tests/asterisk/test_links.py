"""How good a link is, by what was done to it: the figures that Asterisk gives come out as injected."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from otklik.quality.e_model import LinkFigures, mos_of, together
from otklik.switchboard import instructions as told
from otklik.switchboard import signals as tell
from otklik.vocabulary.ids import InteractionId, LegId, TrunkId
from tests.asterisk.bench import AsteriskBench
from tests.bad_line import BadLine, Line
from tests.contracts.suite import ring
from tests.slowness import patience

pytestmark = pytest.mark.asterisk

TRUNK = TrunkId(77)


@asynccontextmanager
async def talk_over(bench: AsteriskBench, line: Line) -> AsyncIterator[tuple[BadLine, LegId, LegId]]:
    """A customer on this line talks with agent 1: the line, the customer's leg, the agent's."""
    centre = ("127.0.0.1", bench.pair.centre.description.sip_port)
    caller = BadLine(line, centre=centre, number="74951234567", calling="+79165550177")
    bench.driver.do(
        told.ProvisionTrunk(
            trunk_id=TRUNK, name="bad line", kind="address", host="127.0.0.1", port=caller.sip_port
        )
    )
    await asyncio.sleep(0.5)
    async with caller.calling():
        arrived = await bench.inbox.wait(tell.LegArrived, calling="+79165550177")
        interaction_id = InteractionId(1)
        bench.driver.do(told.AdoptLeg(leg_id=arrived.leg_id, interaction_id=interaction_id))
        bench.driver.do(told.AnswerLeg(leg_id=arrived.leg_id))
        leg_id = LegId(880_001)
        bench.driver.do(ring(leg_id))
        await bench.phone("a1").rings()
        bench.phone("a1").answer()
        await bench.inbox.wait(tell.LegAnswered, leg_id=leg_id)
        bench.driver.do(
            told.BridgeLegs(bridge="talk-1", interaction_id=interaction_id, leg_ids=(arrived.leg_id, leg_id))
        )
        await bench.inbox.wait(tell.LegsBridged, bridge="talk-1")
        try:
            yield caller, arrived.leg_id, leg_id
        finally:
            bench.driver.do(told.RemoveTrunk(trunk_id=TRUNK))


def sums(bench: AsteriskBench, leg_id: LegId) -> tuple[LinkFigures | None, LinkFigures | None]:
    """All windows of a leg as one: heard from it, and sent to it."""
    heard: LinkFigures | None = None
    sent: LinkFigures | None = None
    for told_of in bench.inbox.of(tell.LinkReported, leg_id=leg_id):
        if told_of.heard is not None:
            heard = told_of.heard if heard is None else together(heard, told_of.heard)
        if told_of.sent is not None:
            sent = told_of.sent if sent is None else together(sent, told_of.sent)
    return heard, sent


async def test_loss_jitter_and_the_way_come_out_as_injected(bench: AsteriskBench) -> None:
    """One of ten packets that he says is lost, every second one 12 ms late; he reports a fifth of what he
    hears as lost, a jitter of 20 ms, and 300 ms there and back."""
    line = Line(lose_one_of=10, late_ms=12, reported_loss=0.2, reported_jitter_ms=20, trip_ms=300)
    async with talk_over(bench, line) as (_, customer, agent):
        await bench.inbox.wait(tell.LinkReported, leg_id=customer, nth=2, seconds=patience(20))
        await bench.inbox.wait(tell.LinkReported, leg_id=agent, nth=2, seconds=patience(20))
        heard, sent = sums(bench, customer)
        windows = len(bench.inbox.of(tell.LinkReported, leg_id=customer))
        clean, _ = sums(bench, agent)

    assert windows >= 2
    assert heard is not None
    # Losses are known a second late: of ten seconds that is a tenth.
    assert 8.0 <= heard.loss_percent <= 11.0, heard
    # RFC 3550's mean of |D|: every second packet 12 ms late, and whatever the machine adds.
    assert 8.0 <= heard.jitter_ms <= 24.0, heard
    assert sent is not None
    assert 17.0 <= sent.loss_percent <= 23.0, sent
    assert sent.jitter_ms == pytest.approx(20, abs=1.0)
    assert sent.round_trip_ms == pytest.approx(300, abs=60)
    expected = mos_of(LinkFigures(packets=80, lost=20, jitter_ms=20, round_trip_ms=300))
    assert expected is not None
    assert mos_of(sent) == pytest.approx(expected, abs=0.25)
    # The agent's phone has a line of its own, and that one is clean.
    assert clean is not None
    assert clean.loss_percent < 1.0
    mos = mos_of(clean)
    assert mos is not None
    assert mos >= 4.2


async def test_a_far_end_that_reports_nothing_leaves_what_it_heard_unknown(bench: AsteriskBench) -> None:
    """Not perfect: nobody knows."""
    async with talk_over(bench, Line(reports=False)) as (_, customer, _agent):
        await bench.inbox.wait(tell.LinkReported, leg_id=customer, seconds=patience(20))
        heard, sent = sums(bench, customer)
    assert heard is not None
    assert heard.loss_percent < 1.0
    assert sent is None
