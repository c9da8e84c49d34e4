"""Twenty chains of transfers in virtual time: one interaction, the right agent in each segment, one piece of
recording for each talk, and figures that an independent count comes to as well.

The count is made beside the centre: what was done is written down when it is done, with the moment.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from otklik.acd import events as acd
from otklik.acd.model import AgentState, EndReason, Phase
from otklik.quality.changes import Unrecorded
from otklik.quality.model import Talk
from otklik.quality.projection import RecordingsProjection
from otklik.reports import codes
from otklik.switchboard import requests
from otklik.switchboard import signals as tell
from otklik.switchboard.requests import Moving
from otklik.switchboard.signals import LegEnded
from otklik.vocabulary.ids import AgentId, InteractionId, QueueId, ReasonId
from otklik.vocabulary.refusals import Refused
from tests.rooms.reports.test_fold import Rows, folded
from tests.rooms.switchboard.chains import CHAINS, KINDS, LAST_KINDS, Chain
from tests.rooms.switchboard.world import CUSTOMER, NUMBER, World, open_world

pytestmark = pytest.mark.fast

AGENTS = 6
EXPERT = "+74957654321"
QUEUE = QueueId(1)
TALK_SECONDS = 7


@dataclass
class Turn:
    """What an agent had of the customer: from when, until when, how long on hold, and who gave him away."""

    agent_id: AgentId
    since: datetime
    until: datetime | None = None
    held: timedelta = timedelta(0)
    gave_away: bool = False


@dataclass
class Count:
    """Kept by the test alone. turns: agents who had the customer, in order. asked: how often somebody was
    asked first. taken_back: how often a supervisor took him away."""

    turns: list[Turn] = field(default_factory=list)
    taken_back: int = 0

    @property
    def owner(self) -> AgentId:
        return self.turns[-1].agent_id

    def begins(self, agent_id: AgentId, at: datetime) -> None:
        self.turns.append(Turn(agent_id=agent_id, since=at))

    def ends(self, at: datetime, *, gave_away: bool) -> None:
        self.turns[-1].until, self.turns[-1].gave_away = at, gave_away


class Player:
    """Plays one chain."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.count = Count()
        self.one = InteractionId(0)
        self._next = 1

    async def begin(self) -> None:
        self.customer = self.world.driver.call(NUMBER, CUSTOMER)
        await self.world.pass_time(1)
        (self.one,) = self.world.centre.engine.state.interactions
        leg = self.world.centre.calls.customer_of(self.one)
        assert leg is not None
        raw = tell.RawRecording(path="spool/x.raw", lead=timedelta())
        self.world.media.emit(tell.RecordingBegun(leg_id=leg.leg_id, recording=raw))
        await self.takes(await self.somebody())

    async def somebody(self) -> AgentId:
        """The next agent is ready, and nobody else is."""
        agent_id = AgentId(self._next)
        self._next += 1
        await self.ask(requests.GetReady(agent_id=agent_id))
        return agent_id

    async def ask(self, request: requests.DoorRequest) -> None:
        found = await self.world.ask(request)
        assert not isinstance(found, Refused), (request, found.code)

    async def answers(self, agent_id: AgentId) -> None:
        await self.world.pass_time(2)
        assert self.world.state(agent_id) is AgentState.OFFERED
        self.world.driver.answer(f"phone{agent_id}")
        await self.world.pass_time(1)

    def connected_at(self) -> datetime:
        """When the newest talk with the customer began, by the journal."""
        begun = [
            event.at
            for event in self.world.events(acd.InteractionConnected, acd.TransferCompleted)
            if event.interaction_id == self.one
        ]
        return max(begun)

    async def takes(self, agent_id: AgentId) -> None:
        """He answers, talks, holds for a moment and talks on."""
        await self.answers(agent_id)
        self.count.begins(agent_id, self.connected_at())
        await self.talks()

    async def talks(self) -> None:
        owner = self.count.owner
        # One talk each: he wants a break when it is over.
        await self.ask(requests.GetNotReady(agent_id=owner, reason_id=ReasonId(1)))
        await self.world.pass_time(TALK_SECONDS)
        await self.ask(requests.Hold(agent_id=owner, interaction_id=self.one))
        held_at = self.world.clock.at
        await self.world.pass_time(3)
        await self.ask(requests.Resume(agent_id=owner, interaction_id=self.one))
        self.count.turns[-1].held += self.world.clock.at - held_at
        await self.world.pass_time(2)

    async def play(self, kind: str) -> None:
        how, _, whom = kind.partition(" ")
        owner = self.count.owner
        if kind == "taken back":
            await self.ask(requests.Pull(interaction_id=self.one))
            self.count.taken_back += 1
            self.count.ends(self.world.clock.at, gave_away=True)
            await self.takes(await self.somebody())
            return
        agent_id = await self.somebody() if whom != "outside" else AgentId(0)
        target = {
            "agent": Moving(agent_id=agent_id),
            "queue": Moving(queue_id=QUEUE),
            "outside": Moving(number=EXPERT),
            "": Moving(agent_id=agent_id),
        }[whom]
        if how == "blind":
            await self.ask(requests.Transfer(agent_id=owner, interaction_id=self.one, to=target))
            self.count.ends(self.world.clock.at, gave_away=True)
            if agent_id:
                await self.takes(agent_id)
            else:
                await self.world.pass_time(5)
            return
        held_at = self.world.clock.at
        await self.ask(requests.Consult(agent_id=owner, interaction_id=self.one, to=target))
        if agent_id:
            await self.answers(agent_id)
        await self.world.pass_time(5)
        if how == "swapped":
            await self.ask(requests.Swap(agent_id=owner, interaction_id=self.one))
            self.count.turns[-1].held += self.world.clock.at - held_at
            await self.world.pass_time(4)
            await self.ask(requests.Swap(agent_id=owner, interaction_id=self.one))
            held_at = self.world.clock.at
            await self.world.pass_time(2)
        if how == "conference":
            await self.ask(requests.Confer(agent_id=owner, interaction_id=self.one))
            self.count.turns[-1].held += self.world.clock.at - held_at
            await self.world.pass_time(4)
            await self.ask(requests.Leave(agent_id=owner, interaction_id=self.one))
        else:
            self.count.turns[-1].held += self.world.clock.at - held_at
            await self.ask(requests.Complete(agent_id=owner, interaction_id=self.one))
        self.count.ends(self.world.clock.at, gave_away=True)
        await self.world.pass_time(1)
        if agent_id:
            self.count.begins(agent_id, self.connected_at())
            await self.talks()

    async def end(self) -> None:
        if self.count.turns[-1].until is None:
            self.count.ends(self.world.clock.at, gave_away=False)
        self.customer.hang_up()
        await self.world.pass_time(1)
        for leg in [leg for leg in self.world.media.legs.values() if leg.number == EXPERT]:
            self.world.media.close(leg, 16)
            self.world.media.emit(LegEnded(leg_id=leg.leg_id, cause=16))
        await self.world.pass_time(120)


