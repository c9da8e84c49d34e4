"""The CDRs of one call -> what happened to it, as rows of a queue_log would tell it. Pure.

What is told is what the records say:

- A call is told if it came from outside (`Habits`); calls between colleagues and calls to the outside are
  left out. The channel of its first record is the caller's; records of other channels, and `Local/...;2`
  doubles of Local channels, are no calls of their own.
- A queue is what `Queue()` names; without it the number that was dialled on the way to the phones (a ring
  group, an extension). A menu in front is part of the wait: a record does not say when a queue was entered.
- An agent answered when the double of his Local channel was answered, else when the record was. Where
  Asterisk had answered before and there is no double, nothing says when he did: the call is `answer_hidden`.
- Nobody knows who hung up. A transfer is a second phone after the first; one to a place without a phone looks
  like the end of the talk.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

from otklik.reports.foreign.cdr import CallRecord, record_of
from otklik.reports.foreign.gathering import Made, Piece, Waiting

ANSWERED = "ANSWERED"
_MOMENT_MS = 1_000
_APART_MS = 60_000
_SHORTEST_NUMBER = 5

INBOUND = (
    "from-trunk*", "from-pstn*", "from-did*", "from-sip-external*", "from-zaptel*", "from-dahdi*",
    "from-analog*", "from-digital*", "from-outside*", "from-provider*", "from-external*", "ext-did*",
    "ext-queues", "ext-group", "ivr-*", "timeconditions", "app-announcement*", "incoming*", "inbound*",
)  # fmt: skip
"""Contexts in which FreePBX, Issabel and the usual examples take calls from outside."""

INTERNAL = ("from-internal*", "from-inside*", "internal*", "from-queue*", "phones*", "outgoing*", "outbound*")
"""Contexts in which they take calls of their own phones."""


class Habits(msgspec.Struct, frozen=True):
    """What was said of this source beyond the usual: patterns of contexts, of numbers that were dialled, and
    of channels without their last part (`PJSIP/provider`). What is said goes before what is usual."""

    inbound: tuple[str, ...] = ()
    internal: tuple[str, ...] = ()


def direction_of(
    habits: Habits, *, context: str, dialled: str, called: str, channel: str, source: str, has_queue: bool
) -> Literal["inbound", "other", ""]:
    """Of a call by its beginning; "" where nothing says. called: the number from outside, if it is told."""
    peer = peer_of(channel)
    facts = (context, dialled, called, peer)
    if _fits(habits.internal, facts):
        return "other"
    if called or _fits(habits.inbound, facts):
        return "inbound"
    if source and not _is_local(channel) and peer.partition("/")[2] == source:
        return "other"
    if _fits(INTERNAL, (context,)):
        return "other"
    return "inbound" if has_queue or _fits(INBOUND, (context,)) else ""


def _fits(patterns: Iterable[str], facts: Iterable[str]) -> bool:
    texts = [text for text in facts if text]
    return any(fnmatchcase(text, pattern) for pattern in patterns for text in texts)


def peer_of(channel: str) -> str:
    """`PJSIP/101-0000001a` -> `PJSIP/101`, `Local/101@from-queue-00000001;1` -> `Local/101@from-queue`."""
    text = channel.partition(";")[0]
    name, dash, last = text.rpartition("-")
    return name if dash and last.isalnum() else text


def agent_of(channel: str) -> str:
    """Whose phone it is; a way of FreePBX to ring him (follow me, `FMPR-101`) is he."""
    technology, slash, rest = peer_of(channel).partition("/")
    if not slash:
        return technology
    name = rest.partition("@")[0]
    for prefix in ("FMPR-", "FMGL-"):
        name = name.removeprefix(prefix)
    return f"{technology}/{name.rstrip('#')}"


@dataclass(slots=True)
class _Stay:
    """In one queue. rings: of phones that did not answer. answer: of the one that did."""

    queue: str
    records: list[CallRecord] = field(default_factory=list)
    answer: CallRecord | None = None

    @property
    def ended_ms(self) -> int:
        return max(record.ended_ms for record in self.records)


@dataclass(slots=True)
class _Way:
    """Of one caller. after_ms: the end of what he did without a queue after the last one; is_given: it was a
    talk with another phone. ended_ms: his end."""

    ended_ms: int
    stays: list[_Stay] = field(default_factory=list)
    after_ms: int = 0
    is_given: bool = False


def make_calls(habits: Habits, key: str, pieces: Sequence[Piece]) -> Made:
    """What these records of one call came to; without ids a channel's name stands for the call, and a pause
    of a minute is the end of one."""
    made = Made()
    found = sorted(
        ((record_of(piece.facts), piece) for piece in pieces),
        key=lambda one: (one[0].started_ms, one[0].sequence, one[0].ended_ms),
    )
    runs: list[list[tuple[CallRecord, Piece]]] = []
    for record, piece in found:
        has_id = bool(record.linked_id or record.unique_id)
        if runs and (has_id or record.started_ms - runs[-1][-1][0].ended_ms <= _APART_MS):
            runs[-1].append((record, piece))
        else:
            runs.append([(record, piece)])
    for number, run in enumerate(runs):
        _make_call(habits, key if not number else f"{key}+{run[0][0].started_ms}", run, made)
    return made


def _make_call(habits: Habits, key: str, run: Sequence[tuple[CallRecord, Piece]], made: Made) -> None:
    queueing = {record.channel for record, _ in run if record.app == "Queue"}
    callers = [
        (record, piece)
        for record, piece in run
        if not record.channel.endswith(";2") and (record.channel in queueing or not _is_local(record.channel))
    ]
    if not callers:
        made.ignored += len(run)
        return
    doubles = {record.channel: record for record, _ in run if record.channel.endswith(";2")}
    first = next(
        (record for record, _ in callers if record.unique_id and record.unique_id == record.linked_id),
        callers[0][0],
    )
    records = [record for record, _ in callers if record.channel == first.channel]
    called = next((record.number_called for record in records if record.number_called), "")
    direction = direction_of(
        habits,
        context=first.context,
        dialled=first.dialled,
        called=called,
        channel=first.channel,
        source=first.source,
        has_queue=any(record.app == "Queue" for record in records),
    )
    if direction != "inbound":
        made.left_out.append(first.context)
        if direction:
            made.ignored += len(run)
        else:
            made.refused += [(piece, "unknown_direction") for _, piece in callers]
            made.ignored += len(run) - len(callers)
        return
    made.ignored += len(run) - len(records)
    way = _way_of(records)
    if any(stay.answer and not _answered_ms(stay.answer, doubles) for stay in way.stays):
        made.refused += [(piece, "answer_hidden") for record, piece in callers if record in records]
        return
    if not called and first.dialled.isdigit() and len(first.dialled) >= _SHORTEST_NUMBER:
        called = first.dialled
    _tell(key, first, called, way, doubles, lambda *said: made.rows.append(Waiting(*said)))


def _is_local(channel: str) -> bool:
    return channel.startswith("Local/")


def _queue_of(record: CallRecord) -> str:
    if record.app == "Queue":
        return record.app_words.replace("|", ",").partition(",")[0].strip() or record.dialled
    if record.context == "ext-queues":
        return record.dialled
    return (record.dialled or agent_of(record.peer)) if record.peer else ""


def _way_of(records: Sequence[CallRecord]) -> _Way:
    way = _Way(max(record.ended_ms for record in records))
    for record in records:
        queue = _queue_of(record)
        stay = way.stays[-1] if way.stays else None
        if not queue:
            # After a talk it may be a survey as well as the place where his agent sent him.
            if stay is not None and (stay.answer is None or way.is_given):
                way.after_ms = record.ended_ms
            continue
        if stay is not None and stay.answer is not None and not _is_offered_anew(stay, record):
            # What he says with another phone is nobody's stay in a queue.
            way.after_ms, way.is_given = record.ended_ms, True
            continue
        way.after_ms, way.is_given = 0, False
        if stay is None or stay.answer is not None or stay.queue != queue:
            stay = _Stay(queue)
            way.stays.append(stay)
        stay.records.append(record)
        if record.disposition == ANSWERED and record.peer:
            stay.answer = record
    return way


def _is_offered_anew(stay: _Stay, record: CallRecord) -> bool:
    """After a talk: into another queue, not only to another phone. The words of the same `Queue()` stay on a
    channel that its agent gave to a phone."""
    return record.app == "Queue" and _queue_of(record) != stay.queue


Doubles = Mapping[str, CallRecord]
"""Records of the second halves of Local channels, by the channel."""


def _double_of(record: CallRecord, doubles: Doubles) -> CallRecord | None:
    return doubles.get(f"{record.peer[:-2]};2") if record.peer.endswith(";1") else None


def _answered_ms(record: CallRecord, doubles: Doubles) -> int:
    """When the agent did; 0 where nothing tells it."""
    double = _double_of(record, doubles)
    if double is not None and double.answered_ms:
        return min(double.answered_ms, record.ended_ms)
    return record.answered_ms if record.answered_ms - record.started_ms >= _MOMENT_MS else 0


def _tell(
    key: str, first: CallRecord, called: str, way: _Way, doubles: Doubles, add: Callable[..., None]
) -> None:
    if called:
        add(first.started_ms, key, "", "", "DID", (called,))
    if not way.stays:
        add(first.started_ms, key, "", "", "passed", ("", first.source))
        add(
            way.ended_ms,
            key,
            "",
            "",
            "over",
            ("self_served" if first.disposition == ANSWERED else "no_answer",),
        )
    for place, stay in enumerate(way.stays):
        begun = stay.records[0].started_ms if place else first.started_ms
        add(begun, key, stay.queue, "", "ENTERQUEUE", ("", first.source))
        answered = 0 if stay.answer is None else max(begun, _answered_ms(stay.answer, doubles))
        for record in stay.records:
            if record is not stay.answer and record.disposition == "NO ANSWER" and record.peer:
                began, ended = _ring_of(record, doubles)
                is_missed = ended < (answered or stay.ended_ms) - _MOMENT_MS
                event = "RINGNOANSWER" if is_missed else "RINGCANCELED"
                ended = min(ended, answered or ended)
                add(ended, key, stay.queue, agent_of(record.peer), event, (str(max(0, ended - began)),))
        is_last = place == len(way.stays) - 1
        if stay.answer is None:
            add(stay.ended_ms, key, stay.queue, "", "ABANDON" if is_last and not way.after_ms else "left", ())
        else:
            agent = agent_of(stay.answer.peer)
            began = max(begun, _ring_of(stay.answer, doubles)[0])
            waited, rang = (str(round((answered - since) / 1000)) for since in (begun, began))
            add(answered, key, stay.queue, agent, "CONNECT", (waited, "", rang))
            is_given = not is_last or way.is_given
            add(stay.ended_ms, key, stay.queue, agent, "TRANSFER" if is_given else "complete", ())
        if is_last and way.after_ms:
            reason = "answered" if way.is_given else "overflowed"
            add(max(way.after_ms, stay.ended_ms), key, stay.queue, "", "over", (reason,))


def _ring_of(record: CallRecord, doubles: Doubles) -> tuple[int, int]:
    """From when to when a phone rang."""
    double = _double_of(record, doubles)
    return (record.started_ms if double is None else double.started_ms), record.ended_ms
