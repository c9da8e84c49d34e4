"""What an administrator sets up and the engine reads: every change is a command to the engine process.

Most things have the same five routes, made by `add_routes` from one line of `KINDS`; how a thing is written
in JSON stands in `organization_forms.py`. Names can be read by everybody who looks at work; changing needs
the thing's own right.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Path, Query

from otklik.access import store as people
from otklik.access.rights import Right
from otklik.api.engine import change
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.routes import organization_forms as forms
from otklik.api.schemas.base import Id, Schema, SeqAsked, SmallId
from otklik.api.schemas.organization import (
    ChangeRow,
    DispositionRow,
    DispositionSave,
    HoursRow,
    HoursSave,
    NumberRow,
    NumberSave,
    PlanRow,
    PlanSave,
    ProjectRow,
    ProjectSave,
    QueueRow,
    QueueSave,
    ReasonRow,
    ReasonSave,
    Removed,
    Restored,
    SettingsProblemRow,
    SiteRow,
    SiteSave,
    SkillRow,
    SkillSave,
    TeamRow,
    TeamSave,
)
from otklik.api.sign_in import AnyOne, Who, requires
from otklik.organization import commands as ask
from otklik.organization import service as organization
from otklik.organization import store
from otklik.organization.model import (
    BUILT_IN,
    Agent,
    Hours,
    Number,
    Plan,
    Project,
    Queue,
    Reason,
    Site,
    Skill,
    System,
    Team,
    Trunk,
)
from otklik.organization.problems import problems
from otklik.vocabulary.ids import (
    DispositionId,
    HoursId,
    NumberId,
    PersonId,
    PlanId,
    ProjectId,
    QueueId,
    ReasonId,
    SkillId,
    TeamId,
)
from otklik.vocabulary.refusals import Forbidden, NotFound, Refused

router = APIRouter(prefix="/api/v1", tags=["organization"], route_class=Route)

LOOKING = (Right.WATCH_BOARD, Right.VIEW_REPORTS, Right.VIEW_INTERACTIONS, Right.DIRECT_AGENTS)
"""Whoever may look at work may read the names of what it is done with."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of things. one, many: names of its routes; rows: from the things to JSON, all at once."""

    one: str
    many: str
    right: Right
    form: type[Schema]
    row: type[Schema]
    thing_of: Callable[[Any, int], Any]
    rows: Callable[[Parts, list[Any]], Any]
    save: Callable[[Any], ask.SingleChange]
    remove: Callable[[int], ask.SingleChange]
    identity: Any = Id


def each(row_of: Callable[[Any], Any]) -> Callable[[Parts, list[Any]], Any]:
    """Rows that need nothing but their thing."""

    async def rows(parts: Parts, things: list[Any]) -> list[Any]:
        return [row_of(thing) for thing in things]

    return rows


async def hours_rows(parts: Parts, things: list[Any]) -> list[HoursRow]:
    """Whether they are open depends on the moment and on the site's zone."""
    async with parts.reading() as connection:
        site = await store.find_site(connection, site_id=parts.site_id)
    zone = site.zone if site else "UTC"
    return [forms.hours_row(hours, parts.clock.now(), zone) for hours in things]


async def plan_rows(parts: Parts, things: list[Any]) -> list[PlanRow]:
    """What a plan says depends on the moment and on the site's zone."""
    async with parts.reading() as connection:
        site = await store.find_site(connection, site_id=parts.site_id)
    zone = site.zone if site else "UTC"
    return [forms.plan_row(plan, parts.clock.now(), zone) for plan in things]


async def team_rows(parts: Parts, things: list[Any]) -> list[TeamRow]:
    """With the number of agents in each."""
    async with parts.reading() as connection:
        agents = await store.list_things(connection, "agent", site_id=parts.site_id)
    return [
        forms.team_row(team, sum(team.team_id in agent.team_ids and agent.is_active for agent in agents))
        for team in things
    ]


