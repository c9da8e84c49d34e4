"""Ways out of a queue: after a wait, beyond a length, or when nobody is there. Reads state only.

A queue's rules are tried in their order; the first whose condition holds and that can be carried out counts.
An interaction that is with an agent (offered, connecting) never overflows: the rule is looked at again when
it is back in the line. Excess is never dropped: a full queue tries all its rules, and only one without a way
out refuses, so that the asker knows.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from otklik.acd.endings import WITH_FLOW, queue_again
from otklik.acd.events import (
    AcdEvent,
    CallbackOffered,
    InteractionOverflowed,
    InteractionQueued,
    OverflowDeferred,
)
from otklik.acd.lookups import wrong_phase
from otklik.acd.model import (
    Channel,
    OverflowRule,
    OverflowTo,
    OverflowWhen,
    Phase,
    QueueingCause,
    QueueRules,
)
from otklik.acd.state import Interaction, Queue, State
from otklik.vocabulary.ids import QueueId

RETRY: Final = timedelta(seconds=15)
"""After this a rule that could not be carried out is tried again."""


def find_circle(rules_by_queue: Mapping[QueueId, QueueRules], start: QueueId) -> tuple[QueueId, ...]:
    """The way by which overflow from `start` leads back to a queue that it left, () when none does."""
    return _circle(
        {
            queue_id: [rule.queue_id for rule in rules.overflow if rule.to is OverflowTo.QUEUE]
            for queue_id, rules in rules_by_queue.items()
        },
        start,
    )


def find_tier_circle(rules_by_queue: Mapping[QueueId, QueueRules], start: QueueId) -> tuple[QueueId, ...]:
    """The same for the next tiers."""
    ways = {queue_id: [rules.next_tier] for queue_id, rules in rules_by_queue.items() if rules.next_tier}
    return _circle(ways, start)


def _circle(ways: Mapping[QueueId, list[QueueId]], start: QueueId) -> tuple[QueueId, ...]:
    path: list[QueueId] = []
    done: set[QueueId] = set()

    def walk(queue_id: QueueId) -> tuple[QueueId, ...]:
        if queue_id in path:
            return (*path[path.index(queue_id) :], queue_id)
        if queue_id in done:
            return ()
        path.append(queue_id)
        for target in ways.get(queue_id, ()):
            found = walk(target)
            if found:
                return found
        path.pop()
        done.add(queue_id)
        return ()

    return walk(start)


# --- on entering a queue


def is_full(queue: Queue) -> bool:
    """Whether as many live customers wait as the queue allows; promised calls take no place."""
    return queue.waiting - queue.callbacks >= queue.rules.maximum_waiting


def rule_on_entry(state: State, interaction: Interaction, queue: Queue, at: datetime) -> OverflowRule | None:
    """The rule by which whoever enters this queue now leaves it at once; None lets him wait."""
    full = is_full(queue)
    for rule in queue.rules.overflow:
        if (full or _holds_on_entry(queue, rule, at)) and _can(state, interaction, queue, rule):
            return rule
    return None


def _holds_on_entry(queue: Queue, rule: OverflowRule, at: datetime) -> bool:
    match rule.when:
        case OverflowWhen.LENGTH:
            return queue.waiting - queue.callbacks >= rule.length
        case OverflowWhen.NOBODY:
            return queue.deserted_since is not None and at >= queue.deserted_since + rule.after
        case OverflowWhen.WAITED:
            return rule.after <= timedelta()


def _can(
    state: State,
    interaction: Interaction,
    queue: Queue,
    rule: OverflowRule,
    seen: frozenset[QueueId] = frozenset(),
) -> bool:
    """Whether a rule can be carried out now; seen: queues that were left on the way."""
    match rule.to:
        case OverflowTo.QUEUE:
            target = state.queues.get(rule.queue_id)
            if target is None or target.is_closing or target is queue or rule.queue_id in seen:
                return False
            if target.rules.channel is not queue.rules.channel:
                return False
            if not is_full(target):
                return True
            further = seen | {queue.rules.queue_id}
            return any(_can(state, interaction, target, other, further) for other in target.rules.overflow)
        case OverflowTo.CALLBACK:
            if interaction.channel is not Channel.VOICE:
                return False
            if interaction.is_callback_offered or not interaction.party_id:
                return False
            return _callback_queue(state, queue, rule) is not None
        case OverflowTo.MESSAGE | OverflowTo.NODE:
            return True


def _callback_queue(state: State, queue: Queue, rule: OverflowRule) -> Queue | None:
    """Where a call back would wait."""
    found = state.queues.get(rule.queue_id) if rule.queue_id else queue
    if found is None or found.is_closing or found.rules.channel is not Channel.VOICE:
        return None
    return found


def after_entry(
    state: State, interaction: Interaction, queued: InteractionQueued, at: datetime
) -> list[AcdEvent]:
    """What follows at once from entering a queue: nothing, or the way out of it (and of the next one ...)."""
    queue = state.queues[queued.queue_id]
    rule = rule_on_entry(state, interaction, queue, at)
    return [] if rule is None else _leave(state, interaction, queued, rule, at, is_full=is_full(queue))


# --- while waiting


def next_check(queue: Queue, interaction: Interaction) -> datetime | None:
    """When the rules are to be looked at for one who waits; None when none may ever hold."""
    if interaction.ties is not None and interaction.ties.caller_id:
        return None  # an agent asks for a colleague: no customer waits
    since = interaction.segment_at
    found: datetime | None = None
    for rule in queue.rules.overflow:
        if rule.to is OverflowTo.CALLBACK and (interaction.is_callback_offered or not interaction.party_id):
            continue
        moment = _holds_from(queue, rule, since)
        if moment is not None and (found is None or moment < found):
            found = moment
    return found


def _holds_from(queue: Queue, rule: OverflowRule, since: datetime | None) -> datetime | None:
    """From when on the condition of a rule holds for one who has stood here since then."""
    if since is None:
        return None
    match rule.when:
        case OverflowWhen.WAITED:
            return since + rule.after
        case OverflowWhen.NOBODY:
            return None if queue.deserted_since is None else max(since, queue.deserted_since + rule.after)
        case OverflowWhen.LENGTH:
            return None


def fall_due(state: State, interaction: Interaction, at: datetime) -> list[AcdEvent]:
    """A moment has come for one who waits: the first rule that holds and can be carried out, or a later
    try."""
    queue = state.queues[interaction.queue_id]
    held: OverflowRule | None = None
    for rule in queue.rules.overflow:
        moment = _holds_from(queue, rule, interaction.segment_at)
        if moment is None or moment > at:
            continue
        if _can(state, interaction, queue, rule):
            return _leave(state, interaction, _present(interaction), rule, at)
        if held is None and not (rule.to is OverflowTo.CALLBACK and interaction.is_callback_offered):
            held = rule
    return [
        OverflowDeferred(
            at=at,
            interaction_id=interaction.interaction_id,
            queue_id=interaction.queue_id,
            rule="" if held is None else held.name,
            until=at + RETRY,
        )
    ]


def _present(interaction: Interaction) -> InteractionQueued:
    """How it waits now, as the event that says so."""
    assert interaction.queued_at is not None
    assert interaction.segment_at is not None
    return InteractionQueued(
        at=interaction.segment_at,
        interaction_id=interaction.interaction_id,
        segment_id=interaction.segment_id,
        queue_id=interaction.queue_id,
        priority=interaction.priority,
        queued_at=interaction.queued_at,
        cause=QueueingCause.OFFER_ENDED,
        ahead=interaction.is_ahead,
        requirements=interaction.requirements,
    )


# --- by the customer's own choice


def leave_by_choice(interaction: Interaction, key: str, at: datetime) -> list[AcdEvent]:
    """He waits no longer. Only one who stands in the line himself can: a promised call has nobody who presses
    a key, and an agent who asks for a colleague is no customer."""
    asks = interaction.ties is not None and interaction.ties.caller_id
    if interaction.phase is not Phase.WAITING or interaction.callback is not None or asks:
        raise wrong_phase(interaction)
    assert interaction.segment_at is not None
    return [
        InteractionOverflowed(
            at=at,
            interaction_id=interaction.interaction_id,
            segment_id=interaction.segment_id,
            queue_id=interaction.queue_id,
            rule="",
            when=OverflowWhen.WAITED,
            to=OverflowTo.NODE,
            waited=at - interaction.segment_at,
            deadline=at + WITH_FLOW,
            chosen=key,
        )
    ]


# --- carrying it out


def _leave(
    state: State,
    interaction: Interaction,
    stands: InteractionQueued,
    rule: OverflowRule,
    at: datetime,
    *,
    is_full: bool = False,
) -> list[AcdEvent]:
    """Out of the queue where it stands. is_full: there is no room to wait while a call back is offered."""
    queue = state.queues[stands.queue_id]
    callback_queue = _callback_queue(state, queue, rule) if rule.to is OverflowTo.CALLBACK else None
    if callback_queue is not None and not is_full:
        offered = CallbackOffered(
            at=at,
            interaction_id=interaction.interaction_id,
            queue_id=callback_queue.rules.queue_id,
            rule=rule.name,
        )
        return [offered]
    overflowed = InteractionOverflowed(
        at=at,
        interaction_id=interaction.interaction_id,
        segment_id=stands.segment_id,
        queue_id=stands.queue_id,
        rule=rule.name,
        when=OverflowWhen.LENGTH if is_full else rule.when,
        to=rule.to,
        waited=at - stands.at,
        to_queue_id=rule.queue_id if callback_queue is None else callback_queue.rules.queue_id,
        goes_to=rule.target,
        deadline=None if rule.to is OverflowTo.QUEUE else at + WITH_FLOW,
    )
    if rule.to is not OverflowTo.QUEUE:
        return [overflowed]
    queued = queue_again(
        state,
        interaction,
        at,
        cause=QueueingCause.OVERFLOWED,
        queue=state.queues[rule.queue_id],
        is_ahead=stands.ahead and rule.keeps_wait,
        queued_at=stands.queued_at if rule.keeps_wait else at,
        priority=stands.priority,
        requirements=stands.requirements,
    )
    return [overflowed, queued, *after_entry(state, interaction, queued, at)]
