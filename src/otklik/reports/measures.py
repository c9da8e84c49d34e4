"""Every measure: one name, one version, one formula, its parameters and where it comes from. Pure.

Live tile, report, export and command line compute with these objects and nothing else. Shares are fractions;
None means that there is no data, which is neither 0 nor 100 %. A changed definition is a new version: the old
one stays. The facts named in a formula are columns of `qslot` and `agent_slot`, summed over what is asked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Generic, TypeVar

from otklik.reports import codes
from otklik.vocabulary.ids import SELF_TEST_PROJECT

EXCLUDED_PROJECT = SELF_TEST_PROJECT
"""What the self-test does is nobody's work: no report, counter or board has it."""


class Unit(StrEnum):
    """What a number counts. A share is a fraction; money is whole minor units of the site's currency."""

    COUNT = "count"
    SHARE = "share"
    SECONDS = "seconds"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """Sums of `qslot`. p90_wait_ms is no sum: it comes from the stays themselves.

    level_part, level_whole: what the formulas that were valid add to F6's part and whole (may be below 0); 0
    where F6 was valid. They are sums, so facts of different formulas may be added.
    """

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    short_ab: int = 0
    aband_in_t: int = 0
    overflow: int = 0
    transferred: int = 0
    in_sl: int = 0
    handled: int = 0
    wait_ms: int = 0
    aband_ms: int = 0
    ring_ms: int = 0
    talk_ms: int = 0
    hold_ms: int = 0
    wrap_ms: int = 0
    max_wait_ms: int = 0
    level_part: int = 0
    level_whole: int = 0
    p90_wait_ms: int | None = None


@dataclass(frozen=True, slots=True)
class LevelTerms:
    """A formula of the service level as F6 and what it adds to it: factors of short_ab, aband_in_t and
    abandoned in the part and in the whole."""

    short_in_part: int = 0
    in_time_in_part: int = 0
    short_in_whole: int = 0
    in_time_in_whole: int = 0
    abandoned_in_whole: int = 0

    def part(self, facts: QueueFacts) -> int:
        """What is added to the answered in time."""
        return self.short_in_part * facts.short_ab + self.in_time_in_part * facts.aband_in_t

    def whole(self, facts: QueueFacts) -> int:
        """What is added to answered + abandoned - short_ab."""
        return (
            self.short_in_whole * facts.short_ab
            + self.in_time_in_whole * facts.aband_in_t
            + self.abandoned_in_whole * facts.abandoned
        )


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """Sums of `agent_slot` by state, of the agent's stays, and of his offers. transferred, holds,
    unpaid_pause_ms: only where teams are compared."""

    not_ready_ms: int = 0
    ready_ms: int = 0
    offered_ms: int = 0
    connecting_ms: int = 0
    connected_ms: int = 0
    held_ms: int = 0
    wrap_up_ms: int = 0
    reconnecting_ms: int = 0
    handled: int = 0
    missed_offers: int = 0
    ring_ms: int = 0
    talk_ms: int = 0
    hold_ms: int = 0
    wrap_ms: int = 0
    transferred: int = 0
    holds: int = 0
    unpaid_pause_ms: int = 0


@dataclass(frozen=True, slots=True)
class AttendanceFacts:
    """Where the time of an agent's day went. handling: from the offer to the end of wrap-up. rule: not ready
    without a reason of his own (just signed in, an offer missed, the phone lost)."""

    handling_ms: int = 0
    ready_ms: int = 0
    practice_ms: int = 0
    paid_pause_ms: int = 0
    unpaid_pause_ms: int = 0
    rule_ms: int = 0


STATE_FIELDS = {
    codes.NOT_READY: "not_ready_ms",
    codes.READY: "ready_ms",
    codes.OFFERED: "offered_ms",
    codes.CONNECTING: "connecting_ms",
    codes.CONNECTED: "connected_ms",
    codes.HELD: "held_ms",
    codes.WRAP_UP: "wrap_up_ms",
    codes.RECONNECTING: "reconnecting_ms",
}
"""Which field of AgentFacts the time in a state goes to. Signed-out time is not kept."""

Facts = TypeVar("Facts")


