"""Where agents may call, by which trunk, showing what: stolen credentials must not spend our money."""

from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
import pytest

from otklik.organization import dialing
from otklik.organization.model import (
    SELF_TEST,
    Configuration,
    Hours,
    Number,
    OutsideRules,
    Queue,
    Site,
    Trunk,
)
from otklik.organization.numbers import find_number, hours_of, read_calling
from otklik.vocabulary.hours import ALWAYS_OPEN
from otklik.vocabulary.ids import HoursId, NumberId, ProjectId, QueueId, TrunkId
from otklik.vocabulary.phones import NumberFormat
from otklik.vocabulary.refusals import Invalid, Refused

pytestmark = pytest.mark.fast

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SALES, SUPPORT = QueueId(1), QueueId(2)
CITY, CHEAP, PBX = TrunkId(1), TrunkId(2), TrunkId(3)


@dataclass
class Spent:
    calls: int = 0
    seconds: float = 0


@pytest.fixture
def centre() -> Configuration:
    return Configuration(
        site=Site(name="c", zone="Europe/Moscow", daily_call_cap=100, daily_minutes_cap=60),
        is_set_up=True,
        queues={
            SALES: Queue(queue_id=SALES, name="Sales", project_id=ProjectId(1)),
            SUPPORT: Queue(
                queue_id=SUPPORT,
                name="Support",
                project_id=ProjectId(1),
                trunk_id=CHEAP,
                caller_number_id=NumberId(3),
            ),
        },
        numbers={
            number.number_id: number
            for number in (
                Number(number_id=NumberId(1), number="+74951234567", queue_id=SALES),
                Number(number_id=NumberId(2), number="1000", queue_id=SALES, hours_id=HoursId(1)),
                Number(number_id=NumberId(3), number="+78005553535", queue_id=SUPPORT),
                Number(number_id=NumberId(4), number="1000", queue_id=SUPPORT, trunk_id=PBX),
                Number(number_id=NumberId(SELF_TEST), number="9999", queue_id=QueueId(SELF_TEST)),
            )
        },
        trunks={
            trunk.trunk_id: trunk
            for trunk in (
                Trunk(trunk_id=CITY, name="City", host="192.0.2.1", is_default=True),
                Trunk(
                    trunk_id=CHEAP,
                    name="Cheap",
                    host="192.0.2.2",
                    number_format_in=NumberFormat.BARE,
                    number_format_out=NumberFormat.PREFIXED,
                ),
                Trunk(trunk_id=PBX, name="Office", host="192.0.2.3", number_format_in=NumberFormat.NATIONAL),
                Trunk(trunk_id=TrunkId(SELF_TEST), name="t", host="127.0.0.1", port=8762),
            )
        },
        hours={HoursId(1): Hours(hours_id=HoursId(1), name="o")},
    )


def site(centre: Configuration, **changed: object) -> Configuration:
    centre.site = msgspec.structs.replace(centre.site, **changed)
    return centre


def why(centre: Configuration, number: str, spent: Spent | None = None) -> object:
    with pytest.raises(Refused) as caught:
        dialing.allowed_to_dial(centre, number, spent or Spent())
    return (caught.value.code, caught.value.facts.get("why") or caught.value.facts.get("what"))


# --- where


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("+442079460958", "country"),
        ("+77012345678", "country"),
        ("+18765551234", "country"),
        ("+78091234567", "premium"),
        ("+447012345678", "premium"),
        ("+979123456789", "premium"),
        ("+881612345678", "satellite"),
        ("+870773111111", "satellite"),
        ("+88213123456", "satellite"),
        ("+80012345678", "country"),
    ],
)
def test_abroad_and_dear_numbers_are_not_dialled(centre: Configuration, number: str, reason: str) -> None:
    assert why(centre, number) == ("number_not_allowed", reason)


@pytest.mark.parametrize("number", ["+74951234567", "+79161234567", "+78005553535"])
def test_own_country_is_dialled(centre: Configuration, number: str) -> None:
    dialing.allowed_to_dial(centre, number, Spent())


def test_list_of_countries_replaces_the_own_one(centre: Configuration) -> None:
    site(centre, allowed_countries=("GB", "KZ"))

    dialing.allowed_to_dial(centre, "+442079460958", Spent())
    dialing.allowed_to_dial(centre, "+77012345678", Spent())
    assert why(centre, "+74951234567") == ("number_not_allowed", "country")
    assert why(centre, "+447012345678") == ("number_not_allowed", "premium")


