"""Lawful changes, as tables: which event may find an interaction, an assignment and an availability in
which phase, and what it makes of them. A test checks every event of every run against them; the documents
draw their diagrams from them.

`None` is "does not exist": before arrival, after the end, an agent without assignment.
"""

from otklik.acd.events import (
    AcdEvent,
    AgentMadeNotReady,
    AgentMadeReady,
    AgentSignedIn,
    AgentSignedOut,
    AssignmentEnded,
    AssignmentResumed,
    AssignmentSuspended,
    CallbackAttemptFailed,
    CallbackDialed,
    CallbackExpired,
    CallbackOffered,
    CallbackPromised,
    CallbackRescheduled,
    CallbackScheduled,
    ConnectionFailed,
    ConsultStarted,
    DialingStarted,
    FlowEntered,
    FlowResumed,
    InteractionArrived,
    InteractionConnected,
    InteractionEnded,
    InteractionForwarded,
    InteractionHeld,
    InteractionOverflowed,
    InteractionQueued,
    InteractionResumed,
    InternalCallStarted,
    ManualInteractionStarted,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
    OverflowDeferred,
    ParticipantJoined,
    PreferredAgentReleased,
    ReconnectionFailed,
    ReconnectionStarted,
    ReconnectionSucceeded,
    RequirementsRelaxed,
    TransferCompleted,
    TransferFailed,
    TransferStarted,
    WrapUpEnded,
    WrapUpExtended,
    WrapUpStarted,
)
from otklik.acd.model import AssignmentPhase, Availability, Phase

_TALK: frozenset[Phase | None] = frozenset({Phase.CONNECTED, Phase.HELD, Phase.RECONNECTING})
_ALIVE: frozenset[Phase | None] = frozenset(set(Phase) - {Phase.ENDED})

INTERACTION: dict[type[AcdEvent], tuple[frozenset[Phase | None], Phase | None]] = {
    InteractionArrived: (frozenset({None}), Phase.ARRIVING),
    FlowEntered: (frozenset({Phase.ARRIVING}), Phase.IN_FLOW),
    InteractionQueued: (
        frozenset(
            {
                Phase.ARRIVING,
                Phase.IN_FLOW,
                Phase.WAITING,
                Phase.SCHEDULED,
                Phase.OFFERED,
                Phase.CONNECTING,
                Phase.OUTSIDE,
            }
        )
        | _TALK,
        Phase.WAITING,
    ),
    InteractionOverflowed: (frozenset({Phase.WAITING}), Phase.IN_FLOW),
    OverflowDeferred: (frozenset({Phase.WAITING}), Phase.WAITING),
    CallbackOffered: (frozenset({Phase.WAITING}), Phase.WAITING),
    CallbackPromised: (frozenset({Phase.ARRIVING, Phase.IN_FLOW, Phase.WAITING}), Phase.SCHEDULED),
    CallbackScheduled: (frozenset({None}), Phase.SCHEDULED),
    CallbackDialed: (frozenset({Phase.CONNECTING}), Phase.DIALING),
    CallbackAttemptFailed: (frozenset({Phase.DIALING}), Phase.SCHEDULED),
    CallbackRescheduled: (frozenset({Phase.SCHEDULED, Phase.WAITING}), Phase.SCHEDULED),
    CallbackExpired: (frozenset({Phase.WAITING}), Phase.WAITING),
    RequirementsRelaxed: (frozenset({Phase.WAITING}), Phase.WAITING),
    PreferredAgentReleased: (frozenset({Phase.WAITING}), Phase.WAITING),
    OfferMade: (frozenset({Phase.WAITING}), Phase.OFFERED),
    OfferAccepted: (frozenset({Phase.OFFERED}), Phase.CONNECTING),
    OfferDeclined: (frozenset({Phase.OFFERED}), Phase.OFFERED),
    OfferExpired: (frozenset({Phase.OFFERED}), Phase.OFFERED),
    OfferWithdrawn: (frozenset({Phase.OFFERED}), Phase.OFFERED),
    ManualInteractionStarted: (frozenset({None}), Phase.DIALING),
    InteractionConnected: (frozenset({Phase.CONNECTING, Phase.DIALING}), Phase.CONNECTED),
    InteractionHeld: (frozenset({Phase.CONNECTED}), Phase.HELD),
    InteractionResumed: (frozenset({Phase.HELD}), Phase.CONNECTED),
    ReconnectionStarted: (frozenset({Phase.CONNECTED, Phase.HELD}), Phase.RECONNECTING),
    ReconnectionSucceeded: (frozenset({Phase.RECONNECTING}), Phase.CONNECTED),
    ReconnectionFailed: (frozenset({Phase.RECONNECTING}), Phase.RECONNECTING),
    ConnectionFailed: (frozenset({Phase.CONNECTING}), Phase.CONNECTING),
    TransferStarted: (_TALK | {Phase.IN_FLOW}, Phase.WAITING),
    TransferFailed: (frozenset({Phase.OFFERED, Phase.CONNECTING, Phase.DIALING}), Phase.WAITING),
    ConsultStarted: (frozenset({None}), Phase.WAITING),
    InternalCallStarted: (frozenset({None}), Phase.WAITING),
    DialingStarted: (frozenset({Phase.WAITING}), Phase.DIALING),
    FlowResumed: (frozenset({Phase.OFFERED, Phase.CONNECTING, Phase.DIALING}), Phase.IN_FLOW),
    InteractionForwarded: (frozenset({Phase.DIALING}) | _TALK, Phase.OUTSIDE),
    TransferCompleted: (_TALK, Phase.CONNECTED),
    InteractionEnded: (_ALIVE, None),
}
"""Phase of the interaction before and after. OfferDeclined, OfferExpired, OfferWithdrawn, ConnectionFailed
and ReconnectionFailed end the agent's part only: what the interaction does then follows in the same batch
(it is queued again, or ends). TransferStarted, TransferFailed, ConsultStarted and InternalCallStarted are
followed, in the same batch, by an offer by name, by a place in a queue or by dialing. SegmentHandedOver,
InteractionEscalated and InteractionPrioritized are in no table of phases: they may come in any phase of a
talk or of waiting, and change none."""

