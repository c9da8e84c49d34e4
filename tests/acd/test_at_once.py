"""Two commands in one: who arrives and waits at once, an offer that is accepted and connected at once."""

import random
from datetime import timedelta

import pytest

from otklik.acd import commands
from otklik.acd.events import AcdEvent, InteractionConnected
from otklik.acd.model import OverflowRule, OverflowTo, OverflowWhen, Phase, TargetKind
from otklik.vocabulary.refusals import Refused
from tests.acd.language import PARTY, Centre, moment

pytestmark = pytest.mark.fast

QUEUES = {
    "sales": {"maximum_waiting": 2},
    "support": {
        "maximum_waiting": 3,
        "overflow": (
            OverflowRule(name="long", when=OverflowWhen.LENGTH, to=OverflowTo.QUEUE, length=2, queue_id=1),
            OverflowRule(name="late", after=timedelta(seconds=20), to=OverflowTo.CALLBACK),
        ),
    },
}
AGENTS = {"anna": {"sales": 5, "support": 3}, "boris": {"sales": 5}, "vera": {"support": 7}}


def told(centre: Centre, wanted: list[commands.AcdCommand]) -> list[AcdEvent] | str:
    """What came of commands, or the code of the first refusal, after which nothing more is asked."""
    found: list[AcdEvent] = []
    for command in wanted:
        try:
            found += centre.do(command)
        except Refused as refused:
            return refused.code
    return found


@pytest.mark.parametrize("seed", range(3))
def test_one_command_does_what_the_two_do(seed: int) -> None:
    chance = random.Random(seed)
    one, two = (Centre(queues=QUEUES, agents=AGENTS, full_every=5) for _ in range(2))
    at, last = moment(0), 0
    for _ in range(60):
        at += timedelta(seconds=chance.choice([0, 1, 4, 9]))
        offers = sorted(two.engine.state.offers)
        talks = [
            each.interaction_id
            for each in two.engine.state.interactions.values()
            if each.phase is Phase.CONNECTED
        ]
        if chance.random() < 0.5:
            last += 1
            queue_id = chance.choice([1, 2, 2, 99])
            party_id = chance.choice([PARTY, 0])
            about = {"at": at, "interaction_id": last, "party_id": party_id}
            at_once = [commands.RegisterInteraction(**about, queue_id=queue_id)]
            apart = [
                commands.RegisterInteraction(**about),
                commands.EnqueueInteraction(at=at, interaction_id=last, queue_id=queue_id),
            ]
            found = told(one, at_once)
            assert told(two, apart) == found
            if isinstance(found, str):
                assert one.engine.interaction(last) is None, "refused, so he has not arrived"
                assert told(one, apart) == found
        elif offers and chance.random() < 0.7:
            offer_id = chance.choice(offers)
            interaction_id = two.engine.state.offers[offer_id]
            found = told(one, [commands.AcceptOffer(at=at, offer_id=offer_id, is_connected=True)])
            apart = [commands.AcceptOffer(at=at, offer_id=offer_id)]
            if two.engine.state.interactions[interaction_id].callback is None:
                apart.append(commands.ConfirmConnection(at=at, interaction_id=interaction_id))
            assert told(two, apart) == found
        elif talks:
            leaving = commands.NoteCustomerLeft(at=at, interaction_id=chance.choice(talks))
            assert told(one, [leaving]) == told(two, [leaving])
        for agent_id in one.agents.values():
            ready = commands.MakeAgentReady(at=at, agent_id=agent_id)
            assert told(one, [ready]) == told(two, [ready])
        assert one.engine.snapshot() == two.engine.snapshot()
    one.witness.compare_replay()


def test_an_accepted_offer_is_connected_by_the_second_word_too() -> None:
    centre = Centre()
    centre.play("0  1 joins sales > arrived 1; queued 1 sales #1; offer 1 anna")
    (offer_id,) = centre.engine.state.offers
    centre.do(commands.AcceptOffer(at=moment(1), offer_id=offer_id))

    again = commands.AcceptOffer(at=moment(2), offer_id=offer_id, is_connected=True)

    assert [type(event) for event in centre.do(again)] == [InteractionConnected]
    assert centre.do(again) == []


def test_a_colleague_who_answers_a_consultation_at_once_is_heard_at_once() -> None:
    centre = Centre()
    centre.play("""
        0  1 joins sales    > arrived 1; queued 1 sales #1; offer 1 anna
        1  anna takes 1     > accepted 1 anna; connected 1 anna
    """)
    target = commands.Target(kind=TargetKind.AGENT, agent_id=centre.agents["boris"])
    centre.do(
        commands.StartConsult(
            at=moment(2), interaction_id=1, consult_id=2, agent_id=centre.agents["anna"], target=target
        )
    )
    (offer_id,) = (one for one, interaction_id in centre.engine.state.offers.items() if interaction_id != 1)

    centre.do(commands.AcceptOffer(at=moment(3), offer_id=offer_id, is_connected=True))

    consult = centre.engine.interaction(2)
    assert consult is not None
    assert consult.phase is Phase.CONNECTED
