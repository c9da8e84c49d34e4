"""Who is first: of those who wait (priority, boosts, preference, weight) and of the free (strategies)."""

from datetime import timedelta

import pytest

from otklik.acd import commands
from otklik.acd.model import Boost, QueueRules, SiteRules
from otklik.acd.state import Queue
from tests.acd.language import Centre, moment

pytestmark = pytest.mark.fast

THREE = {"anna": {"sales": 5}, "boris": {"sales": 5}, "vera": {"sales": 5}}
NO_WRAP_UP = {"wrap_up": timedelta()}


def join(centre: Centre, number: int, at: float, queue: str = "sales", **what: object) -> None:
    centre.do(commands.RegisterInteraction(at=moment(at), interaction_id=number))
    queue_id = centre.queues[queue]
    centre.do(commands.EnqueueInteraction(at=moment(at), interaction_id=number, queue_id=queue_id, **what))


def offered(centre: Centre) -> list[tuple[int, str]]:
    names = {number: name for name, number in centre.agents.items()}
    return [
        (event.interaction_id, names[event.agent_id])
        for event in centre.witness.journal
        if type(event).__name__ == "OfferMade"
    ]


def test_of_two_in_one_millisecond_who_came_first_stays_first_when_both_move_up() -> None:
    centre = Centre(agents={"anna": {"sales": 5}}, ready=False)
    for number in (1, 2, 3):
        join(centre, number, 0)

    told = [
        centre.do(commands.PrioritizeInteraction(at=moment(at), interaction_id=number, priority=5))[
            0
        ].position
        for at, number in ((1, 1), (2, 3), (3, 2))
    ]

    assert told == [1, 2, 2]
    assert centre.engine.waiting(1) == [1, 2, 3]


def test_a_class_of_customers_is_boosted_and_the_why_names_it() -> None:
    centre = Centre(agents={"anna": {"sales": 5}}, ready=False)
    join(centre, 1, 0)
    join(centre, 2, 1, priority=1, boosts=(Boost(cause="vip", amount=4),))

    centre.play("2 anna ready > ready anna chosen; offer 2 anna")

    why = centre.witness.journal[-1].why
    assert why.rules[0] == "highest_priority"
    assert why.boosts == (Boost(cause="vip", amount=4),)
    assert centre.engine.interaction(2).priority == 5


def test_a_supervisor_moves_a_waiting_customer_up() -> None:
    centre = Centre(agents={"anna": {"sales": 5}}, ready=False)
    centre.play("""
        0    1 joins sales             > arrived 1; queued 1 sales #1
        1    2 joins sales             > arrived 2; queued 2 sales #2
        2    3 joins sales             > arrived 3; queued 3 sales #3
    """)

    events = centre.do(commands.PrioritizeInteraction(at=moment(3), interaction_id=3, priority=2))

    assert [(event.priority, event.position, event.boosts) for event in events] == [
        (2, 1, (Boost(cause="supervisor", amount=2),))
    ]
    assert centre.engine.waiting(1) == [3, 1, 2]
    assert centre.do(commands.PrioritizeInteraction(at=moment(3), interaction_id=3, priority=2)) == []
    down = centre.do(commands.PrioritizeInteraction(at=moment(4), interaction_id=3, priority=0))
    assert (down[0].position, down[0].boosts) == (3, ())
    centre.play("5 anna ready > ready anna chosen; offer 1 anna")
    centre.witness.compare_replay()


def test_a_customer_whose_phone_rings_is_moved_up_for_the_next_time() -> None:
    centre = Centre(agents={"anna": {"sales": 5}})
    centre.play("""
        0    1 joins sales             > arrived 1; queued 1 sales #1; offer 1 anna
        1    2 joins sales priority 3  > arrived 2; queued 2 sales #1
    """)
    moved = centre.do(commands.PrioritizeInteraction(at=moment(2), interaction_id=1, priority=9))

    assert moved[0].position == 0
    centre.play("3 anna declines > declined 1 anna; not_ready anna declined_offer; queued 1 sales #1 again")