def test_caps_of_the_day_stop_at_their_number_and_zero_is_none(centre: Configuration) -> None:
    number = "+74951234567"

    dialing.allowed_to_dial(centre, number, Spent(calls=99, seconds=59 * 60 + 59))
    assert why(centre, number, Spent(calls=100)) == ("daily_cap_reached", "calls")
    assert why(centre, number, Spent(seconds=3600)) == ("daily_cap_reached", "minutes")
    site(centre, daily_call_cap=0, daily_minutes_cap=0)
    dialing.allowed_to_dial(centre, number, Spent(calls=10**6, seconds=10**9))


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+74951234567", ""),
        ("8 (495) 123-45-67", ""),
        ("112", "outside_emergency"),
        ("+78091234567", "outside_premium"),
        ("+881612345678", "outside_satellite"),
        ("+442079460958", "outside_country"),
        ("no number", "invalid_number"),
    ],
)
def test_customers_are_sent_to_plain_numbers_of_allowed_countries(
    centre: Configuration, number: str, code: str
) -> None:
    assert dialing.rule_against(centre, number) == code


def test_rules_for_customers_outside_are_the_sites(centre: Configuration) -> None:
    site(centre, outside=OutsideRules(allows_premium=True, allows_emergency=True))
    for number in ("112", "+78091234567"):
        assert dialing.rule_against(centre, number) == ""
    rules = OutsideRules(allowed_prefixes=("+7495", "+749912"), denied_prefixes=("+7499", "+74951"))
    site(centre, outside=rules)
    for number, code in (
        ("+74952234567", ""),
        ("+74951234567", "outside_denied"),
        ("+74991234567", ""),
        ("+74992234567", "outside_denied"),
        ("+78122234567", "outside_unlisted"),
    ):
        assert dialing.rule_against(centre, number) == code, number


def test_talks_outside_have_limits_and_zero_is_none() -> None:
    rules = OutsideRules(at_once=2, daily_minutes=10)

    dialing.room_outside(rules, talks=1, seconds=599)
    with pytest.raises(Refused, match="outside_crowded"):
        dialing.room_outside(rules, talks=2, seconds=0)
    with pytest.raises(Refused, match="outside_used_up"):
        dialing.room_outside(rules, talks=0, seconds=600)
    dialing.room_outside(OutsideRules(at_once=0, daily_minutes=0), talks=10**4, seconds=10**9)


@pytest.mark.parametrize(
    ("since", "until", "moscow", "is_open"),
    [
        ("22:00", "07:00", "21:59", True),
        ("22:00", "07:00", "22:00", False),
        ("22:00", "07:00", "03:00", False),
        ("22:00", "07:00", "07:00", True),
        ("12:00", "13:00", "12:59", False),
        ("12:00", "13:00", "13:00", True),
        ("", "", "03:00", True),
    ],
)
def test_nobody_is_called_at_closed_hours_but_for_help(
    centre: Configuration, since: str, until: str, moscow: str, is_open: bool
) -> None:
    site(centre, zone="Europe/Moscow", outside=OutsideRules(closed_from=since, closed_until=until))
    at = datetime.fromisoformat(f"2026-11-23T{moscow}:00+03:00").astimezone(UTC)

    dialing.open_for_calls(centre, "112", at)
    if is_open:
        dialing.open_for_calls(centre, "+74951234567", at)
        return
    with pytest.raises(Refused, match="calls_out_closed") as refused:
        dialing.open_for_calls(centre, "+74951234567", at)
    assert refused.value.facts == {"since": since, "until": until}


def test_one_agent_has_limits_and_zero_is_none() -> None:
    rules = OutsideRules(agent_minute_calls=3, agent_daily_calls=10)

    dialing.room_for_agent(rules, today=9, lately=2)
    with pytest.raises(Refused, match="agent_dials_too_fast"):
        dialing.room_for_agent(rules, today=5, lately=3)
    with pytest.raises(Refused, match="agent_daily_cap"):
        dialing.room_for_agent(rules, today=10, lately=0)
    dialing.room_for_agent(OutsideRules(agent_minute_calls=0, agent_daily_calls=0), today=10**6, lately=10**4)


def test_trunk_has_caps_of_its_own() -> None:
    trunk = Trunk(name="x", host="192.0.2.1", daily_calls=2, daily_minutes=1)

    dialing.allowed_on_trunk(trunk, Spent(calls=1, seconds=59))
    for spent in (Spent(calls=2), Spent(seconds=60)):
        with pytest.raises(Refused, match="daily_cap_reached"):
            dialing.allowed_on_trunk(trunk, spent)


