"""Room on the disk that holds a centre: recording stops first, calls go on."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

RESUMES_ABOVE_PERCENT = 1.0
"""So much more than is needed must be free before recording begins again: a share that swings around the
limit would otherwise stop and begin it every few seconds."""


@dataclass(slots=True)
class RecordingRoom:
    """Whether calls may be recorded. needed_percent: free share, 0-100, below which they may not."""

    needed_percent: float
    is_allowed: bool = True

    @property
    def resumes_percent(self) -> float:
        """The free share at which recording begins again."""
        return min(self.needed_percent + RESUMES_ABOVE_PERCENT, 100.0)

    def note(self, free_percent: float | None) -> bool:
        """Takes up what is free now; True if that changes whether calls may be recorded.

        None: it cannot be told, and then nothing can be written there either.
        """
        limit = self.needed_percent if self.is_allowed else self.resumes_percent
        is_allowed = free_percent is not None and free_percent >= limit
        changed = is_allowed != self.is_allowed
        self.is_allowed = is_allowed
        return changed


def free_percent(folders: Iterable[Path]) -> float | None:
    """Free share, 0-100, of the fullest of the disks that hold these folders (those that exist); None if one
    cannot be read, or none exists.

    Of what this program may use: file systems keep a few percent for root.
    """
    shares = []
    for folder in folders:
        try:
            usage = shutil.disk_usage(folder)
        except FileNotFoundError:
            continue
        except OSError:
            return None
        shares.append(usage.free * 100 / usage.total if usage.total else 0.0)
    return round(min(shares), 2) if shares else None
