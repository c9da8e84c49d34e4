"""Numbers that stand for words in the facts. A number is never given twice; 0 means none, unknown or open.

Facts hold integers only, so that one SQL text means the same on every engine. Words leave by `service.py`.
"""

from otklik.acd.model import (
    AgentState,
    Channel,
    Direction,
    EndedBy,
    EndReason,
    NotReadyCause,
    Phase,
    WithdrawalCause,
)

AGENT_STATES = {state: number for number, state in enumerate(AgentState)}
"""0 signed_out, 1 not_ready, 2 ready, 3 offered, 4 connecting, 5 connected, 6 held, 7 wrap_up,
8 reconnecting."""

SIGNED_OUT: int = AGENT_STATES[AgentState.SIGNED_OUT]
NOT_READY: int = AGENT_STATES[AgentState.NOT_READY]
READY: int = AGENT_STATES[AgentState.READY]
OFFERED: int = AGENT_STATES[AgentState.OFFERED]
CONNECTING: int = AGENT_STATES[AgentState.CONNECTING]
CONNECTED: int = AGENT_STATES[AgentState.CONNECTED]
HELD: int = AGENT_STATES[AgentState.HELD]
WRAP_UP: int = AGENT_STATES[AgentState.WRAP_UP]
RECONNECTING: int = AGENT_STATES[AgentState.RECONNECTING]

PHASES = {
    Phase.ARRIVING: 1,
    Phase.IN_FLOW: 2,
    Phase.WAITING: 3,
    Phase.OFFERED: 4,
    Phase.CONNECTING: 5,
    Phase.CONNECTED: 6,
    Phase.HELD: 7,
    Phase.RECONNECTING: 8,
    Phase.DIALING: 9,
    Phase.ENDED: 10,
    Phase.OUTSIDE: 12,
    Phase.SCHEDULED: 13,
}
PHASE_WRAP_UP = 11
"""Only in time lines: what the agent still does when the customer is gone."""

CHANNELS = {Channel.VOICE: 1, Channel.CHAT: 2, Channel.EMAIL: 3}

DIRECTIONS = {Direction.INBOUND: 1, Direction.OUTBOUND: 2, Direction.INTERNAL: 3}
INBOUND = DIRECTIONS[Direction.INBOUND]
OUTBOUND = DIRECTIONS[Direction.OUTBOUND]
INTERNAL = DIRECTIONS[Direction.INTERNAL]

ENDED_BY = {EndedBy.CUSTOMER: 1, EndedBy.AGENT: 2, EndedBy.SYSTEM: 3}

OUTCOMES = {
    EndReason.ANSWERED: 1,
    EndReason.ABANDONED: 2,
    EndReason.SHORT_ABANDONED: 3,
    EndReason.OVERFLOWED: 4,
    EndReason.CALLBACK_PROMISED: 5,
    EndReason.VOICEMAIL: 6,
    EndReason.CLOSED: 7,
    EndReason.SELF_SERVED: 8,
    EndReason.WRONG_NUMBER: 9,
    EndReason.BLOCKED: 10,
    EndReason.BUSY: 11,
    EndReason.NO_ANSWER: 12,
    EndReason.INVALID_NUMBER: 13,
    EndReason.CONGESTED: 14,
    EndReason.MACHINE: 15,
    EndReason.CANCELLED: 16,
    EndReason.MEDIA_FAILED: 17,
    EndReason.AGENT_FAILED: 18,
    EndReason.ADOPTED_LOST: 19,
    EndReason.DIVERTED: 20,
    EndReason.OPTED_OUT: 21,
}

LEFT_BY_RULE = frozenset(
    {
        EndReason.OVERFLOWED,
        EndReason.CALLBACK_PROMISED,
        EndReason.VOICEMAIL,
        EndReason.CLOSED,
        EndReason.SELF_SERVED,
        EndReason.WRONG_NUMBER,
        EndReason.BLOCKED,
        EndReason.DIVERTED,
        EndReason.OPTED_OUT,
    }
)
"""Ends of an unanswered stay that count as overflow. All other ends count as abandoned, failures of our own
machine too: a customer who was not served must not vanish from the service level."""

MISSED = frozenset(
    {
        EndReason.ABANDONED,
        EndReason.SHORT_ABANDONED,
        EndReason.CLOSED,
        EndReason.MEDIA_FAILED,
        EndReason.AGENT_FAILED,
        EndReason.ADOPTED_LOST,
        EndReason.DIVERTED,
        EndReason.OVERFLOWED,
        EndReason.CALLBACK_PROMISED,
    }
)
"""Ends of an inbound interaction after which the customer stands in the missed list: also of one that was
answered, when the talk was cut off and the customer left without a second answer. An interaction ends
`callback_promised` only when nobody kept the promise, `overflowed` when a message was all that he got."""

CAUSES = {
    NotReadyCause.CHOSEN: 0,
    NotReadyCause.SIGNED_IN: 1,
    NotReadyCause.MISSED_OFFER: 2,
    NotReadyCause.DECLINED_OFFER: 3,
    NotReadyCause.DEVICE_LOST: 4,
    NotReadyCause.AFTER_CALL: 5,
}
"""In `reason` of agent facts: a reason's id when the person chose it, minus this number when a rule did."""

OFFER_OPEN = 0
OFFER_ACCEPTED = 1
OFFER_DECLINED = 2
OFFER_EXPIRED = 3
OFFER_WITHDRAWN = {
    WithdrawalCause.CUSTOMER_LEFT: 4,
    WithdrawalCause.DEVICE_FAILED: 5,
    WithdrawalCause.SUPERSEDED: 6,
}
OFFER_OUTCOMES = {
    OFFER_OPEN: "open",
    OFFER_ACCEPTED: "accepted",
    OFFER_DECLINED: "declined",
    OFFER_EXPIRED: "expired",
    4: "customer_left",
    5: "device_failed",
    6: "superseded",
}
MISSED_OFFERS = (OFFER_DECLINED, OFFER_EXPIRED, OFFER_WITHDRAWN[WithdrawalCause.DEVICE_FAILED])
"""Rung at an agent and not taken, through the agent or his device; a customer who left first is no miss."""

AGENT_STATE_NAMES = {number: state.value for state, number in AGENT_STATES.items()}
PHASE_NAMES = {number: phase.value for phase, number in PHASES.items()} | {PHASE_WRAP_UP: "wrap_up"}
CHANNEL_NAMES = {number: channel.value for channel, number in CHANNELS.items()}
DIRECTION_NAMES = {number: direction.value for direction, number in DIRECTIONS.items()}
ENDED_BY_NAMES = {number: by.value for by, number in ENDED_BY.items()}
OUTCOME_NAMES = {number: outcome.value for outcome, number in OUTCOMES.items()}
CAUSE_NAMES = {number: cause.value for cause, number in CAUSES.items()}
