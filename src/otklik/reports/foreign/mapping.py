"""What the names and rows of a source mean: decided by people, in versions. Pure.

A mapping changes what the rows come to, so with a new one they are told anew. Titles, teams and links to own
queues and agents are only names: they stand beside it (`foreign_name`) and hold at once.
"""

from collections.abc import Mapping as Map
from datetime import timedelta

import msgspec

from otklik.reports.foreign.calls import Habits
from otklik.reports.foreign.memory import Limits, Rules
from otklik.vocabulary.refusals import Invalid

OUTCOMES: Map[str, tuple[str, ...]] = {
    "EXITWITHTIMEOUT": ("overflow", "abandoned"),
    "EXITWITHKEY": ("overflow", "abandoned"),
    "EXITEMPTY": ("overflow", "abandoned"),
    "TRANSFER": ("transferred", "completed"),
}
"""What may count as what; the first is what counts when nothing is said. TRANSFER: all three rows of it."""


class Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Against what a queue is measured; None is as for all queues of the source."""

    service_threshold_seconds: float | None = None
    short_abandon_seconds: float | None = None
    service_target: float | None = None


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """same_agents, same_queues: by name of the log, as which other one it counts. measured: for all queues;
    queues: by name of the log. outcomes: by event, as `OUTCOMES` allows. inbound, internal: patterns of
    contexts, numbers and channels (`Habits`), for sources of call records."""

    same_agents: dict[str, str] = msgspec.field(default_factory=dict)
    same_queues: dict[str, str] = msgspec.field(default_factory=dict)
    measured: Measured = Measured()
    queues: dict[str, Measured] = msgspec.field(default_factory=dict)
    outcomes: dict[str, str] = msgspec.field(default_factory=dict)
    inbound: tuple[str, ...] = ()
    internal: tuple[str, ...] = ()


def habits_of(mapping: Mapping) -> Habits:
    """Which calls come from outside."""
    return Habits(mapping.inbound, mapping.internal)


def check(mapping: Mapping, agents: set[str], queues: set[str]) -> None:
    """agents, queues: names of the log.

    Refuses `unknown_name`, `merged_with_itself`, `merged_in_turn` (into one that is merged itself) and
    `unknown_outcome`, each with its place.
    """
    for place, same, known in (
        ("same_agents", mapping.same_agents, agents),
        ("same_queues", mapping.same_queues, queues),
    ):
        for name, target in same.items():
            if name not in known or target not in known:
                raise Invalid("unknown_name", place, name=name if name not in known else target)
            if name == target:
                raise Invalid("merged_with_itself", place, name=name)
            if target in same:
                raise Invalid("merged_in_turn", place, name=name, target=target)
    for name in mapping.queues:
        if name not in queues:
            raise Invalid("unknown_name", "queues", name=name)
    for event, outcome in mapping.outcomes.items():
        if outcome not in OUTCOMES.get(event, ()):
            raise Invalid("unknown_outcome", "outcomes", event=event, outcome=outcome)


def rules_of(mapping: Mapping) -> Rules:
    """What the rows are told by."""
    limits = _limits(mapping.measured, Limits())
    return Rules(
        limits=limits,
        queues={name: _limits(measured, limits) for name, measured in mapping.queues.items()},
        same_queues=dict(mapping.same_queues),
        outcomes=dict(mapping.outcomes),
    )


class Said(msgspec.Struct, frozen=True):
    """Of an import. measured: of all queues. same: who is who, by the names of the log: `101` -> `Anna`.
    inbound, internal: patterns further to those of the mapping."""

    measured: Measured = Measured()
    same: Map[str, str] = msgspec.field(default_factory=dict)
    inbound: tuple[str, ...] = ()
    internal: tuple[str, ...] = ()


def with_said(mapping: Mapping, said: Said) -> Mapping:
    """What is said of one import is part of the mapping from then on."""
    before, measured = mapping.measured, said.measured
    return msgspec.structs.replace(
        mapping,
        measured=Measured(
            **{
                name: getattr(before, name) if (given := getattr(measured, name)) is None else given
                for name in Measured.__struct_fields__
            }
        ),
        same_agents={**mapping.same_agents, **{one: name for one, name in said.same.items() if one != name}},
        inbound=tuple(dict.fromkeys((*mapping.inbound, *said.inbound))),
        internal=tuple(dict.fromkeys((*mapping.internal, *said.internal))),
    )


def _limits(measured: Measured, default: Limits) -> Limits:
    threshold, short = measured.service_threshold_seconds, measured.short_abandon_seconds
    return Limits(
        service_threshold=default.service_threshold if threshold is None else timedelta(seconds=threshold),
        service_target=default.service_target if measured.service_target is None else measured.service_target,
        short_abandon=default.short_abandon if short is None else timedelta(seconds=short),
    )
