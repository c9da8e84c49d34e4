"""Call records: what they tell, what they do not, and that nothing is told twice."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from otklik.reports import codes
from otklik.reports.foreign.cdr import read_cdr, record_of
from otklik.reports.foreign.coverage import Seen
from otklik.reports.foreign.forms import CDR, FORMS
from otklik.reports.foreign.gathering import HOLD_MS, QUIET_MS, Gathered, Gatherer
from otklik.reports.foreign.mapping import Mapping
from otklik.reports.foreign.reading import LogFile
from otklik.reports.foreign.rows import Row, Unread
from otklik.reports.foreign.translating import Translator
from otklik.vocabulary.messages import Event
from tests.rooms.reports.call_records import BEGIN, HEADING, WANTED, Record, day
from tests.rooms.reports.foreign_log import Folded

pytestmark = pytest.mark.fast

LATEST = 1 << 60
MOSCOW = ZoneInfo("Europe/Moscow")


def read(lines: Sequence[str], zone: tzinfo = UTC, latest_ms: int = LATEST) -> list[Row | Unread]:
    rows = read_cdr([line + "\n" for line in lines], zone=zone, latest_ms=latest_ms)
    return [row for row in rows if row is not None]


class Told:
    """What records come to."""

    def __init__(self, lines: Sequence[str], mapping: Mapping | None = None) -> None:
        rows = read(lines)
        self.unread = [row for row in rows if isinstance(row, Unread)]
        make = FORMS[CDR].gatherer
        assert make is not None
        gatherer = make(Gathered(), mapping or Mapping())
        new, self.known, _ = Seen().sift([row for row in rows if isinstance(row, Row)])
        told, self.refused = gatherer.feed(new, "Master.csv")
        rest, more = gatherer.flush(LATEST)
        self.refused += more
        self.rows = told + rest
        self.ignored = gatherer.ignored
        self.left_out = dict(gatherer.left_out)
        translator = Translator(is_whole=True)
        self.events: list[Event]
        self.events, wrong = translator.feed(self.rows, {})
        self.events += translator.flush()
        assert wrong == []
        assert translator.unfinished == 0
        self.tally = translator.tally
        self.names = translator.memory.names
        self.folded = Folded(self.events)

    @property
    def figures(self) -> dict[str, int]:
        stays = list(self.folded.segments.values())
        names = ("offered", "answered", "overflow", "transferred", "talk_ms")
        sums = {name: sum(getattr(stay, name) for stay in stays) for name in names}
        sums["abandoned"] = sum(stay.abandoned for stay in stays)
        sums["wait_ms"] = sum(stay.wait_ms for stay in stays if stay.answered)
        return sums

    def of_agent(self, name: str) -> Counter[str]:
        agent_id = self.names["agent"][name]
        return Counter(
            codes.OFFER_OUTCOMES[offer.outcome]
            for offer in self.folded.offers.values()
            if offer.agent_id == agent_id
        )


def test_the_table_of_freepbx_tells_what_was_counted_by_hand() -> None:
    told = Told([HEADING, *(record.row() for record in day())])

    assert (told.unread, told.refused) == ([], [])
    assert told.figures == WANTED
    assert (told.tally.interactions, told.tally.answered, told.tally.abandoned) == (7, 5, 2)
    assert told.tally.left_otherwise == told.tally.transferred == 1
    # Two calls that did not come from outside, and five second halves of Local channels.
    assert told.ignored == 7
    assert set(told.names["queue"]) == {"600", "700", "650"}
    assert set(told.names["agent"]) == {"101", "102", "103", "104"}
    assert set(told.names["number"]) == {"78001112233", "78001112234"}


def test_what_the_client_of_the_database_writes_has_tabs_and_no_quotes() -> None:
    rows = [record.row(delimiter="\t", is_quoted=False) for record in day()]

    assert Told([HEADING.replace(",", "\t"), *rows]).figures == WANTED


def test_master_csv_in_any_order_tells_the_same() -> None:
    lines = [record.line() for record in sorted(day(), key=lambda one: one.end)]

    assert Told(lines).figures == Told(lines[::-1]).figures == WANTED
    assert Told(lines + lines).figures == WANTED


def test_rings_that_nobody_took_and_an_answer_are_his() -> None:
    told = Told([HEADING, *(record.row() for record in day())])

    assert told.of_agent("101") == {"expired": 1, "accepted": 1}
    assert told.of_agent("102") == {"accepted": 1}


def test_a_short_abandon_and_a_menu_are_told_apart() -> None:
    told = Told([HEADING, *(record.row() for record in day())])
    outcomes = Counter(codes.OUTCOME_NAMES[one.outcome] for one in told.folded.interactions.values())

    assert outcomes == {"answered": 4, "abandoned": 1, "short_abandoned": 1, "self_served": 1}


def in_file(path: Path, records: Sequence[Record]) -> list[Row | Unread]:
    """The rows of a file as an import takes them."""
    path.write_text("".join(record.line() + "\n" for record in records))
    log = LogFile(path)
    try:
        return [row for row in FORMS[CDR].rows(log, UTC, LATEST) if row is not None]
    finally:
        log.close()


def later(record: Record, seconds: int) -> Record:
    """The same call so much later, under ids of its own."""
    call = f"{record.start + seconds}.{record.sequence}"
    return replace(record, call=call, start=record.start + seconds, end=record.end + seconds)


@pytest.mark.parametrize("order", [(0, 7, 1, 8), (8, 1, 7, 0), (7, 0, 7, 0), (0, 9, 3, 1, 9, 2)])
def test_days_that_stand_by_turns_are_all_taken_in_the_order_of_time(
    order: tuple[int, ...], tmp_path: Path
) -> None:
    first = Record("", BEGIN, BEGIN + 40, "PJSIP/trunk-00000001")
    calls = [
        later(replace(first, sequence=place), 86_400 * days + 7_200 * place)
        for place, days in enumerate(order * 3)
    ]

    rows = in_file(tmp_path / "Master.csv", calls)

    assert [row.at_ms for row in rows if isinstance(row, Row)] == sorted(1000 * call.end for call in calls)
    assert len(rows) == len(calls)


def test_a_record_of_a_wrong_clock_keeps_no_other_from_being_taken(tmp_path: Path) -> None:
    first = Record("", BEGIN, BEGIN + 40, "PJSIP/trunk-00000001")
    calls = [later(replace(first, sequence=place), 60 * place) for place in range(9)]
    wrong = later(replace(first, sequence=9), 5 * 3_600)

    rows = in_file(tmp_path / "Master.csv", [*calls[:4], wrong, *calls[4:]])

    assert [row.at_ms // 1000 for row in rows if isinstance(row, Row)] == [
        *(call.end for call in calls),
        wrong.end,
    ]


def test_without_ids_the_channel_is_the_call() -> None:
    """As Asterisk 1.4 to 11 write it: the agent's answer is the record's own."""
    one = Record("", BEGIN, BEGIN + 50, "SIP/provider-0000001a", peer="SIP/101-0000001b", answer=BEGIN + 10)
    lost = Record("", BEGIN + 5, BEGIN + 25, "SIP/provider-0000001c")
    again = Record("", BEGIN + 90_000, BEGIN + 90_020, "SIP/provider-0000001a")

    told = Told([record.line(ids=False, newer=False) for record in (lost, one, again)])

    assert (told.unread, told.refused) == ([], [])
    assert (told.tally.interactions, told.tally.answered, told.tally.abandoned) == (3, 1, 2)
    assert told.figures["wait_ms"] == 10_000
    assert told.figures["talk_ms"] == 40_000


def test_an_answer_that_nothing_tells_is_listed_not_guessed() -> None:
    hidden = Record(
        f"{BEGIN}.1", BEGIN, BEGIN + 90, "PJSIP/provider-00000001", peer="PJSIP/101-00000002", answer=BEGIN
    )

    told = Told([hidden.line()])

    assert told.events == []
    assert [(row.line, row.reason, row.file) for row in told.refused] == [(1, "answer_hidden", "Master.csv")]


def test_where_a_call_comes_from_is_said_by_people_where_nothing_else_says_it() -> None:
    call = Record(
        f"{BEGIN}.1", BEGIN, BEGIN + 40, "SIP/beeline-00000001", "city", dialled="3000", app="Dial",
        words="SIP/101", peer="SIP/101-00000002", answer=BEGIN + 5,
    )  # fmt: skip

    unsaid = Told([call.line()])
    assert [row.reason for row in unsaid.refused] == ["unknown_direction"]
    assert unsaid.left_out == {"city": 1}
    for pattern in ("city", "3000", "SIP/beeline", "SIP/bee*"):
        told = Told([call.line()], Mapping(inbound=(pattern,)))
        assert (told.refused, told.left_out, told.tally.answered) == ([], {}, 1)
    refused = Told([call.line()], Mapping(internal=("city",)))
    assert (refused.ignored, refused.left_out) == (1, {"city": 1})


def test_a_queue_that_a_colleague_calls_is_not_counted() -> None:
    asked = Record(f"{BEGIN}.1", BEGIN, BEGIN + 20, "PJSIP/105-00000001", "from-internal", "105")

    told = Told([asked.line()])

    assert (told.events, told.refused, told.ignored) == ([], [], 1)


def test_rows_that_cannot_be_understood_say_why() -> None:
    good = day()[0]
    lines = [
        good.line(),
        good.line().replace('"PJSIP/provider-00000001"', '""'),
        ",".join(good.line().split(",")[:8]),
        good.line().replace("2023-11-14", "2023-13-14"),
        good.line().replace("2023-11-14", "1999-11-14"),
        good.line() + ',"',
        good.line().replace('"NO ANSWER"', '""'),
        good.line(ids=True).replace(f"{BEGIN + 100}.1", f"{BEGIN + 100 + 10_800}.1"),
    ]

    found = read(lines)

    assert isinstance(found[0], Row)
    assert [(row.line, row.reason) for row in found if isinstance(row, Unread)] == [
        (2, "no_channel"),
        (3, "too_few_columns"),
        (4, "bad_time"),
        (5, "before_2000"),
        (6, "unreadable"),
        (7, "no_disposition"),
        (8, "zone_differs"),
    ]
    assert [row.reason for row in read([good.line()], latest_ms=1000 * BEGIN) if isinstance(row, Unread)] == [
        "in_the_future"
    ]


def test_an_hour_that_comes_twice_is_the_one_in_which_the_channel_was() -> None:
    """Berlin, 29 October 2023: 02:30 came at 00:30 and at 01:30 UTC."""
    berlin = ZoneInfo("Europe/Berlin")
    first, second = 1_698_539_400, 1_698_543_000

    def record(born: int, start: str, end: str) -> str:
        words = f'"","79161234567","600","ext-queues","","PJSIP/p-1","","Queue","600","{start}",,"{end}"'
        return f'{words},1200,0,"NO ANSWER","DOCUMENTATION","{born}.1",""'

    rows = read(
        [
            record(first, "2023-10-29 02:30:00", "2023-10-29 02:50:00"),
            record(second, "2023-10-29 02:30:00", "2023-10-29 02:50:00"),
            # Twenty minutes, over the moment at which the clock was put back.
            record(first + 1200, "2023-10-29 02:50:00", "2023-10-29 02:10:00"),
        ],
        berlin,
    )

    spans = [(record_of(row.facts).started_ms, row.at_ms) for row in rows if isinstance(row, Row)]
    assert spans == [(1000 * at, 1000 * (at + 1200)) for at in (first, second, first + 1200)]


def gathered(state: Gathered) -> Gatherer:
    make = FORMS[CDR].gatherer
    assert make is not None
    return make(state, Mapping())


def rows_of(*records: Record) -> list[Row]:
    return [row for row in read([record.line() for record in records]) if isinstance(row, Row)]


def test_a_file_that_grows_keeps_its_last_hour_for_the_next_import() -> None:
    state = Gathered()
    early = Record(f"{BEGIN}.1", BEGIN, BEGIN + 30, "PJSIP/p-1")
    late = Record(f"{BEGIN + 5000}.2", BEGIN + 5000, BEGIN + 5030, "PJSIP/p-2")
    long = Record(f"{BEGIN + 4000}.3", BEGIN + 4000, BEGIN + 5100, "PJSIP/p-3")
    gatherer = gathered(state)

    told, _ = gatherer.feed(rows_of(early, late), "a")
    told += gatherer.flush(1000 * (BEGIN + 5040))[0]

    assert {row.call for row in told} == {early.call}
    assert gatherer.unfinished == 1
    # It began before the one that waits, and comes later: both in their order.
    again = gathered(state)
    told = again.feed(rows_of(long), "b")[0] + again.flush(1000 * (BEGIN + 9000) + QUIET_MS)[0]
    assert [row.call for row in told if row.event == "ENTERQUEUE"] == [long.call, late.call]


def test_what_comes_after_its_call_was_told_is_listed() -> None:
    state = Gathered()
    one = Record(f"{BEGIN + 100}.1", BEGIN + 100, BEGIN + 130, "PJSIP/p-1")
    part = Record(f"{BEGIN + 100}.1", BEGIN + 130, BEGIN + 140, "PJSIP/p-1", dialled="700", words="700")
    before = Record(f"{BEGIN}.3", BEGIN, BEGIN + 200, "PJSIP/p-3")
    gathered(state).feed(rows_of(one), "a")
    gathered(state).flush(LATEST)

    gatherer = gathered(state)
    _, wrong = gatherer.feed(rows_of(part, before), "b")
    wrong += gatherer.flush(LATEST)[1]

    assert [(row.reason, row.file) for row in wrong] == [("call_told", ""), ("began_earlier", "b")]


def test_calls_are_told_while_a_file_is_read_when_nothing_can_come_before() -> None:
    state = Gathered()
    one = Record(f"{BEGIN}.1", BEGIN, BEGIN + 30, "PJSIP/p-1")
    after = BEGIN + 100 + HOLD_MS // 1000
    other = Record(f"{after}.2", after, after + 30, "PJSIP/p-2")

    told, _ = gathered(state).feed(rows_of(one, other), "a")

    assert {row.call for row in told} == {one.call}
    assert list(state.calls) == [other.call]
