"""The journal folded into: which raw files there are, which segments need audio, what is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from otklik.acd.events import (
    ConsultStarted,
    InteractionConnected,
    InteractionEnded,
    InteractionHeld,
    InteractionResumed,
    InternalCallStarted,
    ReconnectionFailed,
    SegmentHandedOver,
    TransferCompleted,
)
from otklik.journal.projection import Acts
from otklik.journal.record import Record
from otklik.quality import seen, store, voicemails
from otklik.quality.changes import (
    Change,
    Changes,
    DeletionNoted,
    HoldBegun,
    HoldOver,
    InteractionOver,
    MissingNoted,
    PauseBegun,
    PauseKept,
    PauseOver,
    RawBegun,
    RawOver,
    RawRefused,
    Unrecorded,
)
from otklik.quality.model import LASTING_CAUSES, Deleted, Missing, RawFile, Stored, Talk
from otklik.vocabulary.ids import AgentId, InteractionId, LegId, SegmentId
from otklik.vocabulary.messages import Event


@dataclass(slots=True)
class _Open:
    """Talks that go on, roles of legs that live, and what of them is recorded."""

    talks: dict[InteractionId, Talk] = field(default_factory=dict)
    roles: dict[LegId, str] = field(default_factory=dict)
    recorded_legs: set[LegId] = field(default_factory=set)
    recorded_interactions: set[InteractionId] = field(default_factory=set)
    unrecorded_interactions: set[InteractionId] = field(default_factory=set)
    internal: set[InteractionId] = field(default_factory=set)
    paused: set[InteractionId] = field(default_factory=set)
    held: set[InteractionId] = field(default_factory=set)


class RecordingsProjection:
    """Fulfils `journal.projection.Projection`."""

    name: str = "recordings"
    version: int = 1
    tables: tuple[str, ...] = ("raw_recording", "recording_work", "recording", "card_pause", "talk_hold")

    def __init__(self) -> None:
        self._open = _Open()

    def fold(self, records: Sequence[Record]) -> Changes | None:
        """What these records change; None for nothing."""
        changes: list[Change] = []
        for record in records:
            self._fold(record.event, changes)
        return Changes(site_id=records[0].site_id, changes=tuple(changes)) if changes else None

    def acts(self, changes: Changes) -> Acts | None:
        """The same for one statement."""
        return store.acts_of(changes.site_id, changes.changes)

    async def write(self, connection: Any, changes: Changes) -> None:
        """In the writer's transaction."""
        await store.write_changes(connection, changes.site_id, changes.changes)

    def snapshot(self) -> bytes:
        """The open state."""
        return msgspec.msgpack.encode(self._open)

    def restore(self, snapshot: bytes | None) -> None:
        """Back to a snapshot's open state, or to the empty one."""
        self._open = msgspec.msgpack.decode(snapshot, type=_Open) if snapshot else _Open()

    def _fold(self, event: Event, changes: list[Change]) -> None:
        match event:
            case ConsultStarted() | InternalCallStarted():
                self._open.internal.add(event.interaction_id)
            case InteractionConnected() if event.interaction_id in self._open.internal:
                pass  # colleagues among themselves are not recorded
            case InteractionConnected() | TransferCompleted():
                self._end_hold(event.interaction_id, event.at, changes)
                self._open.talks[event.interaction_id] = Talk(
                    segment_id=event.segment_id,
                    interaction_id=event.interaction_id,
                    agent_id=event.agent_id,
                    queue_id=event.queue_id,
                    since=event.at,
                    until=event.at,
                )
            case InteractionHeld() if event.interaction_id in self._open.talks:
                if event.interaction_id not in self._open.held:
                    self._open.held.add(event.interaction_id)
                    changes.append(HoldBegun(interaction_id=event.interaction_id, since=event.at))
            case InteractionResumed():
                self._end_hold(event.interaction_id, event.at, changes)
            case SegmentHandedOver() | ReconnectionFailed():
                self._end_hold(event.interaction_id, event.at, changes)
                self._end_talk(event.interaction_id, event.at, changes)
            case InteractionEnded():
                self._end_hold(event.interaction_id, event.at, changes)
                self._end_talk(event.interaction_id, event.at, changes)
                self._end_pause(event.interaction_id, event.at, changes)
                self._open.internal.discard(event.interaction_id)
                self._open.unrecorded_interactions.discard(event.interaction_id)
                if event.interaction_id in self._open.recorded_interactions:
                    self._open.recorded_interactions.discard(event.interaction_id)
                    changes.append(InteractionOver(interaction_id=event.interaction_id, at=event.at))
            case _:
                self._fold_leg(event, changes)

    def _fold_leg(self, event: Event, changes: list[Change]) -> None:
        state = self._open
        if seen.is_leg_started(event):
            state.roles[event.leg_id] = event.role
        elif seen.is_leg_recorded(event):
            state.recorded_legs.add(event.leg_id)
            state.recorded_interactions.add(event.interaction_id)
            state.unrecorded_interactions.discard(event.interaction_id)
            file = RawFile(
                leg_id=event.leg_id,
                role=state.roles.get(event.leg_id, "customer"),
                path=event.path,
                since=event.since,
            )
            changes.append(RawBegun(interaction_id=event.interaction_id, file=file))
        elif seen.is_leg_over(event):
            state.roles.pop(event.leg_id, None)
            if event.leg_id in state.recorded_legs:
                state.recorded_legs.discard(event.leg_id)
                changes.append(RawOver(leg_id=event.leg_id, at=event.at))
        elif seen.is_leg_unrecorded(event):
            self._fold_unrecorded(event, changes)
        elif voicemails.is_kept(event):
            message = Talk(
                segment_id=SegmentId(event.voicemail_id),
                interaction_id=event.interaction_id,
                agent_id=AgentId(0),
                queue_id=event.queue_id,
                since=event.since,
                until=event.until,
            )
            changes.append(message if event.is_recorded else Unrecorded(talk=message))
        elif seen.is_recording_stored(event):
            changes.append(
                Stored(
                    interaction_id=event.interaction_id,
                    segment_id=event.segment_id,
                    path=event.path,
                    begins_at=event.begins_at,
                    duration=event.duration,
                    size_bytes=event.size_bytes,
                    sha256=event.sha256,
                    peaks=event.peaks,
                    pauses=event.pauses,
                    holds=event.holds,
                    has_silent_holds=event.has_silent_holds,
                )
            )
        elif seen.is_recording_missing(event):
            missing = Missing(
                interaction_id=event.interaction_id, segment_id=event.segment_id, cause=event.cause
            )
            changes.append(
                MissingNoted(missing=missing, at=event.at, is_final=event.cause not in LASTING_CAUSES)
            )
        else:
            self._fold_pause(event, changes)

    def _fold_pause(self, event: Event, changes: list[Change]) -> None:
        if seen.is_card_pause_started(event):
            changes.append(RawOver(leg_id=event.leg_id, at=event.at))
            self._open.paused.add(event.interaction_id)
            changes.append(
                PauseBegun(
                    interaction_id=event.interaction_id,
                    leg_id=event.leg_id,
                    agent_id=event.agent_id,
                    since=event.at,
                    asks_at=event.asks_at,
                )
            )
        elif seen.is_card_pause_kept(event):
            changes.append(PauseKept(interaction_id=event.interaction_id, asks_at=event.asks_at))
        elif seen.is_card_pause_ended(event):
            self._end_pause(event.interaction_id, event.at, changes)
        elif seen.is_recording_deleted(event):
            gone = Deleted(interaction_id=event.interaction_id, segment_id=event.segment_id)
            changes.append(DeletionNoted(deleted=gone, at=event.at))

    def _fold_unrecorded(self, event: seen.LegUnrecorded, changes: list[Change]) -> None:
        """What the customer refused goes at once, and his talk from now on has no audio."""
        state = self._open
        if event.leg_id not in state.recorded_legs:
            return
        state.recorded_legs.discard(event.leg_id)
        state.unrecorded_interactions.add(event.interaction_id)
        over = RawRefused if event.is_refused else RawOver
        changes.append(over(leg_id=event.leg_id, at=event.at))

    def _end_pause(self, interaction_id: InteractionId, at: datetime, changes: list[Change]) -> None:
        if interaction_id in self._open.paused:
            self._open.paused.discard(interaction_id)
            changes.append(PauseOver(interaction_id=interaction_id, at=at))

    def _end_hold(self, interaction_id: InteractionId, at: datetime, changes: list[Change]) -> None:
        if interaction_id in self._open.held:
            self._open.held.discard(interaction_id)
            changes.append(HoldOver(interaction_id=interaction_id, at=at))

    def _end_talk(self, interaction_id: InteractionId, at: datetime, changes: list[Change]) -> None:
        talk = self._open.talks.pop(interaction_id, None)
        if talk is None or at <= talk.since:
            return
        talk = msgspec.structs.replace(talk, until=at)
        is_recorded = (
            interaction_id in self._open.recorded_interactions
            and interaction_id not in self._open.unrecorded_interactions
        )
        changes.append(talk if is_recorded else Unrecorded(talk=talk))
