"""What may be asked of this room. Each is answered by `decide.decide`; the writer gives the moment and the
asker.

Save<Thing>: id 0 makes a new one, a known id changes it, an unknown one is NotFound. Saving what is there
already changes nothing and gives no events. Remove<Thing> refuses `<thing>_in_use` while something names it.
"""

from otklik.organization.model import (
    Agent,
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
)
from otklik.vocabulary.ids import (
    AgentId,
    HoursId,
    NumberId,
    PlanId,
    ProjectId,
    QueueId,
    ReasonId,
    SkillId,
    SystemId,
    TeamId,
    TrunkId,
)
from otklik.vocabulary.messages import Message


class Change(Message):
    """Base of all changes of the configuration."""


class SaveSite(Change):
    site: Site


class AnnounceEmergency(Change):
    """Begins or changes the emergency announcement; None ends it."""

    emergency: Emergency | None = None


class SaveOutsideRules(Change):
    """Where customers may be sent outside from now on."""

    rules: OutsideRules


class SaveProject(Change):
    project: Project


class RemoveProject(Change):
    project_id: ProjectId


class SaveTeam(Change):
    team: Team


class RemoveTeam(Change):
    """Its agents lose it."""

    team_id: TeamId


class SaveSkill(Change):
    skill: Skill


class RemoveSkill(Change):
    """Refuses `skill_in_use` while a queue asks for it; agents lose it."""

    skill_id: SkillId


class SaveQueue(Change):
    """A new queue without skills gets a skill of its name; renaming a queue renames a skill that is its
    alone."""

    queue: Queue


class RemoveQueue(Change):
    """to_queue_id: where those go who wait in it; 0: as its overflow rules say, else they end. Refuses
    `queue_in_use` while a number, or another queue's overflow or next tier, leads to it."""

    queue_id: QueueId
    to_queue_id: QueueId = QueueId(0)


class CloseQueue(Change):
    """Closes it to new customers, or (a closure that is none) opens it. Nothing else changes it."""

    queue_id: QueueId
    closure: QueueClosure


class LendAgent(Change):
    """Other queues for a while; a loan without queues ends one. until: later than now, at a quarter of an
    hour. Its skills are filled in here."""

    agent_id: AgentId
    loan: Loan


class SavePlan(Change):
    plan: Plan


class RemovePlan(Change):
    plan_id: PlanId


class SaveNumber(Change):
    number: Number


class RemoveNumber(Change):
    number_id: NumberId


class SaveTrunk(Change):
    """A trunk saved as default takes that from the one before."""

    trunk: Trunk


class RemoveTrunk(Change):
    trunk_id: TrunkId


class SaveSystem(Change):
    system: System


class RemoveSystem(Change):
    system_id: SystemId


class SaveHours(Change):
    hours: Hours


class RemoveHours(Change):
    hours_id: HoursId


class SaveReason(Change):
    reason: Reason


class RemoveReason(Change):
    reason_id: ReasonId


class SaveAgent(Change):
    """The id is the person's and never 0: an unknown one is new."""

    agent: Agent


class RemoveAgent(Change):
    """The agent's devices are removed with him."""

    agent_id: AgentId


class SaveDevice(Change):
    device: Device


class RemoveDevice(Change):
    device_id: DeviceId


SingleChange = (
    SaveSite
    | AnnounceEmergency
    | SaveOutsideRules
    | SaveProject
    | RemoveProject
    | SaveTeam
    | RemoveTeam
    | SaveSkill
    | RemoveSkill
    | SaveQueue
    | RemoveQueue
    | CloseQueue
    | LendAgent
    | SavePlan
    | RemovePlan
    | SaveNumber
    | RemoveNumber
    | SaveTrunk
    | RemoveTrunk
    | SaveSystem
    | RemoveSystem
    | SaveHours
    | RemoveHours
    | SaveReason
    | RemoveReason
    | SaveAgent
    | RemoveAgent
    | SaveDevice
    | RemoveDevice
)


class ChangeTogether(Change):
    """Many changes in order, all or none. Here a Save may name an id that is not there yet, so that the
    things of one batch can name each other. The place of what is wrong begins with `changes.<index>.`."""

    changes: tuple[SingleChange, ...]


OrganizationCommand = SingleChange | ChangeTogether
