"""What others may ask: lists of recordings, the file for a player or a download, its waveform, its hash."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from otklik.quality import audio, store
from otklik.quality.model import Recording
from otklik.quality.peaks import waveform
from otklik.vocabulary.ids import AgentId, InteractionId, QueueId, SegmentId, SiteId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.refusals import NotFound
from otklik.vocabulary.time import duration_ms

MEDIA_TYPE = "audio/ogg; codecs=opus"
LARGEST_PAGE = 500


class ManifestProblem(Value):
    """A stored recording that is not what the manifest says. problem: file_missing, hash_differs,
    not_readable."""

    segment_id: SegmentId
    path: str
    problem: str


async def find_recording(connection: Any, site_id: SiteId, segment_id: SegmentId) -> Recording:
    """One recording; raises NotFound `recording_unknown`."""
    found = await store.find_recording(connection, site_id, segment_id)
    if found is None:
        raise NotFound("recording_unknown", segment_id=segment_id)
    return found


async def recorded_now(connection: Any, site_id: SiteId) -> dict[InteractionId, tuple[int, int]]:
    """Interactions of now that are recorded: since when card data is being said and when the desk asks, in
    milliseconds; 0 and 0 while everything is recorded."""
    return await store.find_recorded_now(connection, site_id)


async def list_of_interaction(
    connection: Any, site_id: SiteId, interaction_id: InteractionId
) -> list[Recording]:
    """All recordings of an interaction, missing ones too, in the order of its segments."""
    return await store.find_recordings_of(connection, site_id, interaction_id)


async def recordings_of_segments(
    connection: Any, site_id: SiteId, segment_ids: Sequence[SegmentId]
) -> dict[SegmentId, Recording]:
    """The recordings of these segments, as far as there is a line for them."""
    found = await store.find_recordings_in(connection, site_id, segment_ids)
    return {recording.segment_id: recording for recording in found}


async def list_between(  # noqa: PLR0913 - the filters of a list
    connection: Any,
    site_id: SiteId,
    *,
    since: datetime,
    until: datetime,
    agent_ids: Sequence[AgentId] | None = None,
    queue_ids: Sequence[QueueId] | None = None,
    before: SegmentId | None = None,
    limit: int = 100,
) -> list[Recording]:
    """Recordings that began in [since, until), the newest first.

    agent_ids, queue_ids: only these; None is all. before: the last segment of the page before. limit: 1-500.
    """
    return await store.find_recordings_between(
        connection,
        site_id,
        since=since,
        until=until,
        agent_ids=agent_ids,
        queue_ids=queue_ids,
        before=before,
        limit=max(1, min(limit, LARGEST_PAGE)),
    )


def file_of(recording: Recording, home: Path) -> Path:
    """The file of a stored recording, to be sent whole or by ranges (media type `MEDIA_TYPE`).

    Raises NotFound: `recording_missing` with its cause, `recording_deleted`, `recording_file_missing`.
    """
    if recording.state == "deleted":
        raise NotFound("recording_deleted", segment_id=recording.segment_id)
    if recording.state != "stored":
        raise NotFound("recording_missing", segment_id=recording.segment_id, cause=recording.missing_cause)
    file = _inside(home, recording.path)
    if file is None or not file.is_file():
        raise NotFound("recording_file_missing", segment_id=recording.segment_id)
    return file


def file_name(recording: Recording) -> str:
    """The name under which a download is kept: the moment and the segment, no personal data."""
    return f"{recording.begins_at:%Y%m%dT%H%M%SZ}-{recording.segment_id}.ogg"


def waveform_of(recording: Recording) -> dict[str, Any]:
    """`duration_ms`, and `customer` and `agent`: lists of numbers from 0 (silence) to 255."""
    return waveform(recording.peaks, duration_ms(recording.duration))


def check_manifest(recording: Recording, home: Path) -> ManifestProblem | None:
    """Whether the stored file is the very file that was stored; reads it whole (call it in a thread)."""
    file = _inside(home, recording.path)
    problem = ""
    if file is None or not file.is_file():
        problem = "file_missing"
    else:
        try:
            if audio.hash_of(file) != recording.sha256:
                problem = "hash_differs"
        except OSError:
            problem = "not_readable"
    if not problem:
        return None
    return ManifestProblem(segment_id=recording.segment_id, path=recording.path, problem=problem)


async def check_manifests(connection: Any, site_id: SiteId, home: Path) -> list[ManifestProblem]:
    """All stored recordings against their hashes; for the doctor and for audits. Reads every file."""
    found: list[ManifestProblem] = []
    last = SegmentId(0)
    while page := await store.find_stored_after(connection, site_id, last):
        last = page[-1].segment_id
        found += [problem for one in page if (problem := check_manifest(one, home)) is not None]
    return found


def _inside(home: Path, path: str) -> Path | None:
    """A manifest's path below HOME/recordings; nothing for a path that leads out of it."""
    file = (home / path).resolve()
    return file if path and file.is_relative_to((home / "recordings").resolve()) else None