def test_an_agent_serves_the_queues_that_he_prefers_first() -> None:
    queues = {"sales": {"priority": 9}, "support": {}}
    centre = Centre(queues=queues, agents={"anna": {"sales": 5, "support": 5}}, ready=False)
    profile = centre.profile("anna", {"sales": 5, "support": 5}, preferences={centre.queues["sales"]: 2})
    centre.do(commands.ConfigureAgent(at=moment(0), agent=profile))

    centre.play("""
        1    1 joins sales       > arrived 1; queued 1 sales #1
        2    2 joins support     > arrived 2; queued 2 support #1
        3    anna ready          > ready anna chosen; offer 2 anna
    """)

    assert centre.witness.journal[-1].why.rules[:2] == ("only_waiting", "queue_preference")


def test_who_serves_a_queue_in_the_second_place_comes_after_those_who_serve_it_first() -> None:
    centre = Centre(agents=THREE)
    profile = centre.profile("anna", {"sales": 5}, preferences={1: 2})
    centre.do(commands.ConfigureAgent(at=moment(0), agent=profile))
    for number in (1, 2, 3):
        join(centre, number, number)

    assert offered(centre) == [(1, "boris"), (2, "vera"), (3, "anna")]


def test_a_wait_counts_times_the_weight_of_its_queue() -> None:
    queues = {"sales": {}, "support": {"weight": 3.0}}
    centre = Centre(queues=queues, agents={"anna": {"sales": 5, "support": 5}}, ready=False)
    centre.play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1
        20   2 joins support     > arrived 2; queued 2 support #1
        29   anna ready          > ready anna chosen; offer 1 anna
        30   anna takes 1        > accepted 1 anna; connected 1 anna
        31   3 joins sales       > arrived 3; queued 3 sales #1
        40   1 leaves            > ended 1 answered customer; wrap_up anna
        41   anna finishes wrap_up > wrap_up_ended anna agent; ready anna wrap_up_ended; offer 2 anna
    """)

    assert "queue_weight" in centre.witness.journal[-1].why.rules


def test_fewest_handled_today_comes_first_until_the_day_ends() -> None:
    site = SiteRules(day_start=timedelta(hours=9, minutes=15))
    centre = Centre(
        queues={"sales": {"strategy": "fewest_handled_today", **NO_WRAP_UP}}, agents=THREE, site=site
    )
    centre.play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        1    anna takes 1        > accepted 1 anna; connected 1 anna
        2    1 leaves            > ended 1 answered customer; ready anna call_ended
        3    2 joins sales       > arrived 2; queued 2 sales #1; offer 2 boris
        4    boris takes 2       > accepted 2 boris; connected 2 boris
        5    2 leaves            > ended 2 answered customer; ready boris call_ended
        6    3 joins sales       > arrived 3; queued 3 sales #1; offer 3 vera
        7    vera takes 3        > accepted 3 vera; connected 3 vera
        8    3 leaves            > ended 3 answered customer; ready vera call_ended
        9    4 joins sales       > arrived 4; queued 4 sales #1; offer 4 anna
        10   anna takes 4        > accepted 4 anna; connected 4 anna
        11   4 leaves            > ended 4 answered customer; ready anna call_ended
        12   5 joins sales       > arrived 5; queued 5 sales #1; offer 5 boris
        13   5 leaves            > withdrawn 5 boris customer_left; ready boris offer_withdrawn;
                                   ended 5 short_abandoned customer
        14   boris not_ready lunch > not_ready boris chosen lunch
        15   vera not_ready lunch  > not_ready vera chosen lunch
        840  time                > slot 09:15; day 09:15
        841  boris ready         > ready boris chosen
        842  6 joins sales       > arrived 6; queued 6 sales #1; offer 6 anna
    """)
    assert centre.engine.why_idle(centre.agents["boris"], moment(843)).handled == 0


