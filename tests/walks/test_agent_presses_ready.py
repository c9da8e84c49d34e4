"""An agent presses Ready, stop by stop: docs/walks/agent-presses-ready.md tells the same story."""

from datetime import timedelta

import pytest

from otklik.acd import events as acd
from otklik.acd.model import AgentState, NotReadyCause
from otklik.reports import codes
from otklik.switchboard import instructions as told
from otklik.switchboard import requests, signals
from tests.walks.centre import ANNA, BORIS, CUSTOMER, LUNCH, NUMBER, SALES, open_centre

pytestmark = pytest.mark.database


async def test_agent_presses_ready(database_url: str) -> None:
    async with open_centre(database_url) as centre:
        customer = centre.driver.call(NUMBER, CUSTOMER)
        await centre.pass_time(60)
        assert customer.hears == "music"
        assert centre.state(ANNA) is AgentState.NOT_READY

        # --- 1. web asks through the door; 2. switchboard/loop.py takes it like every other input
        before = int(centre.writer.seq)
        done = await centre.ask(requests.GetReady(agent_id=ANNA))
        assert done == {}

        # --- 3. switchboard/asking.py makes a command of it; 4. acd/decide.py makes the fact
        (ready,) = centre.events(acd.AgentMadeReady)
        assert (ready.agent_id, ready.rule) == (ANNA, "chosen")

        # --- 5. acd/routing.py: somebody waits, so the same batch holds the offer
        assert centre.names(before)[:2] == ["AgentMadeReady", "OfferMade"]
        (offer,) = centre.events(acd.OfferMade)
        assert offer.agent_id == ANNA
        assert offer.queue_id == SALES
        assert offer.why.rules == ("only_waiting", "ready", "only_ready")
        assert offer.why.counts["ready"] == 1  # Boris, who is not

        # --- 6. journal: one transaction for both, and the state intervals are closed and opened in it
        (line,) = await centre.rows(
            "select count(distinct at_ms) as moments from journal where seq > $1", before
        )
        assert line["moments"] == 1
        (interval,) = await centre.rows(
            "select state, stop_ms - start_ms as ms from agent_state where agent_id = $1 and state = $2"
            " order by start_ms desc limit 1",
            ANNA,
            codes.NOT_READY,
        )
        assert interval["ms"] == 60_000  # not ready since her sign-in, closed by this batch

        # --- 7. switchboard/outbound.py: the phone rings, after the append
        seq_at_ring, ring = next(
            (seq, one) for seq, one in centre.passed.instructions if isinstance(one, told.RingDevice)
        )
        assert ring.login == "phone1"
        assert seq_at_ring >= centre.seq_of(acd.OfferMade)
        assert ring.calling == CUSTOMER

        # --- 8. the live feed starts from the row that was written with it
        (now,) = await centre.rows("select state, offer_id, seq from agent_now where agent_id = $1", ANNA)
        assert now["state"] == codes.OFFERED
        assert now["offer_id"] == offer.offer_id
        assert before < now["seq"] <= centre.writer.seq

        await centre.pass_time(1)
        assert centre.driver.answer("phone1")
        await centre.pass_time(1)
        assert centre.state(ANNA) is AgentState.CONNECTED
        assert customer.hears == "talk"


async def test_ready_is_refused_without_a_phone_and_changes_nothing(database_url: str) -> None:
    async with open_centre(database_url) as centre:
        centre.media.unregister("phone1")
        await centre.pass_time(5)
        before = int(centre.writer.seq)

        assert await centre.refusal(requests.GetReady(agent_id=ANNA)) == "device_unreachable"

        assert centre.writer.seq == before
        assert centre.state(ANNA) is AgentState.NOT_READY
        centre.media.register("phone1")
        await centre.pass_time(1)
        assert centre.signals(signals.DeviceRegistered)[-1].login == "phone1"
        await centre.ask(requests.GetReady(agent_id=ANNA))
        assert centre.state(ANNA) is AgentState.READY


async def test_a_pause_asked_for_in_a_talk_wins_over_ready(database_url: str) -> None:
    async with open_centre(database_url) as centre:
        await centre.ask(requests.GetReady(agent_id=ANNA))
        customer = centre.driver.call(NUMBER, CUSTOMER)
        await centre.pass_time(5)
        centre.driver.answer("phone1")
        await centre.pass_time(5)

        await centre.ask(requests.GetNotReady(agent_id=ANNA, reason_id=LUNCH))
        assert centre.state(ANNA) is AgentState.CONNECTED
        (intent,) = centre.events(acd.AgentIntentSet)
        assert (intent.intent, intent.reason_id) == ("not_ready", LUNCH)
        customer.hang_up()
        await centre.pass_time(1)
        assert centre.state(ANNA) is AgentState.WRAP_UP
        await centre.ask(requests.EndWrapUp(agent_id=ANNA))

        assert centre.state(ANNA) is AgentState.NOT_READY
        made = centre.events(acd.AgentMadeNotReady)[-1]
        assert (made.reason_id, made.cause) == (LUNCH, NotReadyCause.CHOSEN)


async def test_a_ready_agent_whose_phone_vanishes_is_not_ready_after_a_grace(database_url: str) -> None:
    async with open_centre(database_url) as centre:
        for agent_id in (ANNA, BORIS):
            await centre.ask(requests.GetReady(agent_id=agent_id))

        centre.driver.lose("phone1")
        await centre.pass_time(2)
        assert centre.state(ANNA) is AgentState.READY
        centre.driver.call(NUMBER, CUSTOMER)
        await centre.pass_time(6)

        assert centre.state(ANNA) is AgentState.NOT_READY
        made = centre.events(acd.AgentMadeNotReady)[-1]
        assert (made.agent_id, made.cause) == (ANNA, NotReadyCause.DEVICE_LOST)
        assert centre.state(BORIS) is AgentState.OFFERED  # who was there got the call
        lost, not_ready = centre.events(acd.DeviceLost)[-1].at, made.at
        assert not_ready - lost == timedelta(seconds=3)
