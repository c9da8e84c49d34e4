"""Is a flow fit to be published? Pure: problems as codes and places, no sentence."""

from collections.abc import Callable, Collection, Iterator, Mapping

from otklik.flows.inlining import SEPARATOR, called, is_circular
from otklik.flows.model import Flow, FlowNode
from otklik.flows.nodes.agent import Agent
from otklik.flows.nodes.assign import names_in
from otklik.flows.nodes.callback import Callback
from otklik.flows.nodes.condition import Condition
from otklik.flows.nodes.lookup import Lookup
from otklik.flows.nodes.queue import Queue, agent_in
from otklik.flows.nodes.transfer import Transfer
from otklik.flows.nodes.voicemail import Voicemail
from otklik.vocabulary.ids import AgentId, FlowId, QueueId, SkillId, TeamId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.refusals import Refused

MAXIMUM_NODES = 200

Judge = Callable[[str], str]
"""Which rule forbids to send customers to a number (the code of a refusal); "" when none does."""


class FlowProblem(Value):
    """One thing to mend.

    code: flow_empty, flow_too_large, start_missing, node_missing (a step leads to a node that is
    not there), way_out_missing (a way out leads to none), node_unreachable,
    node_never_ends (from here neither a queue nor an end is ever reached), circle_without_wait (steps that
    can go round in one moment), circle_without_input (that can go round while the customer only listens),
    node_says_nothing, nothing_to_choose, prompt_missing, queue_missing, key_unknown, currency_unknown,
    variable_unfit, digits_unfit, timeout_unfit, tries_unfit, value_no_number, weight_unfit,
    repeat_too_short, skill_missing, skill_twice, level_unfit, priority_unfit, cause_missing, agent_unfit,
    preferred_wait_unfit, length_unfit, silence_unfit, list_twice, team_missing, survey_unnamed,
    survey_missing, call_hours_unfit, call_time_unfit, voting_unnamed, choice_unnamed, moment_unfit,
    text_too_long, key_with_slash, too_many_items, key_twice, start_given (of a `sub`), system_missing,
    system_unfit (a path is asked of a database, or a statement of a web service), question_unfit (neither a
    path nor a statement, or both), path_unfit, statement_unfit, parameter_missing, value_missing,
    field_unfit (of a `customer`), value_twice, answer_time_unfit (of a `lookup`), class_too_long,
    flow_missing, flow_circle (a flow that calls itself, or a chain that is too deep), number_missing,
    ring_unfit, talk_unfit (of a `transfer` or `agent`), agent_missing, and the rules for
    numbers outside: invalid_number, outside_emergency, outside_satellite, outside_premium, outside_country,
    outside_denied, outside_unlisted. place: for instance `nodes.greeting.next`. detail: the name that is
    wrong.
    """

    code: str
    place: str
    detail: str = ""


def problems(  # noqa: PLR0913 - what exists at the site, by kind
    flow: Flow,
    *,
    prompts: Collection[str] | None = None,
    queues: Collection[QueueId] | None = None,
    skills: Collection[SkillId] | None = None,
    teams: Collection[TeamId] | None = None,
    flows: Mapping[FlowId, Flow] | None = None,
    systems: Mapping[str, str] | None = None,
    agents: Collection[AgentId] | None = None,
    judge: Judge | None = None,
) -> tuple[FlowProblem, ...]:
    """Everything that must be mended before the flow may run.

    prompts, queues, skills, teams, flows, agents: what exists; None leaves that out (names are then not
    looked up). systems: those that may be asked, `web` or `database` by name. judge: of numbers outside.
    """
    if not flow.nodes:
        return (FlowProblem(code="flow_empty", place="nodes"),)
    found: list[FlowProblem] = []
    if len(flow.nodes) > MAXIMUM_NODES:
        found.append(FlowProblem(code="flow_too_large", place="nodes"))
    if flow.start not in flow.nodes:
        found.append(FlowProblem(code="start_missing", place="start", detail=flow.start))
    for key, node in flow.nodes.items():
        if SEPARATOR in key:
            found.append(FlowProblem(code="key_with_slash", place=f"nodes.{key}", detail=key))
        found += _targets(flow, key, node)
        found += _content(key, node, prompts, queues, skills, teams)
        if isinstance(node, Lookup) and systems is not None and node.system:
            found += _asked(key, node, systems)
        field, agent_id = _named_agent(node)
        if agents is not None and agent_id and agent_id not in agents:
            found.append(
                FlowProblem(code="agent_missing", place=f"nodes.{key}.{field}", detail=str(agent_id))
            )
        if isinstance(node, Transfer) and judge is not None and node.fixed_number():
            rule = judge(node.fixed_number())
            if rule:
                found.append(FlowProblem(code=rule, place=f"nodes.{key}.number", detail=node.fixed_number()))
    found += _shape(flow)
    if flows is not None:
        found += _calls(flow, flows)
        found += _surveys(flow, flows)
    return tuple(found)


