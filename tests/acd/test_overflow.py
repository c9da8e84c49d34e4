"""Ways out of a queue: by wait, by length, when nobody is there, and when it is full."""

from datetime import timedelta

import pytest

from otklik.acd import commands
from otklik.acd.model import OverflowRule, OverflowTo, OverflowWhen, RelaxationStep
from otklik.vocabulary.refusals import Refused
from tests.acd.language import Centre, moment

pytestmark = pytest.mark.fast

SECOND = timedelta(seconds=1)
BOTH = {"anna": {"sales": 5}, "boris": {"second": 5}}


def rule(**given: object) -> OverflowRule:
    return OverflowRule(**{"name": "way", "queue_id": 2, **given})


def house(*rules: OverflowRule, **more: object) -> Centre:
    """Sales and a second queue with one agent each; nobody is ready."""
    queues = {"sales": {"overflow": rules, **more}, "second": {}}
    return Centre(queues=queues, agents=BOTH, ready=False)


def test_a_supervisor_moves_one_who_waits_and_his_wait_counts() -> None:
    house().play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1
        5    2 joins second         > arrived 2; queued 2 second #1
        20   1 moved to second      > queued 1 second #1 migrated
        40   boris ready            > ready boris chosen; offer 1 boris
        41   1 moved to sales       > refused wrong_phase
    """)


def test_customer_who_waited_goes_to_the_other_queue_and_keeps_his_wait() -> None:
    centre = house(rule(after=30 * SECOND))
    centre.play("""
        0    1 joins second         > arrived 1; queued 1 second #1
        5    2 joins sales          > arrived 2; queued 2 sales #1
        20   3 joins second         > arrived 3; queued 3 second #2
        35   time                   > overflowed 2 way queue; queued 2 second #2 overflowed
        40   boris ready            > ready boris chosen; offer 1 boris
        41   1 leaves               > withdrawn 1 boris customer_left; ready boris offer_withdrawn;
                                      ended 1 abandoned customer; offer 2 boris
    """)


def test_wait_may_be_left_behind() -> None:
    house(rule(after=30 * SECOND, keeps_wait=False)).play("""
        5    2 joins sales          > arrived 2; queued 2 sales #1
        20   3 joins second         > arrived 3; queued 3 second #1
        35   time                   > overflowed 2 way queue; queued 2 second #2 overflowed
    """)


def test_newcomer_overflows_at_once_when_the_line_is_long() -> None:
    house(rule(when=OverflowWhen.LENGTH, length=2)).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1
        0    2 joins sales          > arrived 2; queued 2 sales #2
        1    3 joins sales          > arrived 3; queued 3 sales #3; overflowed 3 way queue;
                                      queued 3 second #1 overflowed
    """)


def test_rules_are_tried_in_their_order() -> None:
    message = rule(name="sorry", to=OverflowTo.MESSAGE, target="sorry", after=20 * SECOND)
    house(rule(name="nobody", when=OverflowWhen.NOBODY), message).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1
        20   time                   > overflowed 1 sorry message
        21   1 leaves               > ended 1 cancelled customer
    """)


def test_everybody_overflows_when_the_last_agent_goes_home() -> None:
    house(rule(when=OverflowWhen.NOBODY, after=10 * SECOND)).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1
        5    anna signs out         > signed_out anna
        8    2 joins sales          > arrived 2; queued 2 sales #2
        14   time                   >
        15   time                   > overflowed 1 way queue; queued 1 second #1 overflowed;
                                      overflowed 2 way queue; queued 2 second #2 overflowed
        16   3 joins sales          > arrived 3; queued 3 sales #1; overflowed 3 way queue;
                                      queued 3 second #3 overflowed
    """)


def test_shift_change_sends_nobody_away() -> None:
    house(rule(when=OverflowWhen.NOBODY, after=10 * SECOND)).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1
        5    anna signs out         > signed_out anna
        12   anna signs in          > signed_in anna
        60   time                   >
    """)


def test_an_agent_whom_relaxation_would_reach_counts_as_there() -> None:
    steps = (RelaxationStep(after=20 * SECOND, minimum=1),)
    house(rule(when=OverflowWhen.NOBODY), relaxation=steps, minimum=8).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1
        10   time                   >
    """)


def test_nobody_overflows_while_it_rings_for_him() -> None:
    centre = Centre(queues={"sales": {"overflow": (rule(after=10 * SECOND),)}, "second": {}}, agents=BOTH)
    centre.play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        15   time                   >
        20   time                   > expired 1 anna; not_ready anna missed_offer; queued 1 sales #1 again;
                                      overflowed 1 way queue; queued 1 second #1 overflowed; offer 1 boris
    """)


def test_rule_whose_queue_is_full_is_tried_again() -> None:
    centre = Centre(
        queues={"sales": {"overflow": (rule(after=10 * SECOND),)}, "second": {"maximum_waiting": 1}},
        agents=BOTH,
        ready=False,
    )
    centre.play("""
        0    1 joins second         > arrived 1; queued 1 second #1
        0    2 joins sales          > arrived 2; queued 2 sales #1
        10   time                   > deferred 2 way
        12   1 leaves               > ended 1 abandoned customer
        25   time                   > overflowed 2 way queue; queued 2 second #1 overflowed
    """)


def test_full_queue_tries_every_way_out_before_it_refuses() -> None:
    centre = Centre(
        queues={
            "sales": {"maximum_waiting": 1, "overflow": (rule(after=3600 * SECOND),)},
            "second": {"maximum_waiting": 1},
        },
        agents=BOTH,
        ready=False,
    )
    centre.play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1
        1    2 joins sales          > arrived 2; queued 2 sales #2; overflowed 2 way queue;
                                      queued 2 second #1 overflowed
        2    3 joins sales          > arrived 3; refused queue_full
    """)


