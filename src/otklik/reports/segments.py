"""Event -> stays, counters and time lines: the facts. Pure; `fold` is all there is.

A segment is one stay of an interaction in one queue, or with one agent directly (a call that an agent makes).
A stay belongs to the slot in which it **began**, whatever happens later: a late answer changes the row that
everyone reads. Flags follow the queue's rules in force when it began; a later change of a setting rewrites
nothing.

Of a stay in a queue: offered = answered + abandoned + overflow + open, always. Its times (ring, talk, hold,
wrap-up) are added to the counters together, when the stay is final, so that a mean is never taken of halves.
Calls that agents make have no flag of a queue: they are found by their times and by the agent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from otklik.acd import events as acd
from otklik.acd.model import Channel, EndReason
from otklik.journal.record import Record
from otklik.reports import codes
from otklik.reports.facts import (
    QSLOT_SUMS,
    AgentChange,
    FactChanges,
    InteractionFact,
    OfferFact,
    QueueChange,
    Segment,
)
from otklik.reports.tracking import InteractionTrack, Places, QueueTrack, Tracking, pieces_by_slot
from otklik.vocabulary.ids import SELF_TEST_PROJECT
from otklik.vocabulary.messages import Event
from otklik.vocabulary.time import SLOT_MS, duration_ms, to_ms


@dataclass(slots=True)
class Memory:
    """The fold's open state.

    current: the stay of an interaction that goes on. wrapping: the segment that an agent is writing up.
    ended: those whose wrap-up may follow, at the same moment only (`ended_ms`).
    """

    places: Places = field(default_factory=Places)
    segments: dict[int, Segment] = field(default_factory=dict)
    interactions: dict[int, InteractionFact] = field(default_factory=dict)
    offers: dict[int, OfferFact] = field(default_factory=dict)
    current: dict[int, int] = field(default_factory=dict)
    wrapping: dict[int, int] = field(default_factory=dict)
    ended: list[int] = field(default_factory=list)
    ended_ms: int = 0


_AT = {name: place for place, name in enumerate(QSLOT_SUMS)}


class SegmentFold:
    """Pure: `fold` takes records in order and gives what to write, the same whatever the size of batches."""

    def __init__(self) -> None:
        self._tracking = Tracking()
        self._memory = Memory()
        self._changes = FactChanges()
        self._acts: dict[type[Event], Callable[[Any, int, int], None]] = {
            acd.QueueConfigured: self._configure_queue,
            acd.QueueRemoved: self._remove_queue,
            acd.InteractionArrived: self._arrive,
            acd.InteractionQueued: self._queue,
            acd.OfferMade: self._make_offer,
            acd.OfferAccepted: self._accept_offer,
            acd.OfferDeclined: self._decline_offer,
            acd.OfferExpired: self._expire_offer,
            acd.OfferWithdrawn: self._withdraw_offer,
            acd.ConnectionFailed: self._fail_connection,
            acd.InteractionConnected: self._connect,
            acd.InteractionHeld: self._hold,
            acd.InteractionResumed: self._talk_again,
            acd.ReconnectionStarted: self._hold,
            acd.ReconnectionSucceeded: self._talk_again,
            acd.ReconnectionFailed: self._fail_reconnection,
            acd.SegmentHandedOver: self._hand_over,
            acd.InteractionEnded: self._end,
            acd.WrapUpStarted: self._start_wrap_up,
            acd.WrapUpEnded: self._end_wrap_up,
            acd.AgentMadeReady: self._free_agent,
            acd.AgentMadeNotReady: self._free_agent,
            acd.AgentSignedOut: self._free_agent,
            acd.AgentRemoved: self._free_agent,
            acd.ManualInteractionStarted: self._start_manual,
            acd.TransferStarted: self._start_transfer,
            acd.ConsultStarted: self._start_consult,
            acd.InternalCallStarted: self._start_internal,
            acd.DialingStarted: self._dial,
            acd.FlowResumed: self._resume_flow,
            acd.InteractionForwarded: self._forward,
            acd.TransferCompleted: self._complete_transfer,
            acd.InteractionOverflowed: self._overflow,
            acd.CallbackPromised: self._promise,
            acd.CallbackScheduled: self._schedule,
            acd.CallbackAttemptFailed: self._fail_attempt,
            acd.CallbackRescheduled: self._reschedule,
        }

    def fold(self, records: Sequence[Record]) -> FactChanges | None:
        """What these records change; None if nothing."""
        self._changes = changes = FactChanges()
        for record in records:
            self._fold_one(record)
            changes.seq = record.seq
        return None if changes.is_empty() else changes

    def snapshot(self) -> bytes:
        self._memory.places = self._tracking.places
        return msgspec.msgpack.encode(self._memory)

    def restore(self, snapshot: bytes | None) -> None:
        self._memory = msgspec.msgpack.decode(snapshot, type=Memory) if snapshot is not None else Memory()
        self._tracking.restore(self._memory.places)

    def _fold_one(self, record: Record) -> None:
        at_ms = to_ms(record.at)
        memory = self._memory
        if memory.ended and at_ms > memory.ended_ms:
            # No wrap-up followed at the same moment: there is none.
            for segment_id in memory.ended:
                self._finish(memory.segments[segment_id], record.seq)
            memory.ended.clear()
        event, tracking = record.event, self._tracking
        tracking.apply(event, at_ms)
        act = self._acts.get(type(event))
        if act is not None:
            act(event, at_ms, record.seq)
        if tracking.pieces or tracking.states or tracking.phases:
            self._count_agents(record.seq)

    # --- agents' time and phases

    def _count_agents(self, seq: int) -> None:
        changes = self._changes
        for piece in self._tracking.pieces:
            begins = piece.begins
            for slot, ms in pieces_by_slot(piece.start_ms, piece.stop_ms):
                key = (slot, piece.agent_id, piece.queue_id, piece.state, piece.reason, piece.project_id)
                change = changes.agent_slot.get(key)
                if change is None:
                    change = changes.agent_slot[key] = AgentChange()
                change.ms += ms
                change.n += begins
                begins = False
        for state in self._tracking.states:
            changes.agent_state.append((state, seq))
        for phase in self._tracking.phases:
            changes.phases.append(
                (
                    phase.interaction_id,
                    seq,
                    phase.phase,
                    phase.owner,
                    phase.segment_id,
                    phase.start_ms,
                    phase.stop_ms,
                )
            )

    # --- the counters of queues

    def _add(self, segment: Segment, **sums: int) -> None:
        """Add to the counters of the slot in which the stay began; stays without a queue have none."""
        if not segment.offered or segment.project_id == SELF_TEST_PROJECT:
            return
        key = (segment.slot, segment.queue_id, segment.channel)
        change = self._changes.qslot.get(key)
        if change is None:
            change = self._changes.qslot[key] = QueueChange(segment.project_id)
        for name, value in sums.items():
            change.sums[_AT[name]] += value
        change.max_wait_ms = max(change.max_wait_ms, segment.wait_ms)

    # --- configuration

    def _configure_queue(self, event: acd.QueueConfigured, at_ms: int, seq: int) -> None:
        rules = event.queue
        self._changes.queue_rules.append(
            (
                rules.queue_id,
                seq,
                at_ms,
                rules.project_id,
                rules.name,
                duration_ms(rules.service_threshold),
                round(rules.service_target * 1_000_000),
                duration_ms(rules.short_abandon),
                0,
            )
        )

    def _remove_queue(self, event: acd.QueueRemoved, at_ms: int, seq: int) -> None:
        queue = self._tracking.places.queues.get(event.queue_id)
        project_id = queue.project_id if queue is not None else 0
        self._changes.queue_rules.append((event.queue_id, seq, at_ms, project_id, "", 0, 0, 0, 1))

    # --- interactions

    def _interaction(self, interaction_id: int, seq: int) -> InteractionFact | None:
        fact = self._memory.interactions.get(interaction_id)
        if fact is not None:
            fact.seq = seq
            self._changes.interactions[interaction_id] = fact
        return fact

    def _arrive(self, event: acd.InteractionArrived, at_ms: int, seq: int) -> None:
        fact = InteractionFact(
            interaction_id=event.interaction_id,
            project_id=event.project_id,
            channel=codes.CHANNELS[event.channel],
            direction=codes.DIRECTIONS[event.direction],
            customer_id=event.party_id,
            number_id=event.number_id,
            start_ms=at_ms,
            seq=seq,
        )
        self._memory.interactions[event.interaction_id] = fact
        self._changes.interactions[event.interaction_id] = fact

    def _start_manual(self, event: acd.ManualInteractionStarted, at_ms: int, seq: int) -> None:
        fact = InteractionFact(
            interaction_id=event.interaction_id,
            project_id=event.project_id,
            channel=codes.CHANNELS[Channel.VOICE],
            direction=codes.OUTBOUND,
            customer_id=event.party_id,
            number_id=0,
            queue_id=event.queue_id,
            agent_id=event.agent_id,
            callback_of=event.callback_of,
            start_ms=at_ms,
            segments=1,
            seq=seq,
        )
        self._memory.interactions[event.interaction_id] = fact
        self._changes.interactions[event.interaction_id] = fact
        segment = Segment(
            slot=at_ms // SLOT_MS,
            segment_id=event.segment_id,
            interaction_id=event.interaction_id,
            project_id=event.project_id,
            queue_id=event.queue_id,
            agent_id=event.agent_id,
            customer_id=event.party_id,
            number_id=0,
            channel=codes.CHANNELS[Channel.VOICE],
            direction=codes.OUTBOUND,
            enter_ms=at_ms,
            ring_since_ms=at_ms,
            seq=seq,
        )
        self._keep(segment)

    def _keep(self, segment: Segment) -> None:
        self._memory.segments[segment.segment_id] = segment
        self._memory.current[segment.interaction_id] = segment.segment_id
        self._changes.open[segment.segment_id] = segment

    def _queue(self, event: acd.InteractionQueued, at_ms: int, seq: int) -> None:
        if event.segment_id in self._memory.segments:
            return
        track = self._tracking.places.interactions.get(event.interaction_id)
        if track is None:
            return
        before = self._current(event.interaction_id, seq)
        if before is not None and not before.answer_ms:
            # Out of one queue into another, without an answer: it left the first one by rule.
            self._leave(before, EndReason.OVERFLOWED, at_ms, seq)
        segment = self._begin(event, track, at_ms, seq)
        self._keep(segment)
        self._add(segment, offered=1)
        fact = self._interaction(event.interaction_id, seq)
        if fact is not None:
            fact.queue_id = event.queue_id
            fact.segments += 1
            fact.project_id = fact.project_id or segment.project_id

    def _overflow(self, event: acd.InteractionOverflowed, at_ms: int, seq: int) -> None:
        """It left the queue by a rule: counted here, once; another queue that follows offers it anew."""
        segment = self._open(event.segment_id, seq)
        if segment is not None and not segment.answer_ms:
            self._leave(segment, EndReason.OVERFLOWED, at_ms, seq)

    def _promise(self, event: acd.CallbackPromised, at_ms: int, seq: int) -> None:
        """The stay in the line ends as overflow; the promised call is a stay of its own."""
        before = self._current(event.interaction_id, seq)
        if before is not None and not before.answer_ms:
            self._leave(before, EndReason.CALLBACK_PROMISED, at_ms, seq)
        track = self._tracking.places.interactions.get(event.interaction_id)
        if track is not None:
            self._promised(event.segment_id, event.queue_id, track, at_ms, seq)

    def _schedule(self, event: acd.CallbackScheduled, at_ms: int, seq: int) -> None:
        fact = InteractionFact(
            interaction_id=event.interaction_id,
            project_id=event.project_id,
            channel=codes.CHANNELS[Channel.VOICE],
            direction=codes.OUTBOUND,
            customer_id=event.party_id,
            number_id=0,
            queue_id=event.queue_id,
            callback_of=event.callback_of,
            start_ms=at_ms,
            seq=seq,
        )
        self._memory.interactions[event.interaction_id] = fact
        self._changes.interactions[event.interaction_id] = fact
        track = self._tracking.places.interactions[event.interaction_id]
        self._promised(event.segment_id, event.queue_id, track, at_ms, seq)

    def _promised(
        self, segment_id: int, queue_id: int, track: InteractionTrack, at_ms: int, seq: int
    ) -> None:
        """A stay of a promised call: outbound, so no wait of its is a customer's on the line, and no counter
        of the queue's offers has it."""
        self._keep(
            Segment(
                slot=at_ms // SLOT_MS,
                segment_id=segment_id,
                interaction_id=track.interaction_id,
                project_id=self._tracking.project_of(queue_id, track),
                queue_id=queue_id,
                agent_id=0,
                customer_id=track.party_id,
                number_id=track.number_id,
                channel=track.channel,
                direction=codes.OUTBOUND,
                enter_ms=at_ms,
                seq=seq,
            )
        )
        fact = self._interaction(track.interaction_id, seq)
        if fact is not None:
            fact.queue_id = queue_id
            fact.segments += 1
            fact.project_id = fact.project_id or self._tracking.project_of(queue_id, track)

    def _fail_attempt(self, event: acd.CallbackAttemptFailed, at_ms: int, seq: int) -> None:
        segment = self._open(event.segment_id, seq)
        if segment is not None:
            segment.ring_since_ms = 0

    def _reschedule(self, event: acd.CallbackRescheduled, at_ms: int, seq: int) -> None:
        """In another queue it belongs to that one's outbound work."""
        segment = self._current(event.interaction_id, seq)
        if segment is not None and event.queue_id:
            segment.queue_id = event.queue_id

    def _begin(self, event: acd.InteractionQueued, track: InteractionTrack, at_ms: int, seq: int) -> Segment:
        queue = self._tracking.places.queues.get(event.queue_id) or QueueTrack(event.queue_id)
        return Segment(
            slot=at_ms // SLOT_MS,
            segment_id=event.segment_id,
            interaction_id=event.interaction_id,
            project_id=self._tracking.project_of(event.queue_id, track),
            queue_id=event.queue_id,
            agent_id=0,
            customer_id=track.party_id,
            number_id=track.number_id,
            channel=track.channel,
            direction=track.direction,
            enter_ms=at_ms,
            offered=1,
            threshold_ms=queue.service_threshold_ms,
            short_abandon_ms=queue.short_abandon_ms,
            seq=seq,
        )

    # --- talks that move between people

    def _start_transfer(self, event: acd.TransferStarted, at_ms: int, seq: int) -> None:
        track = self._tracking.places.interactions.get(event.interaction_id)
        if track is not None:
            self._stay(event.interaction_id, event.segment_id, track.queue_id, at_ms, seq)

    def _stay(self, interaction_id: int, segment_id: int, queue_id: int, at_ms: int, seq: int) -> Segment:
        """A stay with one agent directly: it is offered to no queue."""
        track = self._tracking.places.interactions[interaction_id]
        segment = Segment(
            slot=at_ms // SLOT_MS,
            segment_id=segment_id,
            interaction_id=interaction_id,
            project_id=self._tracking.project_of(queue_id, track),
            queue_id=queue_id,
            agent_id=0,
            customer_id=track.party_id,
            number_id=track.number_id,
            channel=track.channel,
            direction=track.direction,
            enter_ms=at_ms,
            seq=seq,
        )
        self._keep(segment)
        fact = self._interaction(interaction_id, seq)
        if fact is not None:
            fact.segments += 1
        return segment

    def _start_consult(self, event: acd.ConsultStarted, at_ms: int, seq: int) -> None:
        self._begin_internal(event.interaction_id, event.segment_id, event.project_id, at_ms, seq)

    def _start_internal(self, event: acd.InternalCallStarted, at_ms: int, seq: int) -> None:
        self._begin_internal(event.interaction_id, event.segment_id, 0, at_ms, seq)

    def _begin_internal(
        self, interaction_id: int, segment_id: int, project_id: int, at_ms: int, seq: int
    ) -> None:
        """A call between colleagues; one that seeks its agent in a queue begins its stay there."""
        fact = InteractionFact(
            interaction_id=interaction_id,
            project_id=project_id,
            channel=codes.CHANNELS[Channel.VOICE],
            direction=codes.INTERNAL,
            customer_id=0,
            number_id=0,
            start_ms=at_ms,
            seq=seq,
        )
        self._memory.interactions[interaction_id] = fact
        self._changes.interactions[interaction_id] = fact
        if segment_id:
            self._stay(interaction_id, segment_id, 0, at_ms, seq)

    def _dial(self, event: acd.DialingStarted, at_ms: int, seq: int) -> None:
        segment = self._current(event.interaction_id, seq)
        if segment is not None:
            segment.ring_since_ms = at_ms

    def _resume_flow(self, event: acd.FlowResumed, at_ms: int, seq: int) -> None:
        """The stay with the one to whom a flow sent him ends without an answer."""
        segment = self._open(event.segment_id, seq)
        if segment is not None and not segment.answer_ms:
            self._leave(segment, event.reason, at_ms, seq)

    def _forward(self, event: acd.InteractionForwarded, at_ms: int, seq: int) -> None:
        """What the customer says to a party outside is nobody's stay here."""
        segment = self._current(event.interaction_id, seq)
        if segment is not None and not segment.answer_ms:
            self._leave(segment, EndReason.ANSWERED, at_ms, seq)

    def _complete_transfer(self, event: acd.TransferCompleted, at_ms: int, seq: int) -> None:
        if event.interaction_id not in self._tracking.places.interactions:
            return
        segment = self._stay(event.interaction_id, event.segment_id, event.queue_id, at_ms, seq)
        segment.agent_id = event.agent_id
        segment.answer_ms = segment.talk_since_ms = at_ms
        fact = self._interaction(event.interaction_id, seq)
        if fact is not None:
            fact.agent_id = event.agent_id
            fact.queue_id = event.queue_id

    # --- offers

    def _make_offer(self, event: acd.OfferMade, at_ms: int, seq: int) -> None:
        segment = self._memory.segments.get(event.segment_id)
        if segment is not None:
            segment.ring_since_ms = at_ms
        track = self._tracking.places.interactions.get(event.interaction_id)
        offer = OfferFact(
            event.offer_id,
            at_ms // SLOT_MS,
            event.interaction_id,
            event.segment_id,
            event.queue_id,
            event.agent_id,
            self._tracking.project_of(event.queue_id, track),
            at_ms,
            0,
            codes.OFFER_OPEN,
            event.why,
        )
        self._memory.offers[event.offer_id] = offer
        self._changes.offers[event.offer_id] = offer

    def _accept_offer(self, event: acd.OfferAccepted, at_ms: int, seq: int) -> None:
        self._end_offer(event.offer_id, at_ms, codes.OFFER_ACCEPTED)

    def _decline_offer(self, event: acd.OfferDeclined, at_ms: int, seq: int) -> None:
        self._end_offer(event.offer_id, at_ms, codes.OFFER_DECLINED)

    def _expire_offer(self, event: acd.OfferExpired, at_ms: int, seq: int) -> None:
        self._end_offer(event.offer_id, at_ms, codes.OFFER_EXPIRED)

    def _withdraw_offer(self, event: acd.OfferWithdrawn, at_ms: int, seq: int) -> None:
        self._end_offer(event.offer_id, at_ms, codes.OFFER_WITHDRAWN[event.cause])

    def _end_offer(self, offer_id: int, at_ms: int, outcome: int) -> None:
        offer = self._memory.offers.pop(offer_id, None)
        if offer is None:
            return
        self._changes.offers[offer_id] = offer._replace(ended_ms=at_ms, outcome=outcome)
        segment = self._memory.segments.get(offer.segment_id)
        if segment is not None and outcome != codes.OFFER_ACCEPTED:
            segment.ring_since_ms = 0

    def _fail_connection(self, event: acd.ConnectionFailed, at_ms: int, seq: int) -> None:
        segment = self._current(event.interaction_id, seq)
        if segment is not None:
            segment.ring_since_ms = 0

    # --- the talk

    def _open(self, segment_id: int, seq: int) -> Segment | None:
        segment = self._memory.segments.get(segment_id)
        if segment is not None:
            segment.seq = seq
            self._changes.open[segment_id] = segment
        return segment

    def _current(self, interaction_id: int, seq: int) -> Segment | None:
        """The stay of an interaction that goes on; about to change."""
        return self._open(self._memory.current.get(interaction_id, 0), seq)

    def _talking(self, interaction_id: int, agent_id: int, seq: int) -> Segment | None:
        """The same if that agent has it."""
        segment = self._current(interaction_id, seq)
        return segment if segment is not None and segment.answer_ms and segment.agent_id == agent_id else None

    def _connect(self, event: acd.InteractionConnected, at_ms: int, seq: int) -> None:
        segment = self._open(event.segment_id, seq)
        if segment is None or segment.answer_ms:
            return
        segment.agent_id = event.agent_id
        segment.answer_ms = segment.talk_since_ms = at_ms
        if segment.ring_since_ms:
            segment.ring_ms = at_ms - segment.ring_since_ms
            segment.ring_since_ms = 0
        # Nobody waits on the line for a call that we make, but for the one who dials.
        segment.wait_ms = at_ms - segment.enter_ms if segment.offered else segment.ring_ms
        if segment.offered:
            segment.answered = 1
            segment.in_sl = int(segment.wait_ms <= segment.threshold_ms)
            self._add(segment, answered=1, in_sl=segment.in_sl, wait_ms=segment.wait_ms)
        fact = self._interaction(event.interaction_id, seq)
        if fact is not None:
            fact.agent_id = event.agent_id
            fact.answer_ms = fact.answer_ms or at_ms
            fact.wait_ms += segment.wait_ms

    def _hold(self, event: acd.InteractionHeld | acd.ReconnectionStarted, at_ms: int, seq: int) -> None:
        self._turn(event.interaction_id, event.agent_id, at_ms, seq, is_held=True)

    def _talk_again(
        self, event: acd.InteractionResumed | acd.ReconnectionSucceeded, at_ms: int, seq: int
    ) -> None:
        self._turn(event.interaction_id, event.agent_id, at_ms, seq, is_held=False)

    def _turn(self, interaction_id: int, agent_id: int, at_ms: int, seq: int, *, is_held: bool) -> None:
        segment = self._talking(interaction_id, agent_id, seq)
        if segment is not None:
            _stop_talk(segment, at_ms)
            segment.talk_since_ms = at_ms
            segment.is_held = is_held

    def _fail_reconnection(self, event: acd.ReconnectionFailed, at_ms: int, seq: int) -> None:
        segment = self._talking(event.interaction_id, event.agent_id, seq)
        if segment is not None:
            self._end_talk(segment, at_ms, seq)
            self._finish(segment, seq)

    def _hand_over(self, event: acd.SegmentHandedOver, at_ms: int, seq: int) -> None:
        segment = self._talking(event.interaction_id, event.agent_id, seq)
        if segment is not None:
            segment.transferred = 1
            self._add(segment, transferred=1)
            self._end_talk(segment, at_ms, seq)
            self._await_wrap_up(segment, at_ms)

    def _end_talk(self, segment: Segment, at_ms: int, seq: int) -> None:
        _stop_talk(segment, at_ms)
        segment.talk_since_ms = 0
        segment.end_ms = at_ms
        segment.outcome = codes.OUTCOMES[EndReason.ANSWERED]
        self._memory.current.pop(segment.interaction_id, None)
        fact = self._interaction(segment.interaction_id, seq)
        if fact is not None:
            fact.talk_ms += segment.talk_ms
            fact.hold_ms += segment.hold_ms

    def _end(self, event: acd.InteractionEnded, at_ms: int, seq: int) -> None:
        segment = self._current(event.interaction_id, seq)
        if segment is not None and segment.answer_ms:
            self._end_talk(segment, at_ms, seq)
            segment.outcome = codes.OUTCOMES[event.reason]
            self._await_wrap_up(segment, at_ms)
        elif segment is not None:
            self._leave(segment, event.reason, at_ms, seq)
        fact = self._interaction(event.interaction_id, seq)
        if fact is not None:
            fact.end_ms = at_ms
            fact.outcome = codes.OUTCOMES[event.reason]
            fact.ended_by = codes.ENDED_BY[event.by]
            fact.is_estimated = int(event.is_estimated)
            del self._memory.interactions[event.interaction_id]

    def _leave(self, segment: Segment, reason: EndReason, at_ms: int, seq: int) -> None:
        """A stay ends without an answer; it is final at once."""
        self._memory.current.pop(segment.interaction_id, None)
        segment.end_ms = at_ms
        rang_ms = at_ms - segment.ring_since_ms if segment.ring_since_ms else 0
        segment.wait_ms = at_ms - segment.enter_ms if segment.offered else rang_ms
        segment.outcome = codes.OUTCOMES[reason]
        fact = self._interaction(segment.interaction_id, seq)
        if fact is not None:
            fact.wait_ms += segment.wait_ms
        if segment.offered and reason in codes.LEFT_BY_RULE:
            segment.overflow = 1
            self._add(segment, overflow=1)
        elif segment.offered:
            segment.abandoned = 1
            if reason in (EndReason.ABANDONED, EndReason.SHORT_ABANDONED):
                segment.short_ab = int(segment.wait_ms <= segment.short_abandon_ms)
                segment.aband_in_t = int(segment.wait_ms <= segment.threshold_ms)
            self._add(
                segment,
                abandoned=1,
                short_ab=segment.short_ab,
                aband_in_t=segment.aband_in_t,
                aband_ms=segment.wait_ms,
            )
        else:
            segment.ring_ms = segment.wait_ms
        self._finish(segment, seq)

    # --- after the talk

    def _await_wrap_up(self, segment: Segment, at_ms: int) -> None:
        self._memory.ended.append(segment.segment_id)
        self._memory.ended_ms = at_ms

    def _start_wrap_up(self, event: acd.WrapUpStarted, at_ms: int, seq: int) -> None:
        segment = self._open(event.segment_id, seq)
        if segment is None or event.segment_id not in self._memory.ended:
            return
        self._memory.ended.remove(event.segment_id)
        segment.wrap_since_ms = at_ms
        self._memory.wrapping[event.agent_id] = event.segment_id

    def _end_wrap_up(self, event: acd.WrapUpEnded, at_ms: int, seq: int) -> None:
        self._stop_wrap_up(event.agent_id, at_ms, seq)

    def _free_agent(
        self,
        event: acd.AgentMadeReady | acd.AgentMadeNotReady | acd.AgentSignedOut | acd.AgentRemoved,
        at_ms: int,
        seq: int,
    ) -> None:
        self._stop_wrap_up(event.agent_id, at_ms, seq)
        for segment_id in list(self._memory.ended):
            segment = self._memory.segments[segment_id]
            if segment.agent_id == event.agent_id:
                self._memory.ended.remove(segment_id)
                self._finish(segment, seq)

    def _stop_wrap_up(self, agent_id: int, at_ms: int, seq: int) -> None:
        segment_id = self._memory.wrapping.pop(agent_id, None)
        if segment_id is not None:
            segment = self._memory.segments[segment_id]
            segment.wrap_ms = at_ms - segment.wrap_since_ms
            self._finish(segment, seq)

    def _finish(self, segment: Segment, seq: int) -> None:
        """The stay is final: its times enter the counters, all at once."""
        segment.seq = seq
        if segment.answer_ms:
            segment.handled = 1
            self._add(
                segment,
                handled=1,
                ring_ms=segment.ring_ms,
                talk_ms=segment.talk_ms,
                hold_ms=segment.hold_ms,
                wrap_ms=segment.wrap_ms,
            )
        del self._memory.segments[segment.segment_id]
        self._changes.open.pop(segment.segment_id, None)
        self._changes.final.append(segment)


def _stop_talk(segment: Segment, at_ms: int) -> None:
    ran_ms = at_ms - segment.talk_since_ms
    if segment.is_held:
        segment.hold_ms += ran_ms
    else:
        segment.talk_ms += ran_ms
