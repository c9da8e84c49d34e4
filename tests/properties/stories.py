"""What was done to an engine, in order: kept, shortened and told again.

A seed means something only to the program that drew from it; a story means the same for ever. The corpus
(`corpus/*.jsonl`) holds the stories that once failed, each as short as it could be made.
"""

import contextlib
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from otklik.acd.commands import AcdCommand
from otklik.acd.events import AcdEvent
from otklik.vocabulary.refusals import Refused
from tests.acd.witness import Witness

CORPUS = Path(__file__).parent / "corpus"


class Handle(msgspec.Struct, tag="handle"):
    command: AcdCommand


class Advance(msgspec.Struct, tag="advance"):
    at: datetime


class CatchUp(msgspec.Struct, tag="catch_up"):
    at: datetime


class Restart(msgspec.Struct, tag="restart"):
    by_snapshot: bool


Line = Handle | Advance | CatchUp | Restart


class Story:
    """Passes on to a witness what is done, and remembers it."""

    def __init__(self, witness: Witness) -> None:
        self.witness = witness
        self.lines: list[Line] = []

    def handle(self, command: AcdCommand) -> list[AcdEvent]:
        self.lines.append(Handle(command))
        return self.witness.handle(command)

    def advance(self, at: datetime) -> list[AcdEvent]:
        self.lines.append(Advance(at))
        return self.witness.advance(at)

    def catch_up(self, at: datetime) -> None:
        self.lines.append(CatchUp(at))
        self.witness.catch_up(at)

    def restart(self, *, by_snapshot: bool) -> None:
        self.lines.append(Restart(by_snapshot))
        self.witness.restart(by_snapshot=by_snapshot)


def tell(lines: Iterable[Line]) -> Witness:
    """Do it all again, with everything checked from scratch after every step."""
    witness = Witness(full_every=1)
    for line in lines:
        match line:
            case Handle():
                with contextlib.suppress(Refused):
                    witness.handle(line.command)
            case Advance():
                witness.advance(line.at)
            case CatchUp():
                witness.catch_up(line.at)
            case Restart():
                witness.restart(by_snapshot=line.by_snapshot)
    witness.compare_replay()
    return witness


def failure_of(lines: Iterable[Line]) -> Exception | None:
    """What goes wrong in a story, if anything does."""
    try:
        tell(lines)
    except Exception as failure:  # noqa: BLE001 - a violation may show as anything: a KeyError in the core too
        return failure
    return None


def shortened(lines: list[Line], fails: Callable[[list[Line]], object | None] = failure_of) -> list[Line]:
    """The same failure with as few lines as can be found by leaving out ever smaller pieces.

    Source: A. Zeller, R. Hildebrandt 2002, "Simplifying and isolating failure-inducing input" (ddmin, without
    its tests of single subsets).
    """
    size = len(lines) // 2
    while size:
        start = 0
        while start < len(lines):
            fewer = lines[:start] + lines[start + size :]
            if fails(fewer):
                lines = fewer
            else:
                start += size
        size //= 2
    return lines


def read(file: Path) -> list[Line]:
    return [msgspec.json.decode(line, type=Line) for line in file.read_text(encoding="utf-8").splitlines()]


def write(file: Path, lines: Iterable[Line]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(msgspec.json.encode(line).decode() + "\n" for line in lines), encoding="utf-8")