KINDS = (
    Kind(
        one="project",
        many="projects",
        right=Right.MANAGE_PROJECTS,
        form=ProjectSave,
        row=ProjectRow,
        thing_of=forms.project_of,
        rows=each(forms.project_row),
        save=lambda project: ask.SaveProject(project=project),
        remove=lambda identity: ask.RemoveProject(project_id=ProjectId(identity)),
        identity=SmallId,
    ),
    Kind(
        one="team",
        many="teams",
        right=Right.MANAGE_TEAMS,
        form=TeamSave,
        row=TeamRow,
        thing_of=forms.team_of,
        rows=team_rows,
        save=lambda team: ask.SaveTeam(team=team),
        remove=lambda identity: ask.RemoveTeam(team_id=TeamId(identity)),
    ),
    Kind(
        one="skill",
        many="skills",
        right=Right.MANAGE_SKILLS,
        form=SkillSave,
        row=SkillRow,
        thing_of=forms.skill_of,
        rows=each(forms.skill_row),
        save=lambda skill: ask.SaveSkill(skill=skill),
        remove=lambda identity: ask.RemoveSkill(skill_id=SkillId(identity)),
    ),
    Kind(
        one="queue",
        many="queues",
        right=Right.MANAGE_QUEUES,
        form=QueueSave,
        row=QueueRow,
        thing_of=forms.queue_of,
        rows=each(forms.queue_row),
        save=lambda queue: ask.SaveQueue(queue=queue),
        remove=lambda identity: ask.RemoveQueue(queue_id=QueueId(identity)),
        identity=SmallId,
    ),
    Kind(
        one="number",
        many="numbers",
        right=Right.MANAGE_NUMBERS,
        form=NumberSave,
        row=NumberRow,
        thing_of=forms.number_of,
        rows=each(forms.number_row),
        save=lambda number: ask.SaveNumber(number=number),
        remove=lambda identity: ask.RemoveNumber(number_id=NumberId(identity)),
    ),
    Kind(
        one="plan",
        many="plans",
        right=Right.MANAGE_QUEUES,
        form=PlanSave,
        row=PlanRow,
        thing_of=forms.plan_of,
        rows=plan_rows,
        save=lambda plan: ask.SavePlan(plan=plan),
        remove=lambda identity: ask.RemovePlan(plan_id=PlanId(identity)),
    ),
    Kind(
        one="hours",
        many="hours",
        right=Right.MANAGE_HOURS,
        form=HoursSave,
        row=HoursRow,
        thing_of=forms.hours_of,
        rows=hours_rows,
        save=lambda hours: ask.SaveHours(hours=hours),
        remove=lambda identity: ask.RemoveHours(hours_id=HoursId(identity)),
    ),
    Kind(
        one="reason",
        many="reasons",
        right=Right.MANAGE_REASONS,
        form=ReasonSave,
        row=ReasonRow,
        thing_of=forms.reason_of,
        rows=each(forms.reason_row),
        save=lambda reason: ask.SaveReason(reason=reason),
        remove=lambda identity: ask.RemoveReason(reason_id=ReasonId(identity)),
        identity=SmallId,
    ),
)


async def row_of(parts: Parts, kind: Kind, identity: int, seq: int | None = None) -> Any:
    """One thing as it stands in the database now; what the program keeps for itself is not there."""
    async with parts.reading() as connection:
        thing = await store.find_thing(connection, kind.one, identity, site_id=parts.site_id)
    if thing is None or identity in BUILT_IN:
        raise NotFound(f"unknown_{kind.one}", **{f"{kind.one}_id": identity})
    (row,) = await kind.rows(parts, [thing])
    return row if seq is None else row.model_copy(update={"seq": seq})


def _nothing() -> int:
    """What other things than queues leave to another one when they are removed."""
    return 0


def add_routes(kind: Kind) -> None:
    """List, create, find, change, remove."""
    path = f"/{kind.many}"
    looks = Annotated[Who, requires(kind.right, *LOOKING)]
    manages = Annotated[Who, requires(kind.right)]
    body_type = kind.form
    row_type: Any = kind.row
    rows_type: Any = list[row_type]

    async def list_all(who: Any, parts: Serves) -> Any:
        async with parts.reading() as connection:
            things = await store.list_things(connection, kind.one, site_id=parts.site_id)
        shown = [thing for thing in things if getattr(thing, f"{kind.one}_id") not in BUILT_IN]
        return await kind.rows(parts, shown)

    async def create(who: Any, parts: Serves, body: Any) -> Any:
        asked = kind.save(kind.thing_of(body, 0))
        seq, identity = await change(parts, who.person_id, asked, thing=kind.one)
        return await row_of(parts, kind, identity, seq)

    async def find(who: Any, parts: Serves, identity: Any) -> Any:
        return await row_of(parts, kind, identity)

    async def save(who: Any, parts: Serves, identity: Any, body: Any) -> Any:
        asked = kind.save(kind.thing_of(body, identity))
        seq, _ = await change(parts, who.person_id, asked, thing=kind.one, known_id=identity)
        return await row_of(parts, kind, identity, seq)

    async def remove(who: Any, parts: Serves, identity: Any, to: Any = 0) -> Removed:
        asked = kind.remove(identity)
        if to:
            asked = msgspec.structs.replace(asked, **{f"to_{kind.one}_id": to})
        seq, _ = await change(parts, who.person_id, asked, thing=kind.one, known_id=identity)
        return Removed(seq=seq)

    # FastAPI reads what a route takes and gives from its annotations.
    looking: tuple[Any, ...] = (list_all, find)
    changing: tuple[Any, ...] = (create, save, remove)
    for function in looking:
        function.__annotations__["who"] = looks
    for function in changing:
        function.__annotations__["who"] = manages
    for function in (find, save, remove):
        function.__annotations__["identity"] = Annotated[kind.identity, Path(alias=f"{kind.one}_id")]
    for function in (create, save):
        function.__annotations__["body"] = body_type
    # Who waits in a queue that is removed goes to another one.
    moves = Annotated[int, Query(alias=f"to_{kind.one}_id", ge=0, le=32_767)]
    remove.__annotations__["to"] = moves if kind.one == "queue" else Annotated[int, Depends(_nothing)]
    one = f"{path}/{{{kind.one}_id}}"
    router.add_api_route(path, list_all, name=f"list_{kind.many}", response_model=rows_type)
    router.add_api_route(
        path, create, name=f"create_{kind.one}", methods=["POST"], status_code=201, response_model=row_type
    )
    router.add_api_route(one, find, name=f"find_{kind.one}", response_model=row_type)
    router.add_api_route(one, save, name=f"change_{kind.one}", methods=["PUT"], response_model=row_type)
    router.add_api_route(one, remove, name=f"remove_{kind.one}", methods=["DELETE"], response_model=Removed)


