"""Tiles show the very numbers of the board and of alerts: without a server."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from otklik.access.rights import Right
from otklik.acd.model import AgentState, Phase
from otklik.alerts.model import Alert, Rule, Scope, Severity, Side, Spot
from otklik.api import live_rows
from otklik.api.dashboard_tiles import TileNow, changes_of
from otklik.api.dashboard_values import Beside, Moment, dashboard_now
from otklik.api.live_figures import Health, Known, figures_of, queue_figures
from otklik.api.live_rows import Scope as Sight
from otklik.api.live_seen import AgentNow, Directory, InteractionNow, Seen
from otklik.dashboards.figures import FIGURES
from otklik.dashboards.model import Dashboard, DashboardId, Tile, TileKind
from otklik.organization.model import Agent, Queue, Site, SkillRequirement, Team
from otklik.reports import codes
from otklik.reports.measures import AgentFacts, QueueFacts
from otklik.vocabulary.ids import AgentId, InteractionId, PartyId, ProjectId, QueueId, SkillId, TeamId
from otklik.vocabulary.time import SLOT_MS, from_ms

pytestmark = pytest.mark.fast

FIRST_SLOT = 1_994_912
AT_MS = (FIRST_SLOT + 41) * SLOT_MS + 61_000
SALES, SUPPORT = QueueId(1), QueueId(2)
ANNA, BORIS, VERA = AgentId(3), AgentId(4), AgentId(5)
SALES_OF_SLOT = QueueFacts(offered=4, answered=3, abandoned=1, in_sl=2, wait_ms=30_000, handled=3, talk_ms=90)
EARLY = QueueFacts(offered=6, answered=6, in_sl=6, wait_ms=12_000, handled=6, talk_ms=600_000)
SUPPORT_OF_SLOT = QueueFacts(offered=2, answered=1, short_ab=1, abandoned=1, in_sl=1, wait_ms=1_000)
BY_SLOT = {
    FIRST_SLOT + 30: {SALES: EARLY},
    FIRST_SLOT + 41: {SALES: SALES_OF_SLOT, SUPPORT: SUPPORT_OF_SLOT},
}
FACTS = {
    ANNA: AgentFacts(ready_ms=60_000, connected_ms=60_000),
    BORIS: AgentFacts(ready_ms=30_000, wrap_up_ms=90_000),
}
EVERYTHING = Sight()
RULE = Rule(
    rule_id=1,
    name="Many wait",
    figure="waiting",
    scope=Scope.QUEUE,
    side=Side.ABOVE,
    limit=1,
    severity=Severity.WARNING,
)


def queue(queue_id: QueueId, name: str, skill: int) -> Queue:
    needs = (SkillRequirement(skill_id=SkillId(skill), minimum=1),)
    return Queue(queue_id=queue_id, name=name, project_id=ProjectId(1), skills=needs, service_target=0.8)


def agent(agent_id: AgentId, state: AgentState, **more: int) -> AgentNow:
    return AgentNow(agent_id=agent_id, state=codes.AGENT_STATES[state], since_ms=AT_MS - 5_000, **more)


def waiting(number: int, queue_id: QueueId, since_ms: int) -> InteractionNow:
    return InteractionNow(
        interaction_id=number,
        phase=codes.PHASES[Phase.WAITING],
        queue_id=queue_id,
        party_id=number,
        entered_ms=since_ms,
        queued_ms=since_ms,
        since_ms=since_ms,
    )


def seen() -> Seen:
    """Two queues with three who wait; three agents of two teams, one of them fits both queues."""
    skills = {ANNA: (1, 2), BORIS: (2,), VERA: (1,)}
    day = {
        SALES: QueueFacts(offered=10, answered=9, abandoned=1, in_sl=8, wait_ms=42_000),
        SUPPORT: SUPPORT_OF_SLOT,
    }
    return Seen(
        seq=9,
        at_ms=AT_MS,
        directory=Directory(
            site=Site(name="Centre", zone="Europe/Moscow"),
            agents={
                agent_id: Agent(
                    agent_id=agent_id,
                    team_ids=(TeamId(2 if agent_id == VERA else 1),),
                    skills={SkillId(one): 5 for one in has},
                )
                for agent_id, has in skills.items()
            },
            teams={TeamId(one): Team(team_id=TeamId(one), name=f"Team {one}") for one in (1, 2)},
            queues={SALES: queue(SALES, "Sales", 1), SUPPORT: queue(SUPPORT, "Support", 2)},
        ),
        agents={
            ANNA: agent(ANNA, AgentState.READY),
            BORIS: agent(BORIS, AgentState.CONNECTED),
            VERA: agent(VERA, AgentState.NOT_READY),
        },
        interactions={
            InteractionId(number): waiting(number, queue_id, AT_MS - ago)
            for number, queue_id, ago in ((11, SALES, 9_000), (12, SALES, 4_000), (13, SUPPORT, 70_000))
        },
        numbers={PartyId(13): "+79161234567"},
        queue_figures={queue_id: queue_figures(facts) for queue_id, facts in day.items()},
    )


HEALTH = Health(trunks_down=1, loop_lag_ms=3.5, disk_free=0.4)


def moment(**more: object) -> Moment:
    beside = Beside(
        slots=(FIRST_SLOT, FIRST_SLOT + 96),
        by_slot=BY_SLOT,
        health=HEALTH,
        **more,  # type: ignore[arg-type]
    )
    return Moment(seen=seen(), agent_facts=FACTS, beside=beside)


def tile(**more: object) -> Tile:
    given = {"tile_id": 1, "kind": TileKind.FIGURE, "x": 0, "y": 0, "width": 2, "height": 2}
    return Tile(**given | more)  # type: ignore[arg-type]


def shown(
    *tiles: Tile,
    sight: Sight = EVERYTHING,
    rights: frozenset[Right] = frozenset({Right.VIEW_HEALTH}),
    at: Moment | None = None,
) -> tuple[TileNow, ...]:
    dashboard = Dashboard(dashboard_id=DashboardId(1), name="Test", tiles=tiles)
    return dashboard_now(at or moment(), dashboard, sight, rights).tiles


def value_of(tile_now: TileNow) -> float | None:
    """As a page counts it: what lasts lasts until now."""
    if tile_now.since_ms is not None:
        return (AT_MS - tile_now.since_ms) / 1000
    return tile_now.value


def test_a_figure_is_the_one_that_alerts_judge_at_every_place() -> None:
    recent = {
        SALES: queue_figures(SALES_OF_SLOT),
        SUPPORT: queue_figures(SUPPORT_OF_SLOT),
    }
    judged = figures_of(Known(seen=seen(), agent_facts=FACTS, recent=recent, health=HEALTH))
    compared = 0
    for spot, reading in judged.items():
        if spot.scope is Scope.AGENT:
            continue
        place_ids = () if spot.scope is Scope.CENTRE else (spot.place_id,)
        (now,) = shown(tile(figure=spot.figure, scope=spot.scope, place_ids=place_ids))
        wanted = None if reading.value is None else pytest.approx(reading.value, abs=1e-4)
        assert value_of(now) == wanted, spot
        if FIGURES[spot.figure].name.startswith(("service_level", "abandonment_rate")):
            assert now.basis == reading.basis, spot
        compared += 1
    assert compared > 30


def test_a_queue_in_a_table_is_the_one_on_the_board() -> None:
    (now,) = shown(tile(kind=TileKind.QUEUES))
    board = live_rows.board(seen(), Sight())

    for line, on_board in zip(now.queues, board.queues, strict=True):
        for name in ("id", "name", "waiting", "offered", "abandoned", "target", "is_closed"):
            assert getattr(line, name) == getattr(on_board, name), name
        assert line.since_ms == on_board.longest_since_ms
        assert line.ready == on_board.agents_ready
        assert line.service_level == pytest.approx(on_board.service_level, abs=1e-4)


def test_several_queues_together_are_counted_once_and_measured_of_the_sums() -> None:
    both = {"scope": Scope.QUEUE, "place_ids": (SALES, SUPPORT)}
    names = ("waiting", "offered", "service_level", "agents_ready", "agents_signed_in", "average_wait", "aht")
    tiles = [tile(tile_id=number, figure=name, **both) for number, name in enumerate(names, 1)]

    values = dict(zip(names, (one.value for one in shown(*tiles)), strict=True))

    assert (values["waiting"], values["offered"]) == (3, 12)
    assert (both_of_them := shown(*tiles)[0]).places == ("Sales", "Support")
    assert both_of_them.unit == "count"
    # F6 of the sums: (8 + 1) / (10 + 2 - 1 short).
    assert values["service_level"] == pytest.approx(9 / 11, abs=1e-4)
    assert values["agents_ready"] == 1, "Anna fits both queues and is one agent"
    assert values["agents_signed_in"] == 3
    assert values["average_wait"] == 4.3
    assert values["aht"] == round((600_000 + 90) / 9) / 1000


def test_a_day_has_each_quarter_until_now_and_nothing_after() -> None:
    (now,) = shown(tile(kind=TileKind.DAY, place_ids=(SALES,), scope=Scope.QUEUE))

    assert (now.since_ms, now.until_ms) == (FIRST_SLOT * SLOT_MS, (FIRST_SLOT + 96) * SLOT_MS)
    assert [point.at_ms for point in now.points] == [(FIRST_SLOT + number) * SLOT_MS for number in range(42)]
    assert sum(point.offered for point in now.points) == 10
    assert now.value == 0.8, "of the whole day: 8 of 10, and no mean of its quarters"
    last = now.points[-1]
    assert (last.offered, last.answered, last.abandoned, last.service_level) == (4, 3, 1, 0.5)
    assert now.points[0].service_level is None, "no call is no data"


def test_who_waits_longest_stands_first_masked_and_the_rest_is_counted() -> None:
    (now,) = shown(tile(kind=TileKind.WAITING, most=2))

    assert now.count == 3
    assert [(line.queue_name, line.since_ms) for line in now.waiting] == [
        ("Support", AT_MS - 70_000),
        ("Sales", AT_MS - 9_000),
    ]
    assert now.waiting[0].number_masked == "+7••••••4567"


def test_states_are_those_whom_the_watcher_sees_on_his_board() -> None:
    first_team = Sight(teams=frozenset({1}))

    (all_of_them,) = shown(tile(kind=TileKind.STATES))
    (seen_by_one,) = shown(tile(kind=TileKind.STATES), sight=first_team)
    (of_other_team,) = shown(tile(kind=TileKind.STATES, scope=Scope.TEAM, place_ids=(2,)), sight=first_team)
    (of_support,) = shown(tile(kind=TileKind.STATES, scope=Scope.QUEUE, place_ids=(SUPPORT,)))

    assert dict(all_of_them.states) == {"ready": 1, "connected": 1, "not_ready": 1}
    assert len(live_rows.board(seen(), Sight()).agents) == all_of_them.count == 3
    assert dict(seen_by_one.states) == {"ready": 1, "connected": 1}
    assert (of_other_team.code, of_other_team.states) == ("out_of_sight", ())
    assert dict(of_support.states) == {"ready": 1, "connected": 1}


def test_a_gauge_holds_its_queues_strictest_target_unless_it_has_its_own() -> None:
    strict = seen()
    strict.directory.queues[SUPPORT] = msgspec.structs.replace(
        strict.directory.queues[SUPPORT], service_target=0.9
    )
    at = replace(moment(), seen=strict)
    gauge = {"kind": TileKind.GAUGE, "figure": "service_level", "scope": Scope.QUEUE}

    (one,) = shown(tile(**gauge, place_ids=(SALES,)), at=at)
    (both,) = shown(tile(**gauge), at=at)
    (own,) = shown(tile(**gauge, target=0.7), at=at)

    assert (one.target, both.target, own.target) == (0.8, 0.9, 0.7)


def test_alerts_in_sight_stand_gravest_first_and_those_asleep_are_left_out() -> None:
    def alert(number: int, **more: object) -> Alert:
        given = {"scope": Scope.QUEUE, "place_id": SALES, "place_name": "Sales", "rule": RULE}
        fired = {"fired_at": from_ms(AT_MS - 60_000), "fired_value": 2.0, "worst": 3.0}
        return Alert(alert_id=number, rule_id=1, **given | fired | more)  # type: ignore[arg-type]

    grave = msgspec.structs.replace(RULE, severity=Severity.CRITICAL)
    of_agent = {"scope": Scope.AGENT, "place_name": "Vera", "place_id": VERA}
    of_machine = {"rule": msgspec.structs.replace(RULE, figure="disk_free"), "scope": Scope.CENTRE}
    alerts = [
        alert(1),
        alert(2, rule=grave),
        alert(3, snoozed_until=from_ms(AT_MS) + timedelta(minutes=5)),
        alert(4, **of_agent),
        alert(5, **of_machine),
    ]
    lists = tile(kind=TileKind.ALERTS, most=9)

    (now,) = shown(lists, at=moment(alerts=alerts))
    (narrow,) = shown(lists, at=moment(alerts=alerts), sight=Sight(teams=frozenset({1})), rights=frozenset())

    assert [line.id for line in now.alerts] == [2, 1, 4, 5]
    assert [line.id for line in narrow.alerts] == [2, 1]
    assert (now.alerts[0].name, now.alerts[0].place, now.alerts[0].value) == ("Many wait", "Sales", 3.0)


def test_the_machines_health_is_shown_to_whoever_may_see_it() -> None:
    disk = tile(figure="disk_free")

    assert shown(disk)[0].value == 0.4
    assert shown(disk, rights=frozenset()) == (TileNow(id=1, unit="share", code="right_missing"),)


def test_a_queue_that_is_gone_is_said_and_not_shown_as_nothing() -> None:
    gone = tile(figure="waiting", scope=Scope.QUEUE, place_ids=(99,))

    assert shown(gone) == (TileNow(id=1, unit="count", code="place_gone"),)


def test_only_what_changed_is_sent_again() -> None:
    dashboard = Dashboard(
        dashboard_id=DashboardId(1),
        name="Test",
        tiles=(
            tile(figure="waiting"),
            tile(tile_id=2, figure="disk_free"),
            tile(tile_id=3, kind=TileKind.CLOCK),
        ),
    )
    health = frozenset({Right.VIEW_HEALTH})
    before = dashboard_now(moment(), dashboard, Sight(), health)
    fewer = seen()
    fewer.waiting.pop(int(SUPPORT))
    after = dashboard_now(replace(moment(), seen=fewer), dashboard, Sight(), health)

    change = changes_of(before, after)

    assert change is not None
    assert [(one.id, one.value) for one in change.tiles] == [(1, 2)]
    assert changes_of(before, before) is None
    assert [one.tile_id for one in before.layout] == [1, 2, 3]


def test_every_figure_of_the_catalogue_can_be_shown_at_each_of_its_places() -> None:
    for kind in FIGURES.values():
        for scope in kind.scopes:
            (now,) = shown(tile(figure=kind.name, scope=scope))
            assert now.code == "", (kind.name, scope)
            spot = Spot(kind.name, scope, 0)
            assert now.value is not None or now.since_ms is not None or spot.figure == "channel_silent", spot
