"""The engine as a shell sees it: four verbs, a snapshot, slots, clocks that misbehave."""

from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest

from otklik.acd import commands
from otklik.acd.engine import Engine
from otklik.acd.events import AcdEvent, OfferMade, SlotStarted
from otklik.acd.invariants import check
from otklik.vocabulary.ids import minted_at
from otklik.vocabulary.refusals import Refused
from tests.acd.language import NINE, Centre, moment

pytestmark = pytest.mark.fast

BUSY_MORNING = """
    0    1 joins sales          > arrived 1; queued 1 sales #1; offer 1 anna
    1    2 joins sales          > arrived 2; queued 2 sales #1; offer 2 boris
    2    3 joins sales          > arrived 3; queued 3 sales #1
    3    anna takes 1           > accepted 1 anna; connected 1 anna
    4    anna not_ready lunch   > intent anna not_ready
    5    1 loses agent          > reconnecting 1 anna
    6    boris takes 2          > accepted 2 boris; connected 2 boris
    7    2 leaves               > ended 2 answered customer; wrap_up boris
"""


def test_new_engine_has_no_deadline_until_it_is_told_a_time() -> None:
    engine = Engine()
    assert engine.next_deadline() is None

    assert engine.advance(NINE) == []

    assert engine.next_deadline() == NINE + timedelta(minutes=15)


def test_first_command_tells_the_time_too() -> None:
    engine = Engine()
    engine.handle(commands.RegisterInteraction(at=moment(0), interaction_id=1))

    assert engine.next_deadline() == moment(60), "an arriving interaction is watched"


def test_each_boundary_that_was_slept_through_starts_its_slot() -> None:
    engine = Engine()
    engine.advance(moment(0))

    events = engine.advance(NINE + timedelta(hours=3))

    assert [type(event) for event in events] == [SlotStarted] * 12
    assert [event.at for event in events] == [NINE + timedelta(minutes=15 * n) for n in range(1, 13)]
    assert all(later.slot == sooner.slot + 1 for sooner, later in pairwise(events))


def test_slot_begins_before_what_falls_due_in_the_same_millisecond() -> None:
    centre = Centre()
    centre.play("""
        820  1 joins sales      > arrived 1; queued 1 sales #1; offer 1 anna
        840  time               > slot 09:15; expired 1 anna; not_ready anna missed_offer;
                                  queued 1 sales #1 again; offer 1 boris
    """)


def test_deadlines_are_kept_in_order_by_a_shell_that_sleeps_long() -> None:
    centre = Centre()
    centre.play(BUSY_MORNING)

    events = centre.witness.advance(moment(100))

    assert [event.at for event in events] == sorted(event.at for event in events)
    assert centre.engine.next_deadline() == moment(120), "an offer of the present"


def test_command_from_before_the_last_event_counts_as_now() -> None:
    centre = Centre()
    centre.play("10 1 joins sales > arrived 1; queued 1 sales #1; offer 1 anna")

    events = centre.witness.handle(commands.NoteCustomerLeft(at=moment(5), interaction_id=1))

    assert {event.at for event in events} == {moment(10)}


def test_late_deadline_never_goes_back_behind_a_command() -> None:
    centre = Centre()
    centre.play("0 1 joins sales > arrived 1; queued 1 sales #1; offer 1 anna")
    centre.witness.handle(commands.MakeAgentNotReady(at=moment(25), agent_id=12, reason_id=1))

    events = centre.witness.advance(moment(30))

    assert {event.at for event in events} == {moment(25)}


def test_acceptance_that_arrives_before_the_timer_was_looked_at_counts() -> None:
    centre = Centre()
    centre.play("0 1 joins sales > arrived 1; queued 1 sales #1; offer 1 anna")
    offer_id = centre.engine.interaction(1).offer_id

    events = centre.witness.handle(commands.AcceptOffer(at=moment(20), offer_id=offer_id))

    assert [type(event).__name__ for event in events] == ["OfferAccepted"]
    assert centre.witness.advance(moment(21)) == []


