"""What a queue, an agent and the site may be in a random walk: a table of fields and how each is drawn.

A new field of the rules gets a row here, and every walk turns it. Values are small on purpose: a timeout of
a second meets another event far oftener than one of a minute.
"""

import random
from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

from otklik.acd.model import (
    AgentProfile,
    Boost,
    CallbackRules,
    Channel,
    LoadRule,
    Mode,
    ModePlan,
    ModeSpan,
    OverflowRule,
    OverflowTo,
    OverflowWhen,
    QueueKind,
    QueueRules,
    RelaxationStep,
    SiteRules,
    SkillRequirement,
    Strategy,
)
from otklik.vocabulary.hours import weekly

SKILLS = (1, 2, 3, 4)
CLASSES = ("vip", "debtor", "new")
Draw = Callable[[random.Random], Any]


def one_of(*values: Any) -> Draw:
    return lambda draw: draw.choice(values)


def seconds(*lengths: float) -> Draw:
    return lambda draw: timedelta(seconds=draw.choice(lengths))


def _requirements(draw: random.Random) -> tuple[SkillRequirement, ...]:
    skills = draw.sample(SKILLS, draw.randrange(3))
    return tuple(
        SkillRequirement(skill_id=one, minimum=draw.choice([1, 2, 3, 8]), is_firm=draw.random() < 0.2)
        for one in skills
    )


def _preferences(draw: random.Random) -> dict[int, int]:
    """Which queues (by id) an agent serves in the second or third place."""
    if draw.random() < 0.6:
        return {}
    return {queue_id: draw.choice([1, 2, 3]) for queue_id in range(101, 105)}


def boosts(draw: random.Random) -> tuple[Boost, ...]:
    """What the class of a customer adds to his priority."""
    if draw.random() < 0.7:
        return ()
    return tuple(Boost(cause=cause, amount=draw.choice([1, 5, -2])) for cause in draw.sample(CLASSES, 1))


def _relaxation(draw: random.Random) -> tuple[RelaxationStep, ...]:
    after, steps = timedelta(), []
    for _ in range(draw.choice([0, 0, 1, 2, 3])):
        after += timedelta(seconds=draw.choice([1, 2, 5, 20]))
        some = (draw.choice(SKILLS),) if draw.random() < 0.3 else ()
        steps.append(RelaxationStep(after=after, minimum=draw.choice([0, 1, 2, 5]), skills=some))
    return tuple(steps)


def _overflow(draw: random.Random) -> tuple[OverflowRule, ...]:
    return tuple(
        OverflowRule(
            name=f"rule {number}",
            when=draw.choice(list(OverflowWhen)),
            to=draw.choice([*OverflowTo, OverflowTo.QUEUE]),
            after=timedelta(seconds=draw.choice([0, 0.5, 2, 10])),
            length=draw.choice([0, 1, 3]),
            queue_id=draw.choice([0, 101, 102, 103, 104]),
            target="sorry",
            keeps_wait=draw.random() < 0.7,
        )
        for number in range(draw.choice([0, 0, 1, 2, 3]))
    )


def _callbacks(draw: random.Random) -> CallbackRules:
    return CallbackRules(
        priority=draw.choice([0, 0, 3]),
        share=draw.choice([0.1, 0.25, 0.5]),
        attempts=draw.choice([1, 2, 3]),
        retry_after=timedelta(seconds=draw.choice([1, 5, 20])),
        expires_after=timedelta(seconds=draw.choice([2, 20, 600])),
        delay=timedelta(seconds=draw.choice([0, 1, 3])),
        personal_for=timedelta(seconds=draw.choice([0, 2, 10])),
    )


def wishes(draw: random.Random) -> tuple[SkillRequirement, ...]:
    """What a customer needs besides; rarely something impossible."""
    if draw.random() < 0.7:
        return ()
    minimum = draw.choice([1, 2, 4, 6, 9]) if draw.random() < 0.97 else draw.choice([0, 11])
    return tuple(
        SkillRequirement(skill_id=draw.choice(SKILLS), minimum=minimum) for _ in range(draw.choice([1, 1, 2]))
    )


def _levels(draw: random.Random) -> dict[int, int]:
    known = draw.sample(SKILLS, draw.randrange(len(SKILLS) + 1))
    return {one: draw.randrange(1, 11) for one in known}