def test_round_robin_goes_round_whoever_becomes_free_first() -> None:
    centre = Centre(queues={"sales": {"strategy": "round_robin", **NO_WRAP_UP}}, agents=THREE)
    at = 0.0
    for number in range(1, 8):
        join(centre, number, at)
        centre.do(commands.NoteCustomerLeft(at=moment(at + 1), interaction_id=number))
        at += 2

    assert [name for _, name in offered(centre)] == ["anna", "boris", "vera", "anna", "boris", "vera", "anna"]


def test_least_occupied_is_who_worked_least_lately_and_not_who_is_idle_longest() -> None:
    centre = Centre(queues={"sales": {"strategy": "least_occupied", **NO_WRAP_UP}}, agents=THREE)
    centre.play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        0    anna takes 1        > accepted 1 anna; connected 1 anna
        1    2 joins sales       > arrived 2; queued 2 sales #1; offer 2 boris
        1    boris takes 2       > accepted 2 boris; connected 2 boris
        300  1 leaves            > ended 1 answered customer; ready anna call_ended
        301  3 joins sales       > arrived 3; queued 3 sales #1; offer 3 vera
        301  vera takes 3        > accepted 3 vera; connected 3 vera
        320  3 leaves            > ended 3 answered customer; ready vera call_ended
        330  4 joins sales       > arrived 4; queued 4 sales #1; offer 4 vera
    """)
    centre.witness.compare_replay()


def test_an_agent_who_misses_an_offer_rests_where_the_queue_says_so() -> None:
    rules = {"after_missed": "cool_down", "missed_rest": timedelta(seconds=8), "missed_limit": 2}
    centre = Centre(queues={"sales": rules}, agents={"anna": {"sales": 5}}, site=SiteRules())
    centre.play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        20   time                > expired 1 anna; ready anna missed_offer; queued 1 sales #1 again
        21   time                >
    """)
    assert centre.engine.why_idle(centre.agents["anna"], moment(21)).rule == "rested"
    assert centre.engine.why_waiting(1, moment(21)).counts == {"rested": 1}

    centre.play("""
        28   time                > ready anna rested; offer 1 anna
        48   time                > expired 1 anna; not_ready anna missed_offer; queued 1 sales #1 again
    """)


def test_ready_ends_a_rest_and_a_call_of_ones_own_too() -> None:
    rules = {"after_missed": "cool_down", "missed_rest": timedelta(seconds=30)}
    centre = Centre(queues={"sales": rules}, agents={"anna": {"sales": 5}})
    centre.play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        20   time                > expired 1 anna; ready anna missed_offer; queued 1 sales #1 again
        22   anna ready          > ready anna chosen; offer 1 anna
        42   time                > expired 1 anna; ready anna missed_offer; queued 1 sales #1 again
        43   anna dials 9        > dials 9 anna
        80   9 fails busy        > ended 9 busy system; ready anna call_ended; offer 1 anna
    """)


def test_it_rings_no_longer_than_the_agent_wishes() -> None:
    centre = Centre(agents=THREE)
    for name, own in (("anna", 7), ("boris", 99)):
        profile = centre.profile(name, {"sales": 5}, ring_timeout=timedelta(seconds=own))
        centre.do(commands.ConfigureAgent(at=moment(0), agent=profile))

    centre.play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        7    time                > expired 1 anna; not_ready anna missed_offer; queued 1 sales #1 again;
                                   offer 1 boris
        26   time                >
        27   time                > expired 1 boris; not_ready boris missed_offer; queued 1 sales #1 again;
                                   offer 1 vera
    """)


def test_whoever_has_aged_to_the_same_priority_counts_as_equal_to_the_millisecond() -> None:
    queue = Queue(rules=QueueRules(queue_id=1, ageing=7.5))
    for number in range(2_000):
        earlier = moment(number * 0.977)
        later = earlier + timedelta(seconds=8)  # in which a point is gained
        aged = queue.place_of(0, True, earlier, 1, 1)
        fresh = queue.place_of(1, False, later, 2, 2)

        assert aged[0] == fresh[0]
        assert aged < fresh, "ahead decides"
