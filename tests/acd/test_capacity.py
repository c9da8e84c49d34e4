"""How much an agent can have at once, and who waits for whom: calls, chats, letters."""

from datetime import timedelta

import pytest

from otklik.acd import commands, events
from otklik.acd.model import AgentState, AssignmentPhase, Channel, RelaxationStep, SiteRules
from otklik.vocabulary.refusals import Refused
from tests.acd.language import Centre, moment

pytestmark = pytest.mark.fast

QUEUES: dict[str, dict[str, object]] = {
    "sales": {},
    "chats": {"channel": Channel.CHAT},
    "letters": {"channel": Channel.EMAIL},
}
CHANNELS = {"sales": Channel.VOICE, "chats": Channel.CHAT, "letters": Channel.EMAIL}
ALL = {"sales": 5, "chats": 5, "letters": 5}


class Desk:
    """A centre with three channels; each agent takes all of them unless said otherwise."""

    def __init__(self, *names: str, site: SiteRules | None = None, **skills: dict[str, int]) -> None:
        agents = {name: skills.get(name, ALL) for name in names or ("anna",)}
        self.centre = Centre(queues=QUEUES, agents=agents, site=site)
        self.seconds = 0.0

    def do(self, command: type, **fields: object) -> list[object]:
        self.seconds += 0.001
        return self.centre.do(command(at=moment(self.seconds), **fields))

    def pass_time(self, seconds: float) -> list[object]:
        self.seconds += seconds
        return self.centre.witness.advance(moment(self.seconds))

    def arrives(self, one: int, queue: str) -> list[object]:
        self.do(commands.RegisterInteraction, interaction_id=one, channel=CHANNELS[queue])
        queue_id = self.centre.queues[queue]
        return self.do(commands.EnqueueInteraction, interaction_id=one, queue_id=queue_id)

    def takes(self, one: int) -> None:
        interaction = self.centre.engine.interaction(one)
        assert interaction is not None
        assert interaction.offer_id, f"{one} is offered to nobody"
        self.do(commands.AcceptOffer, offer_id=interaction.offer_id)
        self.do(commands.ConfirmConnection, interaction_id=one)

    def finishes(self, one: int, name: str = "anna") -> list[object]:
        return self.do(commands.FinishTalk, agent_id=self.centre.agents[name], interaction_id=one)

    def owner(self, one: int) -> str:
        interaction = self.centre.engine.interaction(one)
        names = {number: name for name, number in self.centre.agents.items()}
        return names.get(interaction.agent_id, "nobody") if interaction is not None else "over"

    def phase(self, one: int, name: str = "anna") -> AssignmentPhase:
        agent = self.centre.engine.agent(self.centre.agents[name])
        assert agent is not None
        return agent.others[one].phase

    def state(self, name: str = "anna") -> AgentState:
        return self.centre.engine.agent_state(self.centre.agents[name])


def test_agent_has_three_chats_and_not_a_fourth() -> None:
    desk = Desk()
    for one in (1, 2, 3, 4):
        desk.arrives(one, "chats")

    assert [desk.owner(one) for one in (1, 2, 3, 4)] == ["anna", "anna", "anna", "nobody"]
    assert desk.state() is AgentState.READY, "chats are beside the state of calls"

    desk.takes(1)
    desk.finishes(1)
    assert desk.owner(4) == "anna"


def test_chats_go_round_before_anybody_has_two() -> None:
    desk = Desk("anna", "boris")
    for one in (1, 2, 3, 4):
        desk.arrives(one, "chats")

    assert [desk.owner(one) for one in (1, 2, 3, 4)] == ["anna", "boris", "anna", "boris"]


def test_call_takes_the_whole_agent_and_a_chat_leaves_no_room_for_one() -> None:
    desk = Desk()
    desk.arrives(1, "chats")
    desk.takes(1)

    desk.arrives(2, "sales")
    assert desk.owner(2) == "nobody"

    desk.finishes(1)
    assert desk.owner(2) == "anna"
    desk.takes(2)
    desk.arrives(3, "chats")
    desk.arrives(4, "letters")
    assert (desk.owner(3), desk.owner(4)) == ("nobody", "nobody")


def test_letter_waits_while_a_call_lasts_and_goes_on_after_it() -> None:
    desk = Desk(site=SiteRules(direct_wrap_up=timedelta(0)))
    desk.arrives(1, "letters")
    desk.takes(1)

    desk.arrives(2, "sales")
    assert desk.owner(2) == "anna", "a letter can be interrupted"
    assert desk.phase(1) is AssignmentPhase.SUSPENDED
    desk.takes(2)
    desk.finishes(2)
    assert desk.phase(1) is AssignmentPhase.SUSPENDED, "wrap-up is part of the call"

    found = desk.do(commands.FinishWrapUp, agent_id=desk.centre.agents["anna"])
    assert any(isinstance(event, events.AssignmentResumed) for event in found)
    assert desk.phase(1) is AssignmentPhase.CONNECTED
    desk.finishes(1)
    desk.centre.witness.compare_replay()