QUEUE: dict[str, Draw] = {
    "skills": _requirements,
    "priority": one_of(0, 0, 0, 5),
    "ageing": one_of(0.0, 0.0, 1.0, 7.5),
    "strategy": one_of(*Strategy),
    "weight": one_of(1.0, 1.0, 1.0, 0.5, 3.0),
    "after_missed": one_of("not_ready", "cool_down"),
    "missed_rest": seconds(1, 4, 15),
    "missed_limit": one_of(1, 2, 3),
    "preferred_wait": seconds(0, 2, 20),
    "preferred_waits_for_pause": one_of(False, True),
    "ring_timeout": seconds(1, 5, 15, 20),
    "wrap_up": seconds(0, 5, 30),
    "wrap_up_limit": seconds(5, 30, 60),
    "maximum_waiting": one_of(3, 10, 1000),
    "service_target": one_of(*[0.8] * 40, 1.5),
    "relaxation": _relaxation,
    "kind": one_of(*[QueueKind.INBOUND] * 5, QueueKind.CALLBACKS, QueueKind.OUTBOUND),
    "overflow": _overflow,
    "callbacks": _callbacks,
    "tier": one_of(1, 1, 2),
    "next_tier": one_of(0, 0, 101, 102, 103, 104),
}
AGENT: dict[str, Draw] = {
    "skills": _levels,
    "voice_capacity": one_of(1, 1, 1, 1, 1, 1, 1, 1, 1, 0),
    "capacities": one_of(
        {}, {}, {}, {Channel.CHAT: 2}, {Channel.CHAT: 4, Channel.EMAIL: 2}, {Channel.EMAIL: 0}
    ),
    "preferences": _preferences,
    "ring_timeout": one_of(None, None, None, timedelta(seconds=2), timedelta(seconds=17)),
}
SITE: dict[str, Draw] = {
    "rescue_timeout": seconds(1, 15),
    "connect_timeout": seconds(0.5, 3, 10),
    "cool_down": seconds(0, 2, 30),
    "device_grace": seconds(0, 1, 3, 10),
    "direct_wrap_up": seconds(0, 30),
    "dial_timeout": seconds(2, 60),
    "arriving_timeout": seconds(1, 60),
    "day_start": one_of(timedelta(0), timedelta(hours=9, minutes=15), timedelta(hours=9, minutes=30)),
    "guard_handled": one_of(0, 2, 5, 100),
    "guard_streak": seconds(0, 20, 7200),
    "guard_pause": seconds(1, 10, 300),
    "transfer_timeout": seconds(1, 20),
    "chat_capacity": one_of(0, 1, 2, 3, 5),
    "email_capacity": one_of(1, 1, 2),
    "consult_wait": seconds(2, 20, 180),
    "consult_limit": seconds(5, 60, 3600),
    "outside_limit": seconds(5, 60),
    "conference_limit": one_of(2, 3, 6),
}


def drawn(knobs: dict[str, Draw], draw: random.Random) -> dict[str, Any]:
    return {name: turn(draw) for name, turn in knobs.items()}


def channel_of(queue_id: int) -> Channel:
    """The third queue of a walk is for chats, the fourth for letters."""
    return {3: Channel.CHAT, 4: Channel.EMAIL}.get(queue_id % 10, Channel.VOICE)


def queue_rules(queue_id: int, draw: random.Random) -> QueueRules:
    """Its ways out mostly lead to queues of larger ids: a circle is refused, and rare."""
    turned = drawn(QUEUE, draw)
    if draw.random() < 0.95:
        turned["overflow"] = tuple(
            one for one in turned["overflow"] if one.to is not OverflowTo.QUEUE or one.queue_id > queue_id
        )
        turned["next_tier"] = turned["next_tier"] if turned["next_tier"] > queue_id else 0
    turned["channel"] = channel_of(queue_id)
    if draw.random() < 0.02:
        turned["channel"] = Channel.CHAT
    return QueueRules(queue_id=queue_id, **turned)


def plan(plan_id: int, agents: list[int], queues: list[int], draw: random.Random) -> ModePlan:
    """Plan 1 has the agents of odd ids, plan 2 the others: half and half, sometimes both."""
    members = [one for one in agents if one % 2 == plan_id % 2 or draw.random() < 0.02]
    spans = tuple(
        ModeSpan(mode=draw.choice(list(Mode)), hours=weekly(time(opens), time(opens + 2), range(7)))
        for opens in draw.sample(range(6, 14), draw.choice([0, 1, 2]))
    )
    busy = draw.choice([1, 2, 4])
    load = LoadRule(
        queue_ids=tuple(draw.sample(queues, draw.randrange(len(queues) + 1))),
        busy=busy,
        calm=min(draw.choice([0, 0, 1]), busy - 1),  # as the border asks: else a plan would never rest
        calm_for=timedelta(seconds=draw.choice([0, 2, 30])),
        keeps=draw.choice([0, 1]),
    )
    return ModePlan(
        plan_id=plan_id,
        agent_ids=tuple(members),
        spans=spans,
        otherwise=draw.choice(list(Mode)),
        load=draw.choice([None, load]),
    )


def profile(agent_id: int, draw: random.Random) -> AgentProfile:
    return AgentProfile(agent_id=agent_id, **drawn(AGENT, draw))


def site_rules(draw: random.Random) -> SiteRules:
    return SiteRules(**drawn(SITE, draw))
