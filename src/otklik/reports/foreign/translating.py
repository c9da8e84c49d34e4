"""Rows of a queue_log -> events of the engine's kind, so that all facts follow as from a live centre. Pure.

What the log tells only afterwards is put where it happened: CONNECT names how long the phone had rung, so the
offer stands that much earlier; a caller who leaves a queue has ended there unless he enters another one soon.
So events are held back for `hold` of the log's own time and come out in the order of their moments. `flush`
gives out what is certain at the end of a file; what is not stays open and goes on with the next file.

What the log does not tell is not made up: there is no hold and no wrap-up in it. An agent who never logged in
(a static one) counts as signed in from his first ring to the end of his last call, with pauses longer than
`hold` left out. Calls that Asterisk's start, or the log's cut, left without an end are ended `adopted_lost`
and marked as estimated.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush

import msgspec

from otklik.acd import events as acd
from otklik.acd.model import (
    Channel,
    Direction,
    EndedBy,
    EndReason,
    OverflowTo,
    OverflowWhen,
    QueueingCause,
    QueueRules,
    Why,
    WithdrawalCause,
)
from otklik.reports.foreign.memory import (
    NOBODY,
    Call,
    Gone,
    Held,
    Known,
    Memory,
    Rules,
    Tally,
    Told,
    number_of,
)
from otklik.reports.foreign.presence import Presence
from otklik.reports.foreign.rows import Row, Unread
from otklik.vocabulary.ids import (
    AgentId,
    InteractionId,
    Minter,
    NumberId,
    OfferId,
    PartyId,
    ProjectId,
    QueueId,
    SegmentId,
)
from otklik.vocabulary.messages import Event
from otklik.vocabulary.time import duration_ms, from_ms

HOLD = timedelta(hours=1)
STALE_MS = 4 * 3_600_000
"""A call without a word for so long has lost its end: the log was cut, or Asterisk was killed."""

SETTLED_MS = 120_000
"""A phone rings for less."""

ARRIVALS = ("ENTERQUEUE", "passed")
"""Rows that name the caller's number, as their second fact."""

PROJECT = ProjectId(1)
NUMBERS_KEPT = 10_000
MS = 1000


_ENDED_BY = {"COMPLETEAGENT": EndedBy.AGENT, "COMPLETECALLER": EndedBy.CUSTOMER}


