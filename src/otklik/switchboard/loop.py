"""Stop 2 of a call's walk: the single writer.

    take inputs in order -> let due deadlines happen -> ask engine and flows -> append in one transaction
    -> only then let instructions, answers and the doorbell out

An input for whose effect nobody waits (a leg has ended) may wait a moment for one that is urgent (a call has
come), so that both cost one commit.

Nothing is decided that is not written. If the append fails, memory is ahead of the journal and not trusted:
the loop stops with WriterLost and the process starts anew from the journal. An input that trips an assertion
is set aside.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from msgspec import structs

from otklik.acd.model import EndReason
from otklik.crm import service as crm
from otklik.crm.blocking import Blocked
from otklik.crm.model import KnownCustomer, Outcome
from otklik.flows import store as flows_store
from otklik.flows.look_ups import FAILED
from otklik.journal.record import Record
from otklik.journal.store import WriteRow
from otklik.organization import store as organization_store
from otklik.organization.dialing import read_dialed
from otklik.organization.numbers import find_number, read_calling
from otklik.switchboard import promises, store, surveying
from otklik.switchboard.asking import handle_request
from otklik.switchboard.calls import CUSTOMER
from otklik.switchboard.centre import Centre
from otklik.switchboard.configuration import touches_channels, wanted
from otklik.switchboard.flow_choice import asks_about_customer, flow_of
from otklik.switchboard.guest_devices import guest_devices
from otklik.switchboard.inbound import handle_signal
from otklik.switchboard.instructions import (
    AdoptLeg,
    AnswerLeg,
    AskSystem,
    ChannelInstruction,
    KnowArrival,
    RingDevice,
    StartMusic,
)
from otklik.switchboard.party import Caller
from otklik.switchboard.ports import Driver, Systems
from otklik.switchboard.requests import (
    Consult,
    Dial,
    DoorRequest,
    Moving,
    NoteRecordingMissing,
    NoteRecordingStored,
    ReadBlocked,
    ScheduleCallback,
    Transfer,
)
from otklik.switchboard.signals import (
    CallDiverted,
    ChannelLost,
    ChannelRestored,
    ChannelSignal,
    CustomerTyped,
    DeviceDialed,
    LegAnswered,
    LegArrived,
    LegEnded,
    LegRinging,
    LegsBridged,
    LinkReported,
    OutsideChosen,
    RecordingBegun,
    SurveyCallDue,
    SystemAnswered,
    TrunkChanged,
)
from otklik.switchboard.turn import Turn
from otklik.vocabulary.ids import InteractionId, PartyId, SiteId, TrunkId
from otklik.vocabulary.messages import Event
from otklik.vocabulary.refusals import Invalid, Refused
from otklik.vocabulary.time import Clock

_CACHED_PARTIES = 10_000
_SURVEY_PATIENCE = timedelta(seconds=8)
"""So long the first survey after a restart, or after the loss of the channel, is waited for."""
_GATHER = timedelta(milliseconds=10)
"""So long an input for whose effect nobody waits may wait for others, to be written with them."""
_REQUEST_LASTS = timedelta(seconds=2)
"""So long whoever asked waits for the answer; later he was told that it failed, so it must not happen."""


class Writer(Protocol):
    """What the loop needs of `journal.store.JournalWriter`."""

    seq: Any

    async def append(self, events: list[Event], *, rows: list[WriteRow] = ...) -> list[Record]: ...


class WriterLost(Exception):
    """The batch could not be written: what is in memory must not be trusted."""


class Overloaded(Refused):
    """The inbox is full."""

    def __init__(self) -> None:
        super().__init__("inbox_full")


@dataclass(slots=True)
class Limits:
    """inbox: inputs that may wait. batch: inputs taken into one transaction. interactions: live at once."""

    inbox: int = 20_000
    batch: int = 500
    interactions: int = 5_000


@dataclass(slots=True)
class _Input:
    at: datetime
    signal: ChannelSignal | None = None
    event: Event | None = None
    request: DoorRequest | None = None
    reply: "asyncio.Future[tuple[int, dict[str, Any]]] | None" = None


SetAside = Callable[[object, Exception], None]
"""Keeps an input that tripped an assertion, with the error."""


def rings_first(instructions: Iterable[ChannelInstruction]) -> list[ChannelInstruction]:
    """A phone that rings later is heard, a customer who is adopted and answered a moment later is not: a ring
    goes before what only takes customers up, and before nothing else (the phone may have to be freed)."""
    ordered: list[ChannelInstruction] = []
    for instruction in instructions:
        place = len(ordered)
        if isinstance(instruction, RingDevice):
            while place and isinstance(ordered[place - 1], AdoptLeg | AnswerLeg | StartMusic):
                place -= 1
        ordered.insert(place, instruction)
    return ordered


class Switchboard:
    """The live loop of one site. `step` does everything that is due now; `run` sleeps in between.

    read: a database connection on which parties are looked up (the writer's own). driver: the voice channel.
    systems: those that flows ask; None: a question fails at once.
    """

    def __init__(  # noqa: PLR0913 - the parts of the loop, joined in wiring
        self,
        *,
        site_id: SiteId,
        clock: Clock,
        centre: Centre,
        writer: Writer,
        connection: Any,
        driver: Driver,
        systems: Systems | None = None,
        limits: Limits | None = None,
        set_aside: SetAside | None = None,
    ) -> None:
        self.site_id = site_id
        self.clock = clock
        self.centre = centre
        self.driver = driver
        self.systems = systems
        self.limits = limits or Limits()
        self.is_channel_up = False
        self.lag = timedelta(0)
        self._writer = writer
        self._connection = connection
        self._set_aside = set_aside
        self._inbox: deque[_Input] = deque()
        self._held_back: deque[_Input] = deque()
        self._fresh_since: datetime | None = None
        self._wake = asyncio.Event()
        self._is_urgent = False
        self._has_private = True
        self._blocked: Blocked | None = None
        self._party_ids: OrderedDict[str, PartyId] = OrderedDict()
        self._is_stopping = False

    # --- the inbox

    def put(self, signal: ChannelSignal) -> None:
        """A signal reaches us now. Signals are never refused: the far end has no way to take them back."""
        if isinstance(signal, ChannelLost | ChannelRestored):
            self.is_channel_up = isinstance(signal, ChannelRestored)
        self._take_in(_Input(at=self.clock.now(), signal=signal))

    async def request(self, request: DoorRequest) -> tuple[int, dict[str, Any]]:
        """Does a request and waits until its effect is in the journal; gives the sequence and facts.

        Raises Refused and its kin; Overloaded when too much is waiting.
        """
        if len(self._inbox) + len(self._held_back) >= self.limits.inbox:
            raise Overloaded
        reply: asyncio.Future[tuple[int, dict[str, Any]]] = asyncio.get_running_loop().create_future()
        self._take_in(_Input(at=self.clock.now(), request=request, reply=reply))
        return await reply

    def note(self, event: Event) -> None:
        """Something of the process itself that belongs into the journal (its start, its clock)."""
        self._take_in(_Input(at=event.at, event=event))

    def _take_in(self, given: _Input) -> None:
        self._inbox.append(given)
        self._is_urgent = self._is_urgent or not self._can_wait(given)
        self._wake.set()

    def _can_wait(self, given: _Input) -> bool:
        """Nobody waits for what follows from it. Each commit waits for the disk, and a call that comes
        meanwhile waits with it; so these go with the next input that is urgent."""
        match given.signal or given.request:
            case (
                LegRinging() | LegsBridged() | LegEnded() | RecordingBegun() | TrunkChanged() | LinkReported()
            ):
                return True
            case LegAnswered(leg_id=leg_id):
                leg = self.centre.calls.legs.get(leg_id)
                return leg is not None and leg.role == CUSTOMER
            case NoteRecordingStored() | NoteRecordingMissing():
                return True
            case _:
                return False

    def is_idle(self) -> bool:
        """Nothing is open: no call, nothing waits to be taken. Promised calls have time."""
        centre = self.centre
        waits = self._inbox or self._held_back
        live = any(one.callback is None for one in centre.engine.state.interactions.values())
        return not waits and not centre.calls.legs and not live

    # --- the loop

    def next_deadline(self) -> datetime | None:
        """When something happens by itself; nothing does before the first survey after a restart, or after
        the loss of the channel, unless it does not come."""
        if self.centre.is_fresh:
            return self._end_of_patience()
        found = [
            deadline
            for deadline in (
                self.centre.engine.next_deadline(),
                self.centre.flows.next_deadline(),
                self.centre.next_survey_call(),
            )
            if deadline is not None
        ]
        return min(found, default=None)

    async def run(self) -> None:
        """Until `stop`; raises WriterLost when the journal cannot be written."""
        self.push_wanted()
        while not self._is_stopping:
            await self.step()
            # What was let out leaves before the next batch is thought about: its requests are made in one
            # turn of the event loop and sent at the end of that.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            while not self._is_stopping and not self._is_due():
                await self._sleep()

    def stop(self) -> None:
        """Ends `run` after the present step."""
        self._is_stopping = True
        self._wake.set()

    async def step(self) -> int:
        """Takes what waits (one batch), lets due deadlines happen, writes, lets out; gives the number of
        events.
        """
        inputs = self._due_inputs()
        callers = await self._callers(inputs)
        self.centre.spared = await self._spared(inputs)
        turn = Turn(self.centre)
        done: list[tuple[_Input, dict[str, Any] | Refused]] = []
        for given, caller in zip(inputs, callers, strict=True):
            done.append((given, self._take(turn, given, caller)))
        if not self.centre.is_fresh:
            self._guarded(turn.advance, None, self.clock.now())
        self._guarded(partial(surveying.follow, turn), None, self.clock.now())
        await self._write(turn)
        self._let_out(turn, done)
        return len(turn.events)

    def _end_of_patience(self) -> datetime | None:
        return self._fresh_since + _SURVEY_PATIENCE if self._fresh_since is not None else None

    def _due_inputs(self) -> list[_Input]:
        """One batch, in order. Before the survey a request waits, as deadlines do: what it sets going (a
        phone that is to ring) could not be carried out, and an agent would be blamed for it."""
        now = self.clock.now()
        if self.centre.is_fresh and self._fresh_since is None:
            self._fresh_since = now
        until = self._end_of_patience()
        if until is not None and now >= until:
            self.centre.is_fresh = False
        if not self.centre.is_fresh:
            self._fresh_since = None
            self._let_in(now)
        due: list[_Input] = []
        while self._inbox and len(due) < self.limits.batch:
            given = self._inbox.popleft()
            if self.centre.is_fresh and given.request is not None:
                self._held_back.append(given)
            else:
                due.append(given)
        self._is_urgent = bool(self._inbox)
        return due

    def _let_in(self, now: datetime) -> None:
        """What was held back happens now, before what came after it."""
        while self._held_back:
            given = self._held_back.pop()
            if given.reply is not None and now - given.at > _REQUEST_LASTS:
                if not given.reply.done():
                    given.reply.set_exception(Refused("engine_away"))
                continue
            given.at = now
            self._inbox.appendleft(given)

    def push_wanted(self) -> None:
        """Tells the channel what must be set up before it takes calls."""
        calls = self.centre.calls
        known = [
            KnowArrival(leg_id=leg.leg_id, interaction_id=leg.interaction_id, media_id=leg.media_id)
            for leg in calls.legs.values()
            if leg.media_id
        ]
        self.driver.provision([*wanted(self.centre.configuration), *guest_devices(calls), *known])

    def _next_moment(self) -> datetime | None:
        """When something is to be done, unless an urgent input comes before."""
        gathered = self._inbox[0].at + _GATHER if self._inbox else None
        found = [moment for moment in (self.next_deadline(), gathered) if moment is not None]
        return min(found, default=None)

    def _is_due(self) -> bool:
        if self._is_urgent or (self._held_back and not self.centre.is_fresh):
            return True
        moment = self._next_moment()
        return moment is not None and moment <= self.clock.now()

    async def _sleep(self) -> None:
        """Until the next moment, or until something comes in."""
        self._wake.clear()
        moment = self._next_moment()
        if moment is None:
            await self._wake.wait()
            return
        seconds = (moment - self.clock.now()).total_seconds()
        if seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            # A timer may fire a little early; the moment itself decides.
            self.lag = max(self.clock.now() - moment, timedelta(0))

    def _take(self, turn: Turn, given: _Input, caller: Caller) -> dict[str, Any] | Refused:
        if not self.centre.is_fresh:
            self._guarded(turn.advance, given, given.at)
        if given.event is not None:
            turn.note([given.event])
            return {}
        if given.signal is not None:
            self._guarded(
                partial(handle_signal, turn, given.signal, given.at, caller, self.limits.interactions), given
            )
            return {}
        assert given.request is not None
        try:
            facts: dict[str, Any] = self._guarded(
                partial(handle_request, turn, given.request, given.at, caller), given
            )
        except Refused as refusal:
            return refusal
        return facts

    def _guarded(self, act: Callable[..., Any], given: _Input | None, *values: Any) -> Any:
        """A bug stops the writer; what it met is kept, so that the same input is not met again blindly."""
        try:
            return act(*values)
        except Refused:
            raise
        except Exception as error:
            if self._set_aside is not None:
                self._set_aside(given.signal or given.request if given else None, error)
            raise

    async def _write(self, turn: Turn) -> None:
        if not turn.events:
            return
        rows: list[WriteRow] = []
        if turn.parties:
            rows.append(store.new_parties(self.site_id, turn.parties))
        if turn.configured:
            configured = list(turn.configured)
            rows.append(
                lambda connection: organization_store.write(connection, configured, site_id=self.site_id)
            )
        if turn.published:
            published = list(turn.published)
            rows.append(lambda connection: flows_store.write(connection, published, site_id=self.site_id))
        rows += self._private_rows(turn)
        if turn.identified:
            identified = list(turn.identified)
            rows.append(lambda connection: crm.note_identified(connection, self.site_id, identified))
        rows += [partial(self._write_class, *given) for given in turn.classes]
        rows += [partial(self._write_agreed, outcome) for outcome in turn.agreed]
        try:
            await self._writer.append(turn.events, rows=rows)
        except Exception as error:
            raise WriterLost(str(error)) from error
        for party_id, number in turn.parties:
            self._remember(number, party_id)

    async def _write_class(
        self, party_id: PartyId, chosen: str, at: datetime, interaction_id: InteractionId, connection: Any
    ) -> None:
        await crm.assign_class(
            connection, self.site_id, party_id, chosen, at=at, interaction_id=interaction_id
        )

    async def _write_agreed(self, outcome: Outcome, connection: Any) -> None:
        await crm.write_arranged(connection, self.site_id, outcome)
        if outcome.note:
            await crm.save_outcome(connection, self.site_id, outcome)

    def _private_rows(self, turn: Turn) -> list[WriteRow]:
        kept, over = list(turn.private), list(turn.over)
        if not kept and not (over and self._has_private):
            return []
        self._has_private = bool(self.centre.private) or bool(kept)
        return [lambda connection: store.write_private(connection, self.site_id, kept, over)]

    def _let_out(self, turn: Turn, done: list[tuple[_Input, dict[str, Any] | Refused]]) -> None:
        if turn.configured and touches_channels(turn.configured):
            self.push_wanted()
        for instruction in rings_first(turn.instructions):
            self.driver.do(instruction)
        for asked in turn.questions:
            self._ask(asked)
        for chosen in turn.chosen:
            self.put(chosen)
        for given, outcome in done:
            if given.reply is None or given.reply.done():
                continue
            if isinstance(outcome, Refused):
                given.reply.set_exception(outcome)
            else:
                given.reply.set_result((int(self._writer.seq), outcome))

    def _ask(self, asked: AskSystem) -> None:
        if self.systems is not None:
            self.systems.ask(asked)
            return
        failed = SystemAnswered(
            interaction_id=asked.interaction_id, look_up=asked.look_up, outcome=FAILED, reason="not_asked"
        )
        self.put(failed)

    # --- parties

    async def _callers(self, inputs: list[_Input]) -> list[Caller]:
        """Who stands behind the number in each input; a number never seen gets a new party, which is
        remembered for this batch only: a refused request leaves no row, and then no party."""
        numbers = [self._number_in(given) for given in inputs]
        if self._blocked is None or any(isinstance(given.request, ReadBlocked) for given in inputs):
            self._blocked = Blocked(await crm.list_blocked(self._connection, self.site_id))
        known = {number: self._party_ids[number] for number in numbers if number in self._party_ids}
        asked = {number for number in numbers if number and number not in known}
        if asked:
            known |= await store.find_parties(self._connection, self.site_id, asked)
        fresh: dict[str, PartyId] = {}
        callers: list[Caller] = []
        for given, number in zip(inputs, numbers, strict=True):
            if number in known:
                self._remember(number, known[number])
                callers.append(await self._acquainted(given, number, known[number]))
            elif number:
                if number not in fresh:
                    fresh[number] = PartyId(self.centre.minter.mint(given.at))
                # He calls for the first time, and his card may be there: customers are imported.
                caller = await self._acquainted(given, number, fresh[number])
                callers.append(structs.replace(caller, is_new=True))
            else:
                callers.append(Caller(known=await self._sought(given)))
        return [
            self._judged(given, number, caller)
            for given, number, caller in zip(inputs, numbers, callers, strict=True)
        ]

    async def _sought(self, given: _Input) -> KnownCustomer | None:
        """The customer who has what was typed, for a flow that looks for him."""
        typed = given.signal
        if not isinstance(typed, CustomerTyped):
            return None
        match typed.by:
            case "phone":
                try:
                    phone = read_dialed(self.centre.configuration, typed.value)
                except Invalid:
                    return None
                return await crm.seek_customer(self._connection, self.site_id, phone=phone)
            case "code":
                return await crm.seek_customer(self._connection, self.site_id, code=typed.value)
            case _:
                return await crm.seek_customer(
                    self._connection, self.site_id, field=typed.field, value=typed.value
                )

    def _judged(self, given: _Input, number: str, caller: Caller) -> Caller:
        """With what the list of blocked numbers says of who calls."""
        is_judged = isinstance(given.signal or given.request, LegArrived | SurveyCallDue | ScheduleCallback)
        if self._blocked is None or not number or not is_judged:
            return caller
        found = self._blocked.find(number, given.at)
        return caller if found is None else structs.replace(caller, blocked=found)

    async def _spared(self, inputs: list[_Input]) -> dict[InteractionId, EndReason]:
        """Promised calls that an answered phone of ours may set going now, and that nobody may make any more:
        since they were promised the number was blocked, or the customer said that he wants no calls. Who
        asked for the call himself wants this one."""
        found: dict[InteractionId, EndReason] = {}
        offered = [(one, given.at) for given in inputs for one in promises.offered(self.centre, given.signal)]
        for interaction, at in offered:
            callback, number = interaction.callback, self.centre.number_of(interaction.interaction_id)
            if self._blocked is not None and number and self._blocked.find(number, at) is not None:
                found[interaction.interaction_id] = EndReason.BLOCKED
                continue
            is_ours = callback is not None and callback.arranged_by
            if is_ours and await crm.wants_no_calls(self._connection, self.site_id, interaction.party_id):
                found[interaction.interaction_id] = EndReason.OPTED_OUT
        return found

    async def _acquainted(self, given: _Input, number: str, party_id: PartyId) -> Caller:
        """With what is known of a customer, if the flow that his call will run decides by it; and whether he
        wants calls, if he is to be called."""
        if isinstance(given.signal or given.request, SurveyCallDue | ScheduleCallback):
            is_opted_out = await crm.wants_no_calls(self._connection, self.site_id, party_id)
            return Caller(party_id=party_id, number=number, is_opted_out=is_opted_out)
        if not self._asks_about_customer(given):
            return Caller(party_id=party_id, number=number)
        found = await crm.acquaintance(self._connection, self.site_id, party_id, number)
        return Caller(
            party_id=party_id,
            number=number,
            last_agent_id=found.last_agent_id,
            customer_class=found.customer_class,
            personal_agent_id=found.personal_agent_id,
            nps=found.nps,
            consents=found.consents,
        )

    def _asks_about_customer(self, given: _Input) -> bool:
        """Whether the flow that this call will run decides by who the customer is."""
        signal = given.signal
        if not isinstance(signal, LegArrived):
            return False
        called = find_number(self.centre.configuration, signal.number_called, signal.trunk_id)
        if called is None or called.flow_id not in self.centre.flows.published():
            return False
        return asks_about_customer(flow_of(called, self.centre.flows.published()))

    def _remember(self, number: str, party_id: PartyId) -> None:
        self._party_ids[number] = party_id
        self._party_ids.move_to_end(number)
        while len(self._party_ids) > _CACHED_PARTIES:
            self._party_ids.popitem(last=False)

    def _number_in(self, given: _Input) -> str:
        """The customer's number that an input names, E.164 where it is one; "" for none."""
        configuration = self.centre.configuration
        match given.signal or given.request:
            case LegArrived() as arrived:
                return read_calling(configuration, arrived.calling, arrived.trunk_id)
            case OutsideChosen() | SurveyCallDue() as chosen:
                return chosen.number
            case CallDiverted() as diverted:
                return read_calling(configuration, diverted.calling, TrunkId(0))
            case (
                DeviceDialed(dialed=text)
                | Dial(number=text)
                | ScheduleCallback(number=text)
                | Transfer(to=Moving(number=text))
                | Consult(to=Moving(number=text))
            ):
                try:
                    return read_dialed(configuration, text)
                except Invalid:
                    # The turn refuses it again, and then tells the asker.
                    return ""
            case _:
                return ""
