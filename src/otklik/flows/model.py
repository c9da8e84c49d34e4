"""What a flow is: data that an administrator can read, as Structs and as plain JSON or YAML."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, get_args

import msgspec

from otklik.flows.nodes.agent import Agent
from otklik.flows.nodes.assign import Set
from otklik.flows.nodes.back import Return
from otklik.flows.nodes.callback import Callback
from otklik.flows.nodes.classify import Classify
from otklik.flows.nodes.collect import Collect
from otklik.flows.nodes.condition import Condition
from otklik.flows.nodes.consent import Consent
from otklik.flows.nodes.customer import Customer
from otklik.flows.nodes.end import End
from otklik.flows.nodes.hours import Hours
from otklik.flows.nodes.lookup import Lookup
from otklik.flows.nodes.menu import Menu
from otklik.flows.nodes.personal_menu import PersonalMenu
from otklik.flows.nodes.play import Play
from otklik.flows.nodes.queue import Queue
from otklik.flows.nodes.say import Say
from otklik.flows.nodes.sms import Sms
from otklik.flows.nodes.split import Split
from otklik.flows.nodes.sub import Sub
from otklik.flows.nodes.survey import Survey
from otklik.flows.nodes.transfer import Transfer
from otklik.flows.nodes.voicemail import Voicemail
from otklik.flows.nodes.voting import Voting
from otklik.vocabulary.ids import FlowId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.refusals import Invalid

FlowNode = (
    Play
    | Say
    | Menu
    | PersonalMenu
    | Collect
    | Hours
    | Condition
    | Set
    | Split
    | Sub
    | Lookup
    | Customer
    | Classify
    | Queue
    | Agent
    | Transfer
    | Callback
    | Voicemail
    | Survey
    | Voting
    | Consent
    | Sms
    | Return
    | End
)


KINDS: Final[dict[str, type[FlowNode]]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(FlowNode)
}
"""What a node may be, by the word in its field `node`."""


class FlowTest(Value, kw_only=True):
    """A call that the flow must lead where it is expected to: rehearsed before each publication.

    at: date and time as the clocks of the site show them, `2026-11-23 10:00`; "" any time. typed, facts: as
    in a rehearsal; answers: what systems say, JSON by the key of the node. path: the nodes that are gone
    through; end: what comes of the last one (`queue 3`, `ended closed`); what is left out may be anything.
    """

    name: str
    caller: str = ""
    number: str = ""
    at: str = ""
    typed: tuple[str, ...] = ()
    facts: dict[str, str] = msgspec.field(default_factory=dict)
    answers: dict[str, str] = msgspec.field(default_factory=dict)
    path: tuple[str, ...] = ()
    end: str = ""


class Flow(Value):
    """One published version of a flow. nodes: by key, a short name without meaning to the machine."""

    flow_id: FlowId
    version: int
    name: str
    nodes: dict[str, FlowNode]
    start: str
    tests: tuple[FlowTest, ...] = ()


def systems_asked(flow: Flow) -> frozenset[str]:
    """Names of the systems that a flow may ask."""
    return frozenset(node.system for node in flow.nodes.values() if isinstance(node, Lookup))


class FlowFile(Value, forbid_unknown_fields=True):
    """A flow as people write it: what a publication adds is left out. Times are seconds."""

    nodes: dict[str, FlowNode]
    start: str
    name: str = ""
    tests: tuple[FlowTest, ...] = ()


class Misfit(Value):
    """One place of a file that is not written as a flow is.

    code: field_missing, field_unknown, kind_unknown (of a node), choice_unknown (a word that is none of those
    possible there), form_unfit (text instead of a list and the like; detail: what is expected).
    place: `nodes.menu.timeout`; detail: the word that is wrong or missing.
    """

    code: str
    place: str
    detail: str = ""


def misfits(plain: object) -> tuple[Misfit, ...]:
    """What is wrong with the form of a flow file: of each node the first thing, and each field that none of
    its kind has (a slip of the pen would be lost without a word)."""
    return tuple(_misfits(plain))


def flow_of_file(plain: object) -> Flow:
    """A flow that is not published yet. Raises Invalid `flow_malformed`: `place` and `problem` (a code of
    `Misfit`) of the first misfit, `detail`, and `misfits` with all of them."""
    plain = _with_times_as_text(plain)
    found = misfits(plain)
    if found:
        first = found[0]
        raise Invalid(
            "flow_malformed",
            first.place,
            problem=first.code,
            detail=first.detail,
            misfits=[msgspec.to_builtins(one) for one in found],
        )
    written = msgspec.convert(plain, FlowFile, strict=False)
    return Flow(
        flow_id=FlowId(0),
        version=0,
        name=written.name,
        nodes=written.nodes,
        start=written.start,
        tests=written.tests,
    )


def flow_of(plain: object) -> Flow:
    """A flow from plain mappings and lists, as JSON or YAML give them. Raises Invalid `flow_malformed`."""
    try:
        return msgspec.convert(plain, Flow, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid("flow_malformed", detail=str(error)) from error


def plain_of(flow: Flow) -> Any:
    """A flow as plain mappings and lists; `flow_of` gives the same flow back."""
    return msgspec.to_builtins(flow)


def _with_times_as_text(plain: object) -> object:
    """YAML reads a date and time as one; a test keeps it as it is written."""
    if not isinstance(plain, Mapping) or not isinstance(plain.get("tests"), list | tuple):
        return plain
    tests = [
        {**test, "at": test["at"].isoformat(sep=" ", timespec="minutes")}
        if isinstance(test, Mapping) and isinstance(test.get("at"), datetime)
        else test
        for test in plain["tests"]
    ]
    return {**plain, "tests": tests}


def _misfits(plain: object) -> Iterator[Misfit]:
    if not isinstance(plain, Mapping):
        yield Misfit(code="form_unfit", place="", detail="object")
        return
    nodes = plain.get("nodes")
    if isinstance(nodes, Mapping):
        for key, node in nodes.items():
            yield from _misfits_of_node(f"nodes.{key}", node)
        plain = {**plain, "nodes": {}}
    tests = plain.get("tests")
    for place, test in enumerate(tests) if isinstance(tests, list | tuple) else ():
        for field in test if isinstance(test, Mapping) else ():
            if field not in FlowTest.__struct_fields__:
                yield Misfit(code="field_unknown", place=f"tests.{place}.{field}", detail=str(field))
    try:
        msgspec.convert(plain, FlowFile, strict=False)
    except msgspec.ValidationError as error:
        yield _misfit("", str(error))


def _misfits_of_node(place: str, plain: object) -> Iterator[Misfit]:
    if not isinstance(plain, Mapping):
        yield Misfit(code="form_unfit", place=place, detail="object")
        return
    word = plain.get("node")
    kind = KINDS.get(word) if isinstance(word, str) else None
    if kind is None:
        code = "kind_unknown" if "node" in plain else "field_missing"
        yield Misfit(code=code, place=f"{place}.node", detail=str(plain.get("node", "node")))
        return
    known = {"node", *kind.__struct_encode_fields__}
    for field in plain:
        if field not in known:
            yield Misfit(code="field_unknown", place=f"{place}.{field}", detail=str(field))
    try:
        msgspec.convert(plain, kind, strict=False)
    except msgspec.ValidationError as error:
        yield _misfit(place, str(error))


def _misfit(place: str, words: str) -> Misfit:
    """What msgspec says (Expected `int`, got `str` - at `$.tries`) as a code. It names no keys of tables."""
    said, _, path = words.partition(" - at ")
    steps = [step for step in re.split(r"[.\[\]]+", path.strip("`$")) if step and step != "..."]
    where = ".".join(part for part in (place, *steps) if part)
    quoted = re.findall(r"[`']([^`']*)[`']", said)
    word = quoted[0] if quoted else said
    if said.startswith("Object missing required field"):
        return Misfit(code="field_missing", place=f"{where}.{word}".lstrip("."), detail=word)
    if said.startswith("Object contains unknown field"):
        return Misfit(code="field_unknown", place=f"{where}.{word}".lstrip("."), detail=word)
    if said.startswith("Invalid enum value"):
        return Misfit(code="choice_unknown", place=where, detail=word)
    return Misfit(code="form_unfit", place=where, detail=word)
