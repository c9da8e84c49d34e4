"""`survey`: one question to the customer, answered by a number on the keypad."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final, Literal

from otklik.flows.acts import Act, Assign, AwaitKeys, GoTo, NoteAnswer, NoteKey, NoteOutcome, Say, Visit
from otklik.flows.nodes.asking import INVALID, Asking
from otklik.flows.nodes.node import Flaw

SURVEYS: Final = {"nps": range(11), "csat": range(1, 6), "fcr": range(2)}
"""Lawful answers by kind. nps: would recommend us, 0 in no case to 10 surely; csat: content, 5 is best; fcr:
was the matter solved, 1 yes and 0 no."""

TALK_AGENT, TALK_QUEUE, TALK_OF = "talk.agent", "talk.queue", "talk.interaction"
"""Facts of a survey after a talk: who talked, in which queue, and the interaction of the talk."""

_FCR_KEYS: Final = {"1": 1, "2": 0}
_LONGEST_NAME: Final = 60
_END_KEYS: Final = "#*"


class Survey(Asking, tag="survey", tag_field="node", kw_only=True):
    """Asks one question and keeps the answer with the interaction, the agent and the queue; then `next`.

    kind: `nps` (0-10), `csat` (1-5) or `fcr` (1 yes, 2 no). survey: under which name answers are counted.
    prompts: the shipped question when left out. second_digit: how long after a 1 a 0 may follow: "10" is ten,
    "1" and a silence (or a hash) is one. variable: where the answer stands for conditions, by default the
    kind. Who gives none goes to `otherwise`.
    """

    kind: Literal["nps", "csat", "fcr"]
    survey: str
    next: str = ""
    second_digit: timedelta = timedelta(seconds=2)
    variable: str = ""
    tries: int = 2

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        return (Say(prompts=self.asked(visit)),)

    def press(self, visit: Visit, key: str) -> tuple[Act, ...]:
        """A number of the scale is the answer; a 1 may become a 10."""
        if visit.keys == "1":
            if key == "0":
                return self._answer(10)
            return self._answer(1) if key in _END_KEYS else self.fail(visit, INVALID)
        if self.kind == "nps" and key == "1":
            return (NoteKey(key=key), AwaitKeys(limit=self.second_digit))
        answer = _FCR_KEYS.get(key, -1) if self.kind == "fcr" else int(key) if key.isdigit() else -1
        return self._answer(answer) if answer in SURVEYS[self.kind] else self.fail(visit, INVALID)

    def expired(self, visit: Visit) -> tuple[Act, ...]:
        """Silence after a 1 makes it a one."""
        return self._answer(1) if visit.keys == "1" else super().expired(visit)

    def asked(self, visit: Visit) -> tuple[str, ...]:
        return self.prompts or (f"survey_{self.kind}",)

    def exits(self) -> Mapping[str, str]:
        return {"next": self.next, **super().exits()}

    def spoken(self) -> Mapping[str, tuple[str, ...]]:
        return {"prompts": self.prompts or (f"survey_{self.kind}",), "invalid": self.invalid}

    def flaws(self) -> Iterator[Flaw]:
        if not 0 < len(self.survey.strip()) <= _LONGEST_NAME:
            yield "survey_unnamed", "survey", self.survey
        if self.variable and not self.variable.isidentifier():
            yield "variable_unfit", "variable", self.variable
        if not timedelta(seconds=1) <= self.second_digit <= timedelta(seconds=10):
            yield "timeout_unfit", "second_digit", str(self.second_digit.total_seconds())
        yield from super().flaws()

    def _answer(self, answer: int) -> tuple[Act, ...]:
        return (
            NoteAnswer(survey=self.survey.strip(), kind=self.kind, answer=answer),
            Assign(variables={self.variable or self.kind: str(answer)}),
            NoteOutcome(outcome=f"{self.kind} {answer}"),
            GoTo(node=self.next),
        )
