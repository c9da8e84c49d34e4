"""The process `engine` dies with calls up and lives again: docs/walks/server-restarts-in-mid-call.md."""

from datetime import timedelta

import pytest

from otklik.acd import events as acd
from otklik.acd.model import AgentState, EndReason
from otklik.flows import events as flows
from otklik.journal.store import FencedOff
from otklik.switchboard import events as switchboard
from otklik.switchboard import requests, signals
from otklik.switchboard.loop import WriterLost
from tests.walks.centre import ANNA, BORIS, CUSTOMER, NUMBER, OTHER, Centre, open_centre

pytestmark = pytest.mark.database

AWAY = 4.0
"""Seconds without an engine."""


async def busy(centre: Centre) -> tuple:
    """Anna talks with the first customer, the second waits with music, Boris is not ready."""
    await centre.ask(requests.GetReady(agent_id=ANNA))
    talks = centre.driver.call(NUMBER, CUSTOMER)
    await centre.pass_time(5)
    centre.driver.answer("phone1")
    await centre.pass_time(5)
    waits = centre.driver.call(NUMBER, OTHER)
    await centre.pass_time(10)
    assert talks.hears == "talk"
    assert waits.hears == "music"
    return talks, waits


@pytest.mark.parametrize("with_snapshot", [False, True])
async def test_server_restarts_in_mid_call(database_url: str, with_snapshot: bool) -> None:
    async with open_centre(database_url) as centre:
        talks, waits = await busy(centre)
        if with_snapshot:
            await centre.save_snapshot()
            await centre.pass_time(1)

        # --- 1. the process dies; the media server carries on
        epoch = centre.writer.epoch
        state = centre.switchboard.centre.engine.snapshot()
        await centre.die()
        leaves = centre.driver.call(NUMBER, "+79160000009")
        await centre.pass_time(AWAY / 2)
        newcomer = centre.driver.call(NUMBER, "+79160000008")
        await centre.pass_time(AWAY / 2)
        assert (talks.hears, waits.hears, newcomer.hears) == ("talk", "music", "music")
        leaves.hang_up()

        # --- 2. journal/store.py: the next one takes the lock, raises the epoch and reads
        replayed = await centre.live_again()
        assert centre.writer.epoch == epoch + 1
        assert replayed < 20 if with_snapshot else replayed > 20
        assert centre.switchboard.centre.engine.snapshot() == state

        # --- 3. deadlines wait until it is known what is really up
        assert centre.switchboard.next_deadline() is None
        before = int(centre.writer.seq)
        centre.passed.instructions.clear()
        await centre.pass_time(0.5)

        # --- 4. switchboard/recovery.py: the survey fits the journal, so nothing is repaired
        restored = centre.signals(signals.ChannelRestored)[-1]
        assert len(restored.survey.legs) == 3
        assert "RecoveryDone" not in centre.names(before)
        assert "BridgeLegs" not in centre.told_names()
        assert (talks.hears, waits.hears) == ("talk", "music")

        # --- 5. the call that waited at the door is taken; the one that left is gone
        arrived = centre.signals(signals.LegArrived)[-1]
        assert arrived.calling == "+79160000008"
        assert arrived.tries > 0
        assert newcomer.hears == "prompt:greeting"
        assert leaves.is_over

        # --- 6. life goes on: the talk ends with its whole length, the next customer is offered
        await centre.ask(requests.GetReady(agent_id=BORIS))
        await centre.pass_time(3)
        assert centre.state(BORIS) is AgentState.OFFERED
        assert centre.driver.answer("phone2")
        await centre.pass_time(1)
        assert waits.hears == "talk"
        centre.driver.hang_up("phone1")
        await centre.pass_time(31)
        assert talks.is_over
        (stay,) = await centre.rows("select talk_ms, answered from segment where agent_id = $1", ANNA)
        assert stay["answered"] == 1
        assert stay["talk_ms"] > (15 + AWAY) * 1000
        for customer in (talks, waits):
            assert customer.leg.longest_silence(centre.clock.at) < timedelta(seconds=2)