for _kind in KINDS:
    add_routes(_kind)


# --- the site


@router.get("/site")
async def find_site(who: AnyOne, parts: Serves) -> SiteRow:
    """The centre itself: everybody's screens need its zone and country."""
    async with parts.reading() as connection:
        site = await store.find_site(connection, site_id=parts.site_id)
    if site is None:
        raise NotFound("unknown_site")
    return forms.site_row(site)


@router.put("/site")
async def change_site(
    who: Annotated[Who, requires(Right.MANAGE_SITE)], parts: Serves, body: SiteSave
) -> SiteRow:
    """Change it."""
    site = forms.site_of(body, parts.site_id)
    seq, _ = await change(parts, who.person_id, ask.SaveSite(site=site), thing="site")
    async with parts.reading() as connection:
        saved = await store.find_site(connection, site_id=parts.site_id)
    assert saved is not None, "saved just now"
    return forms.site_row(saved).model_copy(update={"seq": seq})


# --- dispositions, which the engine does not read

Manages = Annotated[Who, requires(Right.MANAGE_DISPOSITIONS)]


@router.get("/dispositions")
async def list_dispositions(
    who: Annotated[Who, requires(Right.MANAGE_DISPOSITIONS, Right.TAKE_CALLS, *LOOKING)], parts: Serves
) -> list[DispositionRow]:
    """All of them, those out of use too: old interactions have them."""
    async with parts.reading() as connection:
        found = await store.list_dispositions(connection, site_id=parts.site_id)
    return [forms.disposition_row(disposition) for disposition in found]


@router.post("/dispositions", status_code=201)
async def create_disposition(who: Manages, parts: Serves, body: DispositionSave) -> DispositionRow:
    """A new one."""
    return await _save_disposition(who, parts, body, 0)


@router.get("/dispositions/{disposition_id}")
async def find_disposition(who: Manages, parts: Serves, disposition_id: Id) -> DispositionRow:
    """One."""
    async with parts.reading() as connection:
        found = await store.list_dispositions(connection, site_id=parts.site_id)
    for disposition in found:
        if disposition.disposition_id == disposition_id:
            return forms.disposition_row(disposition)
    raise NotFound("unknown_disposition", disposition_id=disposition_id)


@router.put("/dispositions/{disposition_id}")
async def change_disposition(
    who: Manages, parts: Serves, disposition_id: Id, body: DispositionSave
) -> DispositionRow:
    """Change one."""
    return await _save_disposition(who, parts, body, disposition_id)


@router.delete("/dispositions/{disposition_id}")
async def remove_disposition(who: Manages, parts: Serves, disposition_id: Id) -> Removed:
    """Remove one; interactions that have it keep it."""
    async with parts.writing() as connection:
        await organization.remove_disposition(
            connection,
            DispositionId(disposition_id),
            by=who.person_id,
            at=parts.clock.now(),
            site_id=parts.site_id,
        )
    return Removed()


async def _save_disposition(
    who: Who, parts: Parts, body: DispositionSave, disposition_id: int
) -> DispositionRow:
    async with parts.writing() as connection:
        saved = await organization.save_disposition(
            connection,
            forms.disposition_of(body, disposition_id),
            by=who.person_id,
            at=parts.clock.now(),
            site_id=parts.site_id,
        )
    return forms.disposition_row(saved)


