"""Command + configuration -> events, or Refused. Pure: it only reads, so that a refusal leaves nothing
behind.

Refused codes: `<thing>_in_use`, `name_taken`, `duplicate_number`, `duplicate_login`,
`duplicate_trunk_address`, `built_in`, `no_more_ids`. NotFound: `unknown_<thing>`. Invalid codes stand in
`checks.py`; their place is the field's name, in a batch after `changes.<index>.`.
"""

import copy
from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar, assert_never

import msgspec

from otklik.acd.model import OverflowTo, SkillRequirement
from otklik.acd.overflow import find_circle, find_tier_circle
from otklik.organization import checks
from otklik.organization.apply import apply
from otklik.organization.commands import (
    AnnounceEmergency,
    ChangeTogether,
    CloseQueue,
    LendAgent,
    OrganizationCommand,
    RemoveAgent,
    RemoveDevice,
    RemoveHours,
    RemoveNumber,
    RemovePlan,
    RemoveProject,
    RemoveQueue,
    RemoveReason,
    RemoveSkill,
    RemoveSystem,
    RemoveTeam,
    RemoveTrunk,
    SaveAgent,
    SaveDevice,
    SaveHours,
    SaveNumber,
    SaveOutsideRules,
    SavePlan,
    SaveProject,
    SaveQueue,
    SaveReason,
    SaveSite,
    SaveSkill,
    SaveSystem,
    SaveTeam,
    SaveTrunk,
    SingleChange,
)
from otklik.organization.events import (
    AgentRemoved,
    AgentSaved,
    DeviceRemoved,
    DeviceSaved,
    HoursRemoved,
    HoursSaved,
    NumberRemoved,
    NumberSaved,
    OrganizationEvent,
    PlanRemoved,
    PlanSaved,
    ProjectRemoved,
    ProjectSaved,
    QueueRemoved,
    QueueSaved,
    ReasonRemoved,
    ReasonSaved,
    SiteSaved,
    SkillRemoved,
    SkillSaved,
    SystemRemoved,
    SystemSaved,
    TeamRemoved,
    TeamSaved,
    TrunkRemoved,
    TrunkSaved,
)
from otklik.organization.model import (
    BUILT_IN,
    NO_LOAN,
    Agent,
    Configuration,
    Device,
    DeviceId,
    Emergency,
    Hours,
    Loan,
    Number,
    OutsideRules,
    Plan,
    Project,
    Queue,
    QueueClosure,
    Reason,
    Site,
    Skill,
    System,
    Team,
    Trunk,
    TrunkKind,
    queue_rules,
)
from otklik.vocabulary.ids import (
    AgentId,
    HoursId,
    NumberId,
    PersonId,
    PlanId,
    ProjectId,
    QueueId,
    ReasonId,
    SkillId,
    SystemId,
    TeamId,
    TrunkId,
)
from otklik.vocabulary.refusals import Invalid, NotFound, Refused
from otklik.vocabulary.time import slot_of, slot_start

LARGEST_ID = {"project": 32_767, "queue": 32_767}
"""Facts keep these two as smallint."""
LARGEST_OTHER_ID = 2_147_483_647

_Key = TypeVar("_Key", bound=int)
_Thing = TypeVar("_Thing")


def decide(
    configuration: Configuration, command: OrganizationCommand, *, at: datetime, by: PersonId
) -> list[OrganizationEvent]:
    """The events of a command, in order; none if all is so already. Raises Refused, NotFound or Invalid."""
    if not isinstance(command, ChangeTogether):
        return _Decision(configuration, at, by).of(command)
    trial = copied(configuration)
    events: list[OrganizationEvent] = []
    for index, change in enumerate(command.changes):
        try:
            made = _Decision(trial, at, by, may_name_ids=True).of(change)
        except Refused as refused:
            raise _placed(refused, index) from refused
        for event in made:
            apply(trial, event)
        events += made
    return events


def copied(configuration: Configuration) -> Configuration:
    """A configuration of its own with the same (frozen) values."""
    trial = copy.copy(configuration)
    for name in Configuration.__slots__:
        value = getattr(trial, name)
        if isinstance(value, dict):
            setattr(trial, name, dict(value))
    return trial


