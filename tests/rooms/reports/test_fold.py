"""Whatever lawful things happen, the facts keep their sums; and how the journal is cut changes nothing."""

import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otklik.acd import events as acd
from otklik.acd import model as acd_model
from otklik.journal.record import Record
from otklik.reports import codes
from otklik.reports.facts import QSLOT_SUMS, FactChanges, Segment
from otklik.reports.live import LiveFold
from otklik.reports.segments import SegmentFold
from otklik.reports.store.writing import SEGMENT_COLUMNS
from otklik.vocabulary.ids import SELF_TEST_PROJECT
from otklik.vocabulary.time import SLOT_MS, to_ms
from tests.rooms.reports.random_centre import TEST_QUEUE, TESTER, RandomCentre, records_of

pytestmark = pytest.mark.fast

SEEDS = st.integers(0, 10**9)
STEPS = 150
IS_SOAK = os.environ.get("OTKLIK_SOAK") == "1"
histories = settings(
    deadline=None, max_examples=2000 if IS_SOAK else 25, suppress_health_check=[HealthCheck.too_slow]
)
"""Each example is a whole history; a busy machine may take its time for it."""


def columns_of(segment: Segment) -> dict[str, object]:
    """What of a stay is written."""
    return {name: getattr(segment, name) for name in SEGMENT_COLUMNS}


class Rows:
    """What a database would hold after some changes."""

    def __init__(self) -> None:
        self.qslot: dict[tuple[int, ...], dict[str, int]] = defaultdict(
            lambda: dict.fromkeys((*QSLOT_SUMS, "max_wait_ms"), 0)
        )
        self.agent_slot: dict[tuple[int, ...], list[int]] = defaultdict(lambda: [0, 0])
        self.open: dict[int, dict[str, object]] = {}
        self.final: dict[int, dict[str, object]] = {}
        self.interactions: dict[int, dict[str, object]] = {}
        self.offers: dict[int, object] = {}
        self.states: list[object] = []
        self.phases: list[object] = []

    def write(self, changes: FactChanges | None) -> None:
        if changes is None:
            return
        for key, change in changes.qslot.items():
            row = self.qslot[key]
            for name, value in zip(QSLOT_SUMS, change.sums, strict=True):
                row[name] += value
            row["max_wait_ms"] = max(row["max_wait_ms"], change.max_wait_ms)
        for agent_key, time in changes.agent_slot.items():
            self.agent_slot[agent_key][0] += time.ms
            self.agent_slot[agent_key][1] += time.n
        for segment in changes.final:
            self.open.pop(segment.segment_id, None)
            assert segment.segment_id not in self.final, "a final stay came twice"
            self.final[segment.segment_id] = columns_of(segment)
        self.open.update({key: columns_of(segment) for key, segment in changes.open.items()})
        self.interactions.update({key: asdict(row) for key, row in changes.interactions.items()})
        self.offers.update(changes.offers)
        self.states += changes.agent_state
        self.phases += changes.phases

    @property
    def segments(self) -> Iterable[dict[str, object]]:
        return [*self.final.values(), *self.open.values()]

    def all(self) -> dict[str, object]:
        return {
            name: dict(value) if isinstance(value, dict) else sorted(value)
            for name, value in vars(self).items()
        }


def folded(records: list[Record], sizes: Iterable[int] = ()) -> Rows:
    fold, rows = SegmentFold(), Rows()
    rest = records
    for size in sizes:
        rows.write(fold.fold(rest[:size]))
        rest = rest[size:]
    rows.write(fold.fold(rest))
    return rows


def random_records(seed: int) -> tuple[RandomCentre, list[Record]]:
    centre = RandomCentre(seed)
    return centre, records_of(centre.steps(STEPS))


@histories
@given(SEEDS)
def test_offered_is_answered_abandoned_overflowed_or_open_in_every_slot(seed: int) -> None:
    _, records = random_records(seed)
    rows = folded(records)

    waiting: dict[tuple[object, ...], int] = defaultdict(int)
    for stay in rows.open.values():
        if stay["offered"] and not stay["answered"] and stay["project_id"] != SELF_TEST_PROJECT:
            waiting[stay["slot"], stay["queue_id"], stay["channel"]] += 1
    for key, row in rows.qslot.items():
        closed = row["answered"] + row["abandoned"] + row["overflow"]
        assert row["offered"] == closed + waiting[key]
        assert row["in_sl"] <= row["answered"]
        assert row["short_ab"] <= row["aband_in_t"] <= row["abandoned"] or row["short_ab"] <= row["abandoned"]
        assert row["handled"] <= row["answered"]


@histories
@given(SEEDS)
def test_counters_are_the_sums_of_the_stays_that_began_in_their_slot(seed: int) -> None:
    _, records = random_records(seed)
    rows = folded(records)

    sums: dict[tuple[object, ...], dict[str, int]] = defaultdict(
        lambda: dict.fromkeys((*QSLOT_SUMS, "max_wait_ms"), 0)
    )
    for stay in rows.segments:
        if not stay["offered"] or stay["project_id"] == SELF_TEST_PROJECT:
            continue
        row = sums[stay["slot"], stay["queue_id"], stay["channel"]]
        for name in ("offered", "answered", "abandoned", "short_ab", "aband_in_t", "overflow", "in_sl"):
            row[name] += stay[name]
        row["transferred"] += stay["transferred"]
        row["handled"] += stay["handled"]
        row["wait_ms"] += stay["wait_ms"] * stay["answered"]
        row["aband_ms"] += stay["wait_ms"] * stay["abandoned"]
        for name in ("ring_ms", "talk_ms", "hold_ms", "wrap_ms"):
            row[name] += stay[name] * stay["handled"]
        row["max_wait_ms"] = max(row["max_wait_ms"], stay["wait_ms"])
    assert dict(sums) == dict(rows.qslot)


