"""An agent asks a colleague and hands the customer over: docs/walks/warm-transfer.md tells the same story."""

from datetime import timedelta
from typing import Any

import pytest

from otklik.acd import events as acd
from otklik.acd.model import AgentState, EndReason
from otklik.reports import codes
from otklik.switchboard import instructions as told
from otklik.switchboard import requests
from otklik.switchboard.requests import Moving
from otklik.vocabulary.ids import InteractionId
from tests.walks.centre import ANNA, BORIS, CUSTOMER, NUMBER, OTHER, SALES, Centre, open_centre

pytestmark = pytest.mark.database


async def talking(centre: Centre) -> tuple[Any, InteractionId]:
    """Anna talks with a customer for half a minute."""
    await centre.ask(requests.GetReady(agent_id=ANNA))
    customer = centre.driver.call(NUMBER, CUSTOMER)
    await centre.pass_time(5)
    assert centre.driver.answer("phone1")
    await centre.pass_time(30)
    (offer,) = centre.events(acd.OfferMade)
    assert customer.hears == "talk"
    return customer, offer.interaction_id


async def test_warm_transfer(database_url: str) -> None:
    async with open_centre(database_url) as centre:
        customer, interaction_id = await talking(centre)
        mine = {"agent_id": ANNA, "interaction_id": interaction_id}
        before, spoken = int(centre.writer.seq), len(centre.passed.instructions)

        # --- 1. api/routes/transfers.py asks through the door
        done = await centre.ask(requests.Consult(**mine, to=Moving(agent_id=BORIS)))

        # --- 2. switchboard/transfers.py: the call of the two is an interaction of its own
        consult_id = InteractionId(int(done["interaction_id"]))
        assert consult_id != interaction_id

        # --- 3. acd/transfers.py: held, begun and offered in one batch; Boris is asked by name, ready or not
        assert centre.names(before)[:3] == ["InteractionHeld", "ConsultStarted", "OfferMade"]
        (started,) = centre.events(acd.ConsultStarted)
        assert (started.consult_of, started.caller_id) == (interaction_id, ANNA)
        assert started.deadline > centre.clock.at
        offer = centre.events(acd.OfferMade)[-1]
        assert (offer.agent_id, offer.interaction_id, offer.why.rules[0]) == (BORIS, consult_id, "consulted")
        (line,) = await centre.rows(
            "select count(distinct at_ms) as moments from journal where seq between $1 and $2",
            before + 1,
            centre.seq_of(acd.OfferMade),
        )
        assert line["moments"] == 1

        # --- 4. switchboard/outbound.py: music for the customer, ringing for Anna, and Boris's phone rings
        await centre.pass_time(1)
        made = [one for _, one in centre.passed.instructions[spoken:]]
        assert [type(one).__name__ for one in made].count("RingDevice") == 1
        assert [one.sound for one in made if isinstance(one, told.StartMusic)] == ["music", "ringing"]
        seqs = [seq for seq, one in centre.passed.instructions if isinstance(one, told.RingDevice)]
        assert seqs[-1] >= centre.seq_of(acd.OfferMade)
        assert customer.hears == "music"

        # --- 5. api/live_rows.py: the row of the ringing call leads to the customer
        (now,) = await centre.rows("select state, interaction_id from agent_now where agent_id = $1", BORIS)
        assert now == {"state": codes.OFFERED, "interaction_id": consult_id}
        (row,) = await centre.rows("select ties from interaction_now where interaction_id = $1", consult_id)
        assert str(interaction_id) in str(row["ties"])

        # --- 6. switchboard/talks.py: who hears whom follows from the phases
        assert centre.driver.answer("phone2")
        await centre.pass_time(10)
        assert together(centre) == (consult_id, 2)
        assert customer.hears == "music"
        await centre.ask(requests.Swap(**mine))
        await centre.pass_time(5)
        assert together(centre) == (interaction_id, 2)
        assert customer.hears == "talk"
        assert (centre.state(ANNA), centre.state(BORIS)) == (AgentState.CONNECTED, AgentState.HELD)
        await centre.ask(requests.Swap(**mine))
        await centre.pass_time(5)
        assert together(centre) == (consult_id, 2)
        assert customer.hears == "music"

        # --- 7. switchboard/recovery.py: a new process finds all three where they were
        await centre.die()
        await centre.pass_time(2)
        await centre.live_again()
        await centre.pass_time(2)
        assert (centre.state(ANNA), centre.state(BORIS)) == (AgentState.HELD, AgentState.CONNECTED)
        assert customer.hears == "music"
        assert not centre.events(acd.InteractionEnded)

        # --- 8. acd/transfers.py: handed over in one batch, to nobody else and never to nobody
        before = int(centre.writer.seq)
        await centre.ask(requests.Complete(**mine))
        assert centre.names(before)[:4] == [
            "SegmentHandedOver",
            "WrapUpStarted",
            "TransferCompleted",
            "InteractionEnded",
        ]
        await centre.pass_time(1)
        assert customer.hears == "talk"
        assert (centre.state(ANNA), centre.state(BORIS)) == (AgentState.WRAP_UP, AgentState.CONNECTED)
        await centre.pass_time(19)
        customer.hang_up()
        await centre.pass_time(1)
        ended = centre.events(acd.InteractionEnded)
        assert [(one.interaction_id, one.reason) for one in ended] == [
            (consult_id, EndReason.ANSWERED),
            (interaction_id, EndReason.ANSWERED),
        ]
        assert centre.state(BORIS) is AgentState.WRAP_UP

        # --- 9. quality/projection.py: one recording for each agent's talk, none for the colleagues'
        await centre.pass_time(40)
        talks = await centre.rows("select segment_id, agent_id, interaction_id from recording order by 1")
        assert [(one["agent_id"], one["interaction_id"]) for one in talks] == [
            (ANNA, interaction_id),
            (BORIS, interaction_id),
        ]

        # --- 10. reports/segments.py: one customer, offered and answered once; each agent has his own talk
        stays = await centre.rows(
            "select agent_id, queue_id, wait_ms, talk_ms, hold_ms, transferred, offered, answered, handled"
            " from segment where interaction_id = $1 order by segment_id",
            interaction_id,
        )
        assert [(one["agent_id"], one["transferred"]) for one in stays] == [(ANNA, 1), (BORIS, 0)]
        assert [(one["offered"], one["answered"], one["handled"]) for one in stays] == [(1, 1, 1), (0, 0, 1)]
        assert (stays[1]["wait_ms"], stays[1]["hold_ms"]) == (0, 0)
        assert 19_000 < stays[1]["talk_ms"] < 21_500
        assert 19_000 < stays[0]["hold_ms"] < 22_000  # both times that he was held
        (counted,) = await centre.rows(
            "select offered, answered, abandoned, transferred from qslot where queue_id = $1", SALES
        )
        assert counted == {"offered": 1, "answered": 1, "abandoned": 0, "transferred": 1}
        (whole,) = await centre.rows(
            "select segments, outcome from interaction where interaction_id = $1", interaction_id
        )
        assert whole == {"segments": 2, "outcome": codes.OUTCOMES[EndReason.ANSWERED]}
        assert customer.leg.longest_silence(centre.clock.at) < timedelta(milliseconds=200)
        assert centre.switchboard.is_idle()