def row(columns: dict[str, object]) -> Any:
    """A row of the database, its columns by name."""
    return SimpleNamespace(**columns)


async def played(chain: Chain) -> Player:
    player = Player(await open_world(agents=AGENTS))
    await player.begin()
    for kind in chain:
        await player.play(kind)
    await player.end()
    return player


@pytest.mark.parametrize("chain", CHAINS, ids=" > ".join)
def test_a_chain_of_transfers_counts_right(chain: Chain) -> None:
    player = asyncio.run(played(chain))
    world, count = player.world, player.count
    rows: Rows = folded(world.writer.records)

    # One matter of one customer, however often he was moved.
    arrived = [event for event in world.events(acd.InteractionArrived) if event.party_id]
    assert [event.interaction_id for event in arrived] == [player.one]
    (ended,) = [event for event in world.events(acd.InteractionEnded) if event.interaction_id == player.one]
    assert ended.reason is EndReason.ANSWERED
    assert not world.centre.engine.state.interactions, "nothing is stuck"
    assert not world.media.legs
    assert not world.media.bridges

    # The right agent in each segment, with his own time of it.
    segments = sorted(
        (one for one in map(row, rows.final.values()) if one.interaction_id == player.one and one.answer_ms),
        key=lambda one: one.answer_ms,
    )
    assert [one.agent_id for one in segments] == [turn.agent_id for turn in count.turns]
    assert [bool(one.transferred) for one in segments] == [turn.gave_away for turn in count.turns]
    for segment, turn in zip(segments, count.turns, strict=True):
        assert turn.until is not None
        whole = (turn.until - turn.since) / timedelta(milliseconds=1)
        assert segment.talk_ms + segment.hold_ms == pytest.approx(whole, abs=20), (segment, turn)
        assert segment.hold_ms == pytest.approx(turn.held / timedelta(milliseconds=1), abs=20)
        assert segment.outcome == codes.OUTCOMES[EndReason.ANSWERED]
    fact = row(rows.interactions[player.one])
    assert fact.talk_ms == sum(one.talk_ms for one in segments)
    assert fact.hold_ms == sum(one.hold_ms for one in segments)

    # Each agent is busy with it once, and free at the end.
    handled = {turn.agent_id: 1 for turn in count.turns}
    assert {one.agent_id: one.handled for one in segments if one.handled} == handled
    assert all(world.state(agent) in (AgentState.READY, AgentState.NOT_READY) for agent in handled)

    # A piece of recording for each talk, and no other.
    projection = RecordingsProjection()
    pieces: dict[int, Talk] = {}
    for record in world.writer.records:
        changes = projection.fold([record])
        for change in changes.changes if changes else ():
            assert not isinstance(change, Unrecorded), change
            if isinstance(change, Talk):
                assert change.segment_id not in pieces, "one for each segment"
                pieces[change.segment_id] = change
    assert [(piece.segment_id, piece.agent_id) for piece in pieces.values()] == [
        (one.segment_id, one.agent_id) for one in segments
    ]


def test_the_chains_hold_every_move_and_are_the_same_for_everybody() -> None:
    assert len(CHAINS) == len(set(CHAINS)) == 20
    assert {kind for chain in CHAINS for kind in chain} == set(KINDS) | set(LAST_KINDS)
    assert Phase.OUTSIDE in Phase