@histories
@given(SEEDS)
def test_an_agents_time_fills_his_sign_in_to_the_millisecond(seed: int) -> None:
    _, records = random_records(seed)
    rows = folded(records)

    signed_in: dict[int, int] = {}
    total: dict[int, int] = defaultdict(int)
    for record in records:
        match record.event:
            case acd.AgentSignedIn(agent_id=agent_id):
                signed_in[agent_id] = to_ms(record.at)
            case acd.AgentSignedOut(agent_id=agent_id) if agent_id in signed_in:
                total[agent_id] += to_ms(record.at) - signed_in.pop(agent_id)
    live = LiveFold()
    live.fold(records)
    found: dict[int, int] = defaultdict(int)
    by_slot: dict[tuple[int, int], int] = defaultdict(int)
    for (slot, agent_id, *_), (ms, _) in rows.agent_slot.items():
        found[agent_id] += ms
        by_slot[slot, agent_id] += ms
    end_ms = to_ms(records[-1].at)
    for agent_id, since_ms in signed_in.items():
        total[agent_id] += end_ms - since_ms
        found[agent_id] += end_ms - live._tracking.places.agents[agent_id].counted_ms
    assert {k: v for k, v in total.items() if v} == {k: v for k, v in found.items() if v}
    assert all(0 < ms <= SLOT_MS for ms in by_slot.values())


@histories
@given(SEEDS)
def test_an_agents_unsplit_states_follow_each_other_without_gap_or_overlap(seed: int) -> None:
    _, records = random_records(seed)
    rows = folded(records)

    by_agent: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for state, _seq in rows.states:
        assert state.start_ms < state.stop_ms
        by_agent[state.agent_id].append((state.start_ms, state.stop_ms))
    outs = {
        (record.agent_id, to_ms(record.at))
        for record in records
        if isinstance(record.event, acd.AgentSignedOut)
    }
    for agent_id, intervals in by_agent.items():
        for (_, stop), (start, _) in pairwise(intervals):
            assert stop == start or (agent_id, stop) in outs


@histories
@given(SEEDS, st.lists(st.integers(0, 9), max_size=60))
def test_how_the_journal_is_cut_into_batches_changes_nothing(seed: int, sizes: list[int]) -> None:
    _, records = random_records(seed)

    assert folded(records, sizes).all() == folded(records).all()


@histories
@given(SEEDS, st.data())
def test_a_restart_from_a_snapshot_in_the_middle_changes_nothing(seed: int, data: st.DataObject) -> None:
    _, records = random_records(seed)
    cut = data.draw(st.integers(0, len(records)), label="records before the restart")
    rows, first, second = Rows(), SegmentFold(), SegmentFold()
    rows.write(first.fold(records[:cut]))

    second.restore(first.snapshot())
    rows.write(second.fold(records[cut:]))

    assert rows.all() == folded(records).all()
    live, resumed = LiveFold(), LiveFold()
    live.fold(records[:cut])
    resumed.restore(live.snapshot())
    live.fold(records[cut:])
    resumed.fold(records[cut:])
    assert live.snapshot() == resumed.snapshot()


@histories
@given(SEEDS)
def test_the_rows_of_now_agree_with_the_engine(seed: int) -> None:
    centre, records = random_records(seed)
    live = LiveFold()
    live.fold(records)
    places = live._tracking.places

    assert set(places.interactions) == set(centre.alive)
    for interaction_id in centre.alive:
        known, row = centre.engine.interaction(interaction_id), places.interactions[interaction_id]
        assert known is not None
        assert row.phase == codes.PHASES[known.phase]
        assert row.since_ms == to_ms(known.since)
        assert row.agent_id == known.agent_id
        if known.deadline is not None and row.phase != codes.PHASES[acd_model.Phase.ARRIVING]:
            assert row.deadline_ms == to_ms(known.deadline)
    for agent_id, agent in places.agents.items():
        assert agent.state == codes.AGENT_STATES[centre.engine.agent_state(agent_id)]
        known_agent = centre.engine.agent(agent_id)
        assert known_agent is not None
        assert agent.intent == known_agent.intent
        assert agent.is_reachable == known_agent.is_reachable


@histories
@given(SEEDS)
def test_every_interaction_has_one_row_and_every_offer_one_end(seed: int) -> None:
    centre, records = random_records(seed)
    rows = folded(records)

    begun = {
        record.interaction_id
        for record in records
        if isinstance(record.event, acd.InteractionArrived | acd.ManualInteractionStarted)
    }
    assert set(rows.interactions) == begun
    open_ones = {key for key, row in rows.interactions.items() if not row["end_ms"]}
    assert open_ones == set(centre.alive)
    made = {record.event.offer_id for record in records if isinstance(record.event, acd.OfferMade)}
    assert set(rows.offers) == made
    for row in rows.interactions.values():
        stays = [stay for stay in rows.segments if stay["interaction_id"] == row["interaction_id"]]
        assert row["segments"] == len(stays)
        ended = [stay for stay in stays if stay["end_ms"]]
        assert row["talk_ms"] == sum(stay["talk_ms"] for stay in ended)
        assert row["hold_ms"] == sum(stay["hold_ms"] for stay in ended)


@histories
@given(SEEDS)
def test_the_self_test_is_in_no_counter_and_its_agents_time_is_marked(seed: int) -> None:
    _, records = random_records(seed)
    rows = folded(records)

    assert all(queue_id != TEST_QUEUE for _, queue_id, _ in rows.qslot)
    fold = SegmentFold()
    for record in records:
        changes = fold.fold([record])
        for key in changes.agent_slot if changes else ():
            assert (key[5] == SELF_TEST_PROJECT) == (key[1] == TESTER)
