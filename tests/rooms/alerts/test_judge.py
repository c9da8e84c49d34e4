"""When a rule fires, when an alert is over, and what never fires."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.alerts import service
from otklik.alerts.judge import Judge, Look, Verdict
from otklik.alerts.model import Alert, Cause, Reading, Rule, Scope, Side, Spot
from otklik.vocabulary.hours import weekly
from otklik.vocabulary.refusals import Invalid

pytestmark = pytest.mark.fast

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
QUEUE = 3


def rule(**more) -> Rule:
    given = {
        "rule_id": 1,
        "name": "many wait",
        "figure": "waiting",
        "scope": Scope.QUEUE,
        "side": Side.ABOVE,
        "limit": 5,
        "recover": 2,
        "lasts": 30,
    }
    return Rule(**(given | more))


def look(value: float | None, *, seconds: float = 0, basis: int = 0, figure: str = "waiting", **more) -> Look:
    figures = {} if value is None else {Spot(figure, Scope.QUEUE, QUEUE): Reading(value, basis)}
    places = more.pop("places", {Scope.QUEUE: [QUEUE]})
    return Look(at=NOW + timedelta(seconds=seconds), zone="UTC", figures=figures, places=places, **more)


def alert(of: Rule, value: float = 9) -> Alert:
    return Alert(
        alert_id=7,
        rule_id=of.rule_id,
        scope=of.scope,
        place_id=QUEUE,
        place_name="Sales",
        fired_at=NOW,
        fired_value=value,
        worst=value,
        rule=of,
    )


def fired(verdict: Verdict) -> list[tuple[int, float]]:
    return [(one.place_id, one.value) for one in verdict.firings]


def test_a_rule_fires_when_its_limit_was_crossed_for_long_enough_and_with_the_value_of_then() -> None:
    judge, many = Judge(), rule()
    assert fired(judge.judge(look(6), [many], [])) == []
    assert fired(judge.judge(look(7, seconds=29), [many], [])) == []
    assert fired(judge.judge(look(8, seconds=30), [many], [])) == [(QUEUE, 8)]


def test_a_break_begins_the_count_anew() -> None:
    judge, many = Judge(), rule()
    judge.judge(look(6), [many], [])
    judge.judge(look(5, seconds=20), [many], [])
    assert fired(judge.judge(look(6, seconds=31), [many], [])) == []
    assert fired(judge.judge(look(6, seconds=61), [many], [])) == [(QUEUE, 6)]


def test_no_data_breaks_the_count_and_never_fires() -> None:
    judge, low = Judge(), rule(figure="service_level", side=Side.BELOW, limit=0.8, recover=0.85)
    judge.judge(look(0.1, figure="service_level"), [low], [])
    assert fired(judge.judge(look(None, seconds=30), [low], [])) == []
    assert fired(judge.judge(look(0.1, seconds=40, figure="service_level"), [low], [])) == []


def test_a_share_of_too_few_is_no_data() -> None:
    low = rule(figure="service_level", side=Side.BELOW, limit=0.8, recover=None, lasts=0, least=10)
    assert fired(Judge().judge(look(0.1, basis=9, figure="service_level"), [low], [])) == []
    assert fired(Judge().judge(look(0.1, basis=10, figure="service_level"), [low], [])) == [(QUEUE, 0.1)]


def test_what_stands_is_not_fired_again_by_a_judge_that_remembers_nothing() -> None:
    many = rule(lasts=0)
    verdict = Judge().judge(look(9), [many], [alert(many)])
    assert (verdict.firings, verdict.endings, verdict.worsenings) == ([], [], [])


def test_an_alert_ends_at_the_value_of_recovery_and_not_between() -> None:
    many = rule()
    for value, causes in ((5, []), (3, []), (2, [Cause.RECOVERED])):
        verdict = Judge().judge(look(value), [many], [alert(many)])
        assert [one.cause for one in verdict.endings] == causes


def test_a_worse_value_is_told_and_a_better_one_is_not() -> None:
    many = rule()
    assert [one.value for one in Judge().judge(look(12), [many], [alert(many)]).worsenings] == [12]
    assert Judge().judge(look(7), [many], [alert(many)]).worsenings == []


@pytest.mark.parametrize(
    ("now", "cause"),
    [
        ([], Cause.RULE_GONE),
        ([rule(is_on=False)], Cause.RULE_GONE),
        ([rule(limit=6)], Cause.RULE_CHANGED),
        ([rule(place_ids=(4,))], Cause.RULE_CHANGED),
        ([rule(hours=weekly(time(12), time(13)))], Cause.HOURS_OVER),
    ],
)
def test_an_alert_ends_with_its_rule(now: list[Rule], cause: Cause) -> None:
    (ending,) = Judge().judge(look(9), now, [alert(rule())]).endings
    assert ending.cause is cause


def test_an_alert_without_data_any_more_ends() -> None:
    many = rule()
    (ending,) = Judge().judge(look(None), [many], [alert(many)]).endings
    assert (ending.cause, ending.value) == (Cause.NO_DATA, None)


def test_nothing_fires_outside_its_hours_and_the_wait_begins_with_them() -> None:
    many = rule(hours=weekly(time(9, 1), time(18)))
    judge = Judge()
    assert fired(judge.judge(look(9), [many], [])) == []
    assert fired(judge.judge(look(9, seconds=60), [many], [])) == []
    assert fired(judge.judge(look(9, seconds=90), [many], [])) == [(QUEUE, 9)]


def test_each_place_fires_on_its_own_and_agents_by_their_teams() -> None:
    talk = rule(figure="talk", scope=Scope.AGENT, limit=60, recover=None, lasts=0, team_ids=(8,))
    figures = {Spot("talk", Scope.AGENT, one): Reading(100 + one) for one in (1, 2, 3)}
    seen = Look(
        at=NOW,
        zone="UTC",
        figures=figures,
        places={Scope.AGENT: [1, 2, 3]},
        teams_of={1: (8,), 2: (9,), 3: (8, 9)},
    )
    assert fired(Judge().judge(seen, [talk], [])) == [(1, 101), (3, 103)]


@given(
    st.lists(st.one_of(st.none(), st.floats(0, 20)), min_size=1, max_size=40),
    st.integers(0, 20),
    st.floats(0, 10),
    st.floats(0, 10),
)
def test_alerts_stand_one_at_a_time_and_fire_only_after_the_time_asked(
    values: list[float | None], lasts: int, first: float, second: float
) -> None:
    """Whatever the figures do: at most one stands, it began wrong for `lasts` seconds, and ended well or
    without data."""
    many = rule(limit=max(first, second), recover=min(first, second), lasts=lasts)
    judge, standing, wrong_for = Judge(), None, 0
    for step, value in enumerate(values):
        is_wrong = value is not None and value > many.limit
        verdict = judge.judge(look(value, seconds=step), [many], [standing] if standing else [])
        if standing is None:
            wrong_for = wrong_for + 1 if is_wrong else 0
            expected = is_wrong and wrong_for > lasts
            assert bool(verdict.firings) == expected
            if expected:
                standing, wrong_for = alert(many, verdict.firings[0].value), 0
        else:
            assert verdict.firings == []
            is_over = value is None or value <= many.recover
            assert bool(verdict.endings) == is_over
            if is_over:
                standing = None


@pytest.mark.parametrize(
    ("given_rule", "code", "place"),
    [
        (rule(figure="mood"), "unknown_figure", "figure"),
        (rule(figure="talk"), "figure_unfit", "scope"),
        (rule(figure="service_level", side=Side.BELOW, limit=80), "limit_unfit", "limit"),
        (rule(recover=6), "recover_unfit", "recover"),
        (rule(figure="service_level", side=Side.BELOW, limit=0.8, recover=0.7), "recover_unfit", "recover"),
        (rule(least=5), "least_unfit", "least"),
        (rule(team_ids=(1,)), "figure_unfit", "team_ids"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_its_place(
    given_rule: Rule, code: str, place: str
) -> None:
    with pytest.raises(Invalid) as refused:
        service.check_rule(given_rule)
    assert (refused.value.code, refused.value.place) == (code, place)
