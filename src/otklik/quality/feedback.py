"""What customers answer in surveys, how they vote, and the texts for them: the fold of the journal."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeGuard

import msgspec

from otklik.acd.events import InteractionArrived, InteractionEnded, ManualInteractionStarted
from otklik.journal.projection import Acts
from otklik.journal.record import Record
from otklik.quality import feedback_store
from otklik.quality.feedback_store import Answer, FeedbackChanges, Text, TextOutcome, Vote
from otklik.vocabulary.ids import AgentId, InteractionId, PartyId, QueueId, TextId
from otklik.vocabulary.messages import Event


class AnsweredEvent(Protocol):
    """As flows writes it: number 233."""

    at: datetime
    interaction_id: InteractionId
    survey: str
    question: str
    kind: str
    answer: int
    talk_id: InteractionId
    agent_id: AgentId
    queue_id: QueueId


class VotedEvent(Protocol):
    """As the switchboard writes it: number 444."""

    at: datetime
    interaction_id: InteractionId
    party_id: PartyId
    voting: str
    choice: str
    choice_name: str
    closes_at: datetime | None


class QueuedEvent(Protocol):
    """Number 445."""

    at: datetime
    text_id: TextId
    interaction_id: InteractionId
    party_id: PartyId
    purpose: str
    text: str


class FailedEvent(Protocol):
    """Number 446."""

    text_id: TextId
    cause: str


def is_answered(event: Event) -> TypeGuard[AnsweredEvent]:
    return event.KIND == 233


def is_voted(event: Event) -> TypeGuard[VotedEvent]:
    return event.KIND == 444


def is_queued(event: Event) -> TypeGuard[QueuedEvent]:
    return event.KIND == 445


def is_failed(event: Event) -> TypeGuard[FailedEvent]:
    return event.KIND == 446


@dataclass(slots=True)
class _Live:
    """Whose interactions live: a flow does not know who answers."""

    parties: dict[InteractionId, PartyId] = field(default_factory=dict)


class FeedbackProjection:
    """Fulfils `journal.projection.Projection`."""

    name: str = "feedback"
    version: int = 1
    tables: tuple[str, ...] = ("survey_answer", "vote", "outbox")

    def __init__(self) -> None:
        self._live = _Live()

    def fold(self, records: Sequence[Record]) -> FeedbackChanges | None:
        """What these records change; None for nothing."""
        changes: list[Answer | Vote | Text | TextOutcome] = []
        for record in records:
            event = record.event
            match event:
                case InteractionArrived() | ManualInteractionStarted():
                    self._live.parties[event.interaction_id] = event.party_id
                case InteractionEnded():
                    self._live.parties.pop(event.interaction_id, None)
                case _ if event.KIND >= _FIRST_KIND:
                    change = self._change(event)
                    if change is not None:
                        changes.append(change)
                case _:
                    pass
        return FeedbackChanges(site_id=records[0].site_id, changes=tuple(changes)) if changes else None

    def _change(self, event: Event) -> Answer | Vote | Text | TextOutcome | None:
        if is_answered(event):
            return Answer(
                interaction_id=event.interaction_id,
                question=event.question,
                survey=event.survey,
                kind=event.kind,
                answer=event.answer,
                talk_id=event.talk_id or event.interaction_id,
                party_id=self._live.parties.get(event.interaction_id, PartyId(0)),
                agent_id=event.agent_id,
                queue_id=event.queue_id,
                at=event.at,
            )
        if is_voted(event):
            return Vote(
                voting=event.voting,
                party_id=event.party_id,
                interaction_id=event.interaction_id,
                choice=event.choice,
                choice_name=event.choice_name,
                closes_at=event.closes_at,
                at=event.at,
            )
        if is_queued(event):
            return Text(
                text_id=event.text_id,
                interaction_id=event.interaction_id,
                party_id=event.party_id,
                purpose=event.purpose,
                body=event.text,
                at=event.at,
            )
        if is_failed(event):
            return TextOutcome(text_id=event.text_id, state="failed", cause=event.cause)
        return None

    def acts(self, changes: FeedbackChanges) -> Acts | None:
        """They are rare: each is written by itself."""
        return None

    async def write(self, connection: Any, changes: FeedbackChanges) -> None:
        """In the writer's transaction, in order."""
        await feedback_store.write(connection, changes)

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self._live)

    def restore(self, snapshot: bytes | None) -> None:
        self._live = msgspec.msgpack.decode(snapshot, type=_Live) if snapshot else _Live()


_FIRST_KIND = 200