@pytest.mark.parametrize("pasted", ["112", "1-1-2", "103", "01"])
def test_emergency_numbers_always_pass(centre: Configuration, pasted: str) -> None:
    site(centre, allowed_countries=("GB",))
    number = dialing.read_dialed(centre, pasted)

    dialing.allowed_to_dial(centre, number, Spent(calls=10**6, seconds=10**9))
    for trunk in centre.trunks.values():
        assert dialing.number_for_trunk(centre, number, trunk) == pasted.replace("-", "")


def test_what_looks_like_an_emergency_number_does_not_pass(centre: Configuration) -> None:
    for text in ("+112", "1122", "112;phone-context=evil", "112@evil.example.org"):
        with pytest.raises(Refused):
            dialing.allowed_to_dial(centre, text, Spent())


@pytest.mark.parametrize("text", ["", "100", "abc", "sip:attacker@example.org", "Local/1@x"])
def test_what_is_no_number_is_not_dialled(centre: Configuration, text: str) -> None:
    with pytest.raises(Invalid, match="invalid_number"):
        dialing.read_dialed(centre, text)


# --- by which trunk, showing what


def test_trunk_is_the_queues_else_the_default_one(centre: Configuration) -> None:
    chosen = [
        dialing.choose_trunk(centre, queue_id) for queue_id in (SALES, SUPPORT, QueueId(0), QueueId(77))
    ]

    assert [trunk and trunk.trunk_id for trunk in chosen] == [CITY, CHEAP, CITY, CITY]


def test_without_a_default_only_a_single_trunk_is_chosen(centre: Configuration) -> None:
    centre.trunks[CITY] = msgspec.structs.replace(centre.trunks[CITY], is_default=False)
    assert dialing.choose_trunk(centre, SALES) is None

    del centre.trunks[CHEAP], centre.trunks[PBX]
    only = dialing.choose_trunk(centre, SALES)
    assert only is not None
    assert only.trunk_id == CITY
    del centre.trunks[CITY]
    assert dialing.choose_trunk(centre, SALES) is None


def test_number_is_written_as_the_trunk_wants_it(centre: Configuration) -> None:
    number = "+79161234567"

    assert dialing.number_for_trunk(centre, number, centre.trunks[CITY]) == "+79161234567"
    assert dialing.number_for_trunk(centre, number, centre.trunks[CHEAP]) == "89161234567"


def test_called_party_sees_the_queues_number(centre: Configuration) -> None:
    city, cheap = centre.trunks[CITY], centre.trunks[CHEAP]

    assert dialing.caller_number(centre, SALES, city) == "+74951234567"
    assert dialing.caller_number(centre, SUPPORT, cheap) == "88005553535"
    assert dialing.caller_number(centre, QueueId(0), city) == "+74951234567"
    centre.numbers = {NumberId(SELF_TEST): centre.numbers[NumberId(SELF_TEST)]}
    assert dialing.caller_number(centre, SALES, city) == ""


# --- which number was called


@pytest.mark.parametrize(
    ("called", "trunk", "number_id"),
    [
        ("+74951234567", CITY, 1),
        ("84951234567", CITY, 1),
        ("74951234567", CITY, 1),
        ("4951234567", CITY, 1),
        ("74951234567", CHEAP, 1),
        ("4951234567", PBX, 1),
        ("+74951234567", TrunkId(0), 1),
        ("1000", CITY, 2),
        ("1000", PBX, 4),
        ("1000", TrunkId(0), 2),
        (" 1000 ", CITY, 2),
        ("88005553535", CITY, 3),
        ("9999", CITY, SELF_TEST),
        ("+74951234568", CITY, None),
        ("1001", CITY, None),
        ("", CITY, None),
        ("anonymous", CITY, None),
        ("1000" * 1000, CITY, None),
        ("'; drop table number; --", CITY, None),
    ],
)
def test_number_called_is_found_in_any_form(
    centre: Configuration, called: str, trunk: TrunkId, number_id: int | None
) -> None:
    found = find_number(centre, called, trunk)

    assert (found and found.number_id) == number_id


def test_hours_of_a_number_are_its_own_or_none(centre: Configuration) -> None:
    assert hours_of(centre, centre.numbers[NumberId(1)]) is None
    assert hours_of(centre, centre.numbers[NumberId(2)]) == ALWAYS_OPEN


def test_customer_is_known_by_one_number_whatever_the_trunk_writes(centre: Configuration) -> None:
    read = {
        read_calling(centre, "+79161234567", CITY),
        read_calling(centre, "89161234567", CITY),
        read_calling(centre, "79161234567", CHEAP),
        read_calling(centre, "9161234567", PBX),
        read_calling(centre, "9161234567", TrunkId(77)),
    }

    assert read == {"+79161234567"}
    assert read_calling(centre, "105", PBX) == "105"
    assert read_calling(centre, "Anonymous", CITY) == ""
