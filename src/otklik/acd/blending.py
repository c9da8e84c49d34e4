"""Inbound and outbound work for the same people: by the clock, by load, or by a supervisor's word. Reads
state only.

An agent's mode says what he is *offered*: `inbound` live customers of inbound queues, `outbound` promised
calls and outbound queues, `blended` both. A change never touches what he has. Who decides, in this order:

    chosen    a supervisor, until he takes it back
    load      the watched queues are busy: the group's agents are called in
    plan      the span of the plan that is open now, else its `otherwise`
    default   in no plan: blended

Load has hysteresis: `busy` customers waiting call the group in, and only when no more than `calm` have
waited for `calm_for` without a break are they let go.
"""

from collections.abc import Iterable
from datetime import datetime

from otklik.acd import refusals
from otklik.acd.commands import ConfigurePlan, RemovePlan, SetAgentMode
from otklik.acd.events import (
    AcdEvent,
    AgentModeChanged,
    PlanConfigured,
    PlanLoadChanged,
    PlanRemoved,
    PlanTurned,
)
from otklik.acd.lookups import find_agent
from otklik.acd.model import LoadLevel, Mode, ModePlan
from otklik.acd.state import NO_PLAN, Plan, State
from otklik.vocabulary.ids import AgentId, PlanId
from otklik.vocabulary.refusals import NotFound, Refused

Changes = Iterable[AgentModeChanged]


def mode_by_clock(rules: ModePlan, at: datetime) -> Mode:
    """What the plan says at a moment."""
    for span in rules.spans:
        if span.hours.is_open(at, rules.time_zone):
            return span.mode
    return rules.otherwise


def next_turn(rules: ModePlan, at: datetime) -> datetime | None:
    """The first moment after `at` at which a span opens or closes; None when none does in sight."""
    found: list[datetime] = []
    for span in rules.spans:
        if span.hours.is_open(at, rules.time_zone):
            moment = span.hours.next_closing(at, rules.time_zone)
        else:
            moment = span.hours.next_opening(at, rules.time_zone)
        if moment is not None and moment > at:
            found.append(moment)
    return min(found, default=None)


# --- what is asked


def configure(state: State, command: ConfigurePlan, at: datetime) -> list[AcdEvent]:
    """The plan counts at once for everybody in it; who left it is blended."""
    rules = command.plan
    for plan in state.plans.values():
        if plan.rules.plan_id == rules.plan_id:
            continue
        for agent_id in rules.agent_ids:
            if agent_id in plan.rules.agent_ids:
                raise Refused(refusals.AGENT_IN_TWO_PLANS, agent_id=agent_id, plan_id=plan.rules.plan_id)
    known = state.plans.get(rules.plan_id)
    if known is not None and known.rules == rules:
        return []
    left = () if known is None else tuple(set(known.rules.agent_ids).difference(rules.agent_ids))
    level = LoadLevel.CALM if known is None or rules.load is None else known.level
    configured = PlanConfigured(at=at, plan=rules, turns_at=next_turn(rules, at))
    return [
        configured,
        *_changes(state, rules, level, at),
        *_released(state, sorted(left), at),
    ]


def remove(state: State, command: RemovePlan, at: datetime) -> list[AcdEvent]:
    plan = state.plans.get(command.plan_id)
    if plan is None:
        raise NotFound(refusals.UNKNOWN_PLAN, plan_id=command.plan_id)
    return [
        PlanRemoved(at=at, plan_id=command.plan_id),
        *_released(state, sorted(plan.rules.agent_ids), at),
    ]


def choose(state: State, command: SetAgentMode, at: datetime) -> list[AcdEvent]:
    """A supervisor's word, or back to what the plan says."""
    agent = find_agent(state, command.agent_id)
    if command.mode is not None:
        mode, rule, plan_id = command.mode, "chosen", NO_PLAN
    else:
        mode, rule, plan_id = _planned(state, command.agent_id, at)
    if (mode, rule) == (agent.mode, agent.mode_rule):
        return []
    return [AgentModeChanged(at=at, agent_id=command.agent_id, mode=mode, rule=rule, plan_id=plan_id)]