@dataclass(frozen=True, slots=True)
class Definition(Generic[Facts]):
    """A measure. formula: of the facts, as shown beside the number. parameters: settings that change it.

    drill: which stays stand behind the number; the name of a condition in `store.py`, "" when there is none.
    terms: of a formula of the service level, the same as what it adds to F6.
    """

    name: str
    unit: Unit
    formula: str
    compute: Callable[[Facts], float | int | None]
    parameters: tuple[str, ...] = ()
    version: int = 1
    source: str = ""
    drill: str = ""
    terms: LevelTerms | None = None

    def __call__(self, facts: Facts) -> float | int | None:
        return self.compute(facts)


def share(part: int, whole: int) -> float | None:
    """A fraction; None without a whole."""
    return part / whole if whole > 0 else None


def mean_seconds(total_ms: int, count: int) -> float | None:
    """A mean of milliseconds in seconds, whole milliseconds; None without anything to divide by."""
    return round(total_ms / count) / 1000 if count > 0 else None


def percentile(values: Sequence[int], p: float) -> int | None:
    """The smallest value that at least a share `p` of all do not exceed: sorted[ceil(p * n)], from 1.

    The same on every engine (PostgreSQL percentile_disc, DuckDB quantile_disc).
    """
    if not values:
        return None
    rank = -(-len(values) * round(p * 10_000) // 10_000)
    return sorted(values)[max(rank, 1) - 1]


# --- service levels: six formulas from one data set

ACCEPTANCE = QueueFacts(offered=1060, answered=1000, abandoned=60, short_ab=10, aband_in_t=20, in_sl=860)
"""Answered 1000 (860 of them in T); abandoned 60 (20 in T, 10 of these short). F1 ... F6 are known for it."""

_T = ("service_threshold",)
_T_AND_S = ("service_threshold", "short_abandon")

SERVICE_LEVELS: dict[str, Definition[QueueFacts]] = {
    "F1": Definition(
        name="answered_or_abandoned_in_time/offered",
        unit=Unit.SHARE,
        formula="(in_sl + aband_in_t) / (answered + abandoned)",
        compute=lambda f: share(f.in_sl + f.aband_in_t, f.answered + f.abandoned),
        parameters=_T,
        source="Asterisk ServiceLevelPerf2; Cisco 'abandon positive'",
        drill="answered",
        terms=LevelTerms(in_time_in_part=1, short_in_whole=1),
    ),
    "F2": Definition(
        name="answered_in_time/answered",
        unit=Unit.SHARE,
        formula="in_sl / answered",
        compute=lambda f: share(f.in_sl, f.answered),
        parameters=_T,
        source="Asterisk ServiceLevelPerf; ICMI advises against it",
        drill="answered",
        terms=LevelTerms(short_in_whole=1, abandoned_in_whole=-1),
    ),
    "F3": Definition(
        name="answered_in_time/offered",
        unit=Unit.SHARE,
        formula="in_sl / (answered + abandoned)",
        compute=lambda f: share(f.in_sl, f.answered + f.abandoned),
        parameters=_T,
        source="Cisco 'abandon negative'; the strictest",
        drill="answered",
        terms=LevelTerms(short_in_whole=1),
    ),
    "F4": Definition(
        name="answered_in_time/offered_without_abandoned_in_time",
        unit=Unit.SHARE,
        formula="in_sl / (answered + abandoned - aband_in_t)",
        compute=lambda f: share(f.in_sl, f.answered + f.abandoned - f.aband_in_t),
        parameters=_T,
        source="Cisco 'abandon ignored', Bright Pattern, XCALLY",
        drill="answered",
        terms=LevelTerms(short_in_whole=1, in_time_in_whole=-1),
    ),
    "F5": Definition(
        name="answered_in_time_or_short_abandoned/offered",
        unit=Unit.SHARE,
        formula="(in_sl + short_ab) / (answered + abandoned)",
        compute=lambda f: share(f.in_sl + f.short_ab, f.answered + f.abandoned),
        parameters=_T_AND_S,
        source="ICMI variant",
        drill="answered",
        terms=LevelTerms(short_in_part=1, short_in_whole=1),
    ),
    "F6": Definition(
        name="answered_in_time/offered_without_short_abandons",
        unit=Unit.SHARE,
        formula="in_sl / (answered + abandoned - short_ab)",
        compute=lambda f: share(f.in_sl, f.answered + f.abandoned - f.short_ab),
        parameters=_T_AND_S,
        source="Genesys (short abandons off), Talkdesk contacts model, Vonage",
        drill="answered",
        terms=LevelTerms(),
    ),
}


def _count(name: str, drill: str, formula: str, *parameters: str) -> Definition[QueueFacts]:
    column = formula

    def compute(facts: QueueFacts) -> int:
        value: int = getattr(facts, column)
        return value

    return Definition(
        name=name, unit=Unit.COUNT, formula=formula, compute=compute, parameters=parameters, drill=drill
    )


def _under(name: str, formula: Definition[QueueFacts]) -> Definition[QueueFacts]:
    return Definition(
        name=name,
        unit=formula.unit,
        formula=formula.formula,
        compute=formula.compute,
        parameters=formula.parameters,
        source=f"{formula.name}; {formula.source}",
        drill=formula.drill,
    )


def level_counts(facts: QueueFacts) -> tuple[int, int]:
    """The part and the whole of the service level, by the formulas that were valid."""
    return (
        facts.in_sl + facts.level_part,
        facts.answered + facts.abandoned - facts.short_ab + facts.level_whole,
    )


OFFERED = _count("offered", "offered", "offered")
ANSWERED = _count("answered", "answered", "answered")
ABANDONED = _count("abandoned", "abandoned", "abandoned")
SHORT_ABANDONS = _count("short_abandons", "short_ab", "short_ab", "short_abandon")
OVERFLOWS = _count("overflows", "overflow", "overflow")
TRANSFERRED = _count("transferred", "transferred", "transferred")
USUAL_LEVEL = "F6"
"""Where nobody defined anything else."""
SERVICE_LEVEL: Definition[QueueFacts] = Definition(
    name="service_level",
    unit=Unit.SHARE,
    formula="(in_sl + level_part) / (answered + abandoned - short_ab + level_whole)",
    compute=lambda f: share(level_counts(f)[0], level_counts(f)[1]),
    parameters=("service_formula", *_T_AND_S),
    version=2,
    source="the formula valid on each day (F1-F6; F6 unless defined); sums: parts over wholes",
    drill="answered",
)
SERVICE_LEVEL_STRICT = _under("service_level_strict", SERVICE_LEVELS["F3"])
ABANDONMENT_RATE: Definition[QueueFacts] = Definition(
    name="abandonment_rate",
    unit=Unit.SHARE,
    formula="abandoned / offered",
    compute=lambda f: share(f.abandoned, f.offered),
    source="Genesys",
    drill="abandoned",
)
AVERAGE_WAIT: Definition[QueueFacts] = Definition(
    name="average_wait_seconds",
    unit=Unit.SECONDS,
    formula="wait_ms / answered",
    compute=lambda f: mean_seconds(f.wait_ms, f.answered),
    source="ASA: of the answered, from entering the queue to the talk, ringing included",
    drill="answered",
)
WAIT_P90: Definition[QueueFacts] = Definition(
    name="wait_p90_seconds",
    unit=Unit.SECONDS,
    formula="sorted(wait_ms of the answered)[ceil(0.9 * answered)]",
    compute=lambda f: None if f.p90_wait_ms is None else f.p90_wait_ms / 1000,
    source="percentile_disc",
    drill="answered",
)
LONGEST_WAIT: Definition[QueueFacts] = Definition(
    name="longest_wait_seconds",
    unit=Unit.SECONDS,
    formula="max(wait_ms of the answered and the abandoned)",
    compute=lambda f: f.max_wait_ms / 1000 if f.offered else None,
    drill="offered",
)
AHT: Definition[QueueFacts] = Definition(
    name="aht_seconds",
    unit=Unit.SECONDS,
    formula="(talk_ms + hold_ms + wrap_ms) / handled",
    compute=lambda f: mean_seconds(f.talk_ms + f.hold_ms + f.wrap_ms, f.handled),
    drill="handled",
)
AHT_RING: Definition[QueueFacts] = Definition(
    name="aht_ring_seconds",
    unit=Unit.SECONDS,
    formula="(ring_ms + talk_ms + hold_ms + wrap_ms) / handled",
    compute=lambda f: mean_seconds(f.ring_ms + f.talk_ms + f.hold_ms + f.wrap_ms, f.handled),
    source="AHT-R: with the ringing of the offer that was taken",
    drill="handled",
)

QUEUE_MEASURES: tuple[Definition[QueueFacts], ...] = (
    OFFERED,
    ANSWERED,
    ABANDONED,
    SHORT_ABANDONS,
    OVERFLOWS,
    SERVICE_LEVEL,
    SERVICE_LEVEL_STRICT,
    AVERAGE_WAIT,
    WAIT_P90,
    AHT,
    AHT_RING,
)
"""The columns of the reports on queues, in their order."""

HEAT_MEASURES: tuple[Definition[QueueFacts], ...] = (
    OFFERED,
    ANSWERED,
    ABANDONED,
    ABANDONMENT_RATE,
    SERVICE_LEVEL,
    AVERAGE_WAIT,
    AHT,
)
"""What hours of the week are compared by."""

# --- agents


def signed_in_ms(facts: AgentFacts) -> int:
    """All time from signing in to signing out."""
    return sum(getattr(facts, name) for name in STATE_FIELDS.values())


def _busy_ms(facts: AgentFacts) -> int:
    return facts.connected_ms + facts.held_ms + facts.reconnecting_ms + facts.wrap_up_ms


def _staffed_ms(facts: AgentFacts) -> int:
    return facts.ready_ms + facts.offered_ms + facts.connecting_ms + _busy_ms(facts)


def _seconds(name: str, formula: str, compute: Callable[[AgentFacts], int]) -> Definition[AgentFacts]:
    return Definition(
        name=name, unit=Unit.SECONDS, formula=formula, compute=lambda facts: compute(facts) / 1000
    )


SIGNED_IN = _seconds("signed_in_seconds", "sum of all states", signed_in_ms)
OCCUPANCY: Definition[AgentFacts] = Definition(
    name="occupancy",
    unit=Unit.SHARE,
    formula="(connected + held + wrap_up) / (ready + offered + connecting + connected + held + wrap_up)",
    compute=lambda f: share(_busy_ms(f), _staffed_ms(f)),
    source="COPC; pauses stand outside, reconnecting counts as held",
)
AGENT_AHT: Definition[AgentFacts] = Definition(
    name="aht_seconds",
    unit=Unit.SECONDS,
    formula="(talk_ms + hold_ms + wrap_ms) / handled",
    compute=lambda f: mean_seconds(f.talk_ms + f.hold_ms + f.wrap_ms, f.handled),
    drill="handled_by_agent",
)
HANDLED: Definition[AgentFacts] = Definition(
    name="handled",
    unit=Unit.COUNT,
    formula="stays with a talk whose wrap-up is over",
    compute=lambda f: f.handled,
    drill="handled_by_agent",
)
MISSED_OFFERS: Definition[AgentFacts] = Definition(
    name="missed_offers",
    unit=Unit.COUNT,
    formula="offers declined, expired or withdrawn because the device failed",
    compute=lambda f: f.missed_offers,
    drill="missed_offers",
)

AGENT_MEASURES: tuple[Definition[AgentFacts], ...] = (
    SIGNED_IN,
    _seconds("ready_seconds", "ready", lambda f: f.ready_ms),
    _seconds("not_ready_seconds", "not_ready", lambda f: f.not_ready_ms),
    _seconds("offered_seconds", "offered", lambda f: f.offered_ms),
    _seconds("connecting_seconds", "connecting", lambda f: f.connecting_ms),
    _seconds("connected_seconds", "connected", lambda f: f.connected_ms),
    _seconds("held_seconds", "held + reconnecting", lambda f: f.held_ms + f.reconnecting_ms),
    _seconds("wrap_up_seconds", "wrap_up", lambda f: f.wrap_up_ms),
    HANDLED,
    MISSED_OFFERS,
    AGENT_AHT,
    OCCUPANCY,
)
"""The columns of the report on agents, in their order."""


PAGE_MEASURES: tuple[Definition[QueueFacts] | Definition[AgentFacts], ...] = (
    OFFERED,
    ANSWERED,
    ABANDONED,
    SERVICE_LEVEL,
    ABANDONMENT_RATE,
    AVERAGE_WAIT,
    AHT,
    OCCUPANCY,
)
"""The numbers of the page of a day, a week or a month, in their order."""


# --- teams side by side


def _mean(name: str, part: str) -> Definition[AgentFacts]:
    return Definition(
        name=name,
        unit=Unit.SECONDS,
        formula=f"{part} / handled",
        compute=lambda f: mean_seconds(getattr(f, part), f.handled),
        drill="handled_by_agent",
    )


UTILIZATION: Definition[AgentFacts] = Definition(
    name="utilization",
    unit=Unit.SHARE,
    formula="(connected + held + wrap_up) / (signed_in - unpaid pauses)",
    compute=lambda f: share(_busy_ms(f), signed_in_ms(f) - f.unpaid_pause_ms),
    source="of the paid time; occupancy leaves out pauses, this does not",
)
TRANSFERS: Definition[AgentFacts] = Definition(
    name="transfers",
    unit=Unit.COUNT,
    formula="stays handed over to another agent or queue",
    compute=lambda f: f.transferred,
)
HOLDS: Definition[AgentFacts] = Definition(
    name="holds", unit=Unit.COUNT, formula="times a customer was put on hold", compute=lambda f: f.holds
)

TEAM_MEASURES: tuple[Definition[AgentFacts], ...] = (
    HANDLED,
    AGENT_AHT,
    _mean("average_talk_seconds", "talk_ms"),
    _mean("average_hold_seconds", "hold_ms"),
    _mean("average_wrap_up_seconds", "wrap_ms"),
    _mean("average_ring_seconds", "ring_ms"),
    OCCUPANCY,
    UTILIZATION,
    MISSED_OFFERS,
    TRANSFERS,
    Definition(
        name="transfer_rate",
        unit=Unit.SHARE,
        formula="transferred / handled",
        compute=lambda f: share(f.transferred, f.handled),
    ),
    HOLDS,
    SIGNED_IN,
)
"""The columns of the comparison of teams, in their order."""


# --- timesheets


def present_ms(facts: AttendanceFacts) -> int:
    """All time from signing in to signing out, practice too."""
    return sum(getattr(facts, one.name) for one in fields(AttendanceFacts))


def _attended(
    name: str, formula: str, compute: Callable[[AttendanceFacts], int], source: str = ""
) -> Definition[AttendanceFacts]:
    return Definition(
        name=name,
        unit=Unit.SECONDS,
        formula=formula,
        compute=lambda facts: compute(facts) / 1000,
        source=source,
    )


TIMESHEET_MEASURES: tuple[Definition[AttendanceFacts], ...] = (
    _attended("present_seconds", "sum of all states, practice too", present_ms),
    _attended(
        "handling_seconds",
        "offered + connecting + connected + held + reconnecting + wrap_up",
        lambda f: f.handling_ms,
    ),
    _attended("ready_seconds", "ready", lambda f: f.ready_ms),
    _attended("rule_seconds", "not_ready without a reason of his own", lambda f: f.rule_ms),
    _attended("practice_seconds", "calls of the practice", lambda f: f.practice_ms),
    _attended("paid_pause_seconds", "not_ready, reasons that are paid", lambda f: f.paid_pause_ms),
    _attended("unpaid_pause_seconds", "not_ready, reasons that are not paid", lambda f: f.unpaid_pause_ms),
    _attended(
        "worked_seconds",
        "present - paid_pause - unpaid_pause",
        lambda f: present_ms(f) - f.paid_pause_ms - f.unpaid_pause_ms,
    ),
    _attended(
        "payable_seconds",
        "present - unpaid_pause",
        lambda f: present_ms(f) - f.unpaid_pause_ms,
        "reasons are paid or not as they are set now",
    ),
)
"""The columns of the timesheet, in their order."""


def compute_all(measures: Sequence[Definition[Facts]], facts: Facts) -> Mapping[str, float | int | None]:
    """All of them by name."""
    return {measure.name: measure(facts) for measure in measures}
