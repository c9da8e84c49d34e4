"""Timesheets in the real database, over a night in which clocks change: counters, states and the journal's
own sign-ins say one and the same.
"""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from otklik.acd.events import AgentRemoved, AgentSignedIn, AgentSignedOut
from otklik.database import connect
from otklik.reports import service
from otklik.reports.measures import present_ms
from otklik.vocabulary.time import from_ms, to_ms
from tests.rooms.reports.random_centre import SITE, TESTER, RandomCentre
from tests.rooms.reports.test_database import open_writer

pytestmark = pytest.mark.database

ZONE = ZoneInfo("Europe/Berlin")
NIGHT = datetime(2026, 10, 24, 20, 30, tzinfo=UTC)
"""Half past ten in the evening in Berlin; the day after has 25 hours."""
FIRST, END = date(2026, 10, 24), date(2026, 10, 28)


class Nights:
    """A random centre from that evening on, with the sign-ins as its events tell them."""

    def __init__(self, connection: Any, centre: RandomCentre) -> None:
        self.connection = connection
        self.now = centre.now
        self.there: dict[int, list[list[datetime]]] = {}

    def note(self, event: Any) -> None:
        if isinstance(event, AgentSignedIn):
            self.there.setdefault(int(event.agent_id), []).append([event.at])
        elif isinstance(event, AgentSignedOut | AgentRemoved):
            stretches = self.there.get(int(event.agent_id), [])
            if stretches and len(stretches[-1]) == 1:
                stretches[-1].append(event.at)

    def milliseconds(self, agent_id: int, day: date) -> int:
        """Counted on the wall: from midnight to midnight of that zone."""
        start = datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)
        following = day + timedelta(days=1)
        stop = datetime(following.year, following.month, following.day, tzinfo=ZONE).astimezone(UTC)
        whole = timedelta()
        for stretch in self.there.get(agent_id, []):
            since, until = stretch[0], stretch[1] if len(stretch) > 1 else self.now
            whole += max(timedelta(), min(stop, until) - max(start, since))
        return whole // timedelta(milliseconds=1)


@pytest.fixture
async def nights(database_url: str) -> AsyncIterator[Nights]:
    writer = await open_writer(database_url)
    connection = await connect(database_url, name="test")
    centre = RandomCentre(77, start=NIGHT)
    events = centre.steps(1200)
    await writer.append(events)
    found = Nights(connection, centre)
    for event in events:
        found.note(event)
    yield found
    await connection.close()
    await writer.close()


async def test_time_signed_in_is_that_of_the_journal_and_a_night_is_cut_at_midnight(nights: Nights) -> None:
    sheet = await service.timesheet(
        nights.connection, site_id=SITE, zone=ZONE, first=FIRST, end=END, as_of=nights.now
    )

    counted = {(row.agent_id, row.day): present_ms(row.sums.facts({})) for row in sheet.rows}
    expected = {
        (agent_id, day): whole
        for agent_id in nights.there
        if agent_id != TESTER
        for day in (FIRST + timedelta(days=number) for number in range((END - FIRST).days))
        if (whole := nights.milliseconds(agent_id, day))
    }
    assert counted == expected
    assert len({day for _, day in counted}) >= 2, "the centre was open over midnight"
    for row in sheet.rows:
        assert sum(one.stop_ms - one.start_ms for one in row.sign_ins) == counted[row.agent_id, row.day]
    crossing = [one for row in sheet.rows for one in row.sign_ins if one.is_after]
    assert crossing
    assert {from_ms(one.stop_ms).astimezone(ZONE).time().isoformat() for one in crossing} == {"00:00:00"}


async def test_states_of_a_day_are_together_as_long_as_it_was(nights: Nights) -> None:
    day = FIRST + timedelta(days=1)
    for agent_id in nights.there:
        found = await service.agent_day(
            nights.connection, site_id=SITE, zone=ZONE, day=day, agent_id=agent_id, as_of=nights.now
        )

        assert found.stop - found.start == timedelta(hours=25)
        assert sum(piece.stop_ms - piece.start_ms for piece in found.pieces) == found.present_ms
        assert found.present_ms == nights.milliseconds(agent_id, day)
        for one, following in zip(found.pieces, found.pieces[1:], strict=False):
            assert one.stop_ms <= following.start_ms
        assert {piece.interaction_id for piece in found.pieces} - {0} == set(found.interactions)
        assert all(to_ms(found.start) <= piece.start_ms for piece in found.pieces)


async def test_another_zone_cuts_the_same_time_at_its_own_midnight(nights: Nights) -> None:
    async def whole(zone: str) -> int:
        sheet = await service.timesheet(
            nights.connection,
            site_id=SITE,
            zone=ZoneInfo(zone),
            first=FIRST - timedelta(days=1),
            end=END,
            as_of=nights.now,
        )
        assert sheet.zone == zone
        return sum(present_ms(row.sums.facts({})) for row in sheet.rows)

    assert await whole("Europe/Berlin") == await whole("Asia/Vladivostok") == await whole("Asia/Kolkata")
