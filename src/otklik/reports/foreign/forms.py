"""The forms in which another Asterisk tells of its calls: each is a source of its own. Pure."""

from collections.abc import Callable, Iterator
from datetime import tzinfo
from functools import partial
from typing import NamedTuple

from otklik.reports.foreign.calls import make_calls
from otklik.reports.foreign.cdr import read_cdr, record_of
from otklik.reports.foreign.cel import read_cel
from otklik.reports.foreign.cel_calls import make_cel_calls
from otklik.reports.foreign.coverage import Coverage, Edge, Seen
from otklik.reports.foreign.gathering import Gathered, Gatherer, Piece
from otklik.reports.foreign.mapping import Mapping, habits_of
from otklik.reports.foreign.reading import LogFile, Read, records_of, rows_of
from otklik.reports.foreign.rows import Row, Unread, read_rows

QUEUE_LOG, CDR, CEL = "queue_log", "cdr", "cel"


class Form(NamedTuple):
    """read: lines -> rows. rows: of a file, by time. coverage: what is stored already. gatherer: where
    several rows make a call; None where each row tells of one moment."""

    read: Read
    rows: Callable[[LogFile, tzinfo, int], Iterator[Row | Unread | None]]
    coverage: Callable[[Edge], Coverage]
    gatherer: Callable[[Gathered, Mapping], Gatherer] | None = None


def _queue_log_rows(log: LogFile, zone: tzinfo, latest_ms: int) -> Iterator[Row | Unread | None]:
    return rows_of(log, zone=zone, latest_ms=latest_ms)


def _cdr_rows(log: LogFile, zone: tzinfo, latest_ms: int) -> Iterator[Row | Unread | None]:
    return records_of(log, zone=zone, latest_ms=latest_ms, read=read_cdr)


def _cdr_gatherer(state: Gathered, mapping: Mapping) -> Gatherer:
    def begun_ms(piece: Piece) -> int:
        return record_of(piece.facts).started_ms

    return Gatherer(state, partial(make_calls, habits_of(mapping)), begun_ms)


def _cel_rows(log: LogFile, zone: tzinfo, latest_ms: int) -> Iterator[Row | Unread | None]:
    return records_of(log, zone=zone, latest_ms=latest_ms, read=read_cel)


def _cel_gatherer(state: Gathered, mapping: Mapping) -> Gatherer:
    return Gatherer(state, partial(make_cel_calls, habits_of(mapping)), lambda piece: piece.at_ms)


FORMS = {
    QUEUE_LOG: Form(read_rows, _queue_log_rows, Coverage),
    CDR: Form(read_cdr, _cdr_rows, Seen, _cdr_gatherer),
    CEL: Form(read_cel, _cel_rows, Seen, _cel_gatherer),
}
