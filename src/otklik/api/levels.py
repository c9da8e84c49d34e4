"""By what the service levels of a report were counted, for its answer and its file."""

from collections.abc import Mapping

from otklik.api.schemas.levels import LevelUsed
from otklik.reports import service as reports


def level_rows(levels: reports.Levels, names: Mapping[int, str]) -> list[LevelUsed]:
    """As JSON. names: given to queues elsewhere than in their journal."""
    return [
        LevelUsed(
            queue_id=one.queue_id,
            queue=names.get(one.queue_id, name),
            since=one.since,
            formula=one.rules.formula,
            threshold_seconds=one.rules.threshold.total_seconds(),
            target=one.rules.target,
            short_abandon_seconds=one.rules.short_abandon.total_seconds(),
        )
        for one, name in levels.used
    ]


def level_lines(levels: reports.Levels, names: Mapping[int, str]) -> list[tuple[str, str]]:
    """Lines of a file's page of definitions; none where nobody defined anything."""
    lines = [
        (
            "level_used",
            f"{one.queue or '*'}, {one.since or '—'}: {one.formula}, T {one.threshold_seconds:g} s,"
            f" s {one.short_abandon_seconds:g} s, {one.target * 100:g} %",
        )
        for one in level_rows(levels, names)
    ]
    return [*lines, ("levels_joined", "sum(level_part) / sum(level_whole)")] if levels.is_joined else lines
