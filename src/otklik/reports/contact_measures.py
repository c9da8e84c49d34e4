"""Measures of waits, repeated contacts, calls by number and chosen outcomes. Pure.

As those of `measures.py`: one name, one version, one formula, None without data. The facts are not counters
but come from the stays and interactions themselves.
"""

from dataclasses import dataclass

from otklik.reports.measures import Definition, Unit, mean_seconds, share


@dataclass(frozen=True, slots=True)
class WaitFacts:
    """Waits of stays in a queue that ended with an answer or were abandoned; those who still wait and those
    who left by a rule have none. The percentiles are no sums."""

    answered: int = 0
    abandoned: int = 0
    in_sl: int = 0
    wait_ms: int = 0
    aband_ms: int = 0
    median_ms: int | None = None
    p90_ms: int | None = None
    max_ms: int | None = None
    aband_median_ms: int | None = None
    aband_p90_ms: int | None = None
    aband_max_ms: int | None = None


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


_DISC = "percentile_disc"

WAIT_MEASURES: tuple[Definition[WaitFacts], ...] = (
    Definition("answered", Unit.COUNT, "answered", lambda f: f.answered, drill="answered"),
    Definition(
        name="wait_median_seconds",
        unit=Unit.SECONDS,
        formula="sorted(wait_ms of the answered)[ceil(0.5 * answered)]",
        compute=lambda f: _seconds(f.median_ms),
        source=_DISC,
        drill="answered",
    ),
    Definition(
        name="wait_p90_seconds",
        unit=Unit.SECONDS,
        formula="sorted(wait_ms of the answered)[ceil(0.9 * answered)]",
        compute=lambda f: _seconds(f.p90_ms),
        source=_DISC,
        drill="answered",
    ),
    Definition(
        name="wait_longest_seconds",
        unit=Unit.SECONDS,
        formula="max(wait_ms of the answered)",
        compute=lambda f: _seconds(f.max_ms),
        drill="answered",
    ),
    Definition("abandoned", Unit.COUNT, "abandoned", lambda f: f.abandoned, drill="abandoned"),
    Definition(
        name="abandoned_median_seconds",
        unit=Unit.SECONDS,
        formula="sorted(wait_ms of the abandoned)[ceil(0.5 * abandoned)]",
        compute=lambda f: _seconds(f.aband_median_ms),
        source=_DISC,
        drill="abandoned",
    ),
    Definition(
        name="abandoned_p90_seconds",
        unit=Unit.SECONDS,
        formula="sorted(wait_ms of the abandoned)[ceil(0.9 * abandoned)]",
        compute=lambda f: _seconds(f.aband_p90_ms),
        source=_DISC,
        drill="abandoned",
    ),
    Definition(
        name="abandoned_longest_seconds",
        unit=Unit.SECONDS,
        formula="max(wait_ms of the abandoned)",
        compute=lambda f: _seconds(f.aband_max_ms),
        drill="abandoned",
    ),
    Definition(
        name="patience_seconds",
        unit=Unit.SECONDS,
        formula="(wait_ms of the answered + wait_ms of the abandoned) / abandoned",
        compute=lambda f: mean_seconds(f.wait_ms + f.aband_ms, f.abandoned),
        source="Brown et al. 2005, Statistical analysis of a telephone call center: who was answered had"
        " patience for at least as long; maximum likelihood for exponential patience (Erlang A)",
    ),
)


@dataclass(frozen=True, slots=True)
class RepeatFacts:
    """Answered inbound contacts of known customers. settled: those whose days are over, so that one knows;
    repeated: of them, those after which the customer came again within his days. unknown: contacts without a
    customer's number, which nobody can tell."""

    contacts: int = 0
    settled: int = 0
    repeated: int = 0
    unknown: int = 0


