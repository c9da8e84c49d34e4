"""The channel events of one call -> what happened to it, as rows of a queue_log would tell it. Pure.

The caller's channel is the one whose id is the call's. He is in a queue from `APP_START Queue` on. Asterisk
writes none when he goes from one `Queue()` to the next: by a blind transfer he is there from the end of the
talk before it, and otherwise from the last ring in the queue before, if the next one followed within two
seconds. The agent is the channel that enters the bridge with him; one that the queue rang (`AppQueue`) and
that hung up without entering it was rung in vain. Whoever leaves the bridge first has ended the talk.

Where nothing says when a caller came to a queue (`apps` of cel.conf lacks queue), the call is `entry_hidden`.
One whose beginning or end is not in the file is listed by its first event.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from otklik.reports.foreign.calls import Habits, agent_of, direction_of
from otklik.reports.foreign.cel import ChannelEvent, event_of
from otklik.reports.foreign.gathering import Made, Piece, Waiting

_BUSY = 17
_AT_ONCE_MS = 1_000
_NEXT_MS = 2_000
_SHORTEST_NUMBER = 5
_ENTERS = ("BRIDGE_ENTER", "BRIDGE_START")
_EXITS = ("BRIDGE_EXIT", "BRIDGE_END")
_ENDS = ("HANGUP", "CHAN_END")
_TRANSFERS = ("BLINDTRANSFER", "ATTENDEDTRANSFER")

Happened = tuple[int, ChannelEvent]


@dataclass(slots=True)
class _Stay:
    """In one queue. app: `Queue`, or `Dial` for phones that were rung without one. ended_ms: of the talk, or
    of the wait. is_given: he was transferred out of it. is_left: he went on in the dialplan."""

    app: str
    queue: str
    begun_ms: int
    channel: str = ""
    answered_ms: int = 0
    ended_ms: int = 0
    is_given: bool = False
    is_left: bool = False


class _Caller:
    """What becomes of him, event by event. is_hidden: he came to a queue, and nothing says when."""

    def __init__(self, channel: str, key: str) -> None:
        self.channel = channel
        self.stays: list[_Stay] = []
        self.is_hidden = False
        self.ended_ms = 0
        self._key = key
        self._is_talking = False
        self._is_in_app = False
        self._place = ("", "")
        self._began: dict[str, int] = {}
        self._bridged: dict[str, str] = {}
        self._rang_ms = 0

    def follow(self, happened: Sequence[Happened]) -> None:
        """All of it."""
        for at_ms, event in happened:
            if event.unique_id == self._key:
                self._note_own(at_ms, event)
            else:
                self._note_other(at_ms, event)
        if not self.ended_ms:
            self._end(happened[-1][0])

    def _note_other(self, at_ms: int, event: ChannelEvent) -> None:
        if event.kind == "CHAN_START":
            self._began[event.channel] = at_ms
        elif event.kind in _ENTERS and event.bridge:
            self._bridged[event.bridge] = event.channel
        elif event.kind in _ENDS and event.app == "AppQueue":
            self._rang_ms = at_ms
        elif event.kind in _TRANSFERS and self._is_talking:
            stay = self.stays[-1]
            stay.is_given, stay.ended_ms = True, at_ms
            self._is_talking = False

    def _note_own(self, at_ms: int, event: ChannelEvent) -> None:
        self._see_queue(at_ms, event)
        if event.kind == "APP_START":
            self._is_in_app |= event.app in ("Queue", "Dial")
            self._place = (event.exten, event.context)
        elif event.kind in _ENTERS:
            self._talk(at_ms, event.peer or self._bridged.get(event.bridge, ""))
        elif event.kind in _EXITS:
            if self._is_talking:
                self.stays[-1].ended_ms = at_ms
            self._is_talking = False
        elif event.kind == "APP_END":
            self._leave(at_ms, event)
        elif event.kind in _ENDS and not self.ended_ms:
            self._end(at_ms)

    def _see_queue(self, at_ms: int, event: ChannelEvent) -> None:
        is_start = event.kind == "APP_START"
        stay = self.stays[-1] if self.stays else None
        if event.app == "Queue" and (stay is None or stay.queue != _queue_of(event)):
            begun_ms = at_ms if is_start else self._moved_ms(event)
            self.is_hidden |= not begun_ms
            self._enter(_Stay("Queue", _queue_of(event), begun_ms or at_ms))
        elif is_start and event.app == "Queue" and stay is not None and stay.ended_ms:
            self._enter(_Stay("Queue", _queue_of(event), at_ms))
        elif is_start and event.app == "Dial" and not self._is_in_app:
            self._enter(_Stay("Dial", _queue_of(event), at_ms))

    def _moved_ms(self, event: ChannelEvent) -> int:
        """When he came to a queue of which only a later event tells: from a talk, or from the queue before as
        the next phone rang at once; 0 where nothing says it."""
        stay = self.stays[-1] if self.stays else None
        if stay is None:
            return 0
        if stay.answered_ms:
            return stay.ended_ms
        rang_ms = self._began.get(event.peer, 0)
        return self._rang_ms if 0 <= rang_ms - self._rang_ms <= _NEXT_MS else 0

    def _enter(self, stay: _Stay) -> None:
        if self.stays and not self.stays[-1].ended_ms:
            self.stays[-1].ended_ms = stay.begun_ms
        self.stays.append(stay)
        self._is_talking = False

    def _talk(self, at_ms: int, peer: str) -> None:
        stay = self.stays[-1] if self.stays else None
        if stay is None or stay.is_given or stay.is_left:
            return
        if stay.answered_ms and peer and peer != stay.channel:
            # Another phone in the place of the first, without a word of how.
            stay.is_given = True
            return
        if not stay.answered_ms:
            stay.answered_ms, stay.channel = at_ms, peer
        stay.ended_ms = 0
        self._is_talking = True

    def _leave(self, at_ms: int, event: ChannelEvent) -> None:
        self._is_in_app = self._is_talking = False
        stay = self.stays[-1] if self.stays else None
        if stay is None or event.app != stay.app:
            return
        stay.ended_ms = stay.ended_ms or at_ms
        if not stay.answered_ms:
            stay.is_left = (event.exten, event.context) != self._place

    def _end(self, at_ms: int) -> None:
        self.ended_ms = at_ms
        stay = self.stays[-1] if self.stays else None
        if stay is None:
            return
        if not stay.answered_ms and stay.ended_ms and at_ms - stay.ended_ms > _AT_ONCE_MS:
            stay.is_left = True
        stay.ended_ms = stay.ended_ms or at_ms


def make_cel_calls(habits: Habits, key: str, pieces: Sequence[Piece]) -> Made:
    """What these events of one call came to."""
    made = Made()
    found = [(piece.at_ms, event_of(piece.facts), piece) for piece in pieces]
    found.sort(key=lambda one: (one[0], one[1].place, one[2].line))
    happened = [(at_ms, event) for at_ms, event, _ in found]
    begin = next((one for one in happened if one[1].kind == "CHAN_START" and one[1].unique_id == key), None)

    def refuse(reason: str) -> Made:
        made.refused.append((found[0][2], reason))
        made.ignored += len(found) - 1
        return made

    if begin is None:
        made.is_open = not any(event.kind == "LINKEDID_END" for _, event in happened)
        return refuse("unknown_call")
    caller = _Caller(begin[1].channel, key)
    own = [one for one in happened if one[1].unique_id == key]
    direction = direction_of(
        habits,
        context=begin[1].context,
        dialled=begin[1].exten,
        called="",
        channel=caller.channel,
        source=_number_of(own),
        has_queue=any(event.app == "Queue" for _, event in own),
    )
    if not any(event.kind in _ENDS for _, event in own) and happened[-1][1].kind != "LINKEDID_END":
        made.is_open = True
        return refuse("no_end")
    if direction != "inbound":
        made.left_out.append(begin[1].context)
        if not direction:
            return refuse("unknown_direction")
        made.ignored += len(found)
        return made
    caller.follow(happened)
    if caller.is_hidden:
        return refuse("entry_hidden")
    _tell(key, begin, caller, happened, own, made.rows)
    return made


def _number_of(own: Sequence[Happened]) -> str:
    return next((event.number for _, event in own if event.number), "")


def _queue_of(event: ChannelEvent) -> str:
    if event.app == "Queue":
        return event.app_words.replace("|", ",").partition(",")[0].strip()
    if len(event.exten) > 1:
        return event.exten
    phone = event.app_words.partition("&")[0].partition(",")[0].split("/")
    return phone[1] if len(phone) > 1 else event.exten


def _tell(
    key: str,
    begin: Happened,
    caller: _Caller,
    happened: Sequence[Happened],
    own: Sequence[Happened],
    rows: list[Waiting],
) -> None:
    begun_ms, first = begin
    number = _number_of(own)
    called = first.called or (first.exten if len(first.exten) >= _SHORTEST_NUMBER else "")

    def add(at_ms: int, queue: str, agent: str, event: str, *facts: str) -> None:
        rows.append(Waiting(at_ms, key, queue, agent, event, facts))

    if called.isdigit():
        add(begun_ms, "", "", "DID", called)
    if not caller.stays:
        reason = "self_served" if any(event.app for _, event in own) else "no_answer"
        add(begun_ms, "", "", "passed", "", number)
        add(caller.ended_ms, "", "", "over", reason)
    rings = _Rings(happened)
    for place, stay in enumerate(caller.stays):
        add(stay.begun_ms, stay.queue, "", "ENTERQUEUE", "", number)
        wait_ended_ms = stay.answered_ms or stay.ended_ms
        for channel, began_ms, ended_ms in rings.in_vain(stay):
            event = "RINGNOANSWER" if ended_ms < wait_ended_ms else "RINGCANCELED"
            ended_ms = min(ended_ms, wait_ended_ms)
            add(ended_ms, stay.queue, agent_of(channel), event, str(ended_ms - began_ms))
        is_last = place == len(caller.stays) - 1
        if stay.answered_ms:
            agent = agent_of(stay.channel)
            rang_ms = stay.answered_ms - max(stay.begun_ms, rings.began.get(stay.channel, stay.answered_ms))
            waited_ms = stay.answered_ms - stay.begun_ms
            seconds = (str(round(waited_ms / 1000)), "", str(round(rang_ms / 1000)))
            add(stay.answered_ms, stay.queue, agent, "CONNECT", *seconds)
            over = "TRANSFER" if stay.is_given else _ended_by(caller, stay, happened)
            add(stay.ended_ms, stay.queue, agent, over)
        else:
            add(stay.ended_ms, stay.queue, "", "ABANDON" if is_last and not stay.is_left else "left")
        if is_last and (stay.is_given or stay.is_left):
            reason = "answered" if stay.is_given else "overflowed"
            add(max(caller.ended_ms, stay.ended_ms), stay.queue, "", "over", reason)


class _Rings:
    """Phones that were rung for the caller."""

    def __init__(self, happened: Sequence[Happened]) -> None:
        self.began: dict[str, int] = {}
        self._ended: list[tuple[str, int, str, int]] = []
        seen: set[str] = set()
        self._bridged = {event.channel for _, event in happened if event.kind in _ENTERS}
        for at_ms, event in happened:
            if event.kind == "CHAN_START":
                self.began[event.channel] = at_ms
            elif event.kind in _ENDS and event.channel not in seen:
                seen.add(event.channel)
                self._ended.append((event.channel, at_ms, event.app, event.cause))

    def in_vain(self, stay: _Stay) -> list[tuple[str, int, int]]:
        """Channel, begin and end; one that was busy did not ring."""
        by = "AppQueue" if stay.app == "Queue" else "AppDial"
        return [
            (channel, self.began[channel], ended_ms)
            for channel, ended_ms, app, cause in self._ended
            if app == by
            and cause != _BUSY
            and channel not in self._bridged
            and not channel.endswith(";2")
            and channel in self.began
            and stay.begun_ms <= self.began[channel] <= (stay.answered_ms or stay.ended_ms)
        ]


def _ended_by(caller: _Caller, stay: _Stay, happened: Sequence[Happened]) -> str:
    """By who was first to leave the bridge for good."""
    left: dict[str, int] = {}
    for place, (at_ms, event) in enumerate(happened):
        if event.kind in _EXITS and (event.channel == stay.channel or at_ms <= stay.ended_ms):
            left[event.channel] = place
    if stay.channel not in left or caller.channel not in left:
        return "complete"
    return "COMPLETECALLER" if left[caller.channel] < left[stay.channel] else "COMPLETEAGENT"
