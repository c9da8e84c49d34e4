"""Many recordings as one ZIP, written while it is sent: no file of its own, little memory, any size.

Each file is read once and hashed on the way; the manifest at the end says which are the very files that were
stored, and which could not be given and why.
"""

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from otklik.quality.model import Recording
from otklik.quality.service import file_name, file_of
from otklik.vocabulary.refusals import NotFound
from otklik.vocabulary.time import duration_ms

MANIFEST = "manifest.csv"
COLUMNS = (
    "file", "segment_id", "interaction_id", "began_at", "duration_ms", "queue_id", "agent_id", "sha256",
    "is_intact", "problem", "card_data_pauses_ms",
)  # fmt: skip
_PIECE = 256 * 1024


class _Pipe(io.RawIOBase):
    """Takes what the ZIP writes and gives it away piece by piece; it cannot be sought in."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._place = 0

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        return self._place

    def write(self, piece: object) -> int:
        data_of_it = bytes(piece)  # type: ignore[call-overload]
        self._pieces.append(data_of_it)
        self._place += len(data_of_it)
        return len(data_of_it)

    def taken(self) -> bytes:
        found, self._pieces = b"".join(self._pieces), []
        return found


def archive(recordings: Iterable[Recording], home: Path) -> Iterator[bytes]:
    """The ZIP's bytes in order. Blocks while it reads: iterate in a thread."""
    pipe = _Pipe()
    lines: list[tuple[object, ...]] = []
    # Opus does not get smaller by packing, so it is only put in.
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as whole:
        for recording in recordings:
            yield from _one(recording, home, whole, pipe, lines)
        text = io.StringIO(newline="")
        table = csv.writer(text)
        table.writerow(COLUMNS)
        table.writerows(lines)
        whole.writestr(MANIFEST, text.getvalue())
        yield pipe.taken()
    yield pipe.taken()


def _one(
    recording: Recording, home: Path, whole: zipfile.ZipFile, pipe: _Pipe, lines: list[tuple[object, ...]]
) -> Iterator[bytes]:
    name, heard, problem = file_name(recording), "", ""
    try:
        file = file_of(recording, home).open("rb")
    except NotFound as missing:
        problem = missing.code
    except OSError:
        problem = "not_readable"
    else:
        digest = hashlib.sha256()
        began = recording.begins_at.timetuple()[:6]
        with file, whole.open(zipfile.ZipInfo(name, date_time=began), "w", force_zip64=True) as out:
            while piece := file.read(_PIECE):
                digest.update(piece)
                out.write(piece)
                yield pipe.taken()
        heard = digest.hexdigest()
        problem = "" if heard == recording.sha256 else "hash_differs"
        yield pipe.taken()
    lines.append(
        (
            name if heard else "",
            recording.segment_id,
            recording.interaction_id,
            recording.begins_at.isoformat(),
            duration_ms(recording.duration),
            recording.queue_id,
            recording.agent_id,
            recording.sha256,
            int(bool(heard) and not problem),
            problem,
            recording.pauses,
        )
    )
