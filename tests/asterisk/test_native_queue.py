"""Calls that Asterisk's own queues serve, and the log that it writes of them: the import tells what happened.

What happens is planned here, call by call, and done by the dialplan of a private Asterisk with `app_queue`;
the figures of the imported log are compared with the plan. Times are whole seconds in the log.
"""

import os
import signal
import socket
import time
from collections.abc import Callable
from datetime import UTC
from typing import NamedTuple

import pytest

from bench import native
from otklik.channels.asterisk.install import AsteriskRoot, AsteriskUnavailable
from otklik.reports import codes
from otklik.reports.facts import Segment
from otklik.reports.foreign.forms import FORMS
from otklik.reports.foreign.gathering import Gathered
from otklik.reports.foreign.mapping import Mapping
from otklik.reports.foreign.memory import Tally
from otklik.reports.foreign.rows import Row, read_rows
from otklik.reports.foreign.translating import Translator
from otklik.vocabulary.ids import PartyId
from tests.parts import missing
from tests.rooms.reports.foreign_log import Folded
from tests.slowness import patience

pytestmark = pytest.mark.asterisk

HOST = "127.0.0.47"
SIP, ARI, AMI = 27_930, 27_931, 27_932
RTP = (27_940, 27_950)

EXTENSIONS = """
[general]
static = yes
[enter]
; The number says what happens: queue, customer's seconds, agent's ring, agent's talk, key (two digits each).
exten => _X.,1,Set(CALLERID(num)=${EXTEN})
 same => n,Answer()
 same => n,QueueLog(NONE,${UNIQUEID},NONE,DID,88001112233)
 same => n,QueueLog(NONE,${UNIQUEID},NONE,VENDOREVENT,whatever)
 same => n,Goto(q${EXTEN:0:2},1)
exten => q01,1,Queue(sales,t,,,60)
exten => q02,1,Queue(impatient,t,,,60)
exten => q03,1,Queue(relay,t,,,60)
exten => q04,1,Queue(short,t,,,3)
 same => n,Queue(backup,t,,,60)
exten => q05,1,Queue(leaving,t,,,60)
exten => q06,1,Queue(keyed,t,,,60)
exten => q07,1,Queue(first,t,,,60)
exten => q08,1,Queue(away,t,,,60)
exten => q09,1,Queue(cut,t,,,60)
[keys]
exten => 5,1,Wait(1)
[customers]
exten => _X.,1,Answer()
 same => n,Wait(${EXTEN:2:2})
 same => n,GotoIf($[${EXTEN:8:2} = 0]?end)
 same => n,SendDTMF(${EXTEN:9:1})
 same => n,Wait(5)
 same => n(end),Hangup()
[agents]
exten => _[a-z].,1,Wait(${CALLERID(num):4:2})
 same => n,Answer()
 same => n,Wait(${CALLERID(num):6:2})
 same => n,Hangup()
exten => _9X,1,Wait(60)
[after]
exten => 600,1,Queue(second,t,,,60)
exten => 700,1,Wait(3)
 same => n,Hangup()
"""
QUEUES = """
[general]
persistentmembers = no
autofill = yes
""" + "".join(
    f"[{name}]\nstrategy = rrmemory\nringinuse = no\nretry = 1\nmusicclass = default\n{rest}\n"
    for name, rest in {
        "sales": "timeout = 20\nmember => Local/anna@agents/n",
        "impatient": "timeout = 20\nmember => Local/91@agents/n",
        "relay": "strategy = linear\ntimeout = 2\n"
        "member => Local/92@agents/n,0,Nobody\nmember => Local/vera@agents/n,0,Vera",
        "short": "timeout = 20\nmember => Local/93@agents/n",
        "backup": "timeout = 20\nmember => Local/boris@agents/n",
        "leaving": "timeout = 2\nleavewhenempty = paused\nmember => Local/94@agents/n",
        "keyed": "timeout = 20\ncontext = keys\nmember => Local/95@agents/n",
        "first": "timeout = 20\nmember => Local/gleb@agents/n",
        "second": "timeout = 20\nmember => Local/dina@agents/n",
        "away": "timeout = 20\nmember => Local/egor@agents/n",
        "cut": "timeout = 20\nmember => Local/96@agents/n",
    }.items()
)
MANAGER = (
    f"[general]\nenabled = yes\nbindaddr = 127.0.0.1\nport = {AMI}\n[test]\nsecret = test\nwrite = all\n"
)