REPEAT_MEASURES: tuple[Definition[RepeatFacts], ...] = (
    Definition(
        name="contacts",
        unit=Unit.COUNT,
        formula="answered inbound interactions with a customer's number",
        compute=lambda f: f.contacts,
    ),
    Definition(
        name="settled_contacts",
        unit=Unit.COUNT,
        formula="contacts that ended more than N days ago",
        compute=lambda f: f.settled,
        parameters=("repeat_days",),
        drill="settled",
    ),
    Definition(
        name="repeated_contacts",
        unit=Unit.COUNT,
        formula="settled_contacts after which the customer came again within N days",
        compute=lambda f: f.repeated,
        parameters=("repeat_days",),
        drill="repeated",
    ),
    Definition(
        name="first_contact_resolution",
        unit=Unit.SHARE,
        formula="1 - repeated_contacts / settled_contacts",
        compute=lambda f: share(f.settled - f.repeated, f.settled),
        parameters=("repeat_days",),
        source="gross FCR by repeat contact; SQM and others take windows of 1 to 30 days",
        drill="settled",
    ),
    Definition(
        name="unknown_contacts",
        unit=Unit.COUNT,
        formula="answered inbound interactions without a customer's number",
        compute=lambda f: f.unknown,
    ),
)


@dataclass(frozen=True, slots=True)
class CallFacts:
    """Inbound interactions: calls = answered + abandoned + by_rule + in_flow + those that go on
    unanswered."""

    calls: int = 0
    calls_answered: int = 0
    calls_abandoned: int = 0
    calls_by_rule: int = 0
    calls_in_flow: int = 0
    customers: int = 0
    wait_ms: int = 0
    talk_ms: int = 0


CALL_MEASURES: tuple[Definition[CallFacts], ...] = (
    Definition("calls", Unit.COUNT, "inbound interactions", lambda f: f.calls, drill="calls"),
    Definition(
        "calls_answered",
        Unit.COUNT,
        "calls that an agent answered",
        lambda f: f.calls_answered,
        drill="calls_answered",
    ),
    Definition(
        "calls_abandoned",
        Unit.COUNT,
        "calls that were in a queue or at an agent and ended unanswered, not by a rule",
        lambda f: f.calls_abandoned,
        drill="calls_abandoned",
    ),
    Definition(
        "calls_by_rule",
        Unit.COUNT,
        "calls that left a queue by a rule: voicemail, callback, overflow, closed",
        lambda f: f.calls_by_rule,
        drill="calls_by_rule",
    ),
    Definition(
        "calls_in_flow",
        Unit.COUNT,
        "calls that ended in the flow and reached no queue",
        lambda f: f.calls_in_flow,
        drill="calls_in_flow",
    ),
    Definition(
        name="answered_share",
        unit=Unit.SHARE,
        formula="calls_answered / calls",
        compute=lambda f: share(f.calls_answered, f.calls),
        drill="calls_answered",
    ),
    Definition("customers", Unit.COUNT, "different customers' numbers among calls", lambda f: f.customers),
    Definition(
        name="talk_per_call_seconds",
        unit=Unit.SECONDS,
        formula="talk_ms / calls_answered",
        compute=lambda f: mean_seconds(f.talk_ms, f.calls_answered),
        drill="calls_answered",
    ),
)


@dataclass(frozen=True, slots=True)
class OutcomeFacts:
    """Interactions with a talk that are over, with one outcome that an agent chose (or none). all: with any.
    The times are those of the stays whose wrap-up is over."""

    chosen: int = 0
    all: int = 0
    handled: int = 0
    talk_ms: int = 0
    hold_ms: int = 0
    wrap_ms: int = 0


OUTCOME_MEASURES: tuple[Definition[OutcomeFacts], ...] = (
    Definition("chosen", Unit.COUNT, "interactions with this outcome", lambda f: f.chosen),
    Definition(
        name="chosen_share",
        unit=Unit.SHARE,
        formula="interactions with this outcome / interactions with a talk",
        compute=lambda f: share(f.chosen, f.all),
    ),
    Definition(
        name="aht_seconds",
        unit=Unit.SECONDS,
        formula="(talk_ms + hold_ms + wrap_ms) / handled",
        compute=lambda f: mean_seconds(f.talk_ms + f.hold_ms + f.wrap_ms, f.handled),
    ),
)