async def test_what_happened_unseen_is_found_and_marked(database_url: str) -> None:
    async with open_centre(database_url) as centre:
        talks, waits = await busy(centre)
        await centre.die()
        talks.hang_up()
        waits.hang_up()
        await centre.pass_time(AWAY)

        await centre.live_again()
        await centre.pass_time(1)

        ended = centre.events(acd.InteractionEnded)
        assert {event.reason for event in ended} == {EndReason.ANSWERED, EndReason.ABANDONED}
        assert all(event.is_estimated for event in ended)
        (done,) = centre.events(switchboard.RecoveryDone)
        assert done.repairs >= 2
        assert centre.state(ANNA) is AgentState.WRAP_UP
        assert not centre.driver.hang_up("phone1")  # nobody is left alone in a bridge


async def test_an_agents_lost_phone_is_rung_again_and_the_talk_goes_on(database_url: str) -> None:
    async with open_centre(database_url) as centre:
        talks, _ = await busy(centre)
        await centre.die()
        centre.driver.lose("phone1")
        await centre.pass_time(1)
        centre.driver.come_back("phone1")
        await centre.pass_time(1)

        await centre.live_again()
        await centre.pass_time(3)

        assert centre.events(acd.ReconnectionStarted)
        assert centre.events(acd.ReconnectionSucceeded)
        assert talks.hears == "talk"
        assert centre.state(ANNA) is AgentState.CONNECTED


async def test_a_greeting_cut_by_a_restart_begins_anew(database_url: str) -> None:
    async with open_centre(database_url) as centre:
        customer = centre.driver.call(NUMBER, CUSTOMER)
        await centre.pass_time(1)
        await centre.die()
        await centre.pass_time(AWAY)
        assert customer.hears == "silence"

        await centre.live_again()
        await centre.pass_time(6)

        assert len(centre.events(flows.QueueRequested)) == 1
        assert customer.hears in ("prompt:position_1", "music")


async def test_an_offer_survives_and_still_has_its_deadline(database_url: str) -> None:
    async with open_centre(database_url) as centre:
        await centre.ask(requests.GetReady(agent_id=ANNA))
        centre.driver.call(NUMBER, CUSTOMER)
        await centre.pass_time(5)
        (offer,) = centre.events(acd.OfferMade)
        await centre.die()
        await centre.pass_time(2)

        await centre.live_again()
        await centre.pass_time(0.5)
        assert centre.state(ANNA) is AgentState.OFFERED
        await centre.pass_time((offer.expires_at - centre.clock.at).total_seconds() + 0.1)

        (expired,) = centre.events(acd.OfferExpired)
        assert expired.at == offer.expires_at
        assert centre.state(ANNA) is AgentState.NOT_READY


async def test_a_media_server_that_was_restarted_closes_its_calls(database_url: str) -> None:
    async with open_centre(database_url) as centre:
        await busy(centre)

        centre.media.restart()
        centre.media.restore_link()
        await centre.pass_time(2)

        ended = centre.events(acd.InteractionEnded)
        assert {event.reason for event in ended} == {EndReason.MEDIA_FAILED}
        assert len(ended) == 2
        assert centre.switchboard.centre.reachable == {"phone1", "phone2"}  # provisioned and registered again
        missed = await centre.rows("select count(*) as n from interaction where end_ms > 0")
        assert missed == [{"n": 2}]


async def test_the_one_that_was_thought_dead_cannot_write(database_url: str) -> None:
    async with open_centre(database_url) as centre:
        await busy(centre)
        old, old_writer = centre.switchboard, centre.writer
        # Its connection hangs instead of dying: the lock is let go, the process does not know it yet.
        await old_writer._connection.execute("select pg_advisory_unlock_all()")
        await centre.live_again()
        before = await centre.rows("select max(seq) as seq from journal")

        old.put(signals.KeyPressed(leg_id=centre.signals(signals.LegArrived)[0].leg_id, key="1"))
        old.put(signals.LegEnded(leg_id=centre.signals(signals.LegArrived)[0].leg_id, cause=16))
        with pytest.raises(WriterLost) as lost:
            await old.step()

        assert isinstance(lost.value.__cause__, FencedOff)
        assert await centre.rows("select max(seq) as seq from journal") == before
        await old_writer.close()