def check(  # noqa: PLR0913 - what exists at the site, by kind
    flow: Flow,
    *,
    prompts: Collection[str] | None = None,
    queues: Collection[QueueId] | None = None,
    skills: Collection[SkillId] | None = None,
    teams: Collection[TeamId] | None = None,
    flows: Mapping[FlowId, Flow] | None = None,
    systems: Mapping[str, str] | None = None,
    agents: Collection[AgentId] | None = None,
    judge: Judge | None = None,
) -> None:
    """Refuses `flow_unfit` with the first problem (and how many there are)."""
    found = problems(
        flow,
        prompts=prompts,
        queues=queues,
        skills=skills,
        teams=teams,
        flows=flows,
        systems=systems,
        agents=agents,
        judge=judge,
    )
    if found:
        first = found[0]
        raise Refused(
            "flow_unfit", problem=first.code, place=first.place, detail=first.detail, count=len(found)
        )


def _calls(flow: Flow, flows: Mapping[FlowId, Flow]) -> Iterator[FlowProblem]:
    """Flows that are called and are not there, or would be called without end."""
    for key, flow_id in called(flow):
        place = f"nodes.{key}.flow_id"
        if flow_id not in flows:
            yield FlowProblem(code="flow_missing", place=place, detail=str(flow_id))
        elif is_circular(flow, flows, flow_id):
            yield FlowProblem(code="flow_circle", place=place, detail=flows[flow_id].name)


def _surveys(flow: Flow, flows: Mapping[FlowId, Flow]) -> Iterator[FlowProblem]:
    """Flows that are to be heard after the talk and are not there."""
    for key, node in flow.nodes.items():
        if isinstance(node, Queue) and node.survey and node.survey not in flows:
            yield FlowProblem(code="flow_missing", place=f"nodes.{key}.survey", detail=str(node.survey))


def _targets(flow: Flow, key: str, node: FlowNode) -> Iterator[FlowProblem]:
    """Ways out that lead to a node that is not there, or to none: the customer would be dropped without a
    word."""
    allowed = node.open_ends()
    for name, target in node.exits().items():
        place = f"nodes.{key}.{name}"
        if target and target not in flow.nodes:
            yield FlowProblem(code="node_missing", place=place, detail=target)
        elif not target and name not in allowed:
            yield FlowProblem(code="way_out_missing", place=place)


