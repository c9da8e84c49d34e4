"""Every expected no of the engine, in one place. The browser and the command line have a Russian and an
English text for each; the facts that fill it stand in the comment."""

from typing import Final

# --- the thing named is not there: NotFound
UNKNOWN_QUEUE: Final = "unknown_queue"  # queue_id: no queue of this id
UNKNOWN_AGENT: Final = "unknown_agent"  # agent_id: no agent of this id
UNKNOWN_REASON: Final = "unknown_reason"  # reason_id: no reason of this id for being not ready
UNKNOWN_PLAN: Final = "unknown_plan"  # plan_id: no plan of modes of this id
UNKNOWN_INTERACTION: Final = "unknown_interaction"  # interaction_id: never arrived, or ended already
OFFER_ENDED: Final = "offer_ended"  # offer_id: the offer was accepted, declined, expired or withdrawn before

# --- not in this state: Refused
INTERACTION_EXISTS: Final = "interaction_exists"  # interaction_id: an interaction of this id is here already
WRONG_PHASE: Final = "wrong_phase"  # interaction_id, phase: the interaction stands in a phase that forbids it
NOT_YOUR_INTERACTION: Final = (
    "not_your_interaction"  # interaction_id, agent_id: another agent talks, or nobody
)
NOT_IN_WRAP_UP: Final = "not_in_wrap_up"  # agent_id: the agent has no wrap-up to finish or extend
WRAP_UP_LIMIT: Final = "wrap_up_limit"  # agent_id, limit_seconds: the wrap-up is as long as the queue allows
INVALID_EXTENSION: Final = "invalid_extension"  # agent_id: an extension is longer than nothing
INVALID_RULES: Final = "invalid_rules"  # field, reason: no queue, agent or site can be so
INVALID_REQUIREMENT: Final = "invalid_requirement"  # skill_id, minimum: a level is from 1 to 10
INVALID_REASON: Final = (
    "invalid_end_reason"  # reason: an unreached party is busy, no_answer, invalid_number ...
)
AGENT_BUSY: Final = "agent_busy"  # agent_id, state: an assignment is under way
AGENT_SIGNED_OUT: Final = "agent_signed_out"  # agent_id: sign in first
DEVICE_UNREACHABLE: Final = "device_unreachable"  # agent_id: no device of the agent is registered

TARGET_NOT_FREE: Final = "target_not_free"  # agent_id: a customer is transferred only to one who is free
TARGET_INVALID: Final = "target_invalid"  # interaction_id: nobody can be moved there, or to himself
INTERNAL_CALL: Final = "internal_call"  # interaction_id: a call between colleagues has no customer to move
CONSULT_RUNNING: Final = "consult_running"  # interaction_id: one is asked already
NO_CONSULT: Final = "no_consult"  # interaction_id: nobody is asked
CONSULT_UNANSWERED: Final = "consult_unanswered"  # interaction_id: the one who is asked has not answered yet
NO_CONFERENCE: Final = "no_conference"  # interaction_id: nobody else is there to talk on
AGENT_LEAVING: Final = "agent_leaving"  # agent_id: the agent was removed and only finishes what he has
NO_NEXT_TIER: Final = "no_next_tier"  # queue_id: no tier above this queue's is set up
NUMBER_UNKNOWN: Final = "number_unknown"  # interaction_id: nobody can be called back without a number
INVALID_DUE: Final = "invalid_due"  # due_at: a call is promised for a moment in the next 90 days
NO_CALLBACK: Final = "no_callback"  # interaction_id: it is no promised call, or it is being dialled

# --- configurations that cannot be: Refused
CIRCULAR_OVERFLOW: Final = "circular_overflow"  # queue_id, path: overflow would lead back to where it began
CIRCULAR_TIERS: Final = "circular_tiers"  # queue_id, path: the next tier leads back to where it began
WRONG_QUEUE: Final = "wrong_queue"  # queue_id: customers cannot be moved into the queue that is removed
AGENT_IN_TWO_PLANS: Final = "agent_in_two_plans"  # agent_id, plan_id: another plan has him already

INVALID_RESERVATION: Final = "invalid_reservation"  # reservation_id: needs a number, agents and a length
WRONG_CHANNEL: Final = "wrong_channel"  # interaction_id: the queue is for another channel
VOICE_ONLY: Final = "voice_only"  # interaction_id: only a call can be held, shared or asked about
CHANNEL_FIXED: Final = "channel_fixed"  # queue_id: a queue keeps the channel with which it was made

# --- limits: Refused
CONFERENCE_FULL: Final = "conference_full"  # interaction_id, maximum: as many talk as may
QUEUE_FULL: Final = "queue_full"  # queue_id, maximum: as many wait as the queue allows

# --- rights: Forbidden
PERMISSION_NEEDED: Final = "permission_needed"  # reason_id: a supervisor must permit this reason

CODES: Final = frozenset(
    value for name, value in list(globals().items()) if name.isupper() and isinstance(value, str)
)