def for_new_agent(state: State, agent_id: AgentId, at: datetime) -> list[AcdEvent]:
    """The mode of one who is configured for the first time: he may stand in a plan already."""
    if agent_id in state.agents:
        return []
    mode, rule, plan_id = _planned(state, agent_id, at)
    if plan_id == NO_PLAN:
        return []
    return [AgentModeChanged(at=at, agent_id=agent_id, mode=mode, rule=rule, plan_id=plan_id)]


def _planned(state: State, agent_id: AgentId, at: datetime) -> tuple[Mode, str, PlanId]:
    plan = plan_of(state, agent_id)
    if plan is None:
        return Mode.BLENDED, "default", NO_PLAN
    mode, rule = _mode_in(plan.rules, plan.level, agent_id, at)
    return mode, rule, plan.rules.plan_id


def plan_of(state: State, agent_id: AgentId) -> Plan | None:
    """The plan in which an agent stands."""
    return next((plan for plan in state.plans.values() if agent_id in plan.rules.agent_ids), None)


# --- what time and load bring


def fall_due(state: State, plan: Plan, at: datetime) -> list[AcdEvent]:
    """A span begins or ends; or the watched queues have been calm for long enough."""
    rules = plan.rules
    if plan.level is LoadLevel.EASING and plan.calm_at is not None and plan.calm_at <= at:
        calm = PlanLoadChanged(
            at=at, plan_id=rules.plan_id, level=LoadLevel.CALM, waiting=waiting_for(state, plan)
        )
        return [calm, *_changes(state, rules, LoadLevel.CALM, at)]
    turned = PlanTurned(
        at=at, plan_id=rules.plan_id, mode=mode_by_clock(rules, at), turns_at=next_turn(rules, at)
    )
    return [turned, *_changes(state, rules, plan.level, at)]


def waiting_for(state: State, plan: Plan) -> int:
    """Live customers who wait in the queues that the plan watches."""
    load = plan.rules.load
    if load is None:
        return 0
    queues = (state.queues.get(queue_id) for queue_id in load.queue_ids)
    return sum(queue.waiting - queue.callbacks for queue in queues if queue is not None)


def follow(state: State, plan: Plan, at: datetime) -> list[AcdEvent]:
    """What the load of the watched queues makes of a plan now; nothing when it stays as it is."""
    rules = plan.rules
    load = rules.load
    if load is None:
        return []
    waiting = waiting_for(state, plan)
    match plan.level:
        case LoadLevel.CALM if waiting >= load.busy:
            level, calm_at = LoadLevel.BUSY, None
        case LoadLevel.BUSY if waiting <= load.calm:
            level, calm_at = LoadLevel.EASING, at + load.calm_for
        case LoadLevel.EASING if waiting > load.calm:
            level, calm_at = LoadLevel.BUSY, None
        case _:
            return []
    changed = PlanLoadChanged(at=at, plan_id=rules.plan_id, level=level, waiting=waiting, calm_at=calm_at)
    return [changed, *_changes(state, rules, level, at)]


# --- who is changed


def _mode_in(rules: ModePlan, level: LoadLevel, agent_id: AgentId, at: datetime) -> tuple[Mode, str]:
    mode = mode_by_clock(rules, at)
    load = rules.load
    is_called = load is not None and level is not LoadLevel.CALM
    if (
        is_called
        and load is not None
        and mode is Mode.OUTBOUND
        and agent_id not in rules.agent_ids[: load.keeps]
    ):
        return Mode.INBOUND, "load"
    return mode, "plan"


def _changes(state: State, rules: ModePlan, level: LoadLevel, at: datetime) -> Changes:
    """The agents of a plan whose mode is another one now; a supervisor's word stands above the plan."""
    for agent_id in rules.agent_ids:
        agent = state.agents.get(agent_id)
        if agent is None or agent.mode_rule == "chosen":
            continue
        mode, rule = _mode_in(rules, level, agent_id, at)
        if (mode, rule) != (agent.mode, agent.mode_rule):
            yield AgentModeChanged(at=at, agent_id=agent_id, mode=mode, rule=rule, plan_id=rules.plan_id)


def _released(state: State, agent_ids: Iterable[AgentId], at: datetime) -> Changes:
    for agent_id in agent_ids:
        agent = state.agents.get(agent_id)
        if agent is not None and agent.mode_rule not in ("chosen", "default"):
            yield AgentModeChanged(at=at, agent_id=agent_id, mode=Mode.BLENDED, rule="default")
