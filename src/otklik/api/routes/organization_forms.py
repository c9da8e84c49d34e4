"""From JSON to the things of room `organization` and back: one pair of functions for each kind.

Durations are seconds in JSON and timedelta inside; "none" is null in JSON and 0 inside.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from otklik.acd.blending import mode_by_clock
from otklik.acd.model import (
    CallbackRules,
    Channel,
    LoadRule,
    Mode,
    ModeSpan,
    OverflowRule,
    OverflowTo,
    OverflowWhen,
    QueueKind,
    RelaxationStep,
    SkillRequirement,
)
from otklik.api.schemas.organization import (
    DayException,
    DispositionRow,
    DispositionSave,
    HoursRow,
    HoursSave,
    NumberRow,
    NumberSave,
    OverflowRuleFields,
    PlanRow,
    PlanSave,
    ProjectRow,
    ProjectSave,
    QueueRow,
    QueueSave,
    ReasonRow,
    ReasonSave,
    RelaxationStepFields,
    SiteRow,
    SiteSave,
    SkillNeed,
    SkillRow,
    SkillSave,
    TeamRow,
    TeamSave,
    TrunkRow,
    TrunkSave,
    Weekly,
)
from otklik.organization.model import (
    Disposition,
    DispositionKind,
    Hours,
    Number,
    Plan,
    Project,
    Queue,
    Reason,
    Site,
    Skill,
    Team,
    Trunk,
    TrunkKind,
    plan_rules,
)
from otklik.vocabulary.hours import DateHours, OpeningHours, Span
from otklik.vocabulary.ids import (
    AgentId,
    DispositionId,
    FlowId,
    HoursId,
    NumberId,
    PersonId,
    PlanId,
    ProjectId,
    QueueId,
    ReasonId,
    SecretId,
    SiteId,
    SkillId,
    TeamId,
    TrunkId,
)
from otklik.vocabulary.phones import NumberFormat

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def duration(seconds: float) -> timedelta:
    """Whole milliseconds of a number of seconds."""
    return timedelta(milliseconds=round(seconds * 1000))


# --- to the thing


def site_of(form: SiteSave, site_id: SiteId) -> Site:
    """The site."""
    return Site(
        site_id=site_id,
        name=form.name,
        zone=form.zone,
        country=form.country,
        language=form.language,
        currency=form.currency,
        rescue_timeout=duration(form.rescue_timeout_seconds),
        fallback_number=form.fallback_number,
        allowed_countries=tuple(form.allowed_countries),
        daily_call_cap=form.daily_call_cap,
        daily_minutes_cap=form.daily_minutes_cap,
        phone_codec=form.phone_codec,
        guard_handled=form.guard_handled,
        guard_streak=duration(form.guard_streak_seconds),
        guard_pause=duration(form.guard_pause_seconds),
        chat_capacity=form.chat_capacity,
        email_capacity=form.email_capacity,
        has_supervision_tone=form.has_supervision_tone,
        hold_reminder=duration(form.hold_reminder_seconds),
        has_silent_holds=form.has_silent_holds,
    )


def project_of(form: ProjectSave, identity: int) -> Project:
    """A project."""
    return Project(project_id=ProjectId(identity), name=form.name, color=form.color)


def team_of(form: TeamSave, identity: int) -> Team:
    """A team."""
    supervisors = tuple(PersonId(person_id) for person_id in form.supervisor_ids)
    return Team(team_id=TeamId(identity), name=form.name, supervisor_ids=supervisors)


def skill_of(form: SkillSave, identity: int) -> Skill:
    """A skill."""
    return Skill(skill_id=SkillId(identity), name=form.name)


def queue_of(form: QueueSave, identity: int) -> Queue:
    """A queue."""
    return Queue(
        queue_id=QueueId(identity),
        name=form.name,
        project_id=ProjectId(form.project_id),
        channel=Channel(form.channel),
        skills=tuple(
            SkillRequirement(skill_id=SkillId(need.skill_id), minimum=need.minimum, is_firm=need.is_firm)
            for need in form.skills
        ),
        priority=form.priority,
        ageing=form.ageing,
        strategy=form.strategy,
        ring_timeout=duration(form.ring_timeout_seconds),
        wrap_up=duration(form.wrap_up_seconds),
        wrap_up_limit=duration(form.wrap_up_limit_seconds),
        service_threshold=duration(form.service_threshold_seconds),
        service_target=form.service_target,
        short_abandon=duration(form.short_abandon_seconds),
        maximum_waiting=form.maximum_waiting,
        caller_number_id=NumberId(form.caller_number_id or 0),
        trunk_id=TrunkId(form.trunk_id or 0),
        relaxation=tuple(
            RelaxationStep(
                after=duration(step.after_seconds),
                minimum=step.minimum,
                skills=tuple(SkillId(skill_id) for skill_id in step.skill_ids),
            )
            for step in form.relaxation
        ),
        weight=form.weight,
        after_missed=form.after_missed,
        missed_rest=duration(form.missed_rest_seconds),
        missed_limit=form.missed_limit,
        preferred_wait=duration(form.preferred_wait_seconds),
        preferred_waits_for_pause=form.preferred_waits_for_pause,
        kind=QueueKind(form.kind),
        overflow=tuple(_overflow_of(rule) for rule in form.overflow),
        callbacks=CallbackRules(
            priority=form.callbacks.priority,
            share=form.callbacks.share,
            attempts=form.callbacks.attempts,
            retry_after=duration(form.callbacks.retry_after_seconds),
            expires_after=duration(form.callbacks.expires_after_seconds),
            delay=duration(form.callbacks.delay_seconds),
            personal_for=duration(form.callbacks.personal_for_seconds),
        ),
        tier=form.tier,
        next_tier=QueueId(form.next_tier_id or 0),
        greeting=form.greeting,
    )


def _overflow_of(rule: OverflowRuleFields) -> OverflowRule:
    return OverflowRule(
        name=rule.name,
        when=OverflowWhen(rule.when),
        to=OverflowTo(rule.to),
        after=duration(rule.after_seconds),
        length=rule.length,
        queue_id=QueueId(rule.queue_id or 0),
        target=rule.target,
        keeps_wait=rule.keeps_wait,
    )


def plan_of(form: PlanSave, identity: int) -> Plan:
    """A plan of modes."""
    load = form.load
    return Plan(
        plan_id=PlanId(identity),
        name=form.name,
        agent_ids=tuple(AgentId(agent_id) for agent_id in form.agent_ids),
        spans=tuple(
            ModeSpan(
                mode=Mode(span.mode),
                hours=OpeningHours(week=tuple(_spans(getattr(span.weekly, day)) for day in WEEKDAYS)),
            )
            for span in form.spans
        ),
        otherwise=Mode(form.otherwise),
        load=None
        if load is None
        else LoadRule(
            queue_ids=tuple(QueueId(queue_id) for queue_id in load.queue_ids),
            busy=load.busy,
            calm=load.calm,
            calm_for=duration(load.calm_for_seconds),
            keeps=load.keeps,
        ),
    )


def number_of(form: NumberSave, identity: int) -> Number:
    """A number."""
    return Number(
        number_id=NumberId(identity),
        number=form.number,
        name=form.name,
        language=form.language,
        is_recorded=form.is_recorded,
        hours_id=HoursId(form.hours_id or 0),
        queue_id=QueueId(form.queue_id),
        flow_id=FlowId(form.flow_id or 0),
        parameters=dict(form.parameters),
        trunk_id=TrunkId(form.trunk_id or 0),
    )


def trunk_of(form: TrunkSave, identity: int, secret_id: SecretId) -> Trunk:
    """A trunk; its secret is kept already."""
    return Trunk(
        trunk_id=TrunkId(identity),
        name=form.name,
        kind=TrunkKind(form.kind),
        host=form.host,
        port=form.port,
        addresses=tuple(form.addresses),
        login=form.login,
        secret_id=secret_id,
        codecs=tuple(form.codecs),
        number_format_in=NumberFormat(form.number_format_in),
        number_format_out=NumberFormat(form.number_format_out),
        maximum_calls=form.maximum_calls,
        daily_calls=form.daily_calls,
        daily_minutes=form.daily_minutes,
        is_default=form.is_default,
    )


def hours_of(form: HoursSave, identity: int) -> Hours:
    """Opening hours."""
    return Hours(
        hours_id=HoursId(identity),
        name=form.name,
        opening=OpeningHours(
            week=tuple(_spans(getattr(form.weekly, day)) for day in WEEKDAYS),
            dates=tuple(DateHours(day=day.date, spans=_spans(day.spans)) for day in form.exceptions),
            time_zone=form.zone,
        ),
        notes={day.date.isoformat(): day.note for day in form.exceptions if day.note},
    )


def reason_of(form: ReasonSave, identity: int) -> Reason:
    """A reason for being not ready."""
    return Reason(
        reason_id=ReasonId(identity),
        name_ru=form.name_ru,
        name_en=form.name_en,
        maximum=None if form.max_seconds is None else timedelta(seconds=form.max_seconds),
        is_paid=form.is_paid,
        needs_permission=form.needs_permission,
    )


def disposition_of(form: DispositionSave, identity: int) -> Disposition:
    """A disposition."""
    return Disposition(
        disposition_id=DispositionId(identity),
        name_ru=form.name_ru,
        name_en=form.name_en,
        kind=DispositionKind(form.kind),
        queue_ids=tuple(QueueId(queue_id) for queue_id in form.queue_ids),
        is_active=form.is_active,
    )


# --- and back


def site_row(site: Site) -> SiteRow:
    """The site."""
    return SiteRow.model_validate(
        {
            "name": site.name,
            "zone": site.zone,
            "country": site.country,
            "language": site.language,
            "currency": site.currency,
            "rescue_timeout_seconds": site.rescue_timeout.total_seconds(),
            "fallback_number": site.fallback_number,
            "allowed_countries": list(site.allowed_countries),
            "daily_call_cap": site.daily_call_cap,
            "daily_minutes_cap": site.daily_minutes_cap,
            "phone_codec": site.phone_codec,
            "guard_handled": site.guard_handled,
            "guard_streak_seconds": site.guard_streak.total_seconds(),
            "guard_pause_seconds": site.guard_pause.total_seconds(),
            "chat_capacity": site.chat_capacity,
            "email_capacity": site.email_capacity,
            "has_supervision_tone": site.has_supervision_tone,
            "hold_reminder_seconds": site.hold_reminder.total_seconds(),
            "has_silent_holds": site.has_silent_holds,
        }
    )


def project_row(project: Project) -> ProjectRow:
    """A project."""
    return ProjectRow(id=project.project_id, name=project.name, color=project.color)


def team_row(team: Team, people: int) -> TeamRow:
    """A team with the number of its agents."""
    return TeamRow(id=team.team_id, name=team.name, supervisor_ids=list(team.supervisor_ids), people=people)


def skill_row(skill: Skill) -> SkillRow:
    """A skill."""
    return SkillRow(id=skill.skill_id, name=skill.name)


def queue_row(queue: Queue) -> QueueRow:
    """A queue."""
    return QueueRow.model_validate(
        {
            "id": queue.queue_id,
            "name": queue.name,
            "project_id": queue.project_id,
            "channel": queue.channel.value,
            "skills": [
                SkillNeed(skill_id=need.skill_id, minimum=need.minimum, is_firm=need.is_firm)
                for need in queue.skills
            ],
            "priority": queue.priority,
            "ageing": queue.ageing,
            "strategy": queue.strategy,
            "ring_timeout_seconds": queue.ring_timeout.total_seconds(),
            "wrap_up_seconds": queue.wrap_up.total_seconds(),
            "wrap_up_limit_seconds": queue.wrap_up_limit.total_seconds(),
            "service_threshold_seconds": queue.service_threshold.total_seconds(),
            "service_target": queue.service_target,
            "short_abandon_seconds": queue.short_abandon.total_seconds(),
            "maximum_waiting": queue.maximum_waiting,
            "caller_number_id": queue.caller_number_id or None,
            "trunk_id": queue.trunk_id or None,
            "relaxation": [
                RelaxationStepFields(
                    after_seconds=step.after.total_seconds(),
                    minimum=step.minimum,
                    skill_ids=list(step.skills),
                )
                for step in queue.relaxation
            ],
            "weight": queue.weight,
            "after_missed": queue.after_missed,
            "missed_rest_seconds": queue.missed_rest.total_seconds(),
            "missed_limit": queue.missed_limit,
            "preferred_wait_seconds": queue.preferred_wait.total_seconds(),
            "preferred_waits_for_pause": queue.preferred_waits_for_pause,
            "kind": queue.kind.value,
            "overflow": [
                {
                    "name": rule.name,
                    "when": rule.when.value,
                    "to": rule.to.value,
                    "after_seconds": rule.after.total_seconds(),
                    "length": rule.length,
                    "queue_id": rule.queue_id or None,
                    "target": rule.target,
                    "keeps_wait": rule.keeps_wait,
                }
                for rule in queue.overflow
            ],
            "callbacks": {
                "priority": queue.callbacks.priority,
                "share": queue.callbacks.share,
                "attempts": queue.callbacks.attempts,
                "retry_after_seconds": queue.callbacks.retry_after.total_seconds(),
                "expires_after_seconds": queue.callbacks.expires_after.total_seconds(),
                "delay_seconds": queue.callbacks.delay.total_seconds(),
                "personal_for_seconds": queue.callbacks.personal_for.total_seconds(),
            },
            "tier": queue.tier,
            "next_tier_id": queue.next_tier or None,
            "greeting": queue.greeting,
        }
    )


def plan_row(plan: Plan, at: datetime, zone: str) -> PlanRow:
    """A plan of modes, and what it says now."""
    load = plan.load
    return PlanRow.model_validate(
        {
            "id": plan.plan_id,
            "name": plan.name,
            "agent_ids": list(plan.agent_ids),
            "spans": [
                {
                    "mode": span.mode.value,
                    "weekly": {
                        day: _pairs(spans) for day, spans in zip(WEEKDAYS, span.hours.week, strict=True)
                    },
                }
                for span in plan.spans
            ],
            "otherwise": plan.otherwise.value,
            "load": None
            if load is None
            else {
                "queue_ids": list(load.queue_ids),
                "busy": load.busy,
                "calm": load.calm,
                "calm_for_seconds": load.calm_for.total_seconds(),
                "keeps": load.keeps,
            },
            "mode": mode_by_clock(plan_rules(plan, zone), at).value,
        }
    )


def number_row(number: Number) -> NumberRow:
    """A number."""
    return NumberRow.model_validate(
        {
            "id": number.number_id,
            "number": number.number,
            "name": number.name,
            "language": number.language,
            "is_recorded": number.is_recorded,
            "hours_id": number.hours_id or None,
            "queue_id": number.queue_id,
            "flow_id": number.flow_id or None,
            "parameters": number.parameters,
            "trunk_id": number.trunk_id or None,
        }
    )


def trunk_row(trunk: Trunk, state: str, detail: str) -> TrunkRow:
    """A trunk with its live state; never its secret."""
    return TrunkRow.model_validate(
        {
            "id": trunk.trunk_id,
            "name": trunk.name,
            "kind": trunk.kind.value,
            "host": trunk.host,
            "port": trunk.port,
            "addresses": list(trunk.addresses),
            "login": trunk.login,
            "has_secret": bool(trunk.secret_id),
            "codecs": list(trunk.codecs),
            "number_format_in": trunk.number_format_in.value,
            "number_format_out": trunk.number_format_out.value,
            "maximum_calls": trunk.maximum_calls,
            "daily_calls": trunk.daily_calls,
            "daily_minutes": trunk.daily_minutes,
            "is_default": trunk.is_default,
            "state": state,
            "state_detail": detail,
        }
    )


def hours_row(hours: Hours, at: datetime, site_zone: str) -> HoursRow:
    """Opening hours, and whether it is open now and when that changes."""
    opening = hours.opening
    is_open = opening.is_open(at, site_zone)
    changes_at = opening.next_closing(at, site_zone) if is_open else opening.next_opening(at, site_zone)
    return HoursRow(
        id=hours.hours_id,
        name=hours.name,
        zone=opening.time_zone,
        weekly=Weekly.model_validate(
            {day: _pairs(spans) for day, spans in zip(WEEKDAYS, opening.week, strict=True)}
        ),
        exceptions=[
            DayException(
                date=special.day,
                spans=_pairs(special.spans),
                note=hours.notes.get(special.day.isoformat(), ""),
            )
            for special in opening.dates
        ],
        is_open=is_open,
        changes_at=changes_at,
    )


def reason_row(reason: Reason) -> ReasonRow:
    """A reason for being not ready."""
    return ReasonRow(
        id=reason.reason_id,
        name_ru=reason.name_ru,
        name_en=reason.name_en,
        max_seconds=None if reason.maximum is None else int(reason.maximum.total_seconds()),
        is_paid=reason.is_paid,
        needs_permission=reason.needs_permission,
    )


def disposition_row(disposition: Disposition) -> DispositionRow:
    """A disposition."""
    return DispositionRow.model_validate(
        {
            "id": disposition.disposition_id,
            "name_ru": disposition.name_ru,
            "name_en": disposition.name_en,
            "kind": disposition.kind.value,
            "queue_ids": list(disposition.queue_ids),
            "is_active": disposition.is_active,
        }
    )


def _spans(pairs: Iterable[tuple[str, str]]) -> tuple[Span, ...]:
    return tuple(
        Span(opens=time.fromisoformat(opens), closes=time.fromisoformat(closes)) for opens, closes in pairs
    )


def _pairs(spans: Iterable[Span]) -> list[tuple[str, str]]:
    return [(f"{span.opens:%H:%M}", f"{span.closes:%H:%M}") for span in spans]
