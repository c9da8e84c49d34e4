"""What can be asked at any moment: where a customer stands, why he waits, why an agent gets nothing."""

from datetime import timedelta

import pytest

from otklik.acd import commands
from otklik.acd.model import AgentState, PassedOver, QueueRules
from tests.acd.language import Centre, moment

pytestmark = pytest.mark.fast

AGENTS = {
    "anna": {"sales": 5},
    "boris": {"sales": 5},
    "vera": {"support": 5},
    "gleb": {"sales": 5},
    "dina": {"sales": 9},
}


def busy_centre() -> Centre:
    centre = Centre(queues={"sales": {}, "support": {}}, agents=AGENTS)
    centre.play("""
        0    boris not_ready lunch  > not_ready boris chosen lunch
        1    gleb signs out         > signed_out gleb
        2    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        3    2 joins sales          > arrived 2; queued 2 sales #1; offer 2 dina
        4    3 joins sales          > arrived 3; queued 3 sales #1
        5    4 joins sales          > arrived 4; queued 4 sales #2
        6    5 joins sales priority 1 > arrived 5; queued 5 sales #1
    """)
    return centre


def test_position_counts_from_one_in_the_order_of_taking() -> None:
    engine = busy_centre().engine

    assert engine.waiting(1) == [5, 3, 4]
    assert [engine.position(one) for one in (5, 3, 4)] == [1, 2, 3]
    assert engine.position(1) is None, "offered"
    assert engine.position(99) is None
    assert engine.waiting(99) == []


def test_waiting_customer_knows_why() -> None:
    engine = busy_centre().engine

    why = engine.why_waiting(4, moment(10))

    assert (why.queue_id, why.position, why.waited) == (1, 3, timedelta(seconds=5))
    assert why.counts == {"signed_in": 1, "eligible_by_skill": 1, "ready": 1, "has_capacity": 2}
    assert (why.fitting, why.free) == (4, 0)
    assert engine.why_waiting(1, moment(10)) is None
    assert engine.why_waiting(99, moment(10)) is None


def test_idle_agent_knows_why() -> None:
    centre = busy_centre()

    def rule(name: str) -> str:
        return centre.engine.why_idle(centre.agents[name], moment(10)).rule

    assert rule("vera") == "nobody_waits"
    assert rule("boris") == "ready"
    assert rule("gleb") == "signed_in"
    assert rule("anna") == "has_capacity"
    assert centre.engine.why_idle(999, moment(10)) is None
    assert centre.engine.why_idle(centre.agents["boris"], moment(10)).waiting == 3


def test_idle_agent_without_a_queue_or_device_knows_why() -> None:
    centre = Centre(agents={"anna": {}, "boris": {"sales": 5}})
    centre.play("0 boris unreachable > unreachable boris")

    assert centre.engine.why_idle(centre.agents["anna"], moment(1)).rule == "eligible_by_skill"
    assert centre.engine.why_idle(centre.agents["boris"], moment(1)).rule == "device_reachable"


def test_idle_agent_knows_how_many_are_before_him() -> None:
    centre = Centre(agents={"anna": {"sales": 5}, "boris": {"sales": 5}, "vera": {"sales": 5}})

    before = [centre.engine.why_idle(agent_id, moment(0)).before for agent_id in centre.agents.values()]

    assert before == [0, 1, 2]


def test_full_list_of_candidates_names_each_agents_rule() -> None:
    centre = busy_centre()
    names = {number: name for name, number in centre.agents.items()}

    found = [(names[one.agent_id], one.rule) for one in centre.engine.candidates(3, moment(10))]

    assert found == [
        ("anna", "has_capacity"),
        ("dina", "has_capacity"),
        ("boris", "ready"),
        ("vera", "eligible_by_skill"),
        ("gleb", "signed_in"),
    ]
    assert centre.engine.candidates(99, moment(10)) == []


def test_candidates_stand_in_the_order_of_choice_with_the_cooling_last() -> None:
    centre = Centre(agents={"anna": {"sales": 5}, "boris": {"sales": 7}, "vera": {"sales": 9}})
    centre.play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna declines       > declined 1 anna; not_ready anna declined_offer;
                                   queued 1 sales #1 again; offer 1 boris
        2    anna ready          > ready anna chosen
    """)

    found = centre.engine.candidates(1, moment(3))

    assert [(one.agent_id, one.rule, one.place, one.level) for one in found] == [
        (centre.agents["vera"], "", 1, 9),
        (centre.agents["anna"], "cool_down", 2, 5),
        (centre.agents["boris"], "has_capacity", 0, 7),
    ]


def test_offer_tells_who_would_have_been_before_with_a_device() -> None:
    centre = Centre(agents={"anna": {"sales": 5}, "boris": {"sales": 5}, "vera": {"sales": 5}})
    centre.play("""
        0    anna unreachable    > unreachable anna
        1    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 boris
    """)

    why = centre.witness.journal[-1].why

    assert why.passed_over == (PassedOver(agent_id=centre.agents["anna"], rule="device_reachable"),)
    assert why.counts == {"device_reachable": 1, "longest_idle": 1}
    assert why.rules == ("only_waiting", "device_reachable", "longest_idle")


@pytest.mark.parametrize(
    ("waiting", "rule"),
    [
        ("1 1 joins sales > arrived 1; queued 1 sales #1", "only_waiting"),
        (
            "1 1 joins sales > arrived 1; queued 1 sales #1\n2 2 joins sales > arrived 2; queued 2 sales #2",
            "longest_waiting",
        ),
        (
            "1 1 joins sales > arrived 1; queued 1 sales #1\n"
            "2 2 joins sales priority 3 > arrived 2; queued 2 sales #1",
            "highest_priority",
        ),
    ],
)
def test_offer_tells_which_rule_chose_the_customer(waiting: str, rule: str) -> None:
    centre = Centre(ready=False, agents={"anna": {"sales": 5}})
    for line in waiting.splitlines():
        centre.play(line)
    centre.do_line("9 anna ready")

    assert centre.witness.journal[-1].why.rules[0] == rule


def test_agents_state_is_one_word() -> None:
    centre = busy_centre()

    states = {name: centre.engine.agent_state(number).value for name, number in centre.agents.items()}

    assert states == {
        "anna": "offered",
        "boris": "not_ready",
        "vera": "ready",
        "gleb": "signed_out",
        "dina": "offered",
    }
    assert centre.engine.agent_state(999) is AgentState.SIGNED_OUT
    assert centre.engine.agent(999) is None
    assert centre.engine.interaction(999) is None


def test_candidates_of_a_queue_that_asks_no_skill_have_no_level() -> None:
    centre = Centre(agents={"anna": {"sales": 5}})
    centre.do(commands.ConfigureQueue(at=moment(0), queue=QueueRules(queue_id=centre.queues["sales"])))
    centre.do_line("1 1 joins sales")

    assert [one.level for one in centre.engine.candidates(1, moment(2))] == [0]