def test_weights_add_up_over_channels() -> None:
    """With a capacity of three chats and two letters: a chat and a letter take five sixths."""
    desk = Desk(site=SiteRules(chat_capacity=3, email_capacity=2))
    desk.arrives(1, "chats")
    desk.arrives(2, "letters")
    desk.arrives(3, "letters")
    desk.arrives(4, "chats")

    assert [desk.owner(one) for one in (1, 2, 3, 4)] == ["anna", "anna", "nobody", "nobody"]


def test_profile_says_otherwise_than_the_site() -> None:
    desk = Desk()
    profile = desk.centre.profile("anna", ALL, capacities={Channel.CHAT: 1, Channel.EMAIL: 0})
    desk.do(commands.ConfigureAgent, agent=profile)
    desk.arrives(1, "chats")
    desk.arrives(2, "chats")
    desk.arrives(3, "letters")

    assert [desk.owner(one) for one in (1, 2, 3)] == ["anna", "nobody", "nobody"]


def test_missed_chat_makes_the_agent_not_ready_and_goes_to_another() -> None:
    desk = Desk("anna", "boris")
    desk.arrives(1, "chats")
    desk.pass_time(20)

    assert (desk.owner(1), desk.state()) == ("boris", AgentState.NOT_READY)


def test_agent_who_pauses_keeps_his_chats_and_gets_no_more() -> None:
    desk = Desk()
    desk.arrives(1, "chats")
    desk.takes(1)
    desk.do(commands.MakeAgentNotReady, agent_id=desk.centre.agents["anna"], reason_id=1)
    desk.arrives(2, "chats")

    assert (desk.state(), desk.owner(1), desk.owner(2)) == (AgentState.NOT_READY, "anna", "nobody")


def test_sign_out_with_a_chat_is_refused_and_forced_gives_it_back() -> None:
    desk = Desk("anna", "boris", boris={"chats": 1})
    desk.arrives(1, "chats")
    desk.takes(1)
    anna = desk.centre.agents["anna"]

    with pytest.raises(Refused, match="agent_busy"):
        desk.do(commands.SignOutAgent, agent_id=anna)
    desk.do(commands.SignOutAgent, agent_id=anna, forced=True)

    assert (desk.state(), desk.owner(1)) == (AgentState.SIGNED_OUT, "boris")


def test_what_only_calls_know_is_refused() -> None:
    desk = Desk("anna", "boris")
    desk.arrives(1, "chats")
    desk.takes(1)
    anna = desk.centre.agents["anna"]

    with pytest.raises(Refused, match="voice_only"):
        desk.do(commands.HoldInteraction, agent_id=anna, interaction_id=1)
    with pytest.raises(Refused, match="wrong_channel"):
        desk.do(commands.RequeueInteraction, interaction_id=1, queue_id=desk.centre.queues["sales"])
    desk.do(commands.RegisterInteraction, interaction_id=2, channel=Channel.CHAT)
    with pytest.raises(Refused, match="wrong_channel"):
        desk.do(commands.EnqueueInteraction, interaction_id=2, queue_id=desk.centre.queues["sales"])
    with pytest.raises(Refused, match="channel_fixed"):
        desk.do(commands.ConfigureQueue, queue=desk.centre.queue_rules("chats", channel=Channel.EMAIL))


def test_agents_who_only_take_calls_have_no_seats() -> None:
    """They pay nothing for channels that they do not have."""
    desk = Desk(anna={"sales": 5})
    agent = desk.centre.engine.agent(desk.centre.agents["anna"])

    assert agent is not None
    assert not agent.seats


def test_whoever_could_ever_take_a_chat_has_a_seat_before_anybody_waits() -> None:
    # What a seat remembers must not depend on which lanes the engine happens to keep: after a restart it
    # keeps others.
    relaxed = {
        "channel": Channel.CHAT,
        "minimum": 5,
        "relaxation": (RelaxationStep(after=timedelta(seconds=9), minimum=2),),
    }
    agents = {"anna": {"chats": 2}, "boris": {"chats": 1}, "vera": {"sales": 5}}
    centre = Centre(queues={"sales": {}, "chats": relaxed}, agents=agents)

    seats = {name: set(centre.engine.agent(number).seats) for name, number in centre.agents.items()}

    assert seats == {"anna": {Channel.CHAT}, "boris": set(), "vera": set()}


def test_call_is_not_dialled_for_a_queue_of_chats() -> None:
    centre = Centre(queues=QUEUES, agents={"anna": ALL})

    assert centre.do_line("0 anna dials 1 chats") == "refused wrong_channel"
    assert centre.do_line("0 anna dials 1 sales") == "dials 1 anna"
