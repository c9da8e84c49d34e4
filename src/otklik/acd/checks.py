"""Rules that nobody could live by: refused before anything is configured, with the field and the reason.

The browser and the command line have a text for each of `REASONS`.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from math import isfinite
from typing import Any, Final

import msgspec

from otklik.acd.capacity import HIGHEST_CAPACITY, profile_capacity
from otklik.acd.model import (
    AfterMissed,
    AgentProfile,
    Channel,
    OverflowTo,
    QueueRules,
    RelaxationStep,
    SiteRules,
    SkillRequirement,
    Strategy,
)
from otklik.acd.requirements import HIGHEST_LEVEL, effective, meets
from otklik.vocabulary.ids import QueueId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.time import SLOT

REASONS: Final = frozenset(
    {
        "level_outside",  # maximum: levels and preferences are 1 to 10
        "negative",
        "not_positive",
        "not_a_number",
        "unknown_choice",  # value
        "not_increasing",  # each step of a relaxation is later than the one before
        "too_large",  # maximum
        "not_a_quarter",  # a day begins at a full quarter of an hour
        "no_capacity",  # an agent who may have nothing on any channel
        "no_agent_fits",  # name: of the queue
        "overflow_unserved",  # name, target: its way out leads where no agent can serve
    }
)

_NO_TIME = timedelta()
_DAY = timedelta(days=1)
_LOWEST_PREFERENCE = 10
_HIGHEST_PRIORITY = 1_000_000


class Problem(Value):
    """What is wrong. field: a path in the rules (`skills.0.minimum`); facts: what a text needs."""

    field: str
    reason: str
    facts: dict[str, Any] = msgspec.field(default_factory=dict)


def problems_of_queue(rules: QueueRules) -> Iterator[Problem]:
    """What makes these rules impossible by themselves."""
    yield from _levels("skills", rules.skills)
    for name in rules.__struct_fields__:
        value = getattr(rules, name)
        if isinstance(value, timedelta):
            yield from _time(name, value)
    yield from _choice("strategy", rules.strategy, Strategy)
    yield from _choice("after_missed", rules.after_missed, AfterMissed)
    for name in ("weight", "service_target", "ageing"):
        number: float = getattr(rules, name)
        if not isfinite(number):
            yield Problem(field=name, reason="not_a_number")
        elif number < 0 or (number == 0 and name != "ageing"):
            yield Problem(field=name, reason="negative" if name == "ageing" else "not_positive")
    if rules.service_target > 1:
        yield Problem(field="service_target", reason="too_large", facts={"maximum": 1})
    if abs(rules.priority) > _HIGHEST_PRIORITY:
        yield Problem(field="priority", reason="too_large", facts={"maximum": _HIGHEST_PRIORITY})
    for name in ("maximum_waiting", "missed_limit"):
        if getattr(rules, name) < 1:
            yield Problem(field=name, reason="not_positive")
    yield from _steps(rules.relaxation)


def problems_of_agent(profile: AgentProfile) -> Iterator[Problem]:
    """What makes this profile impossible by itself."""
    for skill_id, level in profile.skills.items():
        if not 1 <= level <= HIGHEST_LEVEL:
            yield Problem(
                field=f"skills.{skill_id}", reason="level_outside", facts={"maximum": HIGHEST_LEVEL}
            )
    for queue_id, preference in profile.preferences.items():
        if not 1 <= preference <= _LOWEST_PREFERENCE:
            yield Problem(
                field=f"preferences.{queue_id}",
                reason="level_outside",
                facts={"maximum": _LOWEST_PREFERENCE},
            )
    if profile.voice_capacity < 0:
        yield Problem(field="voice_capacity", reason="negative")
    for channel, capacity in profile.capacities.items():
        yield from _capacity(f"capacities.{channel.value}", capacity)
    if profile.ring_timeout is not None and profile.ring_timeout <= _NO_TIME:
        yield Problem(field="ring_timeout", reason="not_positive")


def problems_of_site(site: SiteRules) -> Iterator[Problem]:
    """What makes these rules impossible by themselves."""
    for name in site.__struct_fields__:
        value = getattr(site, name)
        if isinstance(value, timedelta):
            yield from _time(name, value)
    for name in ("chat_capacity", "email_capacity"):
        yield from _capacity(name, getattr(site, name))
    if site.guard_handled < 0:
        yield Problem(field="guard_handled", reason="negative")
    if site.day_start >= _DAY or site.day_start % SLOT:
        yield Problem(field="day_start", reason="not_a_quarter")


def problems_of_centre(
    queues: Iterable[QueueRules], agents: Iterable[AgentProfile], site: SiteRules | None = None
) -> Iterator[Problem]:
    """What is impossible about the whole: a queue that no agent can ever serve, even when all that can be
    relaxed is, a way out to such a queue, an agent who may have nothing at all. For a living centre a warning
    (its agents may not have been hired yet), for a scenario a refusal."""
    site = site or SiteRules()
    profiles, lines = list(agents), list(queues)
    for profile in profiles:
        if not any(profile_capacity(site, profile, channel) for channel in Channel):
            yield Problem(field=f"agents.{profile.agent_id}", reason="no_capacity")
    able = {
        channel: [profile for profile in profiles if profile_capacity(site, profile, channel) > 0]
        for channel in Channel
    }
    unserved: dict[QueueId, str] = {}
    for rules in lines:
        least = effective(rules, (), len(rules.relaxation))
        if not any(meets(profile, least) for profile in able[rules.channel]):
            unserved[rules.queue_id] = rules.name
            yield Problem(
                field=f"queues.{rules.queue_id}", reason="no_agent_fits", facts={"name": rules.name}
            )
    for rules in lines:
        for index, way in enumerate(rules.overflow):
            if way.to is OverflowTo.QUEUE and way.queue_id in unserved:
                yield Problem(
                    field=f"queues.{rules.queue_id}.overflow.{index}",
                    reason="overflow_unserved",
                    facts={"name": rules.name, "target": unserved[way.queue_id]},
                )


def _levels(name: str, asked: Iterable[SkillRequirement]) -> Iterator[Problem]:
    for index, one in enumerate(asked):
        if not 1 <= one.minimum <= HIGHEST_LEVEL:
            yield Problem(
                field=f"{name}.{index}.minimum", reason="level_outside", facts={"maximum": HIGHEST_LEVEL}
            )


def _capacity(name: str, capacity: int) -> Iterator[Problem]:
    if capacity < 0:
        yield Problem(field=name, reason="negative")
    if capacity > HIGHEST_CAPACITY:
        yield Problem(field=name, reason="too_large", facts={"maximum": HIGHEST_CAPACITY})


def _time(name: str, length: timedelta) -> Iterator[Problem]:
    if length < _NO_TIME:
        yield Problem(field=name, reason="negative")


def _choice(name: str, value: str, choices: Iterable[str]) -> Iterator[Problem]:
    if value not in set(choices):
        yield Problem(field=name, reason="unknown_choice", facts={"value": value})


def _steps(relaxation: tuple[RelaxationStep, ...]) -> Iterator[Problem]:
    before = _NO_TIME
    for index, step in enumerate(relaxation):
        if step.after <= before:
            yield Problem(field=f"relaxation.{index}.after", reason="not_increasing")
        if not 0 <= step.minimum <= HIGHEST_LEVEL:
            yield Problem(
                field=f"relaxation.{index}.minimum", reason="level_outside", facts={"maximum": HIGHEST_LEVEL}
            )
        before = max(before, step.after)
