"""How long one will wait: the formula against a race of random clocks, and the answers of the engine."""

import random
from datetime import timedelta

import pytest

from otklik.acd.pace import Pace, expected_delay
from tests.acd.language import Centre, moment

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("ahead", "servers", "handling", "patience"), [(0, 3, 60, None), (7, 2, 90, None), (5, 4, 120, 60)]
)
def test_delay_is_the_mean_of_a_race_between_services_and_people_who_give_up(
    ahead: int, servers: int, handling: float, patience: float | None
) -> None:
    draw = random.Random(3)
    leaving = 0.0 if patience is None else 1 / patience
    total, runs = 0.0, 20_000
    for _ in range(runs):
        for others in range(ahead, -1, -1):
            total += draw.expovariate(servers / handling + others * leaving)

    assert expected_delay(ahead, servers / handling, leaving) == pytest.approx(total / runs, rel=0.02)


def test_long_lines_are_summed_by_their_integral() -> None:
    exact = sum(1 / (2.0 + place * 0.01) for place in range(5_001))

    assert expected_delay(5_000, 2.0, 0.01) == pytest.approx(exact, rel=1e-5)
    assert expected_delay(5_000, 2.0, 0.0) == pytest.approx(5_001 / 2.0)


def test_rates_know_the_share_of_agents_and_the_patience_of_customers() -> None:
    pace = Pace()
    assert pace.rates(moment(0), 0, 5) is None
    pace.note(moment(0), 0, 0)
    pace.note(moment(600), 4, 5)
    pace.now.served, pace.now.left = 12, 6

    service, leaving = pace.rates(moment(600), 4, 5)

    assert service == pytest.approx(12 / 3000)
    assert leaving == pytest.approx(6 / 2400)
    pace.turn()
    assert pace.rates(moment(600), 0, 5) == (pytest.approx(12 / 3000), pytest.approx(6 / 2400))
    pace.turn()
    assert pace.rates(moment(600), 0, 5) is None, "what was before the last quarter of an hour is forgotten"


def busy_centre() -> Centre:
    centre = Centre(queues={"sales": {"wrap_up": timedelta(seconds=20)}})
    centre.play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        0    anna takes 1        > accepted 1 anna; connected 1 anna
        100  1 leaves            > ended 1 answered customer; wrap_up anna
        120  time                > wrap_up_ended anna system; ready anna wrap_up_ended
        121  2 joins sales       > arrived 2; queued 2 sales #1; offer 2 boris
        121  boris takes 2       > accepted 2 boris; connected 2 boris
    """)
    return centre


def test_nobody_waits_while_an_agent_is_free() -> None:
    assert busy_centre().engine.expected_wait(1, moment(122)) == timedelta()


def test_before_anybody_has_been_served_nobody_can_tell() -> None:
    centre = Centre(agents={"anna": {"sales": 5}})
    centre.play("0 1 joins sales > arrived 1; queued 1 sales #1; offer 1 anna")

    assert centre.engine.expected_wait(1, moment(5)) is None
    assert centre.engine.expected_wait(99, moment(5)) is None


def test_a_line_is_worked_off_by_the_agents_who_are_there() -> None:
    centre = busy_centre()
    centre.play("""
        122  3 joins sales       > arrived 3; queued 3 sales #1; offer 3 anna
        123  4 joins sales       > arrived 4; queued 4 sales #1
    """)

    next_one = centre.engine.expected_wait(1, moment(123))
    urgent = centre.engine.expected_wait(1, moment(123), priority=3)

    assert urgent == timedelta(seconds=60), "two agents, 120 seconds each"
    assert next_one == timedelta(seconds=120)
    assert centre.engine.why_waiting(4, moment(123)).expected == urgent
    assert centre.engine.expected_wait(1, moment(183)) > next_one, "nobody was served for a minute"


def test_nobody_there_is_not_a_wait_of_zero() -> None:
    centre = busy_centre()
    centre.play("""
        122  anna signs out      > signed_out anna
        123  boris signs out forced > intent boris signed_out
        130  2 leaves            > ended 2 answered customer; wrap_up boris
        150  time                > wrap_up_ended boris system; signed_out boris forced
        151  3 joins sales       > arrived 3; queued 3 sales #1
    """)

    assert centre.engine.expected_wait(1, moment(152)) is None
    assert centre.engine.why_waiting(3, moment(152)).remedies == ("signed_in",)


def test_why_somebody_waits_says_what_would_take_him() -> None:
    centre = Centre(agents={"anna": {"sales": 5}, "boris": {"sales": 5}, "vera": {"sales": 5}, "gleb": {}})
    centre.play("""
        0    1 joins sales       > arrived 1; queued 1 sales #1; offer 1 anna
        1    boris not_ready lunch > not_ready boris chosen lunch
        2    vera unreachable    > unreachable vera
        3    2 joins sales       > arrived 2; queued 2 sales #1
    """)

    assert centre.engine.why_waiting(2, moment(4)).remedies == ("agent_free", "device_reachable", "ready")


def test_why_somebody_waits_in_vain_is_told() -> None:
    centre = Centre(queues={"sales": {"minimum": 9}})
    centre.play("0 1 joins sales > arrived 1; queued 1 sales #1")

    assert centre.engine.why_waiting(1, moment(1)).remedies == ("no_agent_fits",)
    assert [(one.field, one.reason) for one in centre.engine.problems()] == [("queues.1", "no_agent_fits")]