def _content(
    key: str,
    node: FlowNode,
    prompts: Collection[str] | None,
    queues: Collection[QueueId] | None,
    skills: Collection[SkillId] | None,
    teams: Collection[TeamId] | None,
) -> Iterator[FlowProblem]:
    for code, field, detail in node.flaws():
        yield FlowProblem(code=code, place=f"nodes.{key}.{field}", detail=detail)
    for field, names in node.spoken().items():
        for name in names:
            if prompts is not None and name not in prompts:
                yield FlowProblem(code="prompt_missing", place=f"nodes.{key}.{field}", detail=name)
    if isinstance(node, Voicemail) and teams is not None and node.team_id and node.team_id not in teams:
        yield FlowProblem(code="team_missing", place=f"nodes.{key}.team_id", detail=str(node.team_id))
    for field, queue_id in _named_queues(node):
        if queues is not None and queue_id and queue_id not in queues:
            yield FlowProblem(code="queue_missing", place=f"nodes.{key}.{field}", detail=str(queue_id))
    if isinstance(node, Queue) and skills is not None:
        for place, one in enumerate(node.requirements):
            if one.skill_id not in skills:
                where = f"nodes.{key}.requirements.{place}.skill_id"
                yield FlowProblem(code="skill_missing", place=where, detail=str(one.skill_id))


def _named_queues(node: FlowNode) -> Iterator[tuple[str, QueueId]]:
    """The fields that name a queue, and which; 0 is that of the number called."""
    if isinstance(node, Queue | Callback | Voicemail):
        yield "queue_id", node.queue_id
    if isinstance(node, Condition):
        for place, case in enumerate(node.cases):
            yield f"cases.{place}.queue_id", case.queue_id


def _named_agent(node: FlowNode) -> tuple[str, AgentId]:
    """The field that names one certain agent, and who he is; 0 for nobody."""
    if isinstance(node, Agent):
        return "agent", node.fixed_agent()
    if isinstance(node, Queue) and not any(names_in(node.preferred_agent)):
        return "preferred_agent", agent_in(node.preferred_agent)
    return "", AgentId(0)


def _asked(key: str, node: Lookup, systems: Mapping[str, str]) -> Iterator[FlowProblem]:
    """Whether the system is there and understands such a question."""
    kind = systems.get(node.system)
    if kind is None:
        yield FlowProblem(code="system_missing", place=f"nodes.{key}.system", detail=node.system)
    elif kind != ("database" if node.statement else "web"):
        yield FlowProblem(code="system_unfit", place=f"nodes.{key}.system", detail=node.system)


def _shape(flow: Flow) -> list[FlowProblem]:
    """Nodes that nothing leads to, and nodes from which the customer never gets out."""
    reached = {flow.start} & set(flow.nodes)
    edge = list(reached)
    while edge:
        for target in flow.nodes[edge.pop()].exits().values():
            if target in flow.nodes and target not in reached:
                reached.add(target)
                edge.append(target)
    ending: set[str] = set()
    grown = True
    while grown:
        grown = False
        for key, node in flow.nodes.items():
            targets = node.exits().values()
            is_end = not targets or isinstance(node, Queue)
            if key not in ending and (is_end or any(to == "" or to in ending for to in targets)):
                ending.add(key)
                grown = True
    at_once = _circles(flow, lambda node: node.is_instant())
    return [
        *(
            FlowProblem(code="node_unreachable", place=f"nodes.{key}")
            for key in flow.nodes
            if key not in reached
        ),
        *(
            FlowProblem(code="node_never_ends", place=f"nodes.{key}")
            for key in flow.nodes
            if key not in ending
        ),
        *(FlowProblem(code="circle_without_wait", place=f"nodes.{key}") for key in at_once),
        *(
            FlowProblem(code="circle_without_input", place=f"nodes.{key}")
            for key in _circles(flow, lambda node: not node.takes_input())
            if key not in at_once and key in ending
        ),
    ]


def _circles(flow: Flow, counts: Callable[[FlowNode], bool]) -> list[str]:
    """Nodes that can be come back to by way of nothing but nodes of which this holds."""
    ways = {key: node.exits().values() for key, node in flow.nodes.items() if counts(node)}
    found = []
    for key in ways:
        seen: set[str] = set()
        edge = [key]
        while edge:
            for target in ways.get(edge.pop(), ()):
                if target not in seen:
                    seen.add(target)
                    edge.append(target)
        if key in seen:
            found.append(key)
    return found
