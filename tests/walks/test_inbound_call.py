"""The walk of a call, stop by stop: docs/walks/inbound-call.md tells the same story with lines of the same
files."""

from datetime import timedelta

import pytest

from otklik.acd import events as acd
from otklik.acd.model import AgentState, EndReason
from otklik.flows import events as flows
from otklik.reports import codes
from otklik.reports.store import counting
from otklik.switchboard import events as switchboard
from otklik.switchboard import instructions as told
from otklik.switchboard import requests, signals
from otklik.vocabulary.time import slot_of
from tests.walks.centre import ANNA, BORIS, CUSTOMER, NUMBER, SALES, SITE, open_centre

pytestmark = pytest.mark.database


async def test_inbound_call(database_url: str) -> None:
    async with open_centre(database_url) as centre:
        for agent_id in (ANNA, BORIS):
            await centre.ask(requests.GetReady(agent_id=agent_id))
            await centre.pass_time(1)
        began = centre.clock.at
        before = int(centre.writer.seq)

        # --- 1. channels: the only listener turns an arrival into a signal
        customer = centre.driver.call(NUMBER, CUSTOMER)
        await centre.pass_time(0.1)
        (arrived,) = centre.signals(signals.LegArrived)
        assert (arrived.number_called, arrived.calling, arrived.tries) == (NUMBER, CUSTOMER, 0)

        # --- 2. switchboard/loop.py: one input at a time gets its moment and its place in the journal
        (registered,) = centre.events(acd.InteractionArrived)
        assert timedelta(0) <= registered.at - began < timedelta(milliseconds=100)
        records = [record for record in centre.passed.records if record.seq > before]
        assert [record.seq for record in records] == list(range(before + 1, before + 1 + len(records)))

        # --- 3. switchboard/inbound.py: which number, which flow
        assert centre.names(before) == [
            "PartySeen",
            "InteractionArrived",
            "LegStarted",
            "FlowEntered",
            "FlowStarted",
            "NodeEntered",
            "PromptsStarted",
            "LegUp",
        ]
        (leg,) = centre.events(switchboard.LegStarted)
        assert (leg.role, leg.number_id, leg.party_id) == ("customer", 1, registered.party_id)

        # --- 4. flows/interpreter.py: greeting, hours, and at last a queue
        assert customer.hears == "prompt:greeting"
        await centre.pass_time(3.1)
        assert [checked.is_open for checked in centre.events(flows.HoursChecked)] == [True]
        assert [wish.queue_id for wish in centre.events(flows.QueueRequested)] == [SALES]

        # --- 5. acd/decide.py: the wish becomes a fact, a segment begins
        (queued,) = centre.events(acd.InteractionQueued)
        assert queued.queue_id == SALES
        assert queued.segment_id

        # --- 6. acd/routing.py: somebody waits and somebody fits; the offer says why
        (offer,) = centre.events(acd.OfferMade)
        assert offer.agent_id == ANNA  # idle for longer than Boris
        assert "longest_idle" in offer.why.rules
        assert [passed.agent_id for passed in offer.why.passed_over] == []

        # --- 7. journal/store.py: written before anyone outside hears of it
        lines = await centre.rows("select seq, kind from journal where seq > $1 order by seq", before)
        assert [line["kind"] for line in lines] == [
            record.event.KIND for record in centre.passed.records if record.seq > before
        ]
        seq_at_ring = next(
            seq for seq, told_ in centre.passed.instructions if isinstance(told_, told.RingDevice)
        )
        assert seq_at_ring >= centre.seq_of(acd.OfferMade)

        # --- 7b. reports/segments.py: in the same transaction, counters
        (counters,) = await centre.rows("select offered, answered, seq from qslot where queue_id = $1", SALES)
        assert (counters["offered"], counters["answered"]) == (1, 0)

        # --- 8. switchboard/outbound.py: events become instructions
        assert centre.told_names() == ["AdoptLeg", "AnswerLeg", "PlayPrompts", "RingDevice", "StartMusic"]
        assert customer.hears == "music"

        # --- 9. api/live.py reads where everybody stands; the answering leg is the acceptance
        (anna,) = await centre.rows("select state, offer_id from agent_now where agent_id = $1", ANNA)
        assert anna == {"state": codes.OFFERED, "offer_id": offer.offer_id}

        # --- 10. acd/deadlines.py: Anna does not answer, Boris does
        await centre.pass_time(20)
        assert [gone.agent_id for gone in centre.events(acd.OfferExpired)] == [ANNA]
        assert centre.state(ANNA) is AgentState.NOT_READY
        assert centre.state(BORIS) is AgentState.OFFERED
        assert customer.hears == "music"
        assert centre.driver.answer("phone2")
        await centre.pass_time(0.5)
        (accepted,) = centre.events(acd.OfferAccepted)
        assert accepted.agent_id == BORIS
        assert centre.told(told.BridgeLegs)
        assert centre.state(BORIS) is AgentState.CONNECTED
        assert customer.hears == "talk"
        await centre.pass_time(60)
        customer.hang_up()
        await centre.pass_time(0.1)
        (ended,) = centre.events(acd.InteractionEnded)
        assert ended.reason is EndReason.ANSWERED
        assert centre.state(BORIS) is AgentState.WRAP_UP
        await centre.pass_time(31)
        (wrapped,) = centre.events(acd.WrapUpEnded)
        assert wrapped.by == "system"
        assert centre.state(BORIS) is AgentState.READY

        # --- 11. reports: the same rows become measures
        slot = slot_of(began)
        (facts,) = await counting.queue_sums(centre.connection, SITE, (slot, slot + 1), [SALES])
        (row,) = await centre.rows("select * from qslot where queue_id = $1 and slot = $2", SALES, slot)
        for name in ("offered", "answered", "abandoned", "in_sl", "wait_ms", "talk_ms", "wrap_ms"):
            assert facts[name] == row[name]
        assert (facts["offered"], facts["answered"], facts["abandoned"]) == (1, 1, 0)
        assert 20_000 < facts["wait_ms"] < 21_500
        assert 59_000 < facts["talk_ms"] < 61_500
        (stay,) = await centre.rows("select agent_id, outcome from segment where queue_id = $1", SALES)
        assert stay == {"agent_id": BORIS, "outcome": codes.OUTCOMES[EndReason.ANSWERED]}
        assert customer.leg.longest_silence(centre.clock.at) < timedelta(milliseconds=200)
        assert centre.switchboard.is_idle()