# --- history


@router.get("/history")
async def list_changes(
    who: Annotated[Who, requires(Right.VIEW_HISTORY)],
    parts: Serves,
    entity: Annotated[str, Query(max_length=40, pattern=r"^[a-z_]*$")] = "",
    id: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    before: Annotated[SeqAsked, Query()] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[ChangeRow]:
    """Who changed what, newest first. before: only older ones than this place."""
    async with parts.reading() as connection:
        found = await store.list_changes(
            connection, entity=entity, entity_id=id, before_change=before, limit=limit, site_id=parts.site_id
        )
        names = await people.names_of(connection)
    return [
        ChangeRow(
            seq=line.change_id,
            at=line.at,
            by_name=names.get(line.by, ""),
            entity=line.entity,
            entity_id=line.entity_id,
            before=line.before,
            after=line.after,
        )
        for line in found
    ]


RESTORABLE: dict[str, tuple[Right, type[Any], Callable[[Any], ask.SingleChange]]] = {
    "site": (Right.MANAGE_SITE, Site, lambda site: ask.SaveSite(site=site)),
    "project": (Right.MANAGE_PROJECTS, Project, lambda project: ask.SaveProject(project=project)),
    "team": (Right.MANAGE_TEAMS, Team, lambda team: ask.SaveTeam(team=team)),
    "skill": (Right.MANAGE_SKILLS, Skill, lambda skill: ask.SaveSkill(skill=skill)),
    "queue": (Right.MANAGE_QUEUES, Queue, lambda queue: ask.SaveQueue(queue=queue)),
    "plan": (Right.MANAGE_QUEUES, Plan, lambda plan: ask.SavePlan(plan=plan)),
    "number": (Right.MANAGE_NUMBERS, Number, lambda number: ask.SaveNumber(number=number)),
    "trunk": (Right.MANAGE_TRUNKS, Trunk, lambda trunk: ask.SaveTrunk(trunk=trunk)),
    "system": (Right.MANAGE_SYSTEMS, System, lambda system: ask.SaveSystem(system=system)),
    "hours": (Right.MANAGE_HOURS, Hours, lambda hours: ask.SaveHours(hours=hours)),
    "reason": (Right.MANAGE_REASONS, Reason, lambda reason: ask.SaveReason(reason=reason)),
    "agent": (Right.MANAGE_PEOPLE, Agent, lambda agent: ask.SaveAgent(agent=agent)),
}
"""What can be brought back from its history: its right, its type, and the command that saves it."""


@router.get("/configuration/problems")
async def list_problems(
    who: Annotated[Who, requires(Right.MANAGE_QUEUES, Right.MANAGE_PEOPLE)], parts: Serves
) -> list[SettingsProblemRow]:
    """What is impossible about the settings as a whole: queues that no agent can serve, ways out to them."""
    async with parts.reading() as connection:
        configuration = await store.load(connection, site_id=parts.site_id)
        names = await people.names_of(connection)
    found = sorted(problems(configuration), key=lambda one: (one.kind != "queue", one.id, one.place))
    return [
        SettingsProblemRow(
            kind=one.kind,
            id=one.id,
            name=configuration.queues[QueueId(one.id)].name
            if one.kind == "queue"
            else names.get(PersonId(one.id), ""),
            code=one.code,
            place=one.place,
            facts=one.facts,
        )
        for one in found
    ]


@router.post("/history/{seq}/restore")
async def restore_version(
    who: Annotated[Who, requires(Right.VIEW_HISTORY)],
    parts: Serves,
    seq: Annotated[SeqAsked, Path()],
    version: Annotated[Literal["before", "after"], Query()] = "before",
) -> Restored:
    """Bring a thing back to how it was before this change, or after it; a removed thing comes back under its
    old id. It is a change like every other: checked, journalled, and itself in the history."""
    async with parts.reading() as connection:
        line = await store.find_change(connection, seq, site_id=parts.site_id)
    if line is None:
        raise NotFound("unknown_change", seq=seq)
    if line.entity not in RESTORABLE:
        raise Refused("not_restorable", entity=line.entity)
    right, kind, save = RESTORABLE[line.entity]
    if right not in who.rights:
        raise Forbidden("right_missing", right=right.value)
    plain = line.before if version == "before" else line.after
    if plain is None:
        raise Refused("nothing_to_restore", entity=line.entity)
    thing = msgspec.convert(plain, kind)
    asked = ask.ChangeTogether(changes=(save(thing),))
    done, _ = await change(parts, who.person_id, asked, thing=line.entity, known_id=line.entity_id)
    return Restored(entity=line.entity, entity_id=line.entity_id, seq=done)
