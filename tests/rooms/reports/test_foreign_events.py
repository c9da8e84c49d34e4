"""Channel events of calls, counted by hand: who waited how long, who answered, who hung up, who gave away."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from otklik.reports import codes
from otklik.reports.foreign.cel import read_cel
from otklik.reports.foreign.forms import CEL, FORMS
from otklik.reports.foreign.gathering import QUIET_MS, Gathered
from otklik.reports.foreign.mapping import Mapping
from otklik.reports.foreign.rows import Row, Unread
from otklik.reports.foreign.translating import Translator
from tests.rooms.reports.foreign_log import Folded

pytestmark = pytest.mark.fast

LATEST = 1 << 60
BEGIN = 1_700_000_000
HEADING = (
    "id,eventtype,eventtime,cid_name,cid_num,cid_ani,cid_rdnis,cid_dnid,exten,context,channame,appname,appdata,"
    "uniqueid,linkedid,peer,extra"
)


class Calls:
    """Events as they happen; `lines` as `cel_custom` writes them, `rows` as FreePBX's table has them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.rows: list[str] = [HEADING]
        self.call, self.channel, self.number = "", "", ""
        self.context = "from-trunk"

    def begin(self, at: int, number: str = "79161234567", channel: str = "PJSIP/provider-1") -> None:
        self.call, self.channel, self.number = f"{at}.{len(self.lines)}", channel, number
        self.say(at, "CHAN_START")

    def say(
        self,
        at: int,
        kind: str,
        app: str = "",
        words: str = "",
        channel: str = "",
        peer: str = "",
        exten: str = "600",
        extra: str = "",
    ) -> None:
        own = self.call if not channel else f"{at}.{len(self.lines)}"
        facts = (self.number, "", "", "78001112233", exten, self.context, channel or self.channel, app, words)
        clock = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
        file = (kind, f"{at}.250000", "", *facts, "3", "", own, self.call, peer, "", "", extra)
        self.lines.append(joined(file))
        self.rows.append(joined((str(len(self.rows)), kind, clock, "", *facts, own, self.call, peer, extra)))

    def ring(self, at: int, channel: str) -> None:
        self.say(at, "CHAN_START", channel=channel)

    def no_answer(self, at: int, channel: str, cause: int = 0) -> None:
        self.say(at, "HANGUP", "AppQueue", channel=channel, extra=f'{{"hangupcause":{cause}}}')

    def talk(self, at: int, queue: str, channel: str) -> None:
        self.say(at, "BRIDGE_ENTER", "AppQueue", channel=channel, extra='{"bridge_id":"b"}')
        self.say(at, "BRIDGE_ENTER", "Queue", f"{queue},t", peer=channel, extra='{"bridge_id":"b"}')

    def queue(self, at: int, queue: str) -> None:
        self.say(at, "APP_START", "Queue", f"{queue},t,,,60")

    def hang_up(self, at: int) -> None:
        self.say(at, "HANGUP")
        self.say(at, "CHAN_END")
        self.say(at, "LINKEDID_END")


def joined(fields: Sequence[str]) -> str:
    return ",".join('"' + one.replace('"', '""') + '"' for one in fields)


def planned() -> Calls:
    """Six calls:

    a  600: 101 rings 10 s in vain, 102 is busy, 103 answers after 20 s, talks 60 s, hangs up
    b  600: gives up after 30 s while 101 rings
    c  600: 101 answers after 5 s and gives him to 700 after 40 s; 103 answers 6 s later, 20 s, he hangs up
    d  600: nobody for 15 s, then the next Queue(), 700, where 103 answers after 8 s and talks 10 s
    e  a menu only
    f  101 calls 600: not told
    """
    calls = Calls()
    at = BEGIN + 100
    calls.begin(at)
    calls.queue(at + 1, "600")
    calls.ring(at + 2, "PJSIP/101-1")
    calls.ring(at + 2, "PJSIP/102-1")
    calls.no_answer(at + 2, "PJSIP/102-1", 17)
    calls.no_answer(at + 12, "PJSIP/101-1")
    calls.ring(at + 14, "PJSIP/103-1")
    calls.talk(at + 21, "600", "PJSIP/103-1")
    calls.say(at + 81, "BRIDGE_EXIT", "AppQueue", channel="PJSIP/103-1")
    calls.say(at + 81, "BRIDGE_EXIT", "Queue", "600,t")
    calls.say(at + 81, "HANGUP", "AppQueue", channel="PJSIP/103-1")
    calls.say(at + 81, "APP_END", "Queue", "600,t")
    calls.hang_up(at + 81)
    at = BEGIN + 300
    calls.begin(at)
    calls.queue(at, "600")
    calls.ring(at + 25, "PJSIP/101-2")
    calls.no_answer(at + 30, "PJSIP/101-2")
    calls.say(at + 30, "APP_END", "Queue", "600,t")
    calls.hang_up(at + 30)
    at = BEGIN + 500
    calls.begin(at)
    calls.queue(at, "600")
    calls.ring(at + 1, "PJSIP/101-3")
    calls.talk(at + 5, "600", "PJSIP/101-3")
    calls.say(at + 45, "BLINDTRANSFER", "AppQueue", channel="PJSIP/101-3", extra='{"extension":"700"}')
    calls.say(at + 45, "HANGUP", "AppQueue", channel="PJSIP/101-3")
    calls.say(at + 45, "BRIDGE_EXIT", "Queue", "600,t", exten="700")
    calls.ring(at + 46, "PJSIP/103-3")
    calls.talk(at + 51, "700", "PJSIP/103-3")
    calls.say(at + 71, "BRIDGE_EXIT", "Queue", "700,t")
    calls.say(at + 71, "BRIDGE_EXIT", "AppQueue", channel="PJSIP/103-3")
    calls.hang_up(at + 71)
    at = BEGIN + 700
    calls.begin(at)
    calls.queue(at, "600")
    calls.ring(at + 1, "PJSIP/101-4")
    calls.no_answer(at + 15, "PJSIP/101-4")
    calls.ring(at + 15, "PJSIP/103-4")
    calls.talk(at + 23, "700", "PJSIP/103-4")
    calls.say(at + 33, "BRIDGE_EXIT", "Queue", "700,t")
    calls.say(at + 33, "BRIDGE_EXIT", "AppQueue", channel="PJSIP/103-4")
    calls.hang_up(at + 33)
    at = BEGIN + 900
    calls.begin(at)
    calls.say(at, "APP_START", "BackGround", "hello")
    calls.hang_up(at + 12)
    at = BEGIN + 1100
    calls.context = "from-internal"
    calls.begin(at, "101", "PJSIP/101-9")
    calls.queue(at, "600")
    calls.hang_up(at + 9)
    return calls