def test_snapshot_goes_on_as_if_nothing_had_happened() -> None:
    centre = Centre()
    centre.play(BUSY_MORNING)
    restored = Engine.from_snapshot(centre.engine.snapshot())
    check(restored.state)

    later = [moment(seconds) for seconds in (10, 20, 21, 40)]
    expected = [event for at in later for event in centre.engine.advance(at)]

    assert [event for at in later for event in restored.advance(at)] == expected
    assert any(isinstance(event, OfferMade) for event in expected)
    assert restored.snapshot() == centre.engine.snapshot()


def test_replay_mints_the_same_ids_from_then_on() -> None:
    centre = Centre()
    centre.play(BUSY_MORNING)
    replayed = Engine()
    replayed.restore(centre.witness.journal)
    command = commands.RegisterInteraction(at=moment(30), interaction_id=9)
    join = commands.EnqueueInteraction(at=moment(30), interaction_id=9, queue_id=1)

    assert replayed.advance(moment(30)) == centre.engine.advance(moment(30))
    assert replayed.handle(command) == centre.engine.handle(command)
    assert replayed.handle(join) == centre.engine.handle(join)


def test_journal_survives_its_encoding() -> None:
    centre = Centre()
    centre.play(BUSY_MORNING)
    written = [msgspec.json.encode(event) for event in centre.witness.journal]

    replayed = Engine()
    replayed.restore(msgspec.json.decode(line, type=AcdEvent) for line in written)

    assert replayed.snapshot() == centre.engine.snapshot()


def test_restored_engine_offers_who_could_have_been_offered() -> None:
    """A journal that ends between a free agent and a waiting customer heals itself with the next step."""
    centre = Centre(agents={"anna": {"sales": 5}})
    centre.play("0 1 joins sales > arrived 1; queued 1 sales #1; offer 1 anna")
    cut = centre.witness.journal[:-1]

    restored = Engine()
    restored.restore(cut)
    events = restored.handle(commands.RegisterInteraction(at=moment(1), interaction_id=2))

    assert [type(event).__name__ for event in events] == ["InteractionArrived", "OfferMade"]


def test_snapshot_of_another_version_is_refused() -> None:
    foreign = msgspec.msgpack.encode({"version": 999})

    with pytest.raises(ValueError, match="version 999"):
        Engine.from_snapshot(foreign)


def test_refusal_changes_nothing() -> None:
    centre = Centre()
    centre.play(BUSY_MORNING)
    before = centre.engine.snapshot()

    with pytest.raises(Refused):
        centre.engine.handle(commands.FinishWrapUp(at=moment(8), agent_id=centre.agents["anna"]))

    assert centre.engine.snapshot() == before


def test_event_of_something_unknown_is_passed_by() -> None:
    """`apply` is total: an old journal may speak of what no longer exists."""
    centre = Centre()
    centre.play(BUSY_MORNING)
    engine = Engine()

    for event in centre.witness.journal:
        if not type(event).__name__.endswith("Configured"):
            engine.restore([event])

    assert not engine.state.agents


def test_ids_of_offers_and_segments_tell_their_moment() -> None:
    centre = Centre()
    centre.play(BUSY_MORNING)

    offers = [event for event in centre.witness.journal if isinstance(event, OfferMade)]

    assert all(minted_at(event.offer_id) == event.at for event in offers)
    assert all(minted_at(event.segment_id) <= event.at for event in offers)


def test_stale_reminders_are_thrown_away() -> None:
    engine = Engine()
    for number in range(1, 5_000):
        at = moment(number / 1000)
        engine.advance(at)
        engine.handle(commands.RegisterInteraction(at=at, interaction_id=number))
        engine.advance(at)
        engine.handle(commands.NoteCustomerLeft(at=at, interaction_id=number))

    assert not engine.state.interactions
    assert len(engine.state.deadlines) <= 1_100
