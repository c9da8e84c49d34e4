"""Configuration is an input: a change never strands anyone, and takes effect in the same step."""

import pytest

from otklik.acd import commands
from otklik.acd.commands import AcdCommand
from otklik.acd.model import ReasonRules, SiteRules
from otklik.vocabulary.refusals import Refused
from tests.acd.language import Centre, moment

pytestmark = pytest.mark.fast

ONE = {"anna": {"sales": 5}}


def names(centre: Centre, command: AcdCommand) -> list[str]:
    return [type(event).__name__ for event in centre.do(command)]


def test_agent_who_learns_a_skill_is_offered_who_waits_for_it() -> None:
    centre = Centre(queues={"sales": {}, "support": {}}, agents=ONE)
    centre.play("0 1 joins support > arrived 1; queued 1 support #1")

    learned = centre.profile("anna", {"sales": 5, "support": 1})

    assert names(centre, commands.ConfigureAgent(at=moment(1), agent=learned)) == [
        "AgentConfigured",
        "OfferMade",
    ]
    centre.witness.compare_replay()


def test_agent_who_loses_a_skill_keeps_his_talk_and_gets_no_new_one() -> None:
    centre = Centre(agents=ONE)
    centre.play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1           > accepted 1 anna; connected 1 anna
    """)
    centre.do(commands.ConfigureAgent(at=moment(2), agent=centre.profile("anna", {})))

    centre.play("""
        3    2 joins sales          > arrived 2; queued 2 sales #1
        4    1 leaves               > ended 1 answered customer; wrap_up anna
        34   time                   > wrap_up_ended anna system; ready anna wrap_up_ended
    """)


def test_queue_that_asks_for_less_is_matched_anew() -> None:
    centre = Centre(queues={"sales": {"minimum": 8}}, agents=ONE)
    centre.play("0 1 joins sales > arrived 1; queued 1 sales #1")

    easier = centre.queue_rules("sales", minimum=2)

    assert names(centre, commands.ConfigureQueue(at=moment(1), queue=easier)) == [
        "QueueConfigured",
        "OfferMade",
    ]
    centre.witness.compare_replay()


def test_queue_that_changes_its_priority_is_sorted_anew() -> None:
    centre = Centre(agents=ONE, ready=False)
    centre.play("""
        0    1 joins sales             > arrived 1; queued 1 sales #1
        60   2 joins sales priority 1  > arrived 2; queued 2 sales #1
    """)
    centre.do(commands.ConfigureQueue(at=moment(61), queue=centre.queue_rules("sales", ageing=10.0)))

    centre.play("62 anna ready > ready anna chosen; offer 1 anna")


def test_queue_that_changes_its_strategy_asks_others() -> None:
    centre = Centre(agents={"anna": {"sales": 3}, "boris": {"sales": 9}})
    changed = centre.queue_rules("sales", strategy="most_skilled")
    centre.do(commands.ConfigureQueue(at=moment(0), queue=changed))

    centre.play("1 1 joins sales > arrived 1; queued 1 sales #1; offer 1 boris")


def test_wrap_up_after_the_queue_is_gone_can_be_extended_by_the_rules_of_the_site() -> None:
    centre = Centre(agents=ONE)
    centre.play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1           > accepted 1 anna; connected 1 anna
        2    1 leaves               > ended 1 answered customer; wrap_up anna
    """)
    centre.do(commands.RemoveQueue(at=moment(3), queue_id=1))

    centre.play("4 anna extends 60 > extended anna 92")


def test_site_that_is_configured_as_it_is_says_nothing() -> None:
    centre = Centre(agents=ONE)

    assert names(centre, commands.ConfigureSite(at=moment(0), site=SiteRules())) == []


def test_reason_can_be_removed_once() -> None:
    centre = Centre(agents=ONE)
    assert names(centre, commands.ConfigureReason(at=moment(0), reason=ReasonRules(reason_id=7))) == [
        "ReasonConfigured"
    ]
    assert names(centre, commands.RemoveReason(at=moment(0), reason_id=7)) == ["ReasonRemoved"]

    with pytest.raises(Refused) as refusal:
        centre.do(commands.RemoveReason(at=moment(0), reason_id=7))

    assert refusal.value.code == "unknown_reason"