class Told:
    """What events come to."""

    def __init__(self, lines: Sequence[str], state: Gathered | None = None, now_ms: int = LATEST) -> None:
        found = read_cel([line + "\n" for line in lines], zone=UTC, latest_ms=LATEST)
        rows = [row for row in found if row is not None]
        self.unread = [row for row in rows if isinstance(row, Unread)]
        make = FORMS[CEL].gatherer
        assert make is not None
        gatherer = make(state or Gathered(), Mapping())
        told, self.refused = gatherer.feed([row for row in rows if isinstance(row, Row)], "cel.csv")
        rest, more = gatherer.flush(now_ms)
        self.refused += more
        self.open = gatherer.unfinished
        translator = Translator(is_whole=True)
        events, wrong = translator.feed(told + rest, {})
        events += translator.flush()
        assert wrong == []
        assert translator.unfinished == 0
        self.tally = translator.tally
        self.names = translator.memory.names
        self.folded = Folded(events)

    @property
    def stays(self) -> list[tuple[str, str, float, float]]:
        """Queue, what became of it, seconds of the wait and of the talk."""
        queues = {identity: name for name, identity in self.names["queue"].items()}
        found = []
        for stay in sorted(self.folded.segments.values(), key=lambda one: one.enter_ms):
            outcome = next(
                name for name in ("transferred", "answered", "abandoned", "overflow") if getattr(stay, name)
            )
            found.append((queues[stay.queue_id], outcome, stay.wait_ms / 1000, stay.talk_ms / 1000))
        return found


PLANNED = [
    ("600", "answered", 20, 60),
    ("600", "abandoned", 30, 0),
    ("600", "transferred", 5, 40),
    ("700", "answered", 6, 20),
    ("600", "overflow", 15, 0),
    ("700", "answered", 8, 10),
]


def test_events_tell_what_was_counted_by_hand() -> None:
    calls = planned()

    for told in (Told(calls.lines), Told(calls.rows)):
        assert (told.unread, told.refused) == ([], [])
        assert told.stays == PLANNED
        assert (told.tally.interactions, told.tally.answered, told.tally.transferred) == (5, 4, 1)
        by = Counter(codes.ENDED_BY_NAMES[one.ended_by] for one in told.folded.interactions.values())
        assert by == {"agent": 1, "customer": 3, "system": 1}
        ids = {identity: name for name, identity in told.names["agent"].items()}
        offers = Counter(
            (ids[one.agent_id], codes.OFFER_OUTCOMES[one.outcome]) for one in told.folded.offers.values()
        )
        assert offers == {
            ("101", "expired"): 1,
            ("101", "customer_left"): 2,
            ("101", "accepted"): 1,
            ("103", "accepted"): 3,
        }


def test_a_call_that_goes_on_waits_for_the_next_file() -> None:
    lines = planned().lines
    state = Gathered()
    end = 1000 * (BEGIN + 600) + QUIET_MS

    first = Told(lines[:28], state, end)
    rest = Told(lines[28:], state)

    assert first.open == 1
    assert [*first.stays, *rest.stays] == PLANNED


def test_what_a_file_does_not_have_is_listed_not_guessed() -> None:
    lines = planned().lines
    second = next(place for place, line in enumerate(lines) if line.count(f"{BEGIN + 300}."))
    without_begin = [line for line in lines[1:second]]
    without_queue = [line for line in lines[second:] if "APP_START" not in line]

    assert [(row.line, row.reason) for row in Told(without_begin).refused] == [(1, "unknown_call")]
    reasons = Counter(row.reason for row in Told(without_queue).refused)
    assert reasons == {"entry_hidden": 3}
    assert [row.reason for row in Told(['"HICCUP","1700000000.1"' + ',"1"' * 18]).unread] == ["unknown_event"]
    assert [row.reason for row in Told([",".join(lines[0].split(",")[:9])]).unread] == ["too_few_columns"]