def _placed(refused: Refused, index: int) -> Refused:
    place = str(refused.facts.get("place", ""))
    refused.facts["place"] = f"changes.{index}.{place}".rstrip(".")
    if isinstance(refused, Invalid):
        refused.place = str(refused.facts["place"])
    return refused


class _Decision:
    """One change against one configuration."""

    def __init__(
        self, configuration: Configuration, at: datetime, by: PersonId, *, may_name_ids: bool = False
    ) -> None:
        self.now = configuration
        self.at = at
        self.by = by
        self.may_name_ids = may_name_ids

    def of(self, change: SingleChange) -> list[OrganizationEvent]:  # noqa: C901, one arm per change
        match change:
            case SaveSite():
                return self.save_site(change.site)
            case AnnounceEmergency():
                return self.announce_emergency(change.emergency)
            case SaveOutsideRules():
                return self.save_outside_rules(change.rules)
            case SaveProject():
                return self.save_project(change.project)
            case RemoveProject():
                return self.remove_project(change.project_id)
            case SaveTeam():
                return self.save_team(change.team)
            case RemoveTeam():
                return self.remove_team(change.team_id)
            case SaveSkill():
                return self.save_skill(change.skill)
            case RemoveSkill():
                return self.remove_skill(change.skill_id)
            case SaveQueue():
                return self.save_queue(change.queue)
            case RemoveQueue():
                return self.remove_queue(change)
            case CloseQueue():
                return self.close_queue(change.queue_id, change.closure)
            case LendAgent():
                return self.lend_agent(change.agent_id, change.loan)
            case SavePlan():
                return self.save_plan(change.plan)
            case RemovePlan():
                return self.remove_plan(change.plan_id)
            case SaveNumber():
                return self.save_number(change.number)
            case RemoveNumber():
                return self.remove_number(change.number_id)
            case SaveTrunk():
                return self.save_trunk(change.trunk)
            case RemoveTrunk():
                return self.remove_trunk(change.trunk_id)
            case SaveSystem():
                return self.save_system(change.system)
            case RemoveSystem():
                return self.remove_system(change.system_id)
            case SaveHours():
                return self.save_hours(change.hours)
            case RemoveHours():
                return self.remove_hours(change.hours_id)
            case SaveReason():
                return self.save_reason(change.reason)
            case RemoveReason():
                return self.remove_reason(change.reason_id)
            case SaveAgent():
                return self.save_agent(change.agent)
            case RemoveAgent():
                return self.remove_agent(change.agent_id)
            case SaveDevice():
                return self.save_device(change.device)
            case RemoveDevice():
                return self.remove_device(change.device_id)
            case _:
                assert_never(change)

    # --- site, projects, teams, skills

    def save_site(self, site: Site) -> list[OrganizationEvent]:
        now = self.now.site
        site = msgspec.structs.replace(checks.site(site), emergency=now.emergency, outside=now.outside)
        if self.now.is_set_up and site == self.now.site:
            return []
        if self.now.is_set_up and site.site_id != self.now.site.site_id:
            raise Invalid("site_id_is_fixed", place="site_id")
        return [SiteSaved(at=self.at, site=site, by=self.by)]

    def announce_emergency(self, emergency: Emergency | None) -> list[OrganizationEvent]:
        if emergency is not None:
            emergency = checks.emergency(emergency, self.at)
        if not self.now.is_set_up:
            raise Refused("not_set_up")
        site = msgspec.structs.replace(self.now.site, emergency=emergency)
        return [] if site == self.now.site else [SiteSaved(at=self.at, site=site, by=self.by)]

    def save_outside_rules(self, rules: OutsideRules) -> list[OrganizationEvent]:
        if not self.now.is_set_up:
            raise Refused("not_set_up")
        site = msgspec.structs.replace(self.now.site, outside=checks.outside(rules))
        return [] if site == self.now.site else [SiteSaved(at=self.at, site=site, by=self.by)]

    def save_project(self, project: Project) -> list[OrganizationEvent]:
        project = checks.project(project)
        old = self._known("project", self.now.projects, project.project_id)
        _name_is_free(self.now.projects, project.project_id, project.name)
        if old is None:
            project = msgspec.structs.replace(project, project_id=self._id("project", project.project_id))
        return [] if old == project else [ProjectSaved(at=self.at, project=project, by=self.by)]

    def remove_project(self, project_id: ProjectId) -> list[OrganizationEvent]:
        self._there("project", self.now.projects, project_id)
        _not_in_use(
            "project", [queue.name for queue in self.now.queues.values() if queue.project_id == project_id]
        )
        return [ProjectRemoved(at=self.at, project_id=project_id, by=self.by)]

    def save_team(self, team: Team) -> list[OrganizationEvent]:
        team = checks.team(team)
        old = self._known("team", self.now.teams, team.team_id)
        _name_is_free(self.now.teams, team.team_id, team.name)
        if old is None:
            team = msgspec.structs.replace(team, team_id=self._id("team", team.team_id))
        return [] if old == team else [TeamSaved(at=self.at, team=team, by=self.by)]

    def remove_team(self, team_id: TeamId) -> list[OrganizationEvent]:
        self._there("team", self.now.teams, team_id)
        left: list[OrganizationEvent] = []
        for agent in self.now.agents.values():
            if team_id in agent.team_ids:
                others = tuple(other for other in agent.team_ids if other != team_id)
                agent = msgspec.structs.replace(agent, team_ids=others)
                left.append(AgentSaved(at=self.at, agent=agent, by=self.by))
        return [*left, TeamRemoved(at=self.at, team_id=team_id, by=self.by)]

    def save_skill(self, skill: Skill) -> list[OrganizationEvent]:
        skill = checks.skill(skill)
        old = self._known("skill", self.now.skills, skill.skill_id)
        _name_is_free(self.now.skills, skill.skill_id, skill.name)
        if old is None:
            skill = msgspec.structs.replace(skill, skill_id=self._id("skill", skill.skill_id))
        return [] if old == skill else [SkillSaved(at=self.at, skill=skill, by=self.by)]

    def remove_skill(self, skill_id: SkillId) -> list[OrganizationEvent]:
        self._there("skill", self.now.skills, skill_id)
        _not_in_use("skill", [queue.name for queue in self.now.queues.values() if _asks_for(queue, skill_id)])
        left: list[OrganizationEvent] = []
        for agent in self.now.agents.values():
            if skill_id in agent.skills:
                others = {other: level for other, level in agent.skills.items() if other != skill_id}
                agent = msgspec.structs.replace(agent, skills=others)
                left.append(AgentSaved(at=self.at, agent=agent, by=self.by))
        return [*left, SkillRemoved(at=self.at, skill_id=skill_id, by=self.by)]

    # --- queues and numbers

    def save_queue(self, queue: Queue) -> list[OrganizationEvent]:
        queue = checks.queue(queue)
        old = self._known("queue", self.now.queues, queue.queue_id)
        _name_is_free(self.now.queues, queue.queue_id, queue.name)
        self._reference("project", self.now.projects, queue.project_id, "project_id")
        for index, requirement in enumerate(queue.skills):
            self._reference("skill", self.now.skills, requirement.skill_id, f"skills.{index}.skill_id")
        self._reference("number", self.now.numbers, queue.caller_number_id, "caller_number_id", or_none=True)
        self._reference("trunk", self.now.trunks, queue.trunk_id, "trunk_id", or_none=True)
        self._ways_out(queue)
        before: list[OrganizationEvent] = []
        if old is None:
            queue = msgspec.structs.replace(queue, queue_id=self._id("queue", queue.queue_id))
            if not queue.skills:
                skill, before = self._skill_of_name(queue.name)
                queue = msgspec.structs.replace(queue, skills=(SkillRequirement(skill_id=skill.skill_id),))
        else:
            queue = msgspec.structs.replace(queue, closure=old.closure)
            if old.name != queue.name:
                before = self._rename_own_skill(old, queue)
        return before if old == queue else [*before, QueueSaved(at=self.at, queue=queue, by=self.by)]

    def close_queue(self, queue_id: QueueId, closure: QueueClosure) -> list[OrganizationEvent]:
        queue = self._there("queue", self.now.queues, queue_id)
        if not closure.is_closed:
            closure = QueueClosure()
        if closure.then not in ("end", "callback", "queue"):
            raise Invalid("unknown_way_out", place="then")
        if closure.then == "queue":
            self._reference("queue", self.now.queues, closure.queue_id, "queue_id")
            if closure.queue_id == queue_id or self.now.queues[closure.queue_id].channel != queue.channel:
                raise Invalid("wrong_queue", place="queue_id")
        if queue.closure == closure:
            return []
        queue = msgspec.structs.replace(queue, closure=closure)
        return [QueueSaved(at=self.at, queue=queue, by=self.by)]

    def lend_agent(self, agent_id: AgentId, loan: Loan) -> list[OrganizationEvent]:
        agent = self._there("agent", self.now.agents, agent_id)
        if loan.queue_ids:
            if loan.until is None or loan.until <= self.at or loan.until != slot_start(slot_of(loan.until)):
                raise Invalid("quarter_hour_expected", place="until")
            skills: dict[SkillId, int] = {}
            for index, queue_id in enumerate(loan.queue_ids):
                self._reference("queue", self.now.queues, queue_id, f"queue_ids.{index}")
                for needed in self.now.queues[queue_id].skills:
                    level = max(needed.minimum, agent.skills.get(needed.skill_id, 0), 1)
                    skills[needed.skill_id] = max(skills.get(needed.skill_id, 0), level)
            loan = msgspec.structs.replace(loan, skills=skills)
        else:
            loan = NO_LOAN
        if agent.loan == loan:
            return []
        agent = msgspec.structs.replace(agent, loan=loan)
        return [AgentSaved(at=self.at, agent=agent, by=self.by)]

    def _skill_of_name(self, name: str) -> tuple[Skill, list[OrganizationEvent]]:
        for skill in self.now.skills.values():
            if skill.name.casefold() == name.casefold():
                return skill, []
        made = Skill(skill_id=self._id("skill", SkillId(0)), name=name)
        return made, [SkillSaved(at=self.at, skill=made, by=self.by)]

    def _rename_own_skill(self, old: Queue, queue: Queue) -> list[OrganizationEvent]:
        """The skill that was made for this queue keeps its name, as long as no other queue asks for it."""
        for skill in self.now.skills.values():
            asking = [
                other.queue_id for other in self.now.queues.values() if _asks_for(other, skill.skill_id)
            ]
            taken = any(other.name.casefold() == queue.name.casefold() for other in self.now.skills.values())
            if skill.name == old.name and asking == [old.queue_id] and not taken:
                renamed = msgspec.structs.replace(skill, name=queue.name)
                return [SkillSaved(at=self.at, skill=renamed, by=self.by)]
        return []

    def _ways_out(self, queue: Queue) -> None:
        """Overflow and the next tier lead to queues that are there, of the same channel, and never in a
        circle. A queue keeps its channel."""
        known = self.now.queues.get(queue.queue_id)
        if known is not None and known.channel is not queue.channel:
            raise Refused("channel_fixed", place="channel", queue_id=queue.queue_id)
        for index, rule in enumerate(queue.overflow):
            place = f"overflow.{index}.queue_id"
            is_queue = rule.to is OverflowTo.QUEUE
            self._reference("queue", self.now.queues, rule.queue_id, place, or_none=not is_queue)
            self._same_channel(queue, rule.queue_id, place)
        self._reference("queue", self.now.queues, queue.next_tier, "next_tier_id", or_none=True)
        self._same_channel(queue, queue.next_tier, "next_tier_id")
        if not queue.queue_id:
            return  # nothing leads to a new one yet
        rules = {other.queue_id: queue_rules(other) for other in self.now.queues.values()}
        rules[queue.queue_id] = queue_rules(queue)
        for find, code, place in (
            (find_circle, "circular_overflow", "overflow"),
            (find_tier_circle, "circular_tiers", "next_tier_id"),
        ):
            circle = find(rules, queue.queue_id)
            if queue.queue_id in circle:
                others = [self.now.queues[step].name for step in circle if step in self.now.queues]
                raise Refused(code, place=place, by=others, path=list(circle))

    def _same_channel(self, queue: Queue, target_id: QueueId, place: str) -> None:
        target = self.now.queues.get(target_id)
        if target is not None and target.channel is not queue.channel:
            raise Refused("wrong_channel", place=place, queue_id=target_id)

    def remove_queue(self, change: RemoveQueue) -> list[OrganizationEvent]:
        queue_id = change.queue_id
        self._there("queue", self.now.queues, queue_id)
        leading = [
            queue.name
            for queue in self.now.queues.values()
            if queue.queue_id != queue_id
            and (queue.next_tier == queue_id or any(rule.queue_id == queue_id for rule in queue.overflow))
        ]
        numbers = [number.number for number in self.now.numbers.values() if number.queue_id == queue_id]
        _not_in_use("queue", numbers + leading)
        if change.to_queue_id == queue_id:
            raise Refused("wrong_queue", place="to_queue_id", queue_id=queue_id)
        self._reference("queue", self.now.queues, change.to_queue_id, "to_queue_id", or_none=True)
        plans: list[OrganizationEvent] = []
        for plan in self.now.plans.values():
            if plan.load is not None and queue_id in plan.load.queue_ids:
                others = tuple(other for other in plan.load.queue_ids if other != queue_id)
                load = msgspec.structs.replace(plan.load, queue_ids=others) if others else None
                plan = msgspec.structs.replace(plan, load=load)
                plans.append(PlanSaved(at=self.at, plan=plan, by=self.by))
        removed = QueueRemoved(at=self.at, queue_id=queue_id, by=self.by, to_queue_id=change.to_queue_id)
        return [*plans, removed]

    # --- plans of modes

    def save_plan(self, plan: Plan) -> list[OrganizationEvent]:
        plan = checks.plan(plan)
        old = self._known("plan", self.now.plans, plan.plan_id)
        _name_is_free(self.now.plans, plan.plan_id, plan.name)
        for index, agent_id in enumerate(plan.agent_ids):
            self._reference("agent", self.now.agents, agent_id, f"agent_ids.{index}")
            for other in self.now.plans.values():
                if other.plan_id != plan.plan_id and agent_id in other.agent_ids:
                    place = f"agent_ids.{index}"
                    raise Refused("agent_in_two_plans", place=place, agent_id=agent_id, by=[other.name])
        for index, queue_id in enumerate(plan.load.queue_ids if plan.load else ()):
            self._reference("queue", self.now.queues, queue_id, f"load.queue_ids.{index}")
        if old is None:
            plan = msgspec.structs.replace(plan, plan_id=self._id("plan", plan.plan_id))
        return [] if old == plan else [PlanSaved(at=self.at, plan=plan, by=self.by)]

    def remove_plan(self, plan_id: PlanId) -> list[OrganizationEvent]:
        self._there("plan", self.now.plans, plan_id)
        return [PlanRemoved(at=self.at, plan_id=plan_id, by=self.by)]

    def save_number(self, number: Number) -> list[OrganizationEvent]:
        logins = {trunk.login for trunk in self.now.trunks.values() if trunk.login}
        number = checks.number(number, self.now.site.country, logins)
        old = self._known("number", self.now.numbers, number.number_id)
        for other in self.now.numbers.values():
            if other.number_id != number.number_id and (other.number, other.trunk_id) == (
                number.number,
                number.trunk_id,
            ):
                raise Refused("duplicate_number", place="number", number_id=other.number_id)
        self._reference("queue", self.now.queues, number.queue_id, "queue_id")
        self._reference("hours", self.now.hours, number.hours_id, "hours_id", or_none=True)
        self._reference("trunk", self.now.trunks, number.trunk_id, "trunk_id", or_none=True)
        if old is None:
            number = msgspec.structs.replace(number, number_id=self._id("number", number.number_id))
        return [] if old == number else [NumberSaved(at=self.at, number=number, by=self.by)]

    def remove_number(self, number_id: NumberId) -> list[OrganizationEvent]:
        self._there("number", self.now.numbers, number_id)
        _not_in_use(
            "number",
            [queue.name for queue in self.now.queues.values() if queue.caller_number_id == number_id],
        )
        return [NumberRemoved(at=self.at, number_id=number_id, by=self.by)]

    # --- trunks, hours, reasons

    def save_trunk(self, trunk: Trunk) -> list[OrganizationEvent]:
        trunk = checks.trunk(trunk)
        old = self._known("trunk", self.now.trunks, trunk.trunk_id)
        _name_is_free(self.now.trunks, trunk.trunk_id, trunk.name)
        for other in self.now.trunks.values():
            if other.trunk_id != trunk.trunk_id and _is_same_far_end(other, trunk):
                raise Refused(
                    "duplicate_trunk_address", place="host", trunk_id=other.trunk_id, name=other.name
                )
        if old is None:
            trunk = msgspec.structs.replace(trunk, trunk_id=self._id("trunk", trunk.trunk_id))
        if old == trunk:
            return []
        before: list[OrganizationEvent] = []
        for other in self.now.trunks.values():
            if trunk.is_default and other.is_default and other.trunk_id != trunk.trunk_id:
                other = msgspec.structs.replace(other, is_default=False)
                before.append(TrunkSaved(at=self.at, trunk=other, by=self.by))
        return [*before, TrunkSaved(at=self.at, trunk=trunk, by=self.by)]

    def remove_trunk(self, trunk_id: TrunkId) -> list[OrganizationEvent]:
        self._there("trunk", self.now.trunks, trunk_id)
        _not_in_use(
            "trunk",
            [number.number for number in self.now.numbers.values() if number.trunk_id == trunk_id]
            + [queue.name for queue in self.now.queues.values() if queue.trunk_id == trunk_id],
        )
        return [TrunkRemoved(at=self.at, trunk_id=trunk_id, by=self.by)]

    def save_system(self, system: System) -> list[OrganizationEvent]:
        system = checks.system(system)
        old = self._known("system", self.now.systems, system.system_id)
        _name_is_free(self.now.systems, system.system_id, system.name)
        if old is None:
            system = msgspec.structs.replace(system, system_id=self._id("system", system.system_id))
        return [] if old == system else [SystemSaved(at=self.at, system=system, by=self.by)]

    def remove_system(self, system_id: SystemId) -> list[OrganizationEvent]:
        self._there("system", self.now.systems, system_id)
        return [SystemRemoved(at=self.at, system_id=system_id, by=self.by)]

    def save_hours(self, hours: Hours) -> list[OrganizationEvent]:
        hours = checks.hours(hours)
        old = self._known("hours", self.now.hours, hours.hours_id)
        _name_is_free(self.now.hours, hours.hours_id, hours.name)
        if old is None:
            hours = msgspec.structs.replace(hours, hours_id=self._id("hours", hours.hours_id))
        return [] if old == hours else [HoursSaved(at=self.at, hours=hours, by=self.by)]

    def remove_hours(self, hours_id: HoursId) -> list[OrganizationEvent]:
        self._there("hours", self.now.hours, hours_id)
        _not_in_use(
            "hours", [number.number for number in self.now.numbers.values() if number.hours_id == hours_id]
        )
        return [HoursRemoved(at=self.at, hours_id=hours_id, by=self.by)]

    def save_reason(self, reason: Reason) -> list[OrganizationEvent]:
        reason = checks.reason(reason)
        old = self._known("reason", self.now.reasons, reason.reason_id)
        for other in self.now.reasons.values():
            for field in ("name_ru", "name_en"):
                same = getattr(other, field).casefold() == getattr(reason, field).casefold()
                if same and other.reason_id != reason.reason_id:
                    raise Refused("name_taken", place=field)
        if old is None:
            reason = msgspec.structs.replace(reason, reason_id=self._id("reason", reason.reason_id))
        return [] if old == reason else [ReasonSaved(at=self.at, reason=reason, by=self.by)]

    def remove_reason(self, reason_id: ReasonId) -> list[OrganizationEvent]:
        self._there("reason", self.now.reasons, reason_id)
        return [ReasonRemoved(at=self.at, reason_id=reason_id, by=self.by)]

    # --- agents and devices

    def save_agent(self, agent: Agent) -> list[OrganizationEvent]:
        agent = checks.agent(agent)
        for index, team_id in enumerate(agent.team_ids):
            self._reference("team", self.now.teams, team_id, f"team_ids.{index}")
        for skill_id in agent.skills:
            self._reference("skill", self.now.skills, skill_id, f"skills.{skill_id}")
        old = self.now.agents.get(agent.agent_id)
        agent = msgspec.structs.replace(agent, loan=NO_LOAN if old is None else old.loan)
        if old == agent:
            return []
        return [AgentSaved(at=self.at, agent=agent, by=self.by)]

    def remove_agent(self, agent_id: AgentId) -> list[OrganizationEvent]:
        self._there("agent", self.now.agents, agent_id)
        gone: list[OrganizationEvent] = [
            DeviceRemoved(at=self.at, device_id=device.device_id, by=self.by)
            for device in self.now.devices_of(agent_id)
        ]
        for plan in self.now.plans.values():
            if agent_id in plan.agent_ids:
                others = tuple(other for other in plan.agent_ids if other != agent_id)
                plan = msgspec.structs.replace(plan, agent_ids=others)
                gone.append(PlanSaved(at=self.at, plan=plan, by=self.by))
        return [*gone, AgentRemoved(at=self.at, agent_id=agent_id, by=self.by)]

    def save_device(self, device: Device) -> list[OrganizationEvent]:
        device = checks.device(device)
        old = self._known("device", self.now.devices, device.device_id)
        self._reference("agent", self.now.agents, device.agent_id, "agent_id")
        for other in self.now.devices.values():
            if other.login == device.login and other.device_id != device.device_id:
                raise Refused("duplicate_login", place="login")
        if old is not None and old.agent_id != device.agent_id:
            raise Invalid("device_has_owner", place="agent_id")
        if old is None:
            device = msgspec.structs.replace(device, device_id=self._id("device", device.device_id))
        return [] if old == device else [DeviceSaved(at=self.at, device=device, by=self.by)]

    def remove_device(self, device_id: DeviceId) -> list[OrganizationEvent]:
        self._there("device", self.now.devices, device_id)
        return [DeviceRemoved(at=self.at, device_id=device_id, by=self.by)]

    # --- ids and references

    def _known(self, thing: str, things: Mapping[_Key, _Thing], identity: _Key) -> _Thing | None:
        """What is saved over; None if it is a new one. An unknown id is refused unless it may be named."""
        if identity == 0:
            return None
        found = things.get(identity)
        if found is None and not self.may_name_ids:
            raise NotFound(f"unknown_{thing}", id=identity)
        if not 0 < identity <= LARGEST_ID.get(thing, LARGEST_OTHER_ID):
            raise Invalid("id_out_of_range", place=f"{thing}_id")
        return found

    def _there(self, thing: str, things: Mapping[_Key, _Thing], identity: _Key) -> _Thing:
        """What is removed. What the program itself needs stays."""
        found = things.get(identity)
        if found is None:
            raise NotFound(f"unknown_{thing}", id=identity)
        if identity in BUILT_IN:
            raise Refused("built_in", thing=thing)
        return found

    def _reference(
        self, thing: str, things: Mapping[_Key, object], identity: _Key, place: str, *, or_none: bool = False
    ) -> None:
        if identity not in things and not (or_none and identity == 0):
            raise Invalid(f"unknown_{thing}", place=place, id=identity)

    def _id(self, thing: str, named: _Key) -> _Key:
        """The named id, or the next one that was never given."""
        if named:
            return named
        following = self.now.last_ids.get(thing, 0) + 1
        while following in BUILT_IN:
            following += 1
        if following > LARGEST_ID.get(thing, LARGEST_OTHER_ID):
            raise Refused("no_more_ids", thing=thing)
        return type(named)(following)


def _asks_for(queue: Queue, skill_id: SkillId) -> bool:
    return any(requirement.skill_id == skill_id for requirement in queue.skills)


def _name_is_free(
    things: Mapping[_Key, Project | Team | Skill | Queue | Plan | Trunk | System | Hours],
    own: _Key,
    name: str,
) -> None:
    for identity, thing in things.items():
        if identity != own and thing.name.casefold() == name.casefold():
            raise Refused("name_taken", place="name", id=identity)


def _not_in_use(thing: str, names: list[str]) -> None:
    if names:
        raise Refused(f"{thing}_in_use", by=sorted(names)[:5], count=len(names))


def _is_same_far_end(one: Trunk, other: Trunk) -> bool:
    """Two trunks that a call from there could not be told apart by."""
    if TrunkKind.REGISTRATION in (one.kind, other.kind):
        return (one.host, one.port, one.login) == (other.host, other.port, other.login)
    return one.host == other.host and one.port == other.port