BY_AGENT = "0120010200"
BY_CUSTOMER = "0105010900"
AT_ONCE = "0202000000"
LATER = "0207000000"
SECOND_AGENT = "0320010200"
SECOND_QUEUE = "0420010200"
NOBODY_LEFT = "0530000000"
BY_KEY = "0602000005"
INTO_QUEUE = "0712010900"
OUT_OF_SIGHT = "0812010900"
CUT_OFF = "0960000000"
TALKED = 2
"""Seconds from the answer to a transfer."""


class Manager:
    """Asterisk's manager interface, as far as it is needed."""

    def __init__(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", AMI), timeout=patience(10))
        self._answers = self._socket.makefile("r", newline="\r\n")
        self._answers.readline()
        self.ask("Login", Username="test", Secret="test", Events="off")

    def ask(self, action: str, **fields: str) -> None:
        """Waits for the answer, which must be that it was done."""
        lines = [f"Action: {action}", *(f"{name}: {value}" for name, value in fields.items())]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer: list[str] = []
        while not answer or answer[0].startswith("Event:"):
            answer = [self._answers.readline()]
            while answer[-1].strip():
                answer.append(self._answers.readline())
            assert answer[-1], "the manager hung up"
        assert answer[0].strip() == "Response: Success", answer

    def call(self, number: str) -> None:
        """A customer, who does what his number says."""
        self.ask(
            "Originate",
            Channel=f"Local/{number}@customers/n",
            Context="enter",
            Exten=number,
            Priority="1",
            Async="true",
        )

    def close(self) -> None:
        self._answers.close()
        self._socket.close()


@pytest.fixture(scope="module")
def root() -> AsteriskRoot:
    try:
        return native.provide_root()
    except AsteriskUnavailable as trouble:
        missing("asterisk", str(trouble))
        raise


class Written(NamedTuple):
    """What Asterisk wrote of the planned calls, in three forms."""

    log: str
    records: str
    events: str


@pytest.fixture(scope="module")
def log(written: Written) -> str:
    return written.log


@pytest.fixture(scope="module")
def written(root: AsteriskRoot, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """All planned calls have happened, and Asterisk was killed and started again."""
    files = {
        "extensions.conf": EXTENSIONS,
        "queues.conf": QUEUES,
        "manager.conf": MANAGER,
        # The manager needs what the product's engine has no use for.
        "stasis.conf": "",
        **native.RECORDS,
    }
    queue = native.NativeQueue(
        tmp_path_factory.mktemp("native"),
        root,
        host=HOST,
        port=SIP,
        ari_port=ARI,
        rtp=RTP,
        files=files,
    )
    queue.start()
    try:
        act(queue)
        assert queue.process is not None
        os.kill(queue.process.pid, signal.SIGKILL)
        queue.process.wait()
        queue.start()
        queue.command("queue show")
    finally:
        queue.stop()
    return Written(queue.log.read_text(), queue.call_records.read_text(), queue.channel_events.read_text())


def act(queue: native.NativeQueue) -> None:
    """The calls, as close together as they do not disturb each other."""
    queue.command("core waitfullybooted")
    manager = Manager()

    def written(text: str) -> bool:
        return text in queue.log.read_text()

    manager.ask("QueueAdd", Queue="backup", Interface="Local/zoya@agents/n")
    manager.ask("QueuePause", Queue="backup", Interface="Local/zoya@agents/n", Paused="true", Reason="lunch")
    for number in (BY_AGENT, AT_ONCE, LATER, SECOND_AGENT, NOBODY_LEFT, BY_KEY, INTO_QUEUE, OUT_OF_SIGHT):
        manager.call(number)
    manager.call(SECOND_QUEUE)
    until(lambda: written("|first|Local/gleb@agents/n|CONNECT"))
    until(lambda: written("|away|Local/egor@agents/n|CONNECT"))
    manager.ask("QueuePause", Queue="leaving", Interface="Local/94@agents/n", Paused="true")
    # They talk for so long before they are given away: the import must say it.
    time.sleep(TALKED)
    for agent, extension in (("gleb", "600"), ("egor", "700")):
        manager.ask("BlindTransfer", Channel=channel_of(queue, agent), Context="after", Exten=extension)
    until(lambda: written("|sales|Local/anna@agents/n|COMPLETEAGENT"))
    manager.call(BY_CUSTOMER)
    until(lambda: written("|second|Local/dina@agents/n|COMPLETE"))
    until(lambda: written("|sales|Local/anna@agents/n|COMPLETECALLER"))
    until(lambda: written("|leaving|NONE|EXITEMPTY"))
    until(lambda: written("|impatient|NONE|ABANDON|1|"))
    until(lambda: queue.log.read_text().count("|impatient|NONE|ABANDON") == 2)
    until(lambda: written("|backup|Local/boris@agents/n|COMPLETE"))
    manager.ask("QueueRemove", Queue="backup", Interface="Local/zoya@agents/n")
    manager.call(CUT_OFF)
    until(lambda: written(f"|ENTERQUEUE||{CUT_OFF}|"))
    until(lambda: written("|REMOVEMEMBER|"))
    # The log has whole seconds: whoever is cut off has waited for one at least.
    time.sleep(1.1)
    manager.close()


def channel_of(queue: native.NativeQueue, agent: str) -> str:
    """The leg of the agent's phone that talks with the customer."""
    lines = queue.command("core show channels concise").splitlines()
    return next(line.split("!")[0] for line in lines if f"/{agent}@" in line and ";1!" in line)


def until(holds: Callable[[], bool]) -> None:
    """Looks again and again, until it holds."""
    deadline = time.monotonic() + patience(20)
    while not holds():
        assert time.monotonic() < deadline, "the log does not tell it"
        time.sleep(0.1)


class Told:
    """The import's figures, by the number of the call."""

    def __init__(self, log: str) -> None:
        read = [
            row
            for row in read_rows(log.splitlines(keepends=True), zone=UTC, latest_ms=1 << 60)
            if row is not None
        ]
        rows = [row for row in read if isinstance(row, Row)]
        assert len(rows) == len(read)
        numbers = {row.facts[1] for row in rows if row.event == "ENTERQUEUE"}
        self.parties = {number: PartyId(place) for place, number in enumerate(sorted(numbers), 1)}
        translator = Translator()
        events, self.refused = translator.feed(rows, self.parties)
        events += translator.flush()
        self.tally: Tally = translator.tally
        self.names = translator.memory.names
        self.unfinished = translator.unfinished
        self.folded = Folded(events)

    def stays(self, number: str) -> list[Segment]:
        return [one for one in self.folded.segments.values() if one.customer_id == self.parties[number]]

    def agent(self, segment: Segment) -> str:
        return {identity: name for name, identity in self.names["agent"].items()}.get(segment.agent_id, "")

    def queue(self, segment: Segment) -> str:
        return {identity: name for name, identity in self.names["queue"].items()}[segment.queue_id]


@pytest.fixture(scope="module")
def told(log: str) -> Told:
    return Told(log)


def seconds(ms: int, wanted: int) -> bool:
    """Whole seconds round, and a busy machine is late."""
    return wanted - 1 <= ms / 1000 <= wanted + 1 + patience(1)


def test_every_row_is_understood(told: Told) -> None:
    assert told.refused == []
    # VENDOREVENT of each call; nothing else is left out.
    assert told.tally.ignored_lines == told.tally.interactions == len(told.parties)


def test_answered_calls_have_their_agent_their_times_and_their_end(told: Told) -> None:
    for number, agent, talk, by in ((BY_AGENT, "anna", 2, "agent"), (BY_CUSTOMER, "anna", 4, "customer")):
        (stay,) = told.stays(number)
        fact = told.folded.interactions[stay.interaction_id]
        assert (stay.answered, told.queue(stay), told.agent(stay)) == (1, "sales", agent)
        assert seconds(stay.ring_ms, 1)
        assert seconds(stay.wait_ms, 1)
        assert seconds(stay.talk_ms, talk)
        assert codes.ENDED_BY_NAMES[fact.ended_by] == by
        assert told.names["number"] == {"88001112233": fact.number_id}


def test_customers_who_gave_up_are_told_apart_by_their_wait(told: Told) -> None:
    (early,), (late,) = told.stays(AT_ONCE), told.stays(LATER)

    assert [(one.abandoned, one.short_ab) for one in (early, late)] == [(1, 1), (1, 0)]
    assert seconds(early.wait_ms, 2)
    assert seconds(late.wait_ms, 7)


def test_a_ring_that_nobody_took_is_a_missed_offer_of_that_agent(told: Told) -> None:
    (stay,) = told.stays(SECOND_AGENT)
    offers = [one for one in told.folded.offers.values() if one.segment_id == stay.segment_id]
    missed = [one for one in offers if one.outcome == codes.OFFER_EXPIRED]

    assert (stay.answered, told.agent(stay)) == (1, "Vera")
    assert {one.agent_id for one in missed} == {told.names["agent"]["Nobody"]}
    assert all(seconds(one.ended_ms - one.offered_ms, 2) for one in missed)


def test_a_customer_who_waited_too_long_goes_to_the_next_queue_as_one_call(told: Told) -> None:
    first, second = told.stays(SECOND_QUEUE)

    assert (first.overflow, told.queue(first)) == (1, "short")
    assert (second.answered, told.queue(second), told.agent(second)) == (1, "backup", "boris")
    assert first.interaction_id == second.interaction_id
    assert seconds(first.wait_ms, 3)


def test_ways_out_of_a_queue_are_overflow(told: Told) -> None:
    (empty,), (keyed,) = told.stays(NOBODY_LEFT), told.stays(BY_KEY)

    assert (empty.overflow, keyed.overflow) == (1, 1)
    assert told.tally.left_otherwise == 2
    assert told.tally.timed_out == 1


def test_a_transfer_ends_the_first_talk_and_the_call_goes_on(told: Told) -> None:
    first, second = told.stays(INTO_QUEUE)
    (alone,) = told.stays(OUT_OF_SIGHT)

    assert (first.transferred, told.agent(first)) == (1, "gleb")
    assert seconds(first.talk_ms, TALKED)
    assert (second.answered, told.queue(second), told.agent(second)) == (1, "second", "dina")
    assert (alone.transferred, told.agent(alone)) == (1, "egor")
    assert first.interaction_id == second.interaction_id


def test_whoever_waited_when_asterisk_was_killed_is_lost(told: Told) -> None:
    (stay,) = told.stays(CUT_OFF)
    fact = told.folded.interactions[stay.interaction_id]

    assert (stay.abandoned, fact.is_estimated) == (1, 1)
    assert told.tally.lost == 1


def test_an_agent_who_joined_paused_and_left_was_there_so_long(log: str, told: Told) -> None:
    zoya = told.names["agent"]["zoya"]
    at = {row.split("|")[4]: int(row.split("|")[0]) for row in log.splitlines() if "/zoya@" in row}
    spent = {state: ms for (agent, state), ms in told.folded.time.items() if agent == zoya}

    assert sum(spent.values()) == 1000 * (at["REMOVEMEMBER"] - at["ADDMEMBER"])
    assert spent[codes.NOT_READY] == 1000 * (at["REMOVEMEMBER"] - at["PAUSE"])
    assert told.names["reason"] == {"lunch": 1}


def test_the_log_has_every_kind_of_row_that_was_meant(log: str) -> None:
    kinds = {row.split("|")[4] for row in log.splitlines() if row.count("|") >= 4}

    assert kinds >= {
        "QUEUESTART", "DID", "ENTERQUEUE", "CONNECT", "RINGNOANSWER", "RINGCANCELED", "COMPLETEAGENT",
        "COMPLETECALLER", "ABANDON", "EXITWITHTIMEOUT", "EXITWITHKEY", "EXITEMPTY", "BLINDTRANSFER",
        "ADDMEMBER", "REMOVEMEMBER", "PAUSE",
    }  # fmt: skip


class Retold(Told):
    """The figures of another form of the same calls."""

    def __init__(self, text: str, kind: str) -> None:
        form = FORMS[kind]
        read = form.read([f"{line}\n" for line in text.splitlines()], zone=UTC, latest_ms=1 << 60)
        rows = [row for row in read if isinstance(row, Row)]
        assert form.gatherer is not None
        gatherer = form.gatherer(Gathered(), Mapping())
        made, self.refused = gatherer.feed(rows, kind)
        rest, late = gatherer.flush(1 << 60)
        self.refused += late
        self.open = gatherer.unfinished
        made += rest
        numbers = {row.facts[1] for row in made if row.event == "ENTERQUEUE"}
        self.parties = {number: PartyId(place) for place, number in enumerate(sorted(numbers), 1)}
        translator = Translator(is_whole=True)
        events, wrong = translator.feed(made, self.parties)
        assert wrong == []
        events += translator.flush()
        self.tally = translator.tally
        self.names = translator.memory.names
        self.unfinished = translator.unfinished
        self.folded = Folded(events)


def outcomes_of(told: Told, number: str) -> list[tuple[str, str, str]]:
    """Queue, agent and what became of each stay of a call."""
    found = []
    for stay in sorted(told.stays(number), key=lambda one: (one.enter_ms, one.segment_id)):
        names = ("transferred", "answered", "abandoned", "overflow")
        outcome = next(name for name in names if getattr(stay, name))
        found.append((told.queue(stay), told.agent(stay).lower(), outcome))
    return found


COMPARED = (
    BY_AGENT, BY_CUSTOMER, AT_ONCE, LATER, SECOND_AGENT, SECOND_QUEUE, BY_KEY, INTO_QUEUE, OUT_OF_SIGHT,
)  # fmt: skip
"""Of whom all forms can tell; NOBODY_LEFT looks like giving up there, and CUT_OFF has no records at all."""


@pytest.mark.parametrize("kind", ["cdr", "cel"])
def test_call_records_and_events_tell_of_the_same_calls(written: Written, told: Told, kind: str) -> None:
    retold = Retold(written.records if kind == "cdr" else written.events, kind)

    # Whoever was there when Asterisk was killed has no record, and of his events there is no end.
    assert retold.refused == []
    assert retold.open == (1 if kind == "cel" else 0)
    for number in COMPARED:
        wanted = outcomes_of(told, number)
        if kind == "cdr" and number == OUT_OF_SIGHT:
            # A record does not tell a transfer to a place without a phone from the end of the talk.
            wanted = [(queue, agent, "answered") for queue, agent, _ in wanted]
        assert outcomes_of(retold, number) == wanted, number
        for one, other in zip(retold.stays(number), told.stays(number), strict=True):
            assert abs(one.wait_ms - other.wait_ms) <= 1000 * (1 + patience(1))
            assert abs(one.talk_ms - other.talk_ms) <= 1000 * (1 + patience(1))
    if kind == "cel":
        for number, by in ((BY_AGENT, "agent"), (BY_CUSTOMER, "customer")):
            (stay,) = retold.stays(number)
            fact = retold.folded.interactions[stay.interaction_id]
            assert codes.ENDED_BY_NAMES[fact.ended_by] == by