async def test_a_call_out_of_hours_hears_so_and_ends_closed(database_url: str) -> None:
    async with open_centre(database_url) as centre:
        await centre.pass_time(9 * 3600)  # nine in the evening

        customer = centre.driver.call(NUMBER, CUSTOMER)
        await centre.pass_time(10)

        assert customer.leg.sounds() == ["ringing", "prompt:greeting", "prompt:closed"]
        (ended,) = centre.events(acd.InteractionEnded)
        assert ended.reason is EndReason.CLOSED
        assert customer.is_over
        (row,) = await centre.rows("select outcome from interaction")
        assert row["outcome"] == codes.OUTCOMES[EndReason.CLOSED]


async def test_who_waits_hears_his_place_and_its_change(database_url: str) -> None:
    async with open_centre(database_url) as centre:
        first = centre.driver.call(NUMBER, CUSTOMER)
        await centre.pass_time(1)
        second = centre.driver.call(NUMBER, "+79161112233")
        await centre.pass_time(8)
        assert first.leg.sounds()[1:] == ["prompt:greeting", "prompt:position_1", "music"]
        assert second.leg.sounds()[1:] == ["prompt:greeting", "prompt:position_2", "music"]

        first.hang_up()
        await centre.pass_time(50)

        assert second.leg.sounds()[4:] == ["prompt:position_1", "music"]
        assert second.leg.longest_silence(centre.clock.at) < timedelta(milliseconds=200)
