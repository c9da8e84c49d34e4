"""What a call and a day cost, counted by hand: increments, a rate that changes, days of 23 hours, what is
missing."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from otklik.billing.costs import AgentDay, Call, Handled, Spent, shared
from otklik.billing.legs import TrunkLegProjection
from otklik.billing.model import PayRate, Rates, Route, Tariff, Tariffs, Terms, billed, pay_of, price_of
from otklik.billing.pasted import Names, read_rates, read_tariffs
from otklik.journal.record import Record
from otklik.reports.attendance import days_of
from otklik.reports.cost_measures import COST_MEASURES, CostFacts
from otklik.reports.measures import compute_all
from otklik.switchboard.events import LegOver, LegStarted, LegUp
from otklik.vocabulary.ids import InteractionId, LegId, NumberId, SiteId, TrunkId
from otklik.vocabulary.ids import Sequence as Seq
from otklik.vocabulary.messages import Event

pytestmark = pytest.mark.fast

MAY = date(2026, 5, 1)
ANNA, BORIS = 11, 12
SALES, SUPPORT = 1, 2
HOUR = 3_600_000


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def terms(increment: str, price: str = "3", fee: str = "0", free: int = 0) -> Terms:
    first, step = increment.split("/")
    return Terms(
        per_minute=Decimal(price),
        connection_fee=Decimal(fee),
        free=seconds(free),
        first=seconds(int(first)),
        step=seconds(int(step)),
    )


@pytest.mark.parametrize(
    ("increment", "lasted", "paid"),
    [
        ("60/60", 0.2, 60),
        ("60/60", 60, 60),
        ("60/60", 60.001, 120),
        ("1/1", 60.001, 61),
        ("1/1", 0, 1),
        ("30/6", 31, 36),
        ("30/6", 36.4, 42),
        ("60/1", 75, 75),
        ("60/1", 5, 60),
    ],
)
def test_a_call_is_paid_in_its_increments(increment: str, lasted: float, paid: int) -> None:
    assert billed(seconds(lasted), terms(increment)) == seconds(paid)


def test_half_minutes_after_three_free_seconds_are_as_a_provider_counts_them() -> None:
    half = terms("30/30", price="2", free=3)
    assert [billed(seconds(one), half) for one in (3, 4, 27, 320, 332)] == [
        seconds(one) for one in (0, 30, 30, 330, 360)
    ]
    assert price_of(seconds(3), half, "RUB") == 0
    # 5.5 minutes of 2.00.
    assert price_of(seconds(320), half, "RUB") == 1100


def test_a_price_has_its_fee_and_stays_exact_until_it_is_shown() -> None:
    # 61 seconds of 1.4567 roubles a minute and 0.35 for the connection: 148.098... + 35 kopecks.
    price = price_of(seconds(61), terms("1/1", price="1.4567", fee="0.35"), "RUB")
    assert price == Fraction(14567, 100) * Fraction(61, 60) + 35
    assert price_of(seconds(60), terms("60/60", price="3"), "JPY") == 3
    assert price_of(seconds(90), Terms(is_ours=False, per_minute=Decimal(9)), "RUB") == 0
    assert pay_of(HOUR // 3, Decimal("350.50"), "RUB") == Fraction(35050, 3)


def rate(since: date, amount: str, *, agent: int = ANNA, role: int = 0, **more: object) -> PayRate:
    made = {"rate_id": 1, "currency": "RUB", **more}
    return PayRate(agent_id=agent, role_id=role, since=since, per_hour=Decimal(amount), **made)  # type: ignore[arg-type] # made of fields


def test_an_own_rate_wins_over_roles_and_the_highest_role_counts() -> None:
    withdrawn = datetime(2026, 5, 2, tzinfo=UTC)
    rates = Rates(
        [
            rate(MAY, "300", agent=0, role=3),
            rate(MAY, "400", agent=0, role=4),
            rate(date(2026, 5, 10), "500"),
            rate(date(2026, 5, 12), "900", withdrawn_at=withdrawn),
            rate(date(2026, 5, 14), "20", currency="USD"),
            rate(date(2026, 5, 20), "550", rate_id=8),
            rate(date(2026, 5, 20), "560", rate_id=9),
        ],
        {ANNA: [3, 4], BORIS: [3]},
        "RUB",
    )

    def on(agent_id: int, day: int) -> Decimal | None:
        found = rates.on(agent_id, date(2026, 5, day))
        return found.per_hour if found else None

    assert [on(ANNA, day) for day in (1, 9, 10, 19, 20)] == [400, 400, 500, 500, 560]
    assert [on(BORIS, 1), rates.on(BORIS, date(2026, 4, 30)), rates.on(99, MAY)] == [300, None, None]


def test_the_tariff_of_a_number_wins_over_that_of_its_trunk() -> None:
    def tariff(identity: int, route: Route, since: date = MAY) -> Tariff:
        return Tariff(identity, route, since, terms("60/60"), "RUB")

    tariffs = Tariffs(
        [
            tariff(1, Route(True)),
            tariff(2, Route(True, 5), date(2026, 5, 20)),
            tariff(3, Route(True, 0, 800)),
            tariff(4, Route(False, 5)),
        ],
        "RUB",
    )

    def on(route: Route, day: int) -> int | None:
        found = tariffs.on(route, date(2026, 5, day))
        return found.tariff_id if found else None

    assert [on(Route(True, 5, 7), day) for day in (1, 19, 20)] == [1, 1, 2]
    assert [on(Route(True, 5, 800), 25), on(Route(True, 6, 7), 25)] == [3, 1]
    assert [on(Route(False, 5), 3), on(Route(False, 6), 3)] == [4, None]


def a_day(day: int, hours: float = 8, *, agent: int = ANNA, **busy: int) -> AgentDay:
    by_queue = {{"sales": SALES, "support": SUPPORT}[name]: ms for name, ms in busy.items()}
    ms = round(hours * HOUR)
    return AgentDay(date(2026, 5, day), agent, ms, ms, by_queue)


def test_a_rate_that_changes_in_the_middle_of_a_month_counts_from_its_day_on() -> None:
    spent = Spent("RUB")
    rates = Rates([rate(MAY, "300"), rate(date(2026, 5, 16), "360", rate_id=2)], {}, "RUB")
    for day in (14, 15, 16, 17):
        spent.add_day(a_day(day), rates)
    # 2 days of 8 hours for 300.00, 2 for 360.00.
    assert spent.total().pay == (2 * 8 * 300 + 2 * 8 * 360) * 100
    assert spent.by_day()[date(2026, 5, 15)].pay == 240_000
    assert spent.by_day()[date(2026, 5, 16)].pay == 288_000


def test_a_night_in_which_clocks_change_is_paid_by_its_real_hours() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    (spring,) = days_of(date(2026, 3, 29), date(2026, 3, 30), berlin)
    (autumn,) = days_of(date(2026, 10, 25), date(2026, 10, 26), berlin)
    rates = Rates([rate(date(2026, 1, 1), "12", currency="EUR")], {}, "EUR")
    spent = Spent("EUR")
    for one in (spring, autumn):
        ms = one.stop_ms - one.start_ms
        spent.add_day(AgentDay(one.day, ANNA, ms, ms, {}), rates)
    assert {day.month: facts.pay for day, facts in spent.by_day().items()} == {3: 27_600, 10: 30_000}


def test_a_day_is_shared_out_among_queues_and_adds_up() -> None:
    rates = Rates([rate(MAY, "100"), rate(MAY, "70", agent=BORIS)], {}, "RUB")
    spent = Spent("RUB")
    spent.add_day(a_day(4, 1, sales=20_000, support=40_000), rates)
    spent.add_day(a_day(5, 2, sales=5), rates)
    spent.add_day(a_day(5, 1, agent=BORIS), rates)
    found = spent.by_queue()
    assert {queue: facts.pay for queue, facts in found.items()} == {
        SALES: Fraction(10_000, 3) + 20_000,
        SUPPORT: Fraction(20_000, 3),
        0: 7_000,
    }
    assert sum(facts.pay or 0 for facts in found.values()) == spent.total().pay == 37_000
    assert spent.total().signed_in_ms == 4 * HOUR
    only = Spent("RUB")
    only.add_day(a_day(4, 1, sales=20_000, support=40_000), rates, [SUPPORT])
    assert only.total().pay == Fraction(20_000, 3)


def test_shares_of_a_day_are_whole_and_none_of_it_is_lost() -> None:
    assert shared(100, {SALES: 1, SUPPORT: 1, 7: 1}) == {SALES: 34, SUPPORT: 33, 7: 33}
    assert shared(101, {SALES: 1, SUPPORT: 5, 7: 0}) == {SALES: 17, SUPPORT: 84}
    assert shared(0, {SALES: 5}) == {SALES: 0}
    assert shared(9, {}) == {0: 9}


def values(facts: CostFacts) -> dict[str, float | int | None]:
    return dict(compute_all(COST_MEASURES, facts))


def test_what_a_contact_and_a_sale_cost() -> None:
    spent = Spent("RUB")
    spent.add_day(a_day(4, 8, sales=1), Rates([rate(MAY, "300")], {}, "RUB"))
    spent.add_handled(Handled(date(2026, 5, 4), ANNA, SALES, 40))
    tariffs = Tariffs([Tariff(1, Route(True, 0, 800), MAY, terms("60/60", price="2.5"), "RUB")], "RUB")
    spent.add_call(Call(date(2026, 5, 4), ANNA, SALES, Route(True, 5, 800), seconds(61), 40), tariffs)
    facts = spent.by_team({ANNA: [7]})[7]
    sold = CostFacts(facts.signed_in_ms, facts.payable_ms, facts.pay, facts.trunk, facts.handled, sales=8)
    # 2400.00 for the day, 40 calls of 2 minutes of 2.50.
    assert values(sold) == {
        "signed_in_seconds": 28_800,
        "payable_seconds": 28_800,
        "pay_cost": 240_000,
        "trunk_cost": 20_000,
        "total_cost": 260_000,
        "handled": 40,
        "cost_per_contact": 6_500,
        "sales": 8,
        "cost_per_sale": 32_500,
    }
    assert values(facts)["sales"] is None
    assert values(facts)["cost_per_sale"] is None


def test_what_is_missing_is_no_data_and_named_and_never_nothing() -> None:
    spent = Spent("RUB")
    rates = Rates([rate(date(2026, 5, 5), "300")], {}, "RUB")
    spent.add_day(a_day(4, 8, sales=1), rates)
    spent.add_day(a_day(5, 8, support=1), rates)
    spent.add_call(Call(date(2026, 5, 6), 0, SUPPORT, Route(True, 5, 7), seconds(10)), Tariffs([], "RUB"))
    found = {queue: values(facts) for queue, facts in spent.by_queue().items()}
    assert (found[SALES]["pay_cost"], found[SALES]["trunk_cost"]) == (None, 0)
    assert (found[SUPPORT]["pay_cost"], found[SUPPORT]["trunk_cost"]) == (240_000, None)
    assert [found[queue]["total_cost"] for queue in (SALES, SUPPORT)] == [None, None]
    assert values(spent.total())["pay_cost"] is None
    assert spent.unpaid == {ANNA: date(2026, 5, 4)}
    assert spent.unpriced == {Route(True, 5, 7): date(2026, 5, 6)}
    # Nobody was there: nothing was paid, and a contact that was not has no cost.
    empty = values(Spent("RUB").total())
    assert (empty["pay_cost"], empty["cost_per_contact"]) == (0, None)


AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
CALL = InteractionId(70)


def records(events: Sequence[Event]) -> list[Record]:
    return [
        Record(site_id=SiteId(1), seq=Seq(seq), at=event.at, event=event)
        for seq, event in enumerate(events, 1)
    ]


def test_only_answered_legs_on_trunks_are_rows_and_a_snapshot_forgets_none() -> None:
    def started(leg: int, role: str, trunk: int, number: int = 0) -> LegStarted:
        return LegStarted(
            at=AT,
            leg_id=LegId(leg),
            interaction_id=CALL,
            role=role,
            trunk_id=TrunkId(trunk),
            number_id=NumberId(number),
        )

    def up(leg: int, after: int) -> LegUp:
        return LegUp(at=AT + seconds(after), leg_id=LegId(leg), interaction_id=CALL)

    def over(leg: int, after: int) -> LegOver:
        return LegOver(at=AT + seconds(after), leg_id=LegId(leg), interaction_id=CALL)

    fold = TrunkLegProjection()
    first = fold.fold(
        records(
            [
                started(1, "customer", 5, 800),
                started(2, "agent", 0),
                started(3, "party", 6),
                up(1, 2),
                up(2, 9),
            ]
        )
    )
    assert first is not None
    assert [(one.leg_id, one.is_inbound, one.over_ms) for one in first.rows] == [(1, True, 0)]
    again = TrunkLegProjection()
    again.restore(fold.snapshot())
    last = again.fold(records([over(3, 40), over(2, 60), over(1, 62), over(1, 63)]))
    assert last is not None
    (row,) = last.rows
    assert (row.trunk_id, row.number_id, row.over_ms - row.up_ms) == (5, 800, 60_000)
    assert again.fold(records([up(1, 70)])) is None


NAMES = Names(
    agents={"анна петрова": [ANNA], "anna": [ANNA], "иван": [13, 14], "старший": [15]},
    roles={"оператор": [3], "старший": [4]},
    trunks={"магистраль": [5]},
    numbers={"+78005553535": [800], "горячая линия": [800]},
)


def test_rates_are_read_from_a_table_with_a_heading_and_each_line_says_what_is_wrong() -> None:
    lines = read_rates(
        "Кто\tС\tВ час\n"
        "Старший;2026-05-01;300\n"
        "Анна  Петрова\t01.05.2026\t1 350,50\n"
        "Оператор;2026-05-01;300\n"
        "Иван;2026-05-01;300\n"
        "Никто;2026-05-01;300\n"
        "Anna;31.02.2026;300\n"
        "Anna;2026-05-01;-3\n"
        "Anna;2026-05-01\n",
        NAMES,
        "RUB",
    )
    assert [(one.number, one.refusal) for one in lines] == [
        (2, "paste_several"),
        (3, ""),
        (4, ""),
        (5, "paste_several"),
        (6, "paste_who"),
        (7, "paste_day"),
        (8, "paste_amount"),
        (9, "paste_columns"),
    ]
    assert lines[1].thing == PayRate(0, ANNA, 0, MAY, Decimal("1350.50"), "RUB")
    assert lines[2].thing == PayRate(0, 0, 3, MAY, Decimal(300), "RUB")


def test_tariffs_are_read_from_a_table() -> None:
    lines = read_tariffs(
        "8 800 555-35-36;вх;2026-05-01;2,5\n"
        "8 800 555-35-35;вх;2026-05-01;2.5;0.3;1/1;3\n"
        "магистраль;out;2026-05-01;1.25;;30/6\n"
        "*;вх;2026-05-01;звонящий\n"
        "+7 800 555-35-35;out;2026-05-01;1\n"
        "*;сбоку;2026-05-01;1\n"
        "*;вх;2026-05-01;1;0;0/60\n",
        NAMES,
        "RUB",
    )
    assert [one.refusal for one in lines] == [
        "paste_where",
        "",
        "",
        "",
        "number_of_outbound",
        "paste_direction",
        "paste_increment",
    ]
    made = [one.thing for one in lines if one.thing is not None]
    assert [one.route for one in made] == [Route(True, 0, 800), Route(False, 5), Route(True)]
    assert made[0].terms == terms("1/1", price="2.5", fee="0.3", free=3)
    assert made[1].terms == terms("30/6", price="1.25")
    assert not made[2].terms.is_ours
