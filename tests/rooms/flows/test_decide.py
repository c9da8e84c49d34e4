"""Which flows may be published: problems by table."""

from datetime import timedelta

import pytest

from otklik.acd.model import EndReason, SkillRequirement
from otklik.flows.decide import check, problems
from otklik.flows.model import Flow, flow_of, plain_of
from otklik.flows.nodes.callback import Callback
from otklik.flows.nodes.condition import Comparison
from otklik.flows.nodes.end import End
from otklik.flows.nodes.hours import Hours
from otklik.flows.nodes.play import Play
from otklik.flows.nodes.queue import Queue, Urgency
from otklik.flows.starter import silent_flow, starter_flow
from otklik.vocabulary.ids import FlowId, QueueId, SkillId
from otklik.vocabulary.refusals import Invalid, Refused

pytestmark = pytest.mark.fast

PROMPTS = {"greeting", "greeting_unrecorded", "closed"}


def flow(start: str = "a", **nodes: Play | Hours | Queue | Callback | End) -> Flow:
    return Flow(flow_id=FlowId(9), version=1, name="t", nodes=nodes, start=start)


def _skill(skill_id: int, minimum: int = 1) -> SkillRequirement:
    return SkillRequirement(skill_id=SkillId(skill_id), minimum=minimum)


def test_the_starter_flows_are_fit() -> None:
    assert problems(starter_flow(), prompts=PROMPTS, queues=set()) == ()
    assert problems(silent_flow(FlowId(2)), prompts=PROMPTS, queues=set()) == ()
    check(starter_flow(), prompts=PROMPTS)


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (flow(), [("flow_empty", "nodes")]),
        (
            flow("z", a=End(reason=EndReason.CLOSED)),
            [("start_missing", "start"), ("node_unreachable", "nodes.a")],
        ),
        (
            flow(a=Play(prompts=("closed",), next="b")),
            [("node_missing", "nodes.a.next"), ("node_never_ends", "nodes.a")],
        ),
        (flow(a=Play(prompts=("nothing",))), [("prompt_missing", "nodes.a.prompts")]),
        (flow(a=Play(prompts=())), [("node_says_nothing", "nodes.a.prompts")]),
        (flow(a=Play(prompts=("closed",), skip_keys="#x")), [("key_unknown", "nodes.a.skip_keys")]),
        (flow(a=Queue(queue_id=QueueId(4))), [("queue_missing", "nodes.a.queue_id")]),
        (flow(a=Callback(queue_id=QueueId(4), prompts=())), [("queue_missing", "nodes.a.queue_id")]),
        (
            flow(a=Queue(requirements=(_skill(1), _skill(2, 11), _skill(1)))),
            [
                ("level_unfit", "nodes.a.requirements.1.minimum"),
                ("skill_twice", "nodes.a.requirements.2.skill_id"),
                ("skill_missing", "nodes.a.requirements.1.skill_id"),
            ],
        ),
        (
            flow(a=Queue(priority=-2_000_000, boosts=(Urgency(cause="", amount=5),))),
            [("priority_unfit", "nodes.a.priority"), ("cause_missing", "nodes.a.boosts.0.cause")],
        ),
        (
            flow(
                a=Queue(
                    boosts=(
                        Urgency(cause="x", amount=1, fact="n", comparison=Comparison.AT_LEAST, value="z"),
                    )
                )
            ),
            [("value_no_number", "nodes.a.boosts.0.value")],
        ),
        (
            flow(a=Queue(preferred_agent="Anna", preferred_for=timedelta(0))),
            [("agent_unfit", "nodes.a.preferred_agent"), ("preferred_wait_unfit", "nodes.a.preferred_for")],
        ),
        (flow(a=Queue(preferred_agent="{last_agent}")), []),
        (flow(a=Queue(repeat_after=timedelta(seconds=1))), [("repeat_too_short", "nodes.a.repeat_after")]),
        (
            flow(a=Play(prompts=("closed",), next="b"), b=Play(prompts=("closed",), next="a")),
            [("node_never_ends", "nodes.a"), ("node_never_ends", "nodes.b")],
        ),
        (
            flow(a=Hours(open="b", closed="a"), b=Queue()),
            [("circle_without_wait", "nodes.a")],
        ),
        (flow(a=Queue(), b=Queue()), [("node_unreachable", "nodes.b")]),
    ],
)
def test_a_problem_has_a_code_and_a_place(bad: Flow, expected: list[tuple[str, str]]) -> None:
    found = problems(bad, prompts=PROMPTS, queues={QueueId(5)}, skills={SkillId(1)})

    assert [(problem.code, problem.place) for problem in found] == expected
    if not expected:
        return
    with pytest.raises(Refused, match="flow_unfit"):
        check(bad, prompts=PROMPTS, queues={QueueId(5)}, skills={SkillId(1)})


def test_a_flow_is_plain_data_and_back() -> None:
    plain = plain_of(starter_flow())

    assert plain["nodes"]["greeting"]["node"] == "play"
    assert flow_of(plain) == starter_flow()


def test_malformed_data_is_named() -> None:
    plain = plain_of(starter_flow())
    plain["nodes"]["greeting"]["node"] = "dance"

    with pytest.raises(Invalid) as caught:
        flow_of(plain)
    assert caught.value.code == "flow_malformed"
    assert "dance" in str(caught.value.facts["detail"])
