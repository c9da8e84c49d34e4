"""Call flows: drafts, what is wrong with them, published versions, rehearsals."""

from typing import Annotated, Any, Literal

from pydantic import Field

from otklik.api.schemas.base import Id, Line, Moment, Name, Schema, Seq, SmallId

Nodes = Annotated[dict[str, Any], Field(max_length=500)]
"""Nodes by key, as a flow file has them: docs/reference/flow.schema.json."""


Key = Annotated[str, Field(max_length=100)]
Typed = Annotated[str, Field(max_length=80)]
Fact = Annotated[str, Field(max_length=200)]
Answer = Annotated[str, Field(max_length=20_000)]


class FlowTest(Schema):
    """A call that the flow must lead where it is expected to. at: as the clocks of the site show it,
    `2026-11-23 10:00`. path: keys of nodes; end: what comes of the last, for instance `queue 3`."""

    name: Annotated[str, Field(max_length=200)]
    caller: Annotated[str, Field(max_length=40)] = ""
    number: Annotated[str, Field(max_length=40)] = ""
    at: Annotated[str, Field(max_length=40)] = ""
    typed: Annotated[list[Typed], Field(default_factory=list, max_length=100)]
    facts: Annotated[dict[str, Fact], Field(default_factory=dict, max_length=100)]
    answers: Annotated[dict[str, Answer], Field(default_factory=dict, max_length=100)]
    path: Annotated[list[Key], Field(default_factory=list, max_length=500)]
    end: Annotated[str, Field(max_length=200)] = ""


class FlowDraft(Schema):
    """A flow that is not published yet."""

    name: Name
    start: Key
    nodes: Nodes
    tests: Annotated[list[FlowTest], Field(default_factory=list, max_length=200)]


class FlowText(Schema):
    """A flow as YAML or JSON."""

    text: Annotated[str, Field(max_length=500_000)]


class FlowRead(Schema):
    """Both forms of one flow."""

    draft: FlowDraft
    text: str
    problems: list["FlowProblemRow"]


class TrialForm(Schema):
    """A draft that is to be heard. number_id: whose hours, language and queue hold; caller: who calls, as
    conditions see it; language: without a number."""

    draft: FlowDraft
    number_id: SmallId | None = None
    caller: Line = ""
    language: Literal["ru", "en"] = "ru"


class TrialAccess(Schema):
    """How the browser calls: once, within some minutes. seq: the way of the call stands after it."""

    uri: str
    login: str
    password: str
    target: str
    seq: Seq


class TrialTrace(Schema):
    """The way of the call so far. is_over: it has ended."""

    steps: list["RehearsalStep"]
    is_over: bool


class FlowProblemRow(Schema):
    """What must be mended: code, place, the name that is wrong."""

    code: str
    place: str
    detail: str


class FlowRow(Schema):
    """A published flow in its newest version. numbers: who has it."""

    id: Id
    version: int
    name: str
    published_at: Moment
    published_by: int
    numbers: list[str]


class FlowVersionRow(Schema):
    """One version with its content."""

    id: Id
    version: int
    name: str
    published_at: Moment
    published_by: int
    draft: FlowDraft
    text: str


class FlowPublication(Schema):
    """What has become of a draft. seq: contains the effect."""

    id: Id
    version: int
    seq: Seq


SaidBySystem = Annotated[str, Field(max_length=20_000)]


class RehearsalForm(Schema):
    """Who calls, when, what he types: groups of keys, one for each time he is asked, "" for silence. answers:
    what systems say, as JSON text by the key of the node that asks: `null` is not found, `failed` is none."""

    draft: FlowDraft
    caller: Annotated[str, Field(max_length=40)] = ""
    number: Annotated[str, Field(max_length=40)] = ""
    at: Moment | None = None
    typed: Annotated[list[Typed], Field(default_factory=list, max_length=100)]
    facts: Annotated[dict[str, Fact], Field(default_factory=dict, max_length=100)]
    answers: Annotated[dict[str, SaidBySystem], Field(default_factory=dict, max_length=100)]


class WishedSkill(Schema):
    """What the customer needs besides the queue. is_firm: never relaxed."""

    skill_id: int
    minimum: int
    is_firm: bool


class WishedBoost(Schema):
    cause: str
    amount: int


class RehearsalWish(Schema):
    """How he begins to wait. priority: with the boosts. preferred_agent_id: 0 nobody."""

    requirements: list[WishedSkill]
    priority: int
    boosts: list[WishedBoost]
    preferred_agent_id: int


class RehearsalStep(Schema):
    """One node on the way."""

    node: str
    outcome: str
    said: list[str]
    wish: RehearsalWish | None = None


class FieldRole(Schema):
    """What a field holds besides its type: exit, prompt, fact, queue, skill, flow, agent. field: its path,
    `*` for any place or key, for instance `cases.*.next`."""

    field: str
    role: str


class KindForm(Schema):
    """One kind of node. type: its name in the schema's `$defs`."""

    kind: str
    type: str
    roles: list[FieldRole]


class FlowForms(Schema):
    """All kinds of nodes. types: JSON schemas by name."""

    kinds: list[KindForm]
    types: dict[str, Any]


class FlowDraftRow(Schema):
    """What is being edited. version: of the flow from which it began; draft: as a flow file, maybe unfit."""

    draft: FlowDraft
    version: int
    revision: int
    saved_at: Moment
    saved_by: int


class DraftForm(Schema):
    """revision: of the draft that this one follows; 0 for the first."""

    draft: FlowDraft
    version: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    revision: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class DraftKept(Schema):
    """revision: what the next one follows."""

    revision: int
    saved_at: Moment


class FlowWay(Schema):
    """node: left today; outcome: what came of it; target: where calls came to, "" when they ended there."""

    node: str
    outcome: str
    target: str
    count: int


class FlowTrafficRow(Schema):
    """now: calls by node. is_whole: false while the day is still being counted: ask again."""

    now: dict[str, int]
    ways: list[FlowWay]
    is_whole: bool
