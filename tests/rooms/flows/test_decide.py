"""Which flows may be published: problems by table."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from otklik.acd.model import EndReason, SkillRequirement
from otklik.flows.decide import check, problems
from otklik.flows.model import KINDS, Flow, FlowNode, flow_of, plain_of
from otklik.flows.nodes.agent import Agent
from otklik.flows.nodes.callback import Callback
from otklik.flows.nodes.condition import Case, Comparison, Condition
from otklik.flows.nodes.end import End
from otklik.flows.nodes.hours import Hours
from otklik.flows.nodes.lookup import Lookup
from otklik.flows.nodes.menu import Menu
from otklik.flows.nodes.play import Play
from otklik.flows.nodes.queue import Queue, Urgency
from otklik.flows.nodes.transfer import Transfer
from otklik.flows.nodes.voicemail import Voicemail
from otklik.flows.starter import silent_flow, starter_flow
from otklik.operations import texts
from otklik.vocabulary.ids import AgentId, FlowId, QueueId, SkillId
from otklik.vocabulary.refusals import Invalid, Refused
from otklik.wiring import flow as command
from otklik.wiring.flow import tell

pytestmark = pytest.mark.fast

PROMPTS = {"greeting", "greeting_unrecorded", "closed"}
WEB = Path(__file__).parents[3] / "web" / "src" / "i18n"


def flow(start: str = "a", **nodes: FlowNode) -> Flow:
    return Flow(flow_id=FlowId(9), version=1, name="t", nodes=nodes, start=start)


def judge(number: str) -> str:
    """One number is forbidden."""
    return "outside_emergency" if number == "112" else ""


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
        (
            flow(a=Callback(queue_id=QueueId(4), prompts=())),
            [("way_out_missing", "nodes.a.refused"), ("queue_missing", "nodes.a.queue_id")],
        ),
        (
            flow(
                a=Menu(choices={"1": "", "2": "b"}),
                b=Condition(cases=(Case(fact="caller", comparison=Comparison.IS_EMPTY, next="c"),)),
                c=Lookup(system="billing", path="/x", found="d"),
                d=End(reason=EndReason.CLOSED),
            ),
            [
                ("way_out_missing", "nodes.a.choices.1"),
                ("way_out_missing", "nodes.a.otherwise"),
                ("way_out_missing", "nodes.b.otherwise"),
                ("way_out_missing", "nodes.c.not_found"),
                ("way_out_missing", "nodes.c.failed"),
            ],
        ),
        (flow(a=Queue(choices={"1": ""})), [("way_out_missing", "nodes.a.choices.1")]),
        (flow(a=Voicemail(short="b", refused="b", prompts=(), kept=()), b=Play(prompts=("closed",))), []),
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
        (
            flow(
                a=Play(prompts=("closed",), next="b"),
                b=Hours(open="c", closed="a"),
                c=End(reason=EndReason.CLOSED),
            ),
            [("circle_without_input", "nodes.a"), ("circle_without_input", "nodes.b")],
        ),
        (
            flow(
                a=Play(prompts=("closed",), next="b"),
                b=Menu(choices={"1": "c"}, otherwise="a"),
                c=End(reason=EndReason.CLOSED),
            ),
            [],
        ),
        (flow(a=Queue(overflow="b"), b=Play(prompts=("closed",), next="a")), []),
        (flow(a=Queue(preferred_agent="8")), [("agent_missing", "nodes.a.preferred_agent")]),
        (
            flow(a=Agent(agent="8", not_ready="b", no_answer=""), b=End(reason=EndReason.BUSY)),
            [("way_out_missing", "nodes.a.no_answer"), ("agent_missing", "nodes.a.agent")],
        ),
        (
            flow(
                a=Transfer(number="112", busy="b", no_answer="b", failed="b", ring_for=timedelta(seconds=1)),
                b=End(reason=EndReason.BUSY),
            ),
            [("ring_unfit", "nodes.a.ring_for"), ("outside_emergency", "nodes.a.number")],
        ),
    ],
)
def test_a_problem_has_a_code_and_a_place(bad: Flow, expected: list[tuple[str, str]]) -> None:
    found = problems(
        bad, prompts=PROMPTS, queues={QueueId(5)}, skills={SkillId(1)}, agents={AgentId(7)}, judge=judge
    )

    assert [(problem.code, problem.place) for problem in found] == expected
    if not expected:
        return
    with pytest.raises(Refused, match="flow_unfit"):
        check(
            bad, prompts=PROMPTS, queues={QueueId(5)}, skills={SkillId(1)}, agents={AgentId(7)}, judge=judge
        )


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_every_problem_is_told_with_its_node_in_both_languages(
    language: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the command line, and with words of the page for each code."""
    monkeypatch.setenv("LANG", f"{language}_XX.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    lost = flow(
        "hello",
        hello=Play(prompts=("unknown",), next="nowhere"),
        alone=Queue(queue_id=QueueId(99), preferred_agent="8"),
        round=Hours(open="round", closed="round"),
    )
    found = problems(lost, prompts=PROMPTS, queues=(), skills=(), agents=())
    tell(found, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert {problem.code for problem in found} >= {
        "prompt_missing",
        "node_missing",
        "queue_missing",
        "agent_missing",
        "node_unreachable",
        "node_never_ends",
        "circle_without_wait",
    }
    assert len(lines) == len(found)
    page = json.loads((WEB / language / "admin.json").read_text("utf-8"))["flows"]["problem"]
    for line, problem in zip(lines, found, strict=True):
        key = problem.place.split(".")[1]
        assert line.startswith(f"nodes.{key}"), line
        assert problem.code not in line, "in words"
        assert page[problem.code]


@pytest.mark.parametrize(("locale", "words"), [("en_GB.UTF-8", "publication"), ("ru_RU.UTF-8", "публикация")])
def test_a_look_without_a_centre_says_how_many_names_it_did_not_look_up(
    locale: str,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.setenv(name, locale)
    file = tmp_path / "flow.json"

    def look(*, as_json: bool = False, **nodes: object) -> tuple[int, list[str]]:
        file.write_text(json.dumps({"name": "t", "start": "a", "nodes": nodes}), "utf-8")
        return command.check(file, as_json=as_json), capsys.readouterr().out.splitlines()

    closed = {"node": "end", "reason": "closed"}
    play = {"node": "play", "prompts": ["site/no_such"], "next": "b"}
    named = {"a": play, "b": {"node": "queue", "queue_id": 9999, "preferred_agent": "77"}}

    code, lines = look(**named)
    assert (code, len(lines)) == (0, 2), "it is fit as far as this can tell"
    assert ": 3." in lines[1]
    assert words in lines[1]
    code, lines = look(a={**play, "next": "gone"})
    assert code == 1
    assert ": 1." in lines[-1], "what must be mended is none of them"
    code, lines = look(a=closed)
    assert (code, len(lines)) == (0, 1), "nothing is named, nothing was left out"
    code, lines = look(as_json=True, **named)
    assert (code, json.loads("".join(lines))) == (0, []), "programs get problems only"


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


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_editor_says_what_it_means_when_a_way_out_leads_to_no_node(language: str) -> None:
    words = json.loads((WEB / language / "flows.json").read_text("utf-8"))["open_end"]
    open_ends = {f"{word}_{name}" for word, kind in KINDS.items() for name in kind.open_ends()}
    assert set(words) == open_ends