ASSIGNMENT: dict[type[AcdEvent], tuple[frozenset[AssignmentPhase | None], AssignmentPhase | None]] = {
    OfferMade: (frozenset({None}), AssignmentPhase.OFFERED),
    OfferAccepted: (frozenset({AssignmentPhase.OFFERED}), AssignmentPhase.CONNECTING),
    ManualInteractionStarted: (frozenset({None}), AssignmentPhase.CONNECTING),
    CallbackDialed: (frozenset({AssignmentPhase.CONNECTING}), AssignmentPhase.CONNECTING),
    CallbackAttemptFailed: (frozenset({AssignmentPhase.CONNECTING}), AssignmentPhase.CONNECTING),
    InteractionConnected: (frozenset({AssignmentPhase.CONNECTING}), AssignmentPhase.CONNECTED),
    InteractionHeld: (frozenset({AssignmentPhase.CONNECTED}), AssignmentPhase.HELD),
    InteractionResumed: (frozenset({AssignmentPhase.HELD}), AssignmentPhase.CONNECTED),
    ReconnectionStarted: (
        frozenset({AssignmentPhase.CONNECTED, AssignmentPhase.HELD}),
        AssignmentPhase.RECONNECTING,
    ),
    ReconnectionSucceeded: (frozenset({AssignmentPhase.RECONNECTING}), AssignmentPhase.CONNECTED),
    WrapUpStarted: (
        frozenset({AssignmentPhase.CONNECTED, AssignmentPhase.HELD, AssignmentPhase.RECONNECTING}),
        AssignmentPhase.WRAP_UP,
    ),
    InternalCallStarted: (frozenset({None}), AssignmentPhase.CONNECTING),
    TransferCompleted: (
        frozenset({None, AssignmentPhase.CONNECTED, AssignmentPhase.HELD}),
        AssignmentPhase.CONNECTED,
    ),
    ParticipantJoined: (
        frozenset({None, AssignmentPhase.CONNECTED, AssignmentPhase.HELD}),
        AssignmentPhase.CONNECTED,
    ),
    AssignmentSuspended: (frozenset({AssignmentPhase.CONNECTED}), AssignmentPhase.SUSPENDED),
    AssignmentResumed: (frozenset({AssignmentPhase.SUSPENDED}), AssignmentPhase.CONNECTED),
    AssignmentEnded: (frozenset(AssignmentPhase), None),
    WrapUpExtended: (frozenset({AssignmentPhase.WRAP_UP}), AssignmentPhase.WRAP_UP),
    WrapUpEnded: (frozenset({AssignmentPhase.WRAP_UP}), AssignmentPhase.WRAP_UP),
    AgentMadeReady: (frozenset({None, *AssignmentPhase}), None),
    AgentMadeNotReady: (frozenset({None, *AssignmentPhase}), None),
    AgentSignedOut: (frozenset({None, *AssignmentPhase}), None),
}
"""Phase of the assignment of the agent whom the event names. Every assignment ends with one of the last
three."""

AVAILABILITY: dict[type[AcdEvent], tuple[frozenset[Availability], Availability]] = {
    AgentSignedIn: (frozenset({Availability.SIGNED_OUT}), Availability.NOT_READY),
    AgentMadeReady: (frozenset({Availability.NOT_READY, Availability.READY}), Availability.READY),
    AgentMadeNotReady: (frozenset({Availability.NOT_READY, Availability.READY}), Availability.NOT_READY),
    AgentSignedOut: (frozenset({Availability.NOT_READY, Availability.READY}), Availability.SIGNED_OUT),
}
"""What the person chose, before and after. OfferMade is in no row: routing offers only to the ready, but by
name also one who is not ready can be called."""

ENDS_OF_ASSIGNMENT: frozenset[type[AcdEvent]] = frozenset({AgentMadeReady, AgentMadeNotReady, AgentSignedOut})
"""The three events of which exactly one follows each end of an assignment."""


def interaction_diagram() -> str:
    """The phases of an interaction as a Mermaid state diagram, drawn from the table."""
    lines = ["stateDiagram-v2"]
    arrows: dict[tuple[str, str], list[str]] = {}
    for kind, (before, after) in INTERACTION.items():
        for phase in sorted(before, key=lambda one: "" if one is None else one.value):
            start = "[*]" if phase is None else phase.value
            end = "[*]" if after is None else after.value
            if start != end:
                arrows.setdefault((start, end), []).append(kind.__name__)
    lines += [f"    {start} --> {end}: {', '.join(names)}" for (start, end), names in arrows.items()]
    return "\n".join(lines) + "\n"


def assignment_diagram() -> str:
    """The phases of an assignment, likewise; every arrow to the end is one of the three last events."""
    lines = ["stateDiagram-v2"]
    for kind, (before, after) in ASSIGNMENT.items():
        if kind in ENDS_OF_ASSIGNMENT:
            continue
        for phase in sorted(before, key=lambda one: "" if one is None else one.value):
            if phase is not after and after is not None:
                start = "[*]" if phase is None else phase.value
                lines.append(f"    {start} --> {after.value}: {kind.__name__}")
    ends = ", ".join(sorted(kind.__name__ for kind in ENDS_OF_ASSIGNMENT))
    lines += [f"    {phase.value} --> [*]: {ends}" for phase in AssignmentPhase]
    return "\n".join(lines) + "\n"
