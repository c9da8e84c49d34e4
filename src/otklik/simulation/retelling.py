"""A journal told to the twin: its inputs are asked again, its decisions must come out again, byte for byte.

The journal holds what happened, not what was asked. But most events are their own question (a customer who
arrived was registered), and the first event of a batch names it: from that event, and from what the twin
knows at this moment, the command follows. Everything else (offers and their why, what ends by itself, ids,
places, what an agent is afterwards) the twin must decide by itself, at the same moment, in the same words.

So a journal that was recorded with real telephones proves that the twin is the centre: `Retelling.tell` gives
the first difference, or nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime

import msgspec

from otklik.acd import events as facts
from otklik.acd.commands import AcdCommand
from otklik.acd.deadlines import fall_due, is_due_still
from otklik.acd.decide import decide
from otklik.acd.engine import LONG_SLEEP, Engine
from otklik.acd.events import AcdEvent
from otklik.acd.routing import next_event
from otklik.simulation.inputs import COMMANDS, Batch
from otklik.simulation.moving import is_move, leavings, moves
from otklik.vocabulary.refusals import Refused

_encoder = msgspec.json.Encoder(order="deterministic")
_LONGEST = 64
"""Events of one batch that are looked at for what was asked."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where twin and journal part. index: place in the journal; told: what the journal says; twin: what the
    twin decided instead (nothing when it expected no event, or has refused)."""

    index: int
    told: AcdEvent | None
    twin: AcdEvent | None
    asked: AcdCommand | None = None
    refused: str = ""


_WORDS = (
    facts.OfferMade,
    facts.AgentGuarded,
    facts.AgentGuardLifted,
    facts.PreferredAgentReleased,
    facts.PlanLoadChanged,
    facts.InteractionOverflowed,
    facts.OverflowDeferred,
    facts.CallbackOffered,
    facts.AssignmentSuspended,
    facts.AssignmentResumed,
)
"""What routing says when it looks at who waits and who is free; in the present only."""


class Retelling:
    """Tells journals to a twin. commands, decided: how many commands were asked, how many events came without
    one.

    engine: one that knows all that happened before; a new one by default.
    """

    def __init__(self, engine: Engine | None = None) -> None:
        self.engine = engine or Engine()
        self.commands = 0
        self.decided = 0

    def tell(self, journal: Sequence[AcdEvent]) -> Difference | None:
        """The first difference, None when the twin has decided all of it alike."""
        place = 0
        while place < len(journal):
            made = self._by_itself(journal, place)
            if made:
                difference = _first_difference(journal, place, made)
                count = len(made)
                self.decided += count
            else:
                count, difference = self._asked(journal, place)
                self.commands += 1
            if difference is not None:
                return difference
            place += count
        return None

    def _by_itself(self, journal: Sequence[AcdEvent], place: int) -> list[AcdEvent]:
        """What time alone brings, if it brings the next event: a command of the same moment may have been
        first."""
        told, state = journal[place], self.engine.state
        due = self.engine.next_deadline()
        if due is None or due > told.at:
            return self.engine.advance(told.at) if isinstance(told, _WORDS) else []
        if state.next_slot is not None and state.next_slot <= due:
            is_present = is_past = isinstance(told, facts.SlotStarted)
        else:
            is_present, is_past = (self._falls_due(journal, place, is_past=late) for late in (False, True))
        if not (is_present or is_past):
            return []
        # After a long sleep what follows (offers, words about agents) was left to the present.
        follows = any(
            isinstance(one, _WORDS) for one in journal[place : place + _LONGEST] if one.at == told.at
        )
        is_past = is_past and not (is_present and follows)
        made = self.engine.advance(due, now=due + 2 * LONG_SLEEP if is_past else None)
        if is_past and is_present:
            # Either may be true; in the present the engine would have looked at who waits, and found nothing.
            self._without_trace(lambda: self._would_follow(due))
        return made

    def _would_follow(self, at: datetime) -> list[AcdEvent]:
        found = next_event(self.engine.state, at, is_explained=False)
        return [] if found is None else [found]

    def _falls_due(self, journal: Sequence[AcdEvent], place: int, *, is_past: bool) -> bool:
        """Whether the next events are those of the next deadline."""
        state = self.engine.state
        entry = state.deadlines.next(lambda deadline: is_due_still(state, deadline))
        if entry is None:
            return False
        at = entry[0] if state.at is None else max(entry[0], state.at)
        step = self._without_trace(lambda: fall_due(state, entry, at, is_past=is_past))
        return _first_difference(journal, place, step) is None

    def _asked(self, journal: Sequence[AcdEvent], place: int) -> tuple[int, Difference | None]:
        """How many events come of the command that explains the next one. Where people moved a talk, several
        commands may have been it: the one that explains most was it."""
        told = journal[place]
        batch = [one for one in journal[place : place + _LONGEST] if one.at == told.at]
        best: tuple[int, AcdCommand | None] = (0, None)
        difference: Difference | None = None
        for command in self._candidates(batch):
            made, refused = self._would_say(command)
            found = _first_difference(journal, place, made)
            if found is None and len(made) > best[0]:
                best = (len(made), command)
            elif difference is None:
                twin = None if found is None else found.twin
                difference = Difference(place, told, twin, command, refused)
        if best[1] is None:
            return 0, difference or Difference(place, told, None)
        made = self.engine.handle(best[1])
        return len(made), _first_difference(journal, place, made)

    def _would_say(self, command: AcdCommand) -> tuple[list[AcdEvent], str]:
        """The events of a command but for the offers that follow, or the code of the refusal; the engine
        stays as it is."""
        state = self.engine.state
        at = command.at if state.at is None else max(command.at, state.at)
        try:
            return self._without_trace(lambda: decide(state, command, at)), ""
        except Refused as refused:
            return [], refused.code

    def _without_trace(self, decided: Callable[[], list[AcdEvent]]) -> list[AcdEvent]:
        """Deciding reads state only, but for the ids that it mints: they are given back."""
        state = self.engine.state
        kept = copy(state.minter)
        try:
            return decided()
        finally:
            state.minter = kept

    def _candidates(self, batch: Batch) -> Iterator[AcdCommand]:
        """What may have been asked: first what the first event says, or the one that it prepares (a guard
        that is lifted because the agent becomes ready)."""
        for place, event in enumerate(batch):
            make = COMMANDS.get(type(event))
            command = None if make is None else make(self.engine, batch[place:])
            if command is not None:
                yield command
                break
        if any(is_move(self.engine, event) for event in batch):
            yield from moves(self.engine, batch)
        yield from leavings(self.engine, batch)


def _first_difference(journal: Sequence[AcdEvent], place: int, made: list[AcdEvent]) -> Difference | None:
    for index, twin in enumerate(made, start=place):
        told = journal[index] if index < len(journal) else None
        if told is None:
            return None  # the journal ends in the middle of what follows
        if _words_of(told) != _words_of(twin):
            return Difference(index, told, twin)
    return None


def _words_of(event: AcdEvent) -> bytes:
    """An event as bytes, keys in order: the database keeps none."""
    return _encoder.encode(msgspec.json.decode(msgspec.json.encode(event)))
