"""State -> next offer: a readable list of named rules. Reads state only; the engine asks until nothing
follows.

Which interaction (of those in the queues that an agent fits):
    preferred_agent     those who wait for this agent alone, unless others have a higher priority
    highest_priority    priority of the queue + its own, with ageing by waited time
    ahead               recovered and requeued ones before others of the same priority
    longest_waiting     by the moment from which the wait counts; between queues, times their weight
    queue_preference    but before all: queues that this agent prefers
    callbacks_share     where live customers and promised calls wait in one queue, whose turn it is
Which agent (for the interaction that was chosen):
    signed_in           is there at all
    eligible_by_skill   has every skill that is asked, at its minimum level or what suffices by now
    ready               chose to be
    device_reachable    a registered device can ring
    mode                does this kind of work now (inbound, outbound, both)
    has_capacity        no other assignment, and takes this channel
    rested              did not let an offer ring out a moment ago (where the queue gives a rest for it)
    cool_down           did not let this very interaction pass a moment ago, while others fit
    load_guard          has not had too much today, while others are free
    agent_preference    serves this queue before others, while such are free
    longest_idle        idle longest; or, by the queue's strategy (and then idle longest),
    most_skilled        the highest levels
    least_occupied      the smallest share of work lately
    fewest_handled_today    as it says
    round_robin         whose turn in this queue is longest ago

The indices of `state.py` answer most rules before they are asked: those who wait for the same kind of
agent stand in one lane, whose heap holds only those who fit, and the counts per rule are kept as agents
move. So a decision costs O(log n), and still knows its why.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from otklik.acd import capacity
from otklik.acd.events import (
    AgentGuarded,
    AgentGuardLifted,
    AssignmentResumed,
    AssignmentSuspended,
    OfferMade,
    PreferredAgentReleased,
)
from otklik.acd.guard import guard_cause
from otklik.acd.model import (
    Candidate,
    GuardEnd,
    OfferKind,
    PassedOver,
    QueueRules,
    ReleaseCause,
    SkillRequirement,
    Why,
)
from otklik.acd.requirements import meets
from otklik.acd.seats import seated
from otklik.acd.state import (
    BUSY,
    FREE,
    NOT_READY,
    RESERVED,
    RESTING,
    SIGNED_OUT,
    UNREACHABLE,
    Agent,
    IdleEntry,
    Interaction,
    Lane,
    Line,
    State,
    mode_allows,
)
from otklik.vocabulary.ids import AgentId, OfferId

PASSED_OVER_LIMIT: Final = 5
_LOOKED_AT: Final = 16
_SECOND_THOUGHTS: Final = 5
UNEXPLAINED: Final = Why()

RULE_OF_STANDING = {
    SIGNED_OUT: "signed_in",
    NOT_READY: "ready",
    UNREACHABLE: "device_reachable",
    BUSY: "has_capacity",
    RESTING: "rested",
    RESERVED: "reserved",
}
"""The rule that leaves out an agent of this standing."""


Word = AgentGuarded | AgentGuardLifted | PreferredAgentReleased | AssignmentSuspended | AssignmentResumed
"""What is said about an agent before anybody is offered to him."""


def next_event(state: State, at: datetime, *, is_explained: bool = True) -> OfferMade | Word | None:
    """What follows from the state by itself: first words about agents, then offers."""
    while state.torn_agents:
        agent_id, agent = next(iter(state.torn_agents.items()))
        torn = capacity.next_word(state, agent, at)
        if torn is not None:
            return torn
        del state.torn_agents[agent_id]
    while state.changed_agents:
        agent_id, agent = next(iter(state.changed_agents.items()))
        word = _next_word(state, agent, at)
        if word is not None:
            return word
        del state.changed_agents[agent_id]
    while state.fresh_own:
        agent_id, agent = next(iter(state.fresh_own.items()))
        if agent.own and agent.standing == FREE:
            return _offer_own(state, agent, agent.own, at, is_explained=is_explained)
        del state.fresh_own[agent_id]
    return next_offer(state, at, is_explained=is_explained)


def _next_word(state: State, agent: Agent, at: datetime) -> Word | None:
    cause = guard_cause(state.site, agent)
    if cause is not None and agent.guard is None:
        return AgentGuarded(
            at=at, agent_id=agent.agent_id, cause=cause, handled=agent.handled, streak=agent.streak
        )
    if cause is None and agent.guard is not None:
        return AgentGuardLifted(at=at, agent_id=agent.agent_id, cause=GuardEnd.RULES_CHANGED)
    for place in agent.own or ():
        interaction = state.interactions[place[4]]
        lane = interaction.lane
        assert lane is not None
        reason = cause_of_release(lane.queue.rules, agent, lane.requirements, lane.kind)
        if reason is not None:
            return PreferredAgentReleased(
                at=at,
                interaction_id=interaction.interaction_id,
                queue_id=interaction.queue_id,
                agent_id=agent.agent_id,
                cause=reason,
            )
    return None


def cause_of_release(
    rules: QueueRules,
    agent: Agent | None,
    asked: Iterable[SkillRequirement],
    kind: OfferKind = OfferKind.LIVE,
) -> ReleaseCause | None:
    """Why nobody should wait for this agent alone, if so. Busy or without a device for a moment is no
    cause: that is what the waiting is for. A promised call can wait for a pause, too."""
    if agent is None:
        return ReleaseCause.UNKNOWN_AGENT
    if agent.standing == SIGNED_OUT or agent.intent == "signed_out":
        return ReleaseCause.SIGNED_OUT
    is_pausing = agent.standing == NOT_READY or agent.intent == "not_ready"
    if is_pausing and kind is OfferKind.LIVE and not rules.preferred_waits_for_pause:
        return ReleaseCause.NOT_READY
    if not mode_allows(agent.mode, rules.kind, kind):
        return ReleaseCause.MODE
    return None if meets(agent.profile, asked) else ReleaseCause.ELIGIBLE_BY_SKILL


def _offer_own(state: State, agent: Agent, own: Line, at: datetime, *, is_explained: bool) -> OfferMade:
    """A free agent gets who waits for him alone, unless somebody else has a higher priority."""
    interaction = _first_of_own(state, own, at)
    lane = interaction.lane
    assert lane is not None
    assert interaction.place is not None
    other = best_lane(agent, at)
    if other is not None:
        mine = lane.queue.priority_at(interaction.place, at)
        if other.queue.priority_at(other.line.first(), at) > mine:
            return make_offer(state, other, at, meant=agent, is_explained=is_explained)
    why = UNEXPLAINED
    if is_explained:
        counts = rules_left_out(state, lane)
        others = lane.tally[FREE] - 1
        why = Why(
            rules=("preferred_agent", interaction.preferred_cause, *counts),
            counts={**counts, "preferred_agent": others} if others > 0 else counts,
            step=interaction.step,
            boosts=interaction.boosts,
        )
    return _offer(state, lane.queue.rules, interaction, agent, at, why)


def _first_of_own(state: State, own: Line, at: datetime) -> Interaction:
    """Who waits for one agent alone may stand in several queues, and places of queues that age differently
    can be compared at a moment only. O(m), m wait for him."""
    if len(own) == 1:
        return state.interactions[own.first()[4]]

    def order(interaction: Interaction) -> tuple[float, bool, datetime, int]:
        lane, place = interaction.lane, interaction.place
        assert lane is not None
        assert place is not None
        return (-lane.queue.priority_at(place, at), *place[1:4])

    return min((state.interactions[place[4]] for place in own), key=order)


def next_offer(state: State, at: datetime, *, is_explained: bool = True) -> OfferMade | None:
    """The next pair that fits, or None when nobody waits whom a free agent could take.

    Looks only at lanes where someone began to wait and at agents who became free since it last found
    nothing: between others nothing can have changed. Amortized O(k + log n), k = lanes of one agent.
    """
    while state.fresh_lanes:
        lane = next(iter(state.fresh_lanes))
        agent = lane.next_idle() if lane.waiting else None
        if agent is None:
            del state.fresh_lanes[lane]
            continue
        if len(state.fresh_lanes) > 1 or state.fresh_agents or state.fresh_seats:
            # Several things changed at once: the agent may be wanted more elsewhere.
            lane = best_lane(agent, at) or lane
        elif not (interaction := state.interactions[lane.line.first()[4]]).missed:
            # The usual case, where `make_offer` would come to the same.
            why = _why(state, lane, interaction, agent, [], False, at) if is_explained else UNEXPLAINED
            return _offer(state, lane.queue.rules, interaction, agent, at, why)
        return make_offer(state, lane, at, meant=agent, is_explained=is_explained)
    while state.fresh_agents:
        agent_id, agent = next(iter(state.fresh_agents.items()))
        chosen = best_lane(agent, at) if agent.standing == FREE else None
        if chosen is not None:
            return make_offer(state, chosen, at, meant=agent, is_explained=is_explained)
        del state.fresh_agents[agent_id]
    while state.fresh_seats:
        seat = next(iter(state.fresh_seats))
        chosen = best_lane(seat, at) if seat.standing == FREE else None
        if chosen is not None:
            return make_offer(state, chosen, at, meant=seat, is_explained=is_explained)
        del state.fresh_seats[seat]
    return None


def best_lane(agent: Agent, at: datetime) -> Lane | None:
    """The lane whose first interaction this agent should take: queue_preference, highest_priority, ahead,
    longest_waiting. O(k)."""
    best: Lane | None = None
    best_key: LaneOrder | None = None
    for lane in agent.lanes:
        if not lane.waiting or (lane.queue.is_contested and not _has_turn(lane, agent)):
            continue
        if best is None:
            best = lane
            continue
        if best_key is None:
            best_key = _order_of(best, agent, at)
        key = _order_of(lane, agent, at)
        if key < best_key:
            best, best_key = lane, key
    return best


LaneOrder = tuple[int, float, bool, timedelta, int]
"""Preference, minus priority, not ahead, minus the weighed wait, segment id."""


def _order_of(lane: Lane, agent: Agent, at: datetime) -> LaneOrder:
    """The order in which an agent takes the first of several lanes."""
    queue, place = lane.queue, lane.line.first()
    rules = queue.rules
    wait = place[2] - at
    if rules.weight != 1:
        wait *= rules.weight
    return (agent.preference(rules.queue_id), -queue.priority_at(place, at), place[1], wait, place[3])


def _has_turn(lane: Lane, agent: Agent) -> bool:
    """Where live customers and callbacks wait in one queue, its share says who is next (callbacks_share);
    an agent who can take only the others takes those."""
    wanted = OfferKind.CALLBACK if lane.queue.is_callbacks_turn else OfferKind.LIVE
    if lane.kind is wanted:
        return True
    return not any(
        other.waiting and other.kind is wanted and other.queue is lane.queue for other in agent.lanes
    )


_RULES_OF_ORDER = ("queue_preference", "highest_priority", "ahead", "queue_weight", "longest_waiting")


def _rule_between_queues(lane: Lane, agent: Agent, at: datetime) -> str:
    """Which rule put the first of this lane before the firsts of the agent's other queues; empty when nobody
    waits there. O(k)."""
    others = [one for one in agent.lanes if one.waiting and one.queue is not lane.queue]
    if not others:
        return ""
    mine = _order_of(lane, agent, at)
    nearest = min(_order_of(one, agent, at) for one in others)
    for place, rule in enumerate(_RULES_OF_ORDER):
        if mine[place] != nearest[place]:
            is_weighed = any(one.queue.rules.weight != lane.queue.rules.weight for one in others)
            return "longest_waiting" if rule == "queue_weight" and not is_weighed else rule
    return ""


def make_offer(state: State, lane: Lane, at: datetime, *, meant: Agent, is_explained: bool) -> OfferMade:
    """Offer the first of the lane to the agent whom its queue's rules name; at least one fits.

    meant: for whom this lane is the best. When the lane's rules name another one (he is idle for longer, the
    first is cooling down), then that one's best lane counts.
    """
    interaction = state.interactions[lane.line.first()[4]]
    agent, aside, is_waived = _choose_agent(state, lane, interaction, at)
    for _ in range(_SECOND_THOUGHTS):
        if agent is meant:
            break
        meant, other = agent, best_lane(agent, at)
        if other is None or other is lane:
            break
        lane = other
        interaction = state.interactions[lane.line.first()[4]]
        agent, aside, is_waived = _choose_agent(state, lane, interaction, at)
    why = _why(state, lane, interaction, agent, aside, is_waived, at) if is_explained else UNEXPLAINED
    return _offer(state, lane.queue.rules, interaction, agent, at, why)


def _offer(
    state: State, rules: QueueRules, interaction: Interaction, agent: Agent, at: datetime, why: Why
) -> OfferMade:
    return OfferMade(
        at=at,
        offer_id=OfferId(state.minter.mint(at)),
        interaction_id=interaction.interaction_id,
        segment_id=interaction.segment_id,
        queue_id=rules.queue_id,
        agent_id=agent.agent_id,
        expires_at=at + _ring_time(rules, agent),
        why=why,
        kind=OfferKind.LIVE if interaction.callback is None else OfferKind.CALLBACK,
    )


def _ring_time(rules: QueueRules, agent: Agent) -> timedelta:
    """How long it rings: the queue's time, or the agent's own when that is shorter."""
    own = agent.profile.ring_timeout
    return rules.ring_timeout if own is None or own > rules.ring_timeout else own


def _choose_agent(
    state: State, lane: Lane, interaction: Interaction, at: datetime
) -> tuple[Agent, list[Agent], bool]:
    """The agent, those whom cool_down passed over, and whether cool_down was waived because nobody else
    fits."""
    if not interaction.missed:
        agent = lane.next_idle()
        assert agent is not None
        return agent, [], False
    aside: list[IdleEntry] = []
    agent = lane.next_idle()
    while agent is not None and is_cooling_down(state, interaction, agent.agent_id, at):
        aside.append(lane.set_aside())
        agent = lane.next_idle()
    for entry in aside:
        lane.put_back(entry)
    if agent is None:
        return aside[0][3], [], True
    return agent, [entry[3] for entry in aside], False


def is_cooling_down(state: State, interaction: Interaction, agent_id: AgentId, at: datetime) -> bool:
    """Whether the agent let this interaction pass a moment ago."""
    missed_at = interaction.missed.get(agent_id)
    return missed_at is not None and at - missed_at < state.site.cool_down


def rules_left_out(state: State, lane: Lane) -> dict[str, int]:
    """How many agents each rule leaves out of a lane, in the order of the rules; those that leave out
    nobody are not named. O(1)."""
    tally = lane.tally
    counts = {
        "signed_in": len(state.agents) - state.signed_in,
        "eligible_by_skill": state.signed_in - (lane.fitting - tally[SIGNED_OUT]) - lane.barred,
        "mode": lane.barred,
        "ready": tally[NOT_READY],
        "device_reachable": tally[UNREACHABLE],
        "has_capacity": tally[BUSY],
        "rested": tally[RESTING],
        "reserved": tally[RESERVED],
    }
    return {rule: count for rule, count in counts.items() if count}


def _why(
    state: State,
    lane: Lane,
    interaction: Interaction,
    agent: Agent,
    aside: list[Agent],
    is_waived: bool,
    at: datetime,
) -> Why:
    counts = rules_left_out(state, lane)
    step = lane.key[0]
    rules = ["callbacks_share"] if lane.queue.is_contested else []
    rules.append(_rule_of_line(lane))
    between = _rule_between_queues(lane, agent, at)
    if between and between not in rules:
        rules.append(between)
    if step:
        rules.append("requirements_relaxed")
    rules += counts
    if aside:
        counts["cool_down"] = len(aside)
        rules.append("cool_down")
    elif is_waived:
        rules.append("cool_down_waived")
    if agent.guard is not None:
        rules.append("load_guard_waived")
    others = lane.tally[FREE] - len(aside) - 1
    if others > 0:
        strategy = lane.queue.rules.strategy
        counts[strategy] = others
        rules.append(strategy)
    else:
        rules.append("only_ready")
    passed_over = [
        PassedOver(agent_id=other.agent_id, rule="cool_down") for other in aside[:PASSED_OVER_LIMIT]
    ]
    if state.unreachable and len(passed_over) < PASSED_OVER_LIMIT:
        passed_over.extend(
            islice(_unreachable_before(state, lane, agent), PASSED_OVER_LIMIT - len(passed_over))
        )
    if state.guarded and len(passed_over) < PASSED_OVER_LIMIT:
        passed_over.extend(islice(_guarded_before(state, lane, agent), PASSED_OVER_LIMIT - len(passed_over)))
    return Why(
        rules=tuple(rules),
        passed_over=tuple(passed_over),
        counts=counts,
        step=step,
        boosts=interaction.boosts,
    )


def _rule_of_line(lane: Lane) -> str:
    """Which rule put the first before the second."""
    second = lane.line.second()
    if second is None:
        return "only_waiting"
    first = lane.line.first()
    if first[0] != second[0]:
        return "highest_priority"
    return "ahead" if first[1] != second[1] else "longest_waiting"


def _unreachable_before(state: State, lane: Lane, agent: Agent) -> Iterator[PassedOver]:
    """Those who would have been before the chosen one, had their device been there. Looks at a few only:
    when a whole floor loses its devices, one name is as good as another."""
    chosen = (agent.ranks[lane], agent.idle_since, agent.agent_id)
    for other in islice(state.unreachable.values(), _LOOKED_AT):
        rank = other.ranks.get(lane)
        if rank is not None and (rank, other.idle_since, other.agent_id) < chosen:
            yield PassedOver(agent_id=other.agent_id, rule="device_reachable")


def _guarded_before(state: State, lane: Lane, agent: Agent) -> Iterator[PassedOver]:
    """Free agents who have been idle longer than the chosen one and come after him, because they have had
    enough for now. Looks at a few only."""
    if agent.guard is not None:
        return
    for other in islice(state.guarded.values(), _LOOKED_AT):
        if other.standing == FREE and lane in other.ranks and other.idle_since < agent.idle_since:
            yield PassedOver(agent_id=other.agent_id, rule="load_guard")


def candidates(state: State, lane: Lane, interaction: Interaction, at: datetime) -> list[Candidate]:
    """Every agent as seen from one interaction of a lane: those who fit in order, then the others.
    O(n log n), on request."""
    fitting: list[tuple[float, datetime, Agent]] = []
    others: list[Candidate] = []
    for main in state.agents.values():
        agent = seated(main, lane) or main
        rank = lane.rank_of(agent) if lane.fits(agent.profile) else None
        if rank is not None and agent.standing == FREE and lane.is_for(agent):
            fitting.append((rank, agent.idle_since, agent))
        else:
            rule = _first_rule_against(lane, agent, rank)
            others.append(Candidate(agent_id=agent.agent_id, rule=rule, level=_level(lane, agent)))
    fitting.sort(key=lambda entry: (entry[0], entry[1], entry[2].agent_id))
    warm = [entry for entry in fitting if not is_cooling_down(state, interaction, entry[2].agent_id, at)]
    cooling = [entry for entry in fitting if is_cooling_down(state, interaction, entry[2].agent_id, at)]
    found = [
        Candidate(
            agent_id=agent.agent_id,
            rule="cool_down" if index > len(warm) > 0 else "",
            place=index,
            level=_level(lane, agent),
            idle_since=idle_since,
        )
        for index, (_, idle_since, agent) in enumerate([*warm, *cooling], start=1)
    ]
    others.sort(key=lambda candidate: (_RULE_ORDER.index(candidate.rule), candidate.agent_id))
    return found + others


_RULE_ORDER = (
    "rested",
    "reserved",
    "has_capacity",
    "device_reachable",
    "ready",
    "mode",
    "eligible_by_skill",
    "signed_in",
)
"""The nearer to being chosen, the earlier in the list."""


def _first_rule_against(lane: Lane, agent: Agent, rank: float | None) -> str:
    if agent.standing == SIGNED_OUT:
        return RULE_OF_STANDING[SIGNED_OUT]
    if rank is not None and not lane.is_for(agent):
        return "mode"
    return "eligible_by_skill" if rank is None else RULE_OF_STANDING[agent.standing]


def _level(lane: Lane, agent: Agent) -> int:
    """The lowest level that the agent has in the skills that are asked."""
    return min((agent.profile.skills.get(skill_id, 0) for skill_id in lane.asked), default=0)
