"""The way of a call through its flow, told from the journal as a rehearsal tells it. Pure.

Lines are read as plain mappings: whoever asks has them from the database, and needs nothing else of them.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import structs

from otklik.flows.events import (
    AgentRequested,
    CallbackRequested,
    FlowEnded,
    HoursChecked,
    NodeDecided,
    NodeEntered,
    OutsideRequested,
    PromptsStarted,
    QueueRequested,
    TryFailed,
    VoicemailBegun,
    VoteRequested,
)
from otklik.flows.rehearsal import Step

KINDS: Final = tuple(
    event.KIND
    for event in (
        NodeEntered,
        PromptsStarted,
        HoursChecked,
        NodeDecided,
        TryFailed,
        QueueRequested,
        CallbackRequested,
        AgentRequested,
        OutsideRequested,
        VoicemailBegun,
        VoteRequested,
        FlowEnded,
    )
)


def steps_of(lines: Iterable[tuple[int, Mapping[str, Any]]]) -> list[Step]:
    """The nodes that were gone through, with what came of each. lines: kind and body, in order."""
    steps: list[Step] = []
    for kind, body in lines:
        if kind == NodeEntered.KIND:
            steps.append(Step(node=str(body["node"])))
        elif not steps:
            continue
        elif kind == PromptsStarted.KIND:
            steps[-1] = structs.replace(steps[-1], said=(*steps[-1].said, *body["prompts"]))
        else:
            told = _outcome(kind, body)
            before = steps[-1].outcome
            steps[-1] = structs.replace(steps[-1], outcome=f"{before}, {told}" if before else told)
    return steps


def _outcome(kind: int, body: Mapping[str, Any]) -> str:
    """One thing that came of a node, in the words of a rehearsal."""
    if kind == HoursChecked.KIND:
        return "open" if body["is_open"] else "closed"
    if kind == QueueRequested.KIND:
        return f"queue {body['queue_id']}"
    if kind == CallbackRequested.KIND:
        return f"callback {body['queue_id']}"
    if kind == AgentRequested.KIND:
        return f"agent {body['agent_id']}"
    if kind == OutsideRequested.KIND:
        return "outside"
    if kind == VoicemailBegun.KIND:
        return "voicemail"
    if kind == VoteRequested.KIND:
        return f"vote {body['choice']}"
    if kind == FlowEnded.KIND:
        return f"ended {body.get('reason') or 'cancelled'}"
    return str(body.get("outcome", ""))
