"""Quiet hours, pauses, what becomes one letter, and which mailboxes are none."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.deliveries.model import (
    GIVES_UP_AFTER,
    PAUSES,
    Delivery,
    Letter,
    Receiver,
    State,
    due_at,
    pause_after,
)
from otklik.deliveries.post_office import DIGEST_FROM, bundles, digest
from otklik.deliveries.service import check_mailboxes, chosen, is_mailbox
from otklik.vocabulary.refusals import Invalid

pytestmark = pytest.mark.fast

NIGHT = Receiver(name="Vera", way_id=1, quiet_since="22:00", quiet_until="08:00")


@pytest.mark.parametrize(
    ("local", "told"),
    [("21:59", "21:59"), ("22:00", "08:00+1"), ("23:30", "08:00+1"), ("03:00", "08:00"), ("08:00", "08:00")],
)
def test_what_comes_in_quiet_hours_waits_for_their_end(local: str, told: str) -> None:
    def moment(text: str) -> datetime:
        time, _, days = text.partition("+")
        hour, minute = map(int, time.split(":"))
        # Moscow is three hours ahead.
        return datetime(2026, 11, 23, hour, minute, tzinfo=UTC) + timedelta(days=int(days or 0), hours=-3)

    at = moment(local)
    assert due_at(NIGHT, at, "Europe/Moscow", is_critical=False) == moment(told)
    assert due_at(NIGHT, at, "Europe/Moscow", is_critical=True) == at


def test_a_deep_sleeper_is_not_even_woken_by_what_is_critical_and_no_quiet_hours_are_none() -> None:
    at = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    deep = Receiver(name="x", way_id=1, quiet_since="22:00", quiet_until="08:00", critical_wakes=False)
    assert due_at(deep, at, "UTC", is_critical=True) == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    never = Receiver(name="x", way_id=1, quiet_since="00:00", quiet_until="00:00")
    assert due_at(never, at, "UTC", is_critical=False) == at


@given(st.integers(1, 100), st.one_of(st.none(), st.floats(0, 1e6)))
def test_pauses_grow_and_respect_what_the_other_side_asks_for(tries: int, seconds: float | None) -> None:
    wait = None if seconds is None else timedelta(seconds=seconds)
    pause = pause_after(tries, wait)
    assert PAUSES[0] <= pause_after(tries) <= pause_after(tries + 1) <= PAUSES[-1]
    assert pause >= min(wait or timedelta(0), GIVES_UP_AFTER)


def delivery(number: int, receiver_id: int = 1, source: str = "alert") -> Delivery:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return Delivery(
        delivery_id=number,
        way_id=1,
        receiver_id=receiver_id,
        address="a",
        letter=Letter(subject=f"number {number}"),
        source=source,
        source_id=number,
        state=State.WAITING,
        made_at=at,
        due_at=at,
    )


def test_many_alerts_for_one_receiver_are_one_letter_and_reports_never_are() -> None:
    many = [delivery(number) for number in range(DIGEST_FROM)]
    few = [delivery(number, receiver_id=2) for number in range(100, 103)]
    reports = [delivery(number, source="report") for number in range(200, 210)]
    found = bundles([*many, *few, *reports])
    assert sorted(map(len, found)) == [*[1] * 13, DIGEST_FROM]
    assert sum(map(len, found)) == len(many) + len(few) + len(reports)


def test_a_digest_says_how_many_and_names_the_first_ones() -> None:
    letter = digest([Letter(subject=f"number {number}") for number in range(40)])
    assert letter.subject == "(40) number 0"
    assert letter.text.splitlines()[0] == "• number 0"
    assert letter.text.splitlines()[-1] == "… +10"


@pytest.mark.parametrize(
    "text",
    ["", "vera", "@example.org", "vera@", "a@b@c", "vera @x.org", "vera@x.org\r\nBcc: y@x.org", "<v@x.org>"],
)
def test_what_is_no_mailbox_is_refused(text: str) -> None:
    assert not is_mailbox(text)
    with pytest.raises(Invalid):
        check_mailboxes(f"good@example.org, {text}" if text else text, "address")


def test_receivers_are_chosen_by_name_person_and_team_once_and_only_while_on() -> None:
    receivers = [
        Receiver(receiver_id=1, name="a", way_id=1, person_id=5),
        Receiver(receiver_id=2, name="b", way_id=1, team_id=7),
        Receiver(receiver_id=3, name="c", way_id=1, person_id=5, team_id=7),
        Receiver(receiver_id=4, name="d", way_id=1, person_id=5, is_on=False),
        Receiver(receiver_id=5, name="e", way_id=1),
    ]
    found = chosen(receivers, receiver_ids=[1, 5], person_ids=[5], team_ids=[7])
    assert [one.receiver_id for one in found] == [1, 2, 3, 5]
    assert chosen(receivers, person_ids=[0], team_ids=[0]) == [], "nobody's receivers are not everybody's"