async def test_who_is_asked_and_does_not_answer_leaves_the_customer_with_his_agent(database_url: str) -> None:
    async with open_centre(database_url) as centre:
        customer, interaction_id = await talking(centre)
        mine = {"agent_id": ANNA, "interaction_id": interaction_id}

        await centre.ask(requests.Consult(**mine, to=Moving(agent_id=BORIS)))
        await centre.pass_time(60)

        assert centre.events(acd.OfferExpired)
        assert centre.state(ANNA) is AgentState.CONNECTED
        assert customer.hears == "talk"
        customer.hang_up()
        await centre.pass_time(40)
        assert centre.switchboard.is_idle()


async def test_a_customer_who_leaves_while_colleagues_talk_about_him_leaves_nobody_stuck(
    database_url: str,
) -> None:
    async with open_centre(database_url) as centre:
        customer, interaction_id = await talking(centre)
        mine = {"agent_id": ANNA, "interaction_id": interaction_id}
        await centre.ask(requests.Consult(**mine, to=Moving(agent_id=BORIS)))
        await centre.pass_time(1)
        assert centre.driver.answer("phone2")
        await centre.pass_time(5)

        customer.hang_up()
        await centre.pass_time(60)

        assert interaction_id in [one.interaction_id for one in centre.events(acd.InteractionEnded)]
        await centre.pass_time(60)
        for phone in ("phone1", "phone2"):
            centre.driver.hang_up(phone)
        await centre.pass_time(60)
        assert centre.switchboard.is_idle()
        # and the next customer is served
        await centre.ask(requests.GetReady(agent_id=BORIS))
        following = centre.driver.call(NUMBER, OTHER)
        await centre.pass_time(5)
        asked = centre.events(acd.OfferMade)[-1]
        assert centre.driver.answer("phone1" if asked.agent_id == ANNA else "phone2")
        await centre.pass_time(1)
        assert following.hears == "talk"


def together(centre: Centre) -> tuple[InteractionId, int]:
    """Which interaction's bridge was filled last, and by how many legs."""
    bridged = centre.told(told.BridgeLegs)[-1]
    return bridged.interaction_id, len(bridged.leg_ids)
