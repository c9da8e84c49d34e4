"""Event -> the rows of now: one for each agent, one for each interaction that goes on. Pure.

A feed starts from these rows at a sequence and follows: each row carries the sequence of its last change. An
ended interaction stays for a minute, so that whoever was away for a moment sees its end and not a hole.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from otklik.journal.record import Record
from otklik.reports import codes
from otklik.reports.tracking import AgentTrack, InteractionTrack, Places, Tracking
from otklik.vocabulary.time import to_ms

ENDED_STAYS_MS = 60_000


@dataclass(slots=True)
class LiveMemory:
    """The fold's open state. ended: (interaction, moment) of ended ones whose row still stands, in order."""

    places: Places = field(default_factory=Places)
    ended: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class LiveChanges:
    """Rows to write, by id, with the sequence of their last change. cut_ms: up to where the state time of all
    agents was counted; it changes rows without being news."""

    agents: dict[int, tuple[AgentTrack, int]] = field(default_factory=dict)
    gone_agents: set[int] = field(default_factory=set)
    interactions: dict[int, tuple[InteractionTrack, int]] = field(default_factory=dict)
    gone_interactions: list[int] = field(default_factory=list)
    cut_ms: int = 0

    def is_empty(self) -> bool:
        return not (
            self.agents or self.gone_agents or self.interactions or self.gone_interactions or self.cut_ms
        )


class LiveFold:
    """Pure: `fold` takes records in order and gives the rows that are different now."""

    def __init__(self) -> None:
        self._tracking = Tracking()
        self._memory = LiveMemory()

    def fold(self, records: Sequence[Record]) -> LiveChanges | None:
        """What these records change; None if nothing."""
        changes = LiveChanges()
        for record in records:
            self._fold_one(record, changes)
        return None if changes.is_empty() else changes

    def snapshot(self) -> bytes:
        self._memory.places = self._tracking.places
        return msgspec.msgpack.encode(self._memory)

    def restore(self, snapshot: bytes | None) -> None:
        if snapshot is None:
            self._memory = LiveMemory()
        else:
            self._memory = msgspec.msgpack.decode(snapshot, type=LiveMemory)
        self._tracking.restore(self._memory.places)

    def _fold_one(self, record: Record, changes: LiveChanges) -> None:
        tracking = self._tracking
        at_ms = to_ms(record.at)
        tracking.apply(record.event, at_ms)
        for agent_id in tracking.agents:
            changes.agents[agent_id] = (tracking.places.agents[agent_id], record.seq)
            changes.gone_agents.discard(agent_id)
        for agent_id in tracking.gone_agents:
            changes.agents.pop(agent_id, None)
            changes.gone_agents.add(agent_id)
        for interaction_id in tracking.interactions:
            track = tracking.places.interactions.get(interaction_id) or tracking.ended
            assert track is not None
            changes.interactions[interaction_id] = (track, record.seq)
        if tracking.ended is not None:
            self._memory.ended.append((tracking.ended.interaction_id, tracking.ended.ended_ms))
        if tracking.cut_ms:
            changes.cut_ms = max(changes.cut_ms, tracking.cut_ms)
        if self._memory.ended:
            self._forget(at_ms, changes)

    def _forget(self, at_ms: int, changes: LiveChanges) -> None:
        ended = self._memory.ended
        while ended and ended[0][1] + ENDED_STAYS_MS <= at_ms:
            interaction_id, _ = ended.pop(0)
            changes.interactions.pop(interaction_id, None)
            changes.gone_interactions.append(interaction_id)


def wrap_deadline_ms(agent: AgentTrack) -> int:
    """When the wrap-up ends by itself; 0 outside of one."""
    return agent.deadline_ms if agent.state == codes.WRAP_UP else 0


def cause_of(agent: AgentTrack) -> str:
    """Why he is not ready: `chosen`, or the rule; empty in other states."""
    if agent.state != codes.NOT_READY:
        return ""
    return codes.CAUSE_NAMES[-agent.reason if agent.reason < 0 else 0]
