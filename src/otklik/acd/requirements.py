"""What an agent must have for an interaction: what its queue asks, what the customer needs besides, less what
the wait has made superfluous. Pure; asked when a lane is made or a step is taken, not per decision.

Complexity of products is said with the same mechanism: a skill per product group ("simple", "complex"), and
the agent's grade as his level in it: trainee 2, novice 5, experienced 8 (`LEVEL_OF_GRADE`). A queue of
complex products that asks for level 8 and relaxes to 5 after a while takes experienced agents first.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from otklik.acd.model import AgentProfile, QueueRules, RelaxationStep, SkillRequirement
from otklik.vocabulary.ids import SkillId

HIGHEST_LEVEL: Final = 10
LEVEL_OF_GRADE: Final = {"trainee": 2, "novice": 5, "experienced": 8}
"""Level at which an agent of a grade stands in a product group; the levels between are for finer shades."""


def merged(requirements: Iterable[SkillRequirement]) -> tuple[SkillRequirement, ...]:
    """One per skill, in the order of skills: the highest minimum, firm if any of them is."""
    found: dict[SkillId, SkillRequirement] = {}
    for one in requirements:
        other = found.get(one.skill_id)
        if other is not None:
            one = SkillRequirement(
                skill_id=one.skill_id,
                minimum=max(one.minimum, other.minimum),
                is_firm=one.is_firm or other.is_firm,
            )
        found[one.skill_id] = one
    return tuple(found[skill_id] for skill_id in sorted(found))


def effective(
    rules: QueueRules, extras: tuple[SkillRequirement, ...], step: int
) -> tuple[SkillRequirement, ...]:
    """What is asked after `step` steps of the queue's relaxation; a requirement that anyone meets is gone."""
    asked = merged((*rules.skills, *extras))
    for taken in rules.relaxation[:step]:
        asked = tuple(relaxed for one in asked if (relaxed := _relaxed(one, taken)) is not None)
    return asked


def meets(profile: AgentProfile, requirements: Iterable[SkillRequirement]) -> bool:
    """Whether an agent has all that is asked."""
    skills = profile.skills
    for one in requirements:
        level = skills.get(one.skill_id, 0)
        if level < one.minimum or level <= 0:
            return False
    return True


def _relaxed(one: SkillRequirement, step: RelaxationStep) -> SkillRequirement | None:
    if one.is_firm or (step.skills and one.skill_id not in step.skills):
        return one
    if step.minimum <= 0:
        return None
    if one.minimum <= step.minimum:
        return one
    return SkillRequirement(skill_id=one.skill_id, minimum=step.minimum)


def steps_after(rules: QueueRules, waited: timedelta) -> int:
    """How many steps of the relaxation a wait has passed."""
    return sum(1 for step in rules.relaxation if step.after <= waited)
