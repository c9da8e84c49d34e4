"""`lookup`: another system is asked about the customer."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Literal

import msgspec

from otklik.flows.acts import Act, AskSystem, GoTo, PlayMusic, Say, Visit
from otklik.flows.look_ups import Extract, Question
from otklik.flows.nodes.assign import fill, fill_with, names_in
from otklik.flows.nodes.node import Flaw, Node

COMFORT_AFTER = timedelta(seconds=1)
"""So long a customer hears nothing while a system is asked; then words or music."""
SHORTEST_TIMEOUT, LONGEST_TIMEOUT = timedelta(milliseconds=200), timedelta(seconds=15)
LONGEST_STATEMENT = 4000

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PARAMETER = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)")


class Lookup(Node, tag="lookup", tag_field="node", kw_only=True):
    """Asks a system that administrators have set up, and goes on by what came of it.

    system: its name. Of a web service: method, path (below the system's address; `{name}` is replaced by that
    fact, escaped) and `fields`, which go along as a query (GET) or as a JSON object (POST). Of a database:
    statement, one SELECT of one row, with `:name` for each of `fields`. values: variables taken out of the
    answer. timeout: of all of it. prompts: said to who has to wait longer than a second, then music; without
    them music. found, not_found, failed: where it goes.
    """

    system: str
    method: Literal["GET", "POST"] = "GET"
    path: str = ""
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    statement: str = ""
    values: tuple[Extract, ...] = ()
    timeout: timedelta = timedelta(seconds=3)
    prompts: tuple[str, ...] = ()
    found: str = ""
    not_found: str = ""
    failed: str = ""

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        return (AskSystem(system=self.system, limit=self.timeout),)

    def question(self, facts: Mapping[str, str]) -> Question:
        """What is asked of whom these facts are about."""
        return Question(
            method=self.method,
            path=escaped(self.path, facts),
            fields={name: fill(value, facts) for name, value in self.fields.items()},
            statement=self.statement,
            values=self.values,
        )

    def comfort(self) -> tuple[Act, ...]:
        """The answer takes its time."""
        return (Say(prompts=self.prompts),) if self.prompts else (PlayMusic(),)

    def answered(self, outcome: str) -> tuple[Act, ...]:
        """On, by what came of it."""
        return (GoTo(node=self.exits()[outcome]),)

    def is_repeatable(self) -> bool:
        """Whether it may be asked twice: reading changes nothing."""
        return self.method == "GET" or bool(self.statement)

    def exits(self) -> Mapping[str, str]:
        return {"found": self.found, "not_found": self.not_found, "failed": self.failed}

    def spoken(self) -> Mapping[str, tuple[str, ...]]:
        return {"prompts": self.prompts}

    def facts_asked(self) -> Iterator[str]:
        yield from names_in(self.path)
        for value in self.fields.values():
            yield from names_in(value)

    def is_instant(self) -> bool:
        """It is when the answer is there at once."""
        return True

    def flaws(self) -> Iterator[Flaw]:
        if not self.system:
            yield "system_missing", "system", ""
        if bool(self.path) == bool(self.statement):
            yield "question_unfit", "path", self.path
        elif self.path and (not self.path.startswith("/") or self.path.startswith("//") or "#" in self.path):
            yield "path_unfit", "path", self.path
        if self.statement:
            yield from self._flaws_of_statement()
        if not SHORTEST_TIMEOUT <= self.timeout <= LONGEST_TIMEOUT:
            yield "answer_time_unfit", "timeout", str(self.timeout.total_seconds())
        names = [one.name for one in self.values]
        for place, one in enumerate(self.values):
            if not one.name.isidentifier():
                yield "variable_unfit", f"values.{place}.name", one.name
            if one.name in names[:place]:
                yield "value_twice", f"values.{place}.name", one.name
            if not one.path.removeprefix("$").strip("."):
                yield "path_unfit", f"values.{place}.path", one.path

    def _flaws_of_statement(self) -> Iterator[Flaw]:
        begins = self.statement.split(None, 1)[:1]
        one = self.statement.strip().rstrip(";")
        if not begins or begins[0].lower() not in ("select", "with") or ";" in one:
            yield "statement_unfit", "statement", self.statement[:60]
        if len(self.statement) > LONGEST_STATEMENT:
            yield "statement_unfit", "statement", str(len(self.statement))
        for name in parameters_in(self.statement):
            if name not in self.fields:
                yield "parameter_missing", "fields", name


def parameters_in(statement: str) -> list[str]:
    """The named parameters of a statement, each once, in their order; `::text` is a cast and no parameter."""
    return list(dict.fromkeys(_PARAMETER.findall(statement)))


def numbered(statement: str) -> str:
    """The statement as PostgreSQL wants it: `$1` for its first parameter."""
    places = {name: place for place, name in enumerate(parameters_in(statement), start=1)}
    return _PARAMETER.sub(lambda found: f"${places[found[1]]}", statement.strip().rstrip(";"))


def escaped(template: str, facts: Mapping[str, str]) -> str:
    """A path with its facts, each as one step that cannot lead elsewhere. `` when one of them would."""
    path = fill_with(template, facts, _percent)
    steps = path.split("?", 1)[0].split("/")
    return "" if any(step in (".", "..") for step in steps) else path


def _percent(text: str) -> str:
    """As in a path or query: every byte that means something there is written as its number (RFC 3986)."""
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in text.encode())
