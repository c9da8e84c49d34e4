"""What must always hold. The cheap ones look at what an event touched and are on in production; the full
sweep looks at everything and runs in tests, in the twin and in audits. A violation is a bug:
AssertionError, stop, restore.

Numbers in brackets are those of `CATALOGUE`, at the end: which promise each assertion keeps, and after which
incidents elsewhere it is made.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from otklik.acd.apply import standing_of
from otklik.acd.capacity import INTERRUPTIBLE, assignment_for, standing_of_seat
from otklik.acd.deadlines import is_parked, relaxes_at
from otklik.acd.events import AcdEvent
from otklik.acd.guard import guard_cause
from otklik.acd.model import AssignmentPhase, Availability, Channel, LoadLevel, Phase, Role
from otklik.acd.requirements import effective
from otklik.acd.seats import seated
from otklik.acd.state import (
    BASE_LANE,
    BUSY,
    FREE,
    NO_QUEUE,
    SIGNED_OUT,
    STANDINGS,
    UNREACHABLE,
    WHOLE_TURN,
    Agent,
    Interaction,
    Lane,
    Queue,
    State,
    lane_key,
)
from otklik.acd.ties import Ties
from otklik.acd.timetable import Kind
from otklik.vocabulary.ids import AgentId, InteractionId

WITH_AGENT = {
    Phase.OFFERED: AssignmentPhase.OFFERED,
    Phase.CONNECTING: AssignmentPhase.CONNECTING,
    Phase.DIALING: AssignmentPhase.CONNECTING,
    Phase.CONNECTED: AssignmentPhase.CONNECTED,
    Phase.HELD: AssignmentPhase.HELD,
    Phase.RECONNECTING: AssignmentPhase.RECONNECTING,
}
"""Phases in which exactly one agent has the interaction, and what his assignment says then."""

TIMED = frozenset(
    {
        Phase.ARRIVING,
        Phase.IN_FLOW,
        Phase.SCHEDULED,
        Phase.OFFERED,
        Phase.CONNECTING,
        Phase.DIALING,
        Phase.RECONNECTING,
        Phase.OUTSIDE,
    }
)
"""Phases that end by themselves. The others end by people: the customer hangs up, the agent finishes."""


OF_CALLBACKS = frozenset({Phase.SCHEDULED, Phase.WAITING, Phase.OFFERED, Phase.CONNECTING, Phase.DIALING})
"""Where a promised call may stand: from the promise until the customer is reached."""


def check_touched(state: State, events: Iterable[AcdEvent]) -> None:
    """The cheap invariants for everything that these events name. O(events)."""
    for event in events:
        interaction_id: InteractionId | None = getattr(event, "interaction_id", None)
        if interaction_id:
            interaction = state.interactions.get(interaction_id)
            if interaction is not None:
                _check_interaction(state, interaction)
        agent_id: AgentId | None = getattr(event, "agent_id", None)
        if agent_id:
            agent = state.agents.get(agent_id)
            if agent is not None:
                _check_agent(state, agent)


def check(state: State) -> None:
    """Everything, from scratch. O(n log n)."""
    for interaction in state.interactions.values():
        _check_interaction(state, interaction)
    for agent in state.agents.values():
        _check_agent(state, agent)
    for queue in state.queues.values():
        _check_queue(state, queue)
    _check_offers(state)
    _check_deadlines(state)
    _check_counts(state)
    _check_plans(state)
    _check_nobody_waits_in_vain(state)


def _check_interaction(state: State, interaction: Interaction) -> None:
    phase = interaction.phase
    name = f"interaction {interaction.interaction_id} in {phase}"
    assert phase is not Phase.ENDED, f"{name}: ended ones are forgotten"
    assert (interaction.deadline is not None) == (phase in TIMED), (
        f"{name}: deadline {interaction.deadline} [I5]"
    )
    queue = state.queues.get(interaction.queue_id)
    assert queue is None or queue.rules.channel is interaction.channel, f"{name}: its queue is for another"
    if interaction.ties is not None:
        _check_ties(state, interaction, interaction.ties)
    expected = None if _is_unowned(interaction) else WITH_AGENT.get(phase)
    if expected is None:
        assert not interaction.agent_id, f"{name}: owned by agent {interaction.agent_id} [I1]"
        assert not interaction.offer_id, f"{name}: offer {interaction.offer_id} has not ended [I4]"
    else:
        agent = state.agents.get(interaction.agent_id)
        assert agent is not None, f"{name}: agent {interaction.agent_id} is unknown [I7]"
        assignment = assignment_for(agent, interaction.interaction_id)
        assert assignment is not None, f"{name}: agent {interaction.agent_id} does not know of it [I3]"
        assert assignment.interaction_id == interaction.interaction_id, f"{name}: agent has another one [I1]"
        waits = interaction.channel in INTERRUPTIBLE and assignment.phase is AssignmentPhase.SUSPENDED
        assert assignment.phase is expected or waits, f"{name}: agent is {assignment.phase} [I3]"
        assert assignment.segment_id == interaction.segment_id, f"{name}: segments differ [I22]"
        assert assignment.deadline == interaction.deadline, f"{name}: deadlines differ"
    assert (interaction.place is not None) == (interaction.lane is not None), f"{name}: half in line"
    assert (interaction.place is not None) == (phase is Phase.WAITING), (
        f"{name}: place {interaction.place} [I11]"
    )
    assert interaction.waits_until is None or phase is Phase.WAITING, f"{name}: a rule looks at it [I12]"
    if interaction.callback is not None:
        assert phase in OF_CALLBACKS, f"{name}: a promised call cannot be there [I17]"
    if phase is Phase.SCHEDULED:
        assert interaction.callback is not None, f"{name}: scheduled, and nobody promised [I17]"
        assert interaction.queue_id in state.queues, f"{name}: belongs to no queue [I29]"
    is_named = phase is Phase.OFFERED and interaction.ties is not None
    if phase is Phase.WAITING or phase is Phase.SCHEDULED or (phase is Phase.OFFERED and not is_named):
        closing = interaction.queue_id in state.closing
        assert not closing, f"{name}: its queue is closing [I29]"
    if phase is Phase.WAITING or phase is Phase.OFFERED:
        by_name = phase is Phase.OFFERED and not interaction.queue_id and interaction.ties is not None
        assert by_name or interaction.queue_id in state.queues, f"{name}: stands in no queue [I29]"
        assert interaction.segment_id, f"{name}: has no segment"
        assert interaction.queued_at is not None, f"{name}: has no wait"
        assert interaction.queued_at <= interaction.since, f"{name}: queued in the future"


def _is_unowned(interaction: Interaction) -> bool:
    """Nobody owns a consultation with a party outside, nor a customer for whom one is called."""
    ties = interaction.ties
    if ties is None:
        return False
    return ties.is_outside or (interaction.phase is Phase.DIALING and ties.transfer is not None)


def _check_ties(state: State, interaction: Interaction, ties: Ties) -> None:
    """What is tied knows of each other, and every step of a saga has someone who ends it [I17]."""
    name = f"interaction {interaction.interaction_id} in {interaction.phase}"
    assert not ties.is_empty, f"{name}: tied to nobody"
    if ties.transfer is not None:
        assert interaction.phase in (Phase.OFFERED, Phase.CONNECTING, Phase.DIALING), (
            f"{name}: a transfer is under way"
        )
    if ties.consult_id:
        consult = state.interactions.get(ties.consult_id)
        assert consult is not None, f"{name}: its consultation is over"
        assert consult.ties is not None
        assert consult.ties.consult_of == interaction.interaction_id, f"{name}: not its consultation"
        assert consult.ties.caller_id == interaction.agent_id, f"{name}: another agent asks"
        is_answered = consult.phase in (Phase.CONNECTED, Phase.HELD)
        talking = {Phase.CONNECTED, Phase.HELD} | ({Phase.RECONNECTING} if is_answered else set())
        assert interaction.phase in talking, f"{name}: consults, and does not talk"
        both = interaction.phase is Phase.CONNECTED and consult.phase is Phase.CONNECTED
        assert not both, f"{name}: its agent talks with two"
    if ties.consult_of:
        asked_about = state.interactions.get(ties.consult_of)
        assert asked_about is not None, f"{name}: consults about one that is over"
        assert asked_about.ties is not None
        assert asked_about.ties.consult_id == interaction.interaction_id, f"{name}: not known to its customer"
        assert ties.deadline is not None, f"{name}: a consultation without deadline [I5]"
    outsiders = ties.outsiders()
    if interaction.phase is Phase.OUTSIDE:
        assert outsiders, f"{name}: with nobody"
        assert not ties.agents(), f"{name}: a colleague takes part, and nobody owns it [I1]"
    for participant in ties.agents():
        agent = state.agents.get(participant.agent_id)
        assert agent is not None, f"{name}: participant {participant.agent_id} is unknown [I7]"
        assert agent.agent_id != interaction.agent_id, f"{name}: its owner takes part twice [I1]"
        assignment = agent.assignment
        assert assignment is not None, f"{name}: participant {agent.agent_id} does not know of it [I3]"
        assert assignment.interaction_id == interaction.interaction_id, f"{name}: participant has another"
        assert (assignment.phase, assignment.role) == (participant.phase, participant.role), (
            f"{name}: participant is {assignment.phase} [I3]"
        )


def _check_agent(state: State, agent: Agent) -> None:
    name = f"agent {agent.agent_id} ({agent.availability})"
    assert agent.resting_until is None or (
        agent.availability is Availability.READY and agent.assignment is None
    ), f"{name}: rests [I13]"
    assert agent.standing == standing_of(agent), (
        f"{name}: standing {agent.standing} is not {standing_of(agent)}"
    )
    _check_others(state, agent, name)
    assignment = agent.assignment
    if agent.is_leaving:
        assert agent.intent == "signed_out", f"{name}: removed, and would stay [I14]"
        assert state.leaving.get(agent.agent_id) is agent, f"{name}: nobody sees to his removal [I5]"
    if assignment is None:
        assert not agent.intent, f"{name}: intent {agent.intent} without assignment [I14]"
        return
    assert agent.availability is not Availability.SIGNED_OUT, f"{name}: signed out, with an assignment [I7]"
    if assignment.phase is AssignmentPhase.WRAP_UP:
        assert assignment.deadline is not None, f"{name}: wrap-up without deadline [I5]"
        assert assignment.wrap_up_at is not None, f"{name}: wrap-up without beginning"
        return
    interaction = state.interactions.get(assignment.interaction_id)
    assert interaction is not None, f"{name}: busy with an interaction that is over [I7]"
    if assignment.role is Role.OWNER:
        assert interaction.agent_id == agent.agent_id, f"{name}: busy with another agent's interaction [I1]"
        return
    part = interaction.ties.of_agent(agent.agent_id) if interaction.ties is not None else None
    assert part is not None, f"{name}: busy with an interaction in which he has no part [I1]"


def _check_others(state: State, agent: Agent, name: str) -> None:
    """What he has beside calls is his, and together no more than the whole of him [I2]."""
    if agent.reservation is not None:
        assert agent.availability is Availability.READY, f"{name}: reserved [I13]"
        assert agent.assignment is None, f"{name}: reserved, and has a call [I2]"
    for channel, seat in agent.seats.items():
        assert seat.standing == standing_of_seat(state.site, agent, channel), f"{name}: seat of {channel}"
        assert seat.profile is agent.profile
    if not agent.others:
        return
    assert agent.availability is not Availability.SIGNED_OUT, f"{name}: signed out, with others [I7]"
    for interaction_id, other in agent.others.items():
        interaction = state.interactions.get(interaction_id)
        assert interaction is not None, f"{name}: busy with one that is over [I7]"
        assert interaction.agent_id == agent.agent_id, f"{name}: busy with another agent's [I1]"
        assert interaction.channel is other.channel is not Channel.VOICE, f"{name}: a call beside the call"


def _check_queue(state: State, queue: Queue) -> None:
    queue_id = queue.rules.queue_id
    name = f"queue {queue_id}"
    assert state.queues[queue_id] is queue
    places = list(queue.line)
    assert places == sorted(places), f"{name}: line out of order [I11]"
    assert len(places) == queue.waiting == len(queue.line), f"{name}: counts of waiting differ [I20]"
    for place in places:
        interaction = state.interactions.get(place[4])
        assert interaction is not None, f"{name}: {place[4]} waits and is over [I6]"
        assert interaction.place == place, f"{name}: {place[4]} stands twice [I32]"
        assert interaction.queue_id == queue_id, f"{name}: {place[4]} stands in another queue"
    population = sum(1 for one in state.interactions.values() if one.queue_id == queue_id)
    assert population == queue.population, f"{name}: population {queue.population}, found {population} [I20]"
    if queue.base.line is queue.line:
        assert queue.waiting == queue.base.waiting, f"{name}: one line, and not all wait in the base lane"
    assert queue.lanes[BASE_LANE] is queue.base
    parked = sum(1 for place in places if state.interactions[place[4]].preferred_agent_id)
    in_lanes = sum(lane.waiting for lane in queue.lanes.values())
    assert in_lanes + parked == queue.waiting, f"{name}: {queue.waiting} wait, {in_lanes} in lanes [I20]"
    assert parked == sum(lane.parked for lane in queue.lanes.values())
    for lane in queue.lanes.values():
        _check_lane(state, lane)
    promised = sum(1 for place in places if state.interactions[place[4]].callback is not None)
    assert promised == queue.callbacks, f"{name}: {queue.callbacks} callbacks, found {promised} [I20]"
    assert queue.lanes.get(queue.widest.key) is queue.widest
    assert (queue.deserted_since is None) == bool(queue.present), (
        f"{name}: {queue.present} present, deserted since {queue.deserted_since}"
    )
    assert -WHOLE_TURN <= queue.callback_credit <= WHOLE_TURN
    assert (queue_id in state.closing) == queue.is_closing
    assert not queue.is_closing or queue.population, f"{name}: closed, empty and still there [I5]"


def _check_lane(state: State, lane: Lane) -> None:
    """Who waits in a lane asks for what the lane asks; its agents are those who fit, each listed once."""
    queue = lane.queue
    name = f"queue {queue.rules.queue_id} lane {lane.key}"
    assert queue.lanes[lane.key] is lane
    waiting = [one for one in state.interactions.values() if one.lane is lane and not is_parked(one)]
    assert sorted(one.place for one in waiting if one.place is not None) == list(lane.line), (
        f"{name}: its line is not that of those who wait [I11]"
    )
    assert lane.waiting == len(waiting), f"{name}: {lane.waiting} wait, found {len(waiting)} [I20]"
    assert all(lane_key(one) == lane.key for one in waiting), f"{name}: wrong lane [I11]"
    assert lane.requirements == effective(queue.rules, lane.key[1], lane.key[0])
    is_wanted = any(one.lane is lane for one in state.interactions.values())
    is_spare = lane is not queue.base and not is_wanted and bool(lane.key[1])
    assert (lane in state.spare_lanes) == is_spare, f"{name}: spare {not is_spare}"
    tally = [0] * STANDINGS
    fitting = barred = 0
    listed = [entry[3] for entry in lane.idle if not lane.is_moving or entry[3].entries.get(lane) is entry]
    assert len(listed) == len({id(agent) for agent in listed}), (
        f"{name}: an agent stands twice among the idle"
    )
    for main in state.agents.values():
        has_skills = lane.fits(main.profile)
        agent = seated(main, lane) or main
        fits = has_skills and lane.is_for(agent)
        assert (lane in agent.barred) == (has_skills and not fits), (
            f"{name}: agent {agent.agent_id} barred: {has_skills and not fits}"
        )
        barred += has_skills and not fits and agent.standing != SIGNED_OUT
        assert fits == (lane in agent.lanes) == (lane in agent.ranks), (
            f"{name}: agent {agent.agent_id} fits: {fits}"
        )
        assert lane.is_moving or (agent in listed) != (lane in agent.unlisted) or not fits, (
            f"{name}: agent {agent.agent_id} is lost"
        )
        assert (lane in agent.moving) == (fits and lane.is_moving)
        if fits:
            if agent.standing == FREE or not lane.is_moving:
                assert agent.ranks[lane] == lane.rank_of(agent), f"{name}: agent {agent.agent_id} ranks else"
            assert agent.standing != FREE or agent in listed, (
                f"{name}: agent {agent.agent_id} is free, not listed"
            )
            tally[agent.standing] += 1
            fitting += 1
    if state.is_brief:  # it keeps the sum of those two only
        tally[BUSY] += tally[FREE] - lane.tally[FREE]
        tally[FREE] = lane.tally[FREE]
    assert tally == lane.tally, f"{name}: tally {lane.tally}, found {tally} [I20]"
    assert fitting == lane.fitting
    assert barred == lane.barred, f"{name}: barred {lane.barred}, found {barred} [I20]"


def _check_offers(state: State) -> None:
    owned: dict[AgentId, InteractionId] = {}
    for interaction in state.interactions.values():
        if interaction.agent_id and interaction.channel is Channel.VOICE:
            assert interaction.agent_id not in owned, (
                f"agent {interaction.agent_id} has two interactions [I2]"
            )
            owned[interaction.agent_id] = interaction.interaction_id
    found = {one.offer_id: one.interaction_id for one in state.interactions.values() if one.offer_id}
    assert found == state.offers, "offers that nobody has [I4]"


def _check_deadlines(state: State) -> None:
    """Every moment that an owner waits for stands in the timetable."""
    known = set(state.deadlines)
    for interaction in state.interactions.values():
        if interaction.deadline is not None:
            assert (interaction.deadline, Kind.INTERACTION, interaction.interaction_id) in known, (
                f"interaction {interaction.interaction_id}: nobody watches its deadline [I4]"
            )
        until = interaction.preferred_until
        assert not is_parked(interaction) or (until, Kind.PREFERENCE, interaction.interaction_id) in known, (
            f"interaction {interaction.interaction_id}: nobody ends its wait for one agent [I5]"
        )
        if interaction.waits_until is not None:
            assert (interaction.waits_until, Kind.WAIT, interaction.interaction_id) in known, (
                f"interaction {interaction.interaction_id}: nobody looks at its wait [I5]"
            )
        moment = relaxes_at(interaction)
        assert moment is None or (moment, Kind.RELAXATION, interaction.interaction_id) in known, (
            f"interaction {interaction.interaction_id}: nobody relaxes what it asks [I5]"
        )
        consult_until = interaction.ties.deadline if interaction.ties is not None else None
        if consult_until is not None:
            assert (consult_until, Kind.CONSULT, interaction.interaction_id) in known, (
                f"interaction {interaction.interaction_id}: nobody watches the consultation [I17]"
            )
    for agent in state.agents.values():
        if agent.assignment is not None and agent.assignment.phase is AssignmentPhase.WRAP_UP:
            assert (agent.assignment.deadline, Kind.WRAP_UP, agent.agent_id) in known, (
                f"agent {agent.agent_id}: nobody watches his wrap-up [I5]"
            )
        if agent.reservation is not None:
            assert (agent.reservation.until, Kind.RESERVATION, agent.agent_id) in known, (
                f"agent {agent.agent_id}: nobody watches his reservation [I5]"
            )
        if agent.resting_until is not None:
            assert (agent.resting_until, Kind.REST, agent.agent_id) in known, (
                f"agent {agent.agent_id}: nobody ends his rest [I5]"
            )
        if agent.standing == UNREACHABLE:
            assert any(entry[1] is Kind.DEVICE and entry[2] == agent.agent_id for entry in known), (
                f"agent {agent.agent_id}: nobody watches his device [I16]"
            )


def _check_counts(state: State) -> None:
    signed_in = sum(1 for agent in state.agents.values() if agent.standing != SIGNED_OUT)
    assert signed_in == state.signed_in, f"signed in {state.signed_in}, found {signed_in} [I20]"
    unreachable = {agent.agent_id for agent in state.agents.values() if agent.standing == UNREACHABLE}
    assert unreachable == set(state.unreachable)
    for agent in state.agents.values():
        _check_own_line(state, agent)
    guarded = {agent.agent_id for agent in state.agents.values() if agent.guard is not None}
    assert guarded == set(state.guarded)
    if not state.changed_agents:
        for agent in state.agents.values():
            is_due = guard_cause(state.site, agent) is not None
            assert is_due == (agent.guard is not None), f"agent {agent.agent_id}: guard {agent.guard}"
    for interaction in state.interactions.values():
        assert interaction.queue_id == NO_QUEUE or interaction.queue_id in state.queues


def _check_own_line(state: State, agent: Agent) -> None:
    """Who waits for one agent alone waits for somebody who is there and may have it."""
    name = f"agent {agent.agent_id}"
    waiting = [one for one in state.interactions.values() if is_parked(one)]
    parked = [one for one in waiting if one.preferred_agent_id == agent.agent_id]
    assert sorted(one.place for one in parked if one.place is not None) == list(agent.own or ()), (
        f"{name}: his own line is not that of those who wait for him"
    )
    if not parked or state.changed_agents or state.fresh_own:
        return
    assert agent.standing not in (SIGNED_OUT, FREE), f"{name}: {len(parked)} wait for him in vain [I11]"


def _check_plans(state: State) -> None:
    """Modes follow the plans; each watched queue knows who watches it."""
    for plan_id, plan in state.plans.items():
        name = f"plan {plan_id}"
        for moment in (plan.turns_at, plan.calm_at):
            assert moment is None or (moment, Kind.PLAN, plan_id) in set(state.deadlines), (
                f"{name}: nobody watches its turn at {moment} [I5]"
            )
        assert (plan.calm_at is not None) == (plan.level is LoadLevel.EASING), f"{name}: {plan.level}"
        for agent_id in plan.rules.agent_ids:
            agent = state.agents.get(agent_id)
            assert agent is None or agent.mode_rule in ("plan", "load", "chosen"), (
                f"{name}: agent {agent_id} goes by {agent.mode_rule if agent else ''}"
            )
    for queue_id, queue in state.queues.items():
        watching = {
            plan_id
            for plan_id, plan in state.plans.items()
            if plan.rules.load is not None and queue_id in plan.rules.load.queue_ids
        }
        assert queue.plans == watching, f"queue {queue_id}: watched by {queue.plans}, not {watching}"


def _check_nobody_waits_in_vain(state: State) -> None:
    """No eligible free agent and waiting interaction coexist after a step [I11], and the free can be
    offered [I13, I16]."""
    seats = state.fresh_seats or state.torn_agents
    agents = state.fresh_agents or state.changed_agents or state.fresh_own
    assert state.is_stirred or not (state.fresh_lanes or agents or seats or state.fresh_plans), (
        "something has changed, and nobody will look [I11]"
    )
    if state.fresh_lanes or agents or seats:
        return  # a restored engine looks anew with its next step
    for queue in state.queues.values():
        for lane in queue.lanes.values():
            if lane.waiting:
                free = [agent.agent_id for agent in state.agents.values() if _could_take(state, agent, lane)]
                assert not free, (
                    f"queue {queue.rules.queue_id}: {lane.waiting} wait while agents {free} are free [I11]"
                )


def _could_take(state: State, main: Agent, lane: Lane) -> bool:
    if lane.queue.rules.channel is not Channel.VOICE:
        seat = seated(main, lane)
        return seat is not None and lane in seat.ranks and seat.standing == FREE
    agent = main
    return (
        agent.availability is Availability.READY
        and agent.assignment is None
        and agent.is_reachable
        and agent.profile.voice_capacity > 0
        and agent.resting_until is None
        and agent.reservation is None
        and all(other.channel in INTERRUPTIBLE for other in agent.others.values())
        and lane.fits(agent.profile)
        and lane.is_for(agent)
        and not agent.is_leaving
    )


def check_overdue(state: State, at: datetime) -> None:
    """After `advance(at)` nothing is left that should have happened [I5]."""
    for interaction in state.interactions.values():
        deadline = interaction.deadline
        assert deadline is None or deadline > at, (
            f"interaction {interaction.interaction_id}: {interaction.phase} is overdue since {deadline}"
        )
        consult_until = interaction.ties.deadline if interaction.ties is not None else None
        assert consult_until is None or consult_until > at, (
            f"consultation {interaction.interaction_id}: overdue since {consult_until}"
        )
        moment = interaction.waits_until
        assert moment is None or moment > at, (
            f"interaction {interaction.interaction_id}: a rule should have looked at it at {moment}"
        )
        moment = relaxes_at(interaction)
        assert moment is None or moment > at, (
            f"interaction {interaction.interaction_id}: should have been relaxed at {moment}"
        )
    for agent in state.agents.values():
        deadline = None if agent.assignment is None else agent.assignment.deadline
        assert deadline is None or deadline > at, f"agent {agent.agent_id}: overdue since {deadline}"
        rest = agent.resting_until
        assert rest is None or rest > at, f"agent {agent.agent_id}: should have rested by {rest}"
        since = agent.unreachable_since
        if agent.standing == UNREACHABLE and since is not None:
            assert at - since < state.site.device_grace + timedelta(milliseconds=1)


# --- the catalogue


class Where(StrEnum):
    """Where an invariant is looked at. LIVE: here, after every step, also in production. SWEEP: here, from
    scratch, in tests, the twin and audits. FOLD: by tests that see events only and choose by brute force.
    FLOOR: by simulated floors, against the truth outside."""

    LIVE = "live"
    SWEEP = "sweep"
    FOLD = "fold"
    FLOOR = "floor"


class Invariant(NamedTuple):
    """number: in the catalogue of the reliability design; those of other rooms are not here. incidents: real
    ones elsewhere (C numbers of its corpus) that it makes impossible."""

    number: int
    says: str
    where: tuple[Where, ...]
    incidents: tuple[int, ...]


_LIVE, _SWEEP, _FOLD, _FLOOR = Where.LIVE, Where.SWEEP, Where.FOLD, Where.FLOOR

CATALOGUE: tuple[Invariant, ...] = (
    Invariant(1, "an interaction has one agent at most", (_LIVE, _SWEEP), (26, 57, 58, 64)),
    Invariant(2, "no agent has more than his capacity", (_SWEEP, _FOLD), (26, 60)),
    Invariant(3, "an agent's state is what his assignment is", (_LIVE, _FOLD), (16, 44)),
    Invariant(4, "every offer ends, once, and its clock always runs", (_LIVE, _SWEEP, _FOLD), (2, 6, 21, 56)),
    Invariant(5, "no phase without an exit", (_LIVE, _SWEEP), (2, 54, 62)),
    Invariant(6, "who hung up is neither offered nor connected", (_SWEEP, _FLOOR), (4, 7, 50)),
    Invariant(7, "nobody is busy with what is over, or signed out", (_LIVE,), (1, 12, 16, 20, 42, 43, 85)),
    Invariant(8, "every interaction ends once, with one reason", (_FOLD,), (14, 15, 49, 51, 87)),
    Invariant(9, "legs outside are those that are known, soon after a survey", (_FLOOR,), (1, 5, 28, 76)),
    Invariant(10, "no customer hears silence", (_FLOOR,), (6, 23, 24)),
    Invariant(11, "nobody waits while a fitting agent is free; lines are in order", (_SWEEP, _FOLD), (3, 59)),
    Invariant(12, "time in the queue ends nothing while an offer is open", (_FOLD,), (8,)),
    Invariant(13, "no offer in wrap-up, pause, rest or assignment", (_SWEEP, _FOLD), (17,)),
    Invariant(14, "the last wish of an agent counts", (_LIVE, _FOLD), (45, 47, 48, 53, 85)),
    Invariant(15, "who let it pass is not offered it again while others fit", (_FOLD,), (46, 52)),
    Invariant(16, "only agents who can be rung and fit are offered", (_SWEEP, _FOLD), (52, 58, 90, 91)),
    Invariant(17, "what several do together ends, with everybody somewhere", (_FOLD,), (62, 66, 83, 84)),
    Invariant(18, "an agent's phone may be lost, his customer is not", (_FOLD,), (67, 68, 69, 71, 72, 89)),
    Invariant(20, "every counter is what a count from scratch gives", (_SWEEP, _FOLD), (11, 13, 18, 25, 81)),
    Invariant(21, "an agent's states add up to his time signed in", (_FOLD,), (22, 27)),
    Invariant(22, "the agent who answered has the talk, and he alone", (_LIVE, _FOLD), (13, 80)),
    Invariant(28, "surveys bring journal and world together, and then find nothing", (_FLOOR,), (39,)),
    Invariant(29, "a change of configuration strands nobody", (_LIVE, _SWEEP), (18,)),
    Invariant(30, "what is asked twice happens once", (_FOLD,), (65, 70)),
    Invariant(32, "ids are used once and grow", (_SWEEP, _FOLD), (34, 55)),
    Invariant(39, "a replay is the state, to the byte", (_FOLD,), (18, 39)),
)  # fmt: skip