class Translator:
    """`feed` rows in their order, `flush` at the end of a file; both give events in the order of time."""

    def __init__(
        self,
        memory: Memory | None = None,
        *,
        rules: Rules | None = None,
        hold: timedelta = HOLD,
        is_whole: bool = False,
    ) -> None:
        """is_whole: calls are told when they are over, so none has lost its end."""
        self.memory = memory or Memory()
        self.tally = Tally()
        self.new_names: list[tuple[str, str, int]] = []
        self._rules = rules or Rules()
        self._hold_ms = duration_ms(hold)
        self._is_whole = is_whole
        self._held: list[tuple[int, int, Held]] = []
        self._ids = Minter()
        self._ids.resume(self.memory.last_id)
        self._offers = Minter(1)
        self._offers.resume(self.memory.last_offer_id)
        self._parties: Mapping[str, PartyId] = {}
        self._swept_ms = 0
        self._presence = Presence(self.memory, self._at, self._keep, self._named, self._queue)
        self._acts: dict[str, Callable[[Row], str]] = {
            "ENTERQUEUE": self._enter,
            "CONNECT": self._connect,
            "RINGNOANSWER": self._ring_out,
            "RINGCANCELED": self._ring_out,
            "AGENTDUMP": self._dump,
            "COMPLETECALLER": self._complete,
            "COMPLETEAGENT": self._complete,
            "TRANSFER": self._transfer,
            "BLINDTRANSFER": self._transfer,
            "ATTENDEDTRANSFER": self._transfer,
            "ABANDON": self._abandon,
            "EXITWITHTIMEOUT": self._leave,
            "EXITWITHKEY": self._leave,
            "EXITEMPTY": self._leave,
            "SYSCOMPAT": self._fail,
            "QUEUESTART": self._restart,
            "ADDMEMBER": self._presence.join,
            "AGENTLOGIN": self._presence.log_in,
            "AGENTCALLBACKLOGIN": self._presence.log_in,
            "REMOVEMEMBER": self._presence.part,
            "AGENTLOGOFF": self._presence.log_off,
            "AGENTCALLBACKLOGOFF": self._presence.log_off,
            "PAUSE": self._presence.pause,
            "PAUSEALL": self._presence.pause,
            "UNPAUSE": self._presence.unpause,
            "UNPAUSEALL": self._presence.unpause,
            "DID": self._note_number,
            # Of call records only: no row of a log is written small.
            "passed": self._pass,
            "complete": self._complete,
            "left": self._leave,
            "over": self._finish,
        }

    @property
    def unfinished(self) -> int:
        """Callers of whom the log has not told the end."""
        return len(self.memory.calls)

    def feed(self, rows: Iterable[Row], parties: Mapping[str, PartyId]) -> tuple[list[Event], list[Unread]]:
        """What has certainly happened by now, and the rows that fit nothing.

        parties: of every caller's number as written in these rows' ENTERQUEUE.
        """
        self._parties = parties
        refused: list[Unread] = []
        memory = self.memory
        for row in rows:
            memory.last_ms = max(memory.last_ms, row.at_ms)
            act = self._acts.get(row.event)
            if act is None:
                self.tally.ignored_lines += 1
                continue
            if row.queue in self._rules.same_queues:
                row = row._replace(queue=self._rules.same_queues[row.queue])
            trouble = act(row)
            if trouble:
                refused.append(Unread(row.line, trouble, row.text))
        if memory.last_ms - self._swept_ms >= self._hold_ms:
            self._sweep()
        return self._give(memory.last_ms - self._hold_ms), refused

    def flush(self) -> list[Event]:
        """Everything up to the last row, but what a later row may still change."""
        return self._give(self.memory.last_ms, only_certain=True)

    def settle(self, now_ms: int) -> list[Event]:
        """Of a log that is followed as it is written: what no later row will put earlier, without waiting for
        the whole of `hold`. Only a ring of more than `SETTLED_MS` would lose its beginning."""
        return self._give(now_ms - self._hold_ms) + self._give(now_ms - SETTLED_MS, only_certain=True)

    def held_back(self) -> list[tuple[int, int, Held]]:
        """What is neither given out nor dropped; with `memory` it is the whole state."""
        return self._held

    def go_on(self, held: list[tuple[int, int, Held]]) -> None:
        """Take up what another translator held back."""
        self._held = held
        heapify(self._held)

    # --- giving out

    def _at(self, at_ms: int, event: Told) -> None:
        self._keep(at_ms, Held(event))

    def _keep(self, at_ms: int, held: Held) -> None:
        self.memory.place += 1
        heappush(self._held, (at_ms, self.memory.place, held))

    def _give(self, until_ms: int, *, only_certain: bool = False) -> list[Event]:
        memory, held = self.memory, self._held
        given: list[Event] = []
        kept: list[tuple[int, int, Held]] = []
        while held and held[0][0] <= until_ms:
            item = heappop(held)
            at_ms, _, one = item
            if one.event is None and only_certain:
                kept.append(item)
                continue
            at_ms = max(at_ms, memory.given_ms)
            if one.event is not None:
                event = one.event
                given.append(event if at_ms == item[0] else msgspec.structs.replace(event, at=from_ms(at_ms)))
            elif one.call:
                given += self._end_between(one, at_ms)
            else:
                given += self._sign_out_implied(one, at_ms)
            memory.given_ms = at_ms
        for item in kept:
            heappush(held, item)
        memory.last_id, memory.last_offer_id = self._ids.last, self._offers.last
        return given

    def _end_between(self, held: Held, at_ms: int) -> list[Event]:
        call = self.memory.calls.get(held.call)
        if call is None or call.phase != "between" or call.turn != held.turn:
            return []
        self._forget(call, at_ms)
        return [
            acd.InteractionEnded(
                at=from_ms(at_ms),
                interaction_id=InteractionId(call.interaction_id),
                reason=EndReason(held.reason),
                by=EndedBy.SYSTEM,
                is_estimated=True,
            )
        ]

    def _sign_out_implied(self, held: Held, at_ms: int) -> list[Event]:
        who = self.memory.agents[held.agent]
        if not who.is_implied or who.turn != held.turn or who.calls:
            return []
        who.is_signed_in = who.is_implied = False
        return [acd.AgentSignedOut(at=from_ms(at_ms), agent_id=AgentId(who.agent_id))]

    def _sweep(self) -> None:
        """Calls that lost their end, and what need not be remembered any more."""
        memory, now_ms = self.memory, self.memory.last_ms
        self._swept_ms = now_ms
        memory.gone = {
            key: gone for key, gone in memory.gone.items() if gone.ended_ms > now_ms - self._hold_ms
        }
        for call in list(memory.calls.values()):
            # Who is between two queues ends by what is held back, however long this batch of rows is.
            if not self._is_whole and call.phase != "between" and call.told_ms < now_ms - STALE_MS:
                self._lose(call, now_ms)

    # --- names

    def _named(self, kind: str, name: str) -> int:
        names = self.memory.names.setdefault(kind, {})
        identity = names.get(name)
        if identity is None:
            identity = names[name] = len(names) + 1
            self.new_names.append((kind, name, identity))
        return identity

    def _queue(self, name: str, at_ms: int) -> QueueId:
        is_new = name not in self.memory.configured
        queue_id = QueueId(self._named("queue", name))
        if is_new:
            self.memory.configured.add(name)
            limits = self._rules.limits_of(name)
            rules = QueueRules(
                queue_id=queue_id,
                project_id=PROJECT,
                name=name,
                wrap_up=timedelta(),
                service_threshold=limits.service_threshold,
                service_target=limits.service_target,
                short_abandon=limits.short_abandon,
            )
            self._at(at_ms, acd.QueueConfigured(at=from_ms(at_ms), queue=rules))
        return queue_id

    # --- callers

    def _note_number(self, row: Row) -> str:
        """The number that was called; written before the queue is entered."""
        numbers = self.memory.numbers
        if row.facts and row.facts[0]:
            if len(numbers) >= NUMBERS_KEPT:
                del numbers[next(iter(numbers))]
            numbers[row.call] = self._named("number", row.facts[0])
        return ""

    def _enter(self, row: Row) -> str:
        if row.call in NOBODY:
            return "no_call"
        if row.queue in NOBODY:
            return "no_queue"
        at = from_ms(row.at_ms)
        queue_id = self._queue(row.queue, row.at_ms)
        call = self.memory.calls.get(row.call)
        cause = QueueingCause.ARRIVED
        if call is None:
            call = self._arrive(row, at)
        elif call.phase == "talking":
            cause = QueueingCause.TRANSFERRED
            # Two threads of Asterisk write these: the row of the transfer may come after this one, or never.
            call.left = call.agent
            self._hand_over(call, row.at_ms)
        else:
            cause = QueueingCause.OVERFLOWED if not call.agent else QueueingCause.TRANSFERRED
        call.phase, call.turn, call.agent = "waiting", call.turn + 1, ""
        call.queue_id = queue_id
        call.entered_ms = call.told_ms = row.at_ms
        call.segment_id = self._ids.mint(at)
        self._at(row.at_ms, self._queued(call, at, cause))
        return ""

    def _arrive(self, row: Row, at: datetime) -> Call:
        facts = row.facts
        number = facts[1] if len(facts) > 1 else ""
        call = Call(
            key=row.call,
            interaction_id=self._ids.mint(at),
            party_id=self._parties.get(number, PartyId(0)),
            segment_id=0,
            queue_id=0,
            entered_ms=row.at_ms,
            told_ms=row.at_ms,
        )
        self.memory.calls[row.call] = call
        self.memory.gone.pop(row.call, None)
        self.tally.interactions += 1
        arrived = acd.InteractionArrived(
            at=at,
            interaction_id=InteractionId(call.interaction_id),
            channel=Channel.VOICE,
            direction=Direction.INBOUND,
            party_id=PartyId(call.party_id),
            number_id=NumberId(self.memory.numbers.pop(row.call, 0)),
            project_id=PROJECT,
        )
        self._at(row.at_ms, arrived)
        return call

    def _queued(self, call: Call, at: datetime, cause: QueueingCause) -> Told:
        return acd.InteractionQueued(
            at=at,
            interaction_id=InteractionId(call.interaction_id),
            segment_id=SegmentId(call.segment_id),
            queue_id=QueueId(call.queue_id),
            priority=0,
            queued_at=from_ms(call.entered_ms),
            cause=cause,
        )

    def _abandon(self, row: Row) -> str:
        call = self.memory.calls.get(row.call)
        if call is None:
            return "unknown_call"
        if call.phase != "waiting":
            return "not_waiting"
        self.tally.abandoned += 1
        waited = timedelta(milliseconds=row.at_ms - call.entered_ms)
        is_short = waited <= self._rules.limits_of(row.queue).short_abandon
        reason = EndReason.SHORT_ABANDONED if is_short else EndReason.ABANDONED
        self._end(call, row.at_ms, reason, EndedBy.CUSTOMER)
        return ""

    def _leave(self, row: Row) -> str:
        """Out of the queue by a rule of the dialplan: another queue may follow, or the end."""
        if self._rules.counts_as(row.event, "abandoned"):
            return self._abandon(row)
        call = self.memory.calls.get(row.call)
        if call is None:
            return "unknown_call"
        if call.phase != "waiting":
            return "not_waiting"
        when = OverflowWhen.NOBODY if row.event == "EXITEMPTY" else OverflowWhen.WAITED
        if row.event == "EXITWITHTIMEOUT":
            self.tally.timed_out += 1
        else:
            self.tally.left_otherwise += 1
        left = acd.InteractionOverflowed(
            at=from_ms(row.at_ms),
            interaction_id=InteractionId(call.interaction_id),
            segment_id=SegmentId(call.segment_id),
            queue_id=QueueId(call.queue_id),
            rule=row.event.lower(),
            when=when,
            to=OverflowTo.NODE,
            waited=timedelta(milliseconds=row.at_ms - call.entered_ms),
            deadline=from_ms(row.at_ms + self._hold_ms),
        )
        self._at(row.at_ms, left)
        self._go_between(call, row.at_ms, EndReason.OVERFLOWED)
        return ""

    def _pass(self, row: Row) -> str:
        """Came and goes without a queue: what a menu said was enough, or nobody was asked."""
        self._arrive(row, from_ms(row.at_ms)).phase = "between"
        return ""

    def _finish(self, row: Row) -> str:
        """The end of one who passed by, had left his last queue, or had been given away."""
        call = self.memory.calls.get(row.call)
        if call is None:
            return "" if row.call in self.memory.gone else "unknown_call"
        self._end(call, row.at_ms, EndReason(row.facts[0]), EndedBy.SYSTEM)
        return ""

    def _go_between(self, call: Call, at_ms: int, reason: EndReason) -> None:
        call.phase, call.turn, call.told_ms = "between", call.turn + 1, at_ms
        self._keep(at_ms, Held(call=call.key, turn=call.turn, reason=reason.value))

    def _fail(self, row: Row) -> str:
        """Answered, and dropped at once: the two sides have no sound in common."""
        call = self.memory.calls.get(row.call)
        if call is None:
            return "unknown_call"
        self.tally.left_otherwise += call.phase == "waiting"
        self._end(call, row.at_ms, EndReason.MEDIA_FAILED, EndedBy.SYSTEM)
        return ""

    def _end(
        self, call: Call, at_ms: int, reason: EndReason, by: EndedBy, *, is_estimated: bool = False
    ) -> None:
        ended = acd.InteractionEnded(
            at=from_ms(at_ms),
            interaction_id=InteractionId(call.interaction_id),
            reason=reason,
            by=by,
            segment_id=SegmentId(call.segment_id),
            queue_id=QueueId(call.queue_id),
            agent_id=AgentId(self.memory.agents[call.agent].agent_id if call.phase == "talking" else 0),
            is_estimated=is_estimated,
        )
        self._at(at_ms, ended)
        if call.phase == "talking":
            self._presence.free(call.agent, at_ms)
        self._forget(call, at_ms)

    def _forget(self, call: Call, at_ms: int) -> None:
        del self.memory.calls[call.key]
        self.memory.gone[call.key] = Gone(
            call.interaction_id, call.segment_id, call.queue_id, call.entered_ms, at_ms, call.left
        )

    def _lose(self, call: Call, at_ms: int) -> None:
        self.tally.lost += 1
        self._end(call, at_ms, EndReason.ADOPTED_LOST, EndedBy.SYSTEM, is_estimated=True)

    def _restart(self, row: Row) -> str:
        """Asterisk started: whoever was there has been cut off, at the latest now."""
        for call in list(self.memory.calls.values()):
            if call.phase != "between":
                self._lose(call, row.at_ms)
        return ""

    # --- rings and talks

    def _connect(self, row: Row) -> str:
        call = self.memory.calls.get(row.call)
        if call is None:
            return "unknown_call"
        if call.phase != "waiting":
            return "not_waiting"
        if row.agent in NOBODY:
            return "no_agent"
        at = from_ms(row.at_ms)
        # The third came with Asterisk 1.8, in seconds.
        offer_id = self._offer(row, call, number_of(row.facts, 2) * MS)
        key = self.memory.agent_of(row.agent)
        who = self.memory.agents[key]
        interaction_id, agent_id = InteractionId(call.interaction_id), AgentId(who.agent_id)
        self._at(
            row.at_ms,
            acd.OfferAccepted(
                at=at, offer_id=offer_id, interaction_id=interaction_id, agent_id=agent_id, deadline=at
            ),
        )
        self._at(
            row.at_ms,
            acd.InteractionConnected(
                at=at,
                interaction_id=interaction_id,
                segment_id=SegmentId(call.segment_id),
                queue_id=QueueId(call.queue_id),
                agent_id=agent_id,
            ),
        )
        self.tally.answered += 1
        who.calls += 1
        call.phase, call.agent, call.told_ms = "talking", key, row.at_ms
        return ""

    def _offer(self, row: Row, call: Call | Gone, ring_ms: int) -> OfferId:
        """The phone began to ring so long before the row; never before the caller came, nor while the agent
        talked (whole seconds round both ways)."""
        start_ms = max(row.at_ms - ring_ms, call.entered_ms)
        before = self.memory.agents.get(self.memory.agent_of(row.agent))
        if before is not None and not before.calls:
            start_ms = max(start_ms, before.free_ms)
        start_ms = min(start_ms, row.at_ms)
        who = self._presence.present(row.agent, start_ms)
        at = from_ms(start_ms)
        offer_id = OfferId(self._offers.mint(at))
        made = acd.OfferMade(
            at=at,
            offer_id=offer_id,
            interaction_id=InteractionId(call.interaction_id),
            segment_id=SegmentId(call.segment_id),
            queue_id=QueueId(call.queue_id),
            agent_id=AgentId(who.agent_id),
            expires_at=from_ms(row.at_ms),
            why=Why(),
        )
        self._at(start_ms, made)
        return offer_id

    def _ring_out(self, row: Row) -> str:
        if row.agent in NOBODY:
            return "no_agent"
        call = self.memory.calls.get(row.call)
        gone = self.memory.gone.get(row.call) if call is None else None
        rung = call or gone
        if rung is None:
            return "unknown_call"
        at = from_ms(row.at_ms)
        offer_id = self._offer(row, rung, number_of(row.facts, 0))
        who = self.memory.agents[self.memory.agent_of(row.agent)]
        interaction_id, agent_id = InteractionId(rung.interaction_id), AgentId(who.agent_id)
        if gone is not None or row.event == "RINGCANCELED":
            self._at(
                row.at_ms,
                acd.OfferWithdrawn(
                    at=at,
                    offer_id=offer_id,
                    interaction_id=interaction_id,
                    agent_id=agent_id,
                    cause=WithdrawalCause.CUSTOMER_LEFT,
                ),
            )
        else:
            self._at(
                row.at_ms,
                acd.OfferExpired(at=at, offer_id=offer_id, interaction_id=interaction_id, agent_id=agent_id),
            )
        self._ring_over(row, call, who)
        return ""

    def _dump(self, row: Row) -> str:
        """Hung up while he heard the announcement: the caller waits on."""
        call = self.memory.calls.get(row.call)
        if call is None:
            return "unknown_call"
        if call.phase != "waiting" or row.agent in NOBODY:
            return "not_waiting"
        offer_id = self._offer(row, call, 0)
        who = self.memory.agents[self.memory.agent_of(row.agent)]
        declined = acd.OfferDeclined(
            at=from_ms(row.at_ms),
            offer_id=offer_id,
            interaction_id=InteractionId(call.interaction_id),
            agent_id=AgentId(who.agent_id),
        )
        self._at(row.at_ms, declined)
        self._ring_over(row, call, who)
        return ""

    def _ring_over(self, row: Row, call: Call | None, who: Known) -> None:
        if call is not None and call.phase == "waiting":
            call.told_ms = row.at_ms
            self._at(row.at_ms, self._queued(call, from_ms(row.at_ms), QueueingCause.OFFER_ENDED))
        if not who.calls:
            self._presence.settle(self.memory.agent_of(row.agent), who, row.at_ms, "missed_offer")

    def _is_told(self, row: Row) -> bool:
        """The end of a talk that is known already: the caller entered the next queue a line before."""
        call = self.memory.calls.get(row.call) or self.memory.gone.get(row.call)
        if call is None or not call.left or call.left != self.memory.agent_of(row.agent):
            return False
        if isinstance(call, Call) and call.phase == "talking" and call.agent == call.left:
            return False
        call.left = ""
        return True

    def _complete(self, row: Row) -> str:
        if self._is_told(row):
            return ""
        call = self.memory.calls.get(row.call)
        if call is None:
            return "unknown_call"
        if call.phase != "talking":
            return "not_talking"
        by = _ENDED_BY.get(row.event, EndedBy.SYSTEM)
        self._end(call, row.at_ms, EndReason.ANSWERED, by)
        return ""

    def _transfer(self, row: Row) -> str:
        """He gave the caller away: into another queue, as a row of its own will tell, or out of sight."""
        if self._is_told(row):
            return ""
        call = self.memory.calls.get(row.call)
        if call is None:
            return "unknown_call"
        if call.phase != "talking":
            return "not_talking"
        if self._rules.counts_as("TRANSFER", "completed"):
            self._end(call, row.at_ms, EndReason.ANSWERED, EndedBy.AGENT)
            return ""
        self._hand_over(call, row.at_ms)
        self._go_between(call, row.at_ms, EndReason.ANSWERED)
        return ""

    def _hand_over(self, call: Call, at_ms: int) -> None:
        self.tally.transferred += 1
        handed = acd.SegmentHandedOver(
            at=from_ms(at_ms),
            interaction_id=InteractionId(call.interaction_id),
            segment_id=SegmentId(call.segment_id),
            agent_id=AgentId(self.memory.agents[call.agent].agent_id),
        )
        self._at(at_ms, handed)
        self._presence.free(call.agent, at_ms)