def test_overflow_goes_on_through_a_full_queue() -> None:
    on = OverflowRule(name="on", after=3600 * SECOND, queue_id=3)
    centre = Centre(
        queues={
            "sales": {"overflow": (rule(when=OverflowWhen.LENGTH, length=0),)},
            "second": {"maximum_waiting": 1, "overflow": (on,)},
            "third": {},
        },
        agents={"anna": {"sales": 1, "second": 1, "third": 1}},
        ready=False,
    )
    centre.play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1; overflowed 1 way queue;
                                      queued 1 second #1 overflowed
        1    2 joins sales          > arrived 2; queued 2 sales #1; overflowed 2 way queue;
                                      queued 2 second #2 overflowed; overflowed 2 on queue;
                                      queued 2 third #1 overflowed
    """)


def test_callback_is_offered_once_and_the_customer_waits_on() -> None:
    offer = rule(name="back", to=OverflowTo.CALLBACK, after=10 * SECOND, queue_id=0)
    house(offer, rule(after=60 * SECOND)).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1
        10   time                   > callback_offered 1
        40   time                   >
        60   time                   > overflowed 1 way queue; queued 1 second #1 overflowed
    """)


def test_full_queue_offers_a_callback_outside_of_it() -> None:
    offer = rule(name="back", to=OverflowTo.CALLBACK, after=10 * SECOND, queue_id=0)
    house(offer, maximum_waiting=1).play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1
        1    2 joins sales          > arrived 2; queued 2 sales #2; overflowed 2 back callback
        2    2 promised             > promised 2 17
    """)


def test_changed_rules_count_for_those_who_wait() -> None:
    centre = house()
    centre.play("0 1 joins sales > arrived 1; queued 1 sales #1")
    changed = centre.queue_rules("sales", overflow=(rule(after=10 * SECOND),))
    centre.do(commands.ConfigureQueue(at=moment(15), queue=changed))

    centre.play("16 time > overflowed 1 way queue; queued 1 second #1 overflowed")


def test_what_was_due_while_nobody_looked_happens_at_its_own_moment() -> None:
    centre = house(rule(after=10 * SECOND))
    centre.play("0 1 joins sales > arrived 1; queued 1 sales #1")

    found = centre.witness.advance(moment(500))

    assert [event.at for event in found if type(event).__name__ == "InteractionOverflowed"] == [moment(10)]


@pytest.mark.parametrize("ways", [{1: 2, 2: 1}, {1: 2, 2: 3, 3: 1}, {1: 1}])
def test_overflow_in_a_circle_is_refused(ways: dict[int, int]) -> None:
    centre = Centre(queues={"sales": {}, "second": {}, "third": {}})
    names = {number: name for name, number in centre.queues.items()}
    *first, last = ways.items()
    for queue_id, target in first:
        rules = centre.queue_rules(names[queue_id], overflow=(rule(queue_id=target, after=SECOND),))
        centre.do(commands.ConfigureQueue(at=moment(0), queue=rules))

    closing = centre.queue_rules(names[last[0]], overflow=(rule(queue_id=last[1], after=SECOND),))
    with pytest.raises(Refused) as refusal:
        centre.do(commands.ConfigureQueue(at=moment(0), queue=closing))

    assert refusal.value.code == "circular_overflow"
    path = refusal.value.facts["path"]
    assert path[0] == path[-1]
    assert set(path) == set(ways)


def test_next_tier_in_a_circle_is_refused() -> None:
    centre = Centre(queues={"sales": {"next_tier": 2}, "second": {}})

    with pytest.raises(Refused) as refusal:
        centre.do(commands.ConfigureQueue(at=moment(0), queue=centre.queue_rules("second", next_tier=1)))

    assert refusal.value.code == "circular_tiers"


def test_a_customer_leaves_the_queue_by_a_key_and_waits_anew_or_is_called_back_in_his_old_turn() -> None:
    house().play("""
        0    1 joins sales          > arrived 1; queued 1 sales #1
        5    2 joins sales          > arrived 2; queued 2 sales #2
        20   1 leaves queue by 1    > left 1 1 node
        21   1 leaves queue by 1    > refused wrong_phase
        25   1 joins sales          > queued 1 sales #2
        30   2 leaves queue by *    > left 2 * node
        35   2 promised in sales    > promised 2 50
        50   time                   > queued 2 sales #1 due
    """)


def test_nobody_leaves_the_queue_by_a_key_while_an_agent_is_rung_for_him() -> None:
    house().play("""
        0    anna ready             > ready anna chosen
        5    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
        6    1 leaves queue by 1    > refused wrong_phase
    """)
