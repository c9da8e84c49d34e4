"""`queue`: the customer waits for a person; he hears his place, his wait, comfort and music, or leaves by a
key."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

import msgspec

from otklik.acd.model import Boost, SkillRequirement
from otklik.acd.requirements import HIGHEST_LEVEL
from otklik.flows.acts import (
    Act,
    Announce,
    Comfort,
    GoTo,
    NoteOutcome,
    PlayMusic,
    RequestExit,
    RequestQueue,
    Visit,
)
from otklik.flows.nodes.assign import fill, names_in
from otklik.flows.nodes.condition import Comparison, compare, lacks_number
from otklik.flows.nodes.node import KEYS, Flaw, Node
from otklik.flows.nodes.sms import LONGEST_TEXT
from otklik.flows.nodes.waiting import is_news, step_of, wait_words
from otklik.flows.survey_calls import SurveyCall
from otklik.vocabulary.ids import AgentId, FlowId, QueueId
from otklik.vocabulary.messages import Value

LAST_SPOKEN = 10
"""Positions up to this one have a prompt of their own; above it is `position_more`."""

LAST_AGENT = "last_agent"
"""The fact that names the agent with whom this customer spoke last."""

_HIGHEST_AMOUNT = 1_000_000
_LONGEST_WAIT = timedelta(hours=1)


class Urgency(Value):
    """What is added to the priority of those of whom a comparison holds: a customer class, a long wait.

    cause: a short name that the trace and the offer show (`vip`, `debtor`). amount: larger is sooner, below 0
    is later. fact, comparison, value: as in a case; without a fact it is added for everybody.
    """

    cause: str
    amount: int
    fact: str = ""
    comparison: Comparison = Comparison.IS
    value: str = ""

    def holds(self, facts: Mapping[str, str]) -> bool:
        """Whether it is added for these facts."""
        return not self.fact or compare(facts.get(self.fact, ""), self.comparison, self.value)


class Queue(Node, tag="queue", tag_field="node"):
    """Asks for a queue and keeps the customer company until the flow is stopped from outside.

    queue_id: 0 is the queue of the number called. announces: whether the position is spoken; announces_wait:
    whether the expected wait is, rounded up, where one is known. repeat_after: how long the music plays
    before both are looked at again; only what has changed is spoken. comfort: messages that are said in turn,
    each when music has played for `comfort_after` since the last. music: the site's own sounds, one after the
    other, again and again; none is the built-in music. choices: the node to which a key leads out of the
    queue, by key; it is heard while he waits, not while an agent is rung for him. requirements: what this
    customer needs besides what the queue asks. priority: his own, added to the queue's. boosts: what is added
    for some. preferred_agent: who alone gets him for a while: an agent's id, or a text with facts
    (`{last_agent}`, `{personal}`); what gives no id names nobody. preferred_for: how long, None as the queue
    says. overflow: where he goes on when the queue has no room, or when one of its ways out leads to the flow
    and names no node; "" leaves that to the queue. survey: the flow that he hears who stays on the line when
    the agent has hung up, 0 none. survey_text: what is sent to him who hung up first (facts in braces), ""
    nothing. survey_call: whether and when he is called with the survey.
    """

    queue_id: QueueId = QueueId(0)
    announces: bool = True
    announces_wait: bool = False
    repeat_after: timedelta = timedelta(seconds=45)
    comfort: tuple[str, ...] = ()
    comfort_after: timedelta = timedelta(seconds=60)
    music: tuple[str, ...] = ()
    choices: dict[str, str] = msgspec.field(default_factory=dict)
    requirements: tuple[SkillRequirement, ...] = ()
    priority: int = 0
    boosts: tuple[Urgency, ...] = ()
    preferred_agent: str = ""
    preferred_for: timedelta | None = None
    overflow: str = ""
    survey: FlowId = FlowId(0)
    survey_text: str = ""
    survey_call: SurveyCall = SurveyCall()

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        """Asks for the queue; a customer who waits already (he was taken back from an agent) is told his
        place."""
        if visit.position is not None:
            return self.queued(visit)
        preferred = agent_in(fill(self.preferred_agent, visit.facts))
        is_last = preferred and LAST_AGENT in names_in(self.preferred_agent)
        return (
            RequestQueue(
                queue_id=self.queue_id or visit.queue_id,
                requirements=self.requirements,
                priority=self.priority,
                boosts=tuple(
                    Boost(cause=one.cause, amount=one.amount) for one in self.boosts if one.holds(visit.facts)
                ),
                preferred_agent_id=preferred,
                preferred_for=self.preferred_for if preferred else None,
                survey_id=self.survey,
                survey_text=fill(self.survey_text, visit.facts).strip() if self.survey_text else "",
                survey_call=self.survey_call if self.survey_call.is_on else None,
                preferred_cause="" if not preferred else "last_agent" if is_last else "personal_agent",
            ),
        )

    def queued(self, visit: Visit) -> tuple[Act, ...]:
        """He waits: his place and wait if there are any, else (somebody is being rung for him) music at
        once."""
        return self.news(visit) or self.music_again()

    def heard(self, visit: Visit) -> tuple[Act, ...]:
        """Something was spoken; what fell due meanwhile follows at once."""
        return self.due(visit) or self.music_again()

    def music_again(self) -> tuple[Act, ...]:
        return (PlayMusic(prompts=self.music),)

    def due(self, visit: Visit) -> tuple[Act, ...]:
        """What it is time to say; nothing means that the music plays on."""
        news = self.news(visit) if visit.is_news_due else ()
        if news or not self.comfort or not visit.is_comfort_due:
            return news
        return (Comfort(prompt=self.comfort[visit.comforts % len(self.comfort)]),)

    def news(self, visit: Visit) -> tuple[Act, ...]:
        """His place and his wait, as far as they are news to him."""
        if visit.position is None:
            return ()
        prompt = position_prompt(visit.position) if self.announces else ""
        if prompt == visit.spoken:
            prompt = ""
        step, words = 0, tuple[str, ...]()
        if self.announces_wait and visit.expected_wait is not None:
            step = step_of(visit.expected_wait)
            words = wait_words(visit.grammar, step) if is_news(step, visit.spoken_wait) else ()
        if not prompt and not words:
            return ()
        return (Announce(position=visit.position, prompt=prompt, wait=step, words=words),)

    def press(self, visit: Visit, key: str) -> tuple[Act, ...]:
        """A key that leads out; not while somebody is rung for him."""
        if key not in self.choices or (visit.position is None and not visit.is_trial):
            return ()
        return (RequestExit(key=key),)

    def left(self, key: str) -> tuple[Act, ...]:
        """He waits no longer."""
        return (NoteOutcome(outcome=key), GoTo(node=self.choices[key]))

    def exits(self) -> Mapping[str, str]:
        chosen = {f"choices.{key}": target for key, target in self.choices.items()}
        return {**chosen, "overflow": self.overflow} if self.overflow else chosen

    @classmethod
    def open_ends(cls) -> frozenset[str]:
        return frozenset({"overflow"})

    def spoken(self) -> Mapping[str, tuple[str, ...]]:
        return {"comfort": self.comfort, "music": self.music}

    def facts_asked(self) -> Iterator[str]:
        yield from names_in(self.preferred_agent)
        yield from names_in(self.survey_text)
        yield from (one.fact for one in self.boosts if one.fact)

    def takes_input(self) -> bool:
        return True

    def flaws(self) -> Iterator[Flaw]:  # noqa: C901 - one line for each field
        if self.repeat_after.total_seconds() < 10:
            yield "repeat_too_short", "repeat_after", str(self.repeat_after.total_seconds())
        if self.comfort_after.total_seconds() < 10:
            yield "repeat_too_short", "comfort_after", str(self.comfort_after.total_seconds())
        for key in self.choices:
            if len(key) != 1 or key not in KEYS:
                yield "key_unknown", "choices", key
        skills = [one.skill_id for one in self.requirements]
        for place, one in enumerate(self.requirements):
            if not 1 <= one.minimum <= HIGHEST_LEVEL:
                yield "level_unfit", f"requirements.{place}.minimum", str(one.minimum)
            if one.skill_id in skills[:place]:
                yield "skill_twice", f"requirements.{place}.skill_id", str(one.skill_id)
        if abs(self.priority) > _HIGHEST_AMOUNT:
            yield "priority_unfit", "priority", str(self.priority)
        for place, boost in enumerate(self.boosts):
            if not boost.cause:
                yield "cause_missing", f"boosts.{place}.cause", ""
            if abs(boost.amount) > _HIGHEST_AMOUNT:
                yield "priority_unfit", f"boosts.{place}.amount", str(boost.amount)
            if boost.fact and lacks_number(boost.comparison, boost.value):
                yield "value_no_number", f"boosts.{place}.value", boost.value
        if len(self.survey_text) > LONGEST_TEXT:
            yield "text_too_long", "survey_text", str(len(self.survey_text))
        if self.survey_call.is_on:
            if not self.survey:
                yield "survey_missing", "survey", ""
            for code, field, detail in self.survey_call.flaws():
                yield code, f"survey_call.{field}", detail
        if self.preferred_agent and not names_agent(self.preferred_agent):
            yield "agent_unfit", "preferred_agent", self.preferred_agent
        if self.preferred_for is not None and not timedelta(0) < self.preferred_for <= _LONGEST_WAIT:
            yield "preferred_wait_unfit", "preferred_for", str(self.preferred_for.total_seconds())


def position_prompt(position: int) -> str:
    """The whole prompt for a place in the queue (from 1)."""
    return f"position_{position}" if position <= LAST_SPOKEN else "position_more"


class _AnyFact(dict[str, str]):
    """Facts of which each is a number: does a text name an agent once it is filled?"""

    def get(self, key: str, default: str | None = None) -> str:  # type: ignore[override]
        return "1"


def names_agent(text: str) -> bool:
    """Whether a text can name an agent once its facts are filled in."""
    return bool(agent_in(fill(text, _AnyFact())))


def agent_in(text: str) -> AgentId:
    """The agent whom a filled text names; 0 for none. Ids are four-byte integers in the database."""
    text = text.strip()
    found = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else 0
    return AgentId(found if found < 2**31 else 0)
