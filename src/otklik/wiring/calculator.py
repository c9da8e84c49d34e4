"""`otklik erlang`: a question to the queueing formulas, its answer as a table or as JSON."""

import json
import sys
from collections.abc import Mapping
from typing import Any, Final

from otklik.operations import texts
from otklik.simulation.erlang.calculator import Answer, answer, read_question
from otklik.vocabulary.refusals import Invalid, Refused

REFUSED: Final = 2
ARGUMENTS: Final = frozenset({"model", "profile"})
"""Of the command lines; all else are options."""
SHARES: Final = frozenset(
    {
        "occupancy",
        "probability_of_waiting",
        "service_level",
        "service_level_of_answered",
        "service_level_without_short_abandons",
        "service_level_counting_short_abandons",
        "abandonment_rate",
        "blocking_probability",
    }
)


def main(given: Mapping[str, str | None], *, as_json: bool) -> int:
    """Prints the answer. 2 when the question is refused: nothing was computed."""
    language = texts.language_of_person()
    try:
        found = answer(read_question(given))
    except Refused as refused:
        refuse(refused, as_json=as_json)
        return REFUSED
    told: dict[str, Any] = {} if given.get("agents") else {"agents": found.agents}
    told |= found.figures
    if found.is_overload:
        told["reason"] = "overload"
    if as_json:
        sys.stdout.write(json.dumps(told, indent=1, allow_nan=False) + "\n")
    else:
        sys.stdout.write(_table(found, language))
    return 0


def refuse(refused: Refused, *, as_json: bool, file: str = "") -> None:
    """Says which option, or which place of a file, is refused and why: a line on the error stream, or JSON
    with both languages."""
    field = refused.place if isinstance(refused, Invalid) else str(refused.facts.get("field", "target"))
    facts = {name: value for name, value in refused.facts.items() if name not in ("place", "field")}
    if as_json:
        key = f"planning.problems.{refused.code}"
        reason = {each: texts.say(each, key, **facts) for each in texts.LANGUAGES}
        problem = {"field": field, "code": refused.code, "facts": facts, "reason": reason}
        told = {"error": {"code": "question_refused", "problems": [problem]}}
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=1, default=str) + "\n")
        return
    language = texts.language_of_person()
    reason_here = texts.say(language, f"planning.problems.{refused.code}", **facts)
    if file:
        place = file if field == "profile" else f"{file}: {field}"
    else:
        place = field.upper() if field in ARGUMENTS else "--" + field.replace("_", "-")
    sys.stderr.write(texts.say(language, "planning.refused", field=place, reason=reason_here) + "\n")


def _table(found: Answer, language: texts.Language) -> str:
    rows = [(texts.say(language, "planning.figures.agents"), f"{found.agents:g}")]
    rows += [
        (texts.say(language, f"planning.figures.{name}"), _shown(name, value, language))
        for name, value in found.figures.items()
    ]
    names = max(len(name) for name, _ in rows)
    values = max(len(value) for _, value in rows)
    lines = [f"{name:<{names}}  {value:>{values}}" for name, value in rows]
    if found.is_overload:
        lines += ["", texts.say(language, "planning.overload")]
    return "\n".join(lines) + "\n"


def _shown(name: str, value: float | None, language: texts.Language) -> str:
    if value is None:
        return "∞"
    if name in SHARES:
        return texts.say(language, "planning.percent", value=f"{100 * value:.2f}")
    return f"{value:.2f}"
