"""Recordings: in sight or as if they did not exist, by ranges, with a line in the audit."""

import io
import zipfile
from pathlib import Path

import pytest
import pytest_asyncio

from otklik.organization.model import SELF_TEST
from otklik.vocabulary.time import to_ms
from tests.api.house import House, rows

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

DAY = "from=2026-11-23&to=2026-11-24"
AUDIO = bytes(range(256)) * 40
OF_ANNA, OF_BORIS, MISSING, OUTSIDE, OF_SELF_TEST = 501, 502, 503, 504, 505


@pytest_asyncio.fixture(loop_scope="module")
async def stored(house: House) -> None:
    """One recording of each agent, one that is missing, one whose path leads out of the home."""
    home: Path = house.parts.settings.home
    (home / "recordings").mkdir(exist_ok=True)
    (home / "recordings" / "a.ogg").write_bytes(AUDIO)
    (home / "secret.ogg").write_bytes(b"outside")
    start = to_ms(house.parts.clock.now())
    for segment_id, agent_id, path, cause, queue_id in (
        (OF_ANNA, 1, "recordings/a.ogg", "", 1),
        (OF_BORIS, 2, "recordings/a.ogg", "", 1),
        (MISSING, 1, "", "raw_missing", 1),
        (OUTSIDE, 1, "secret.ogg", "", 1),
        (OF_SELF_TEST, SELF_TEST, "recordings/a.ogg", "", SELF_TEST),
    ):
        await rows(
            house,
            "insert into recording (site_id, segment_id, interaction_id, path, start_ms, duration_ms, bytes,"
            " sha256, peaks, missing_cause, agent_id, queue_id)"
            " values (1, $1, 77, $2, $3, 2500, $4, $5, $6, $7, $8, $9) on conflict do nothing returning 1",
            segment_id,
            path,
            start + segment_id,
            len(AUDIO),
            b"\x01" * 32,
            b"",
            cause,
            agent_id,
            queue_id,
        )


async def test_a_supervisor_hears_his_teams_and_knows_of_no_other(house: House, stored: None) -> None:
    vera = await house.signed_in("vera")

    listed = (await vera.get(f"/api/v1/recordings?{DAY}"))["rows"]
    assert {row["segment_id"] for row in listed} == {str(OF_ANNA), str(MISSING), str(OUTSIDE)}
    assert (await vera.ask("GET", f"/api/v1/recordings/{OF_ANNA}/audio")).status == 200
    for way in ("audio", "peaks"):
        reply = await vera.ask("GET", f"/api/v1/recordings/{OF_BORIS}/{way}")
        assert (reply.status, reply.code) == (404, "recording_unknown")


async def test_the_self_test_records_for_nobody(house: House, stored: None) -> None:
    admin = await house.signed_in("admin")

    listed = (await admin.get(f"/api/v1/recordings?{DAY}"))["rows"]

    assert {row["segment_id"] for row in listed} == {
        str(one) for one in (OF_ANNA, OF_BORIS, MISSING, OUTSIDE)
    }


async def test_a_missing_one_says_why(house: House, stored: None) -> None:
    admin = await house.signed_in("admin")

    listed = {row["segment_id"]: row for row in (await admin.get(f"/api/v1/recordings?{DAY}"))["rows"]}
    assert listed[str(MISSING)]["state"] == "missing"
    assert listed[str(MISSING)]["missing_cause"] == "raw_missing"
    reply = await admin.ask("GET", f"/api/v1/recordings/{MISSING}/audio")
    assert (reply.status, reply.code) == (404, "recording_missing")


async def test_a_path_that_leads_out_of_the_folder_is_not_followed(house: House, stored: None) -> None:
    admin = await house.signed_in("admin")

    reply = await admin.ask("GET", f"/api/v1/recordings/{OUTSIDE}/audio")

    assert (reply.status, reply.code) == (404, "recording_file_missing")


@pytest.mark.parametrize(
    ("wanted", "status", "body"),
    [
        ("bytes=0-99", 206, AUDIO[:100]),
        ("bytes=100-", 206, AUDIO[100:]),
        ("bytes=-10", 206, AUDIO[-10:]),
        ("bytes=99999999-", 416, None),
        ("nonsense", 400, None),
    ],
)
async def test_a_player_takes_any_range(
    house: House, stored: None, wanted: str, status: int, body: bytes | None
) -> None:
    admin = await house.signed_in("admin")

    reply = await admin.ask("GET", f"/api/v1/recordings/{OF_ANNA}/audio", headers={"Range": wanted})

    assert reply.status == status
    if body is not None:
        assert reply.body == body
        assert reply.headers["Content-Type"].startswith("audio/ogg")
    assert "no-store" in reply.headers["Cache-Control"]


async def test_listening_is_noted_once_per_playing_and_downloading_needs_its_own_right(
    house: House, stored: None
) -> None:
    admin, vera = await house.signed_in("admin"), await house.signed_in("vera")
    before = len(await admin.get("/api/v1/audit?action=recording.listened&person=9"))

    path = f"/api/v1/recordings/{OF_ANNA}/audio"
    await vera.ask("GET", path)
    await vera.ask("GET", path, headers={"Range": "bytes=500-"})
    refused = await vera.ask("GET", f"/api/v1/recordings/{OF_ANNA}/download")
    taken = await admin.ask("GET", f"/api/v1/recordings/{OF_ANNA}/download")

    lines = await admin.get("/api/v1/audit?action=recording.listened&person=9")
    assert len(lines) == before + 1
    assert lines[0]["entity_id"] == str(OF_ANNA)
    assert (refused.status, refused.code) == (403, "right_missing")
    assert taken.headers["Content-Disposition"].startswith("attachment")
    assert str(OF_ANNA) in taken.headers["Content-Disposition"]
    (line,) = await admin.get("/api/v1/audit?action=recording.downloaded")
    assert line["by_name"] == "Admin"


async def test_who_leaves_the_first_byte_out_listens_as_well(house: House, stored: None) -> None:
    admin = await house.signed_in("admin")
    path = f"/api/v1/recordings/{OF_BORIS}/audio"
    for wanted in ("bytes=1-", "bytes=-500"):
        assert (await admin.ask("GET", path, headers={"Range": wanted})).status == 206
    lines = await admin.get("/api/v1/audit?action=recording.listened")
    assert len([line for line in lines if line["entity_id"] == str(OF_BORIS)]) == 1


async def test_pages_of_recordings_hold_every_one_once(house: House, stored: None) -> None:
    admin = await house.signed_in("admin")
    found: list[str] = []
    place: str | None = ""

    while place is not None:
        page = await admin.get(f"/api/v1/recordings?{DAY}&limit=2" + (f"&cursor={place}" if place else ""))
        found += [row["segment_id"] for row in page["rows"]]
        place = page["next"]

    assert sorted(found) == [str(one) for one in (OF_ANNA, OF_BORIS, MISSING, OUTSIDE)]


async def test_a_filter_becomes_a_zip_with_a_reason_in_the_audit(house: House, stored: None) -> None:
    admin = await house.signed_in("admin")
    root = f"/api/v1/recordings/archive?{DAY}"
    assert (await admin.ask("GET", root)).status == 422, "why?"
    reply = await admin.ask("GET", f"{root}&agent=2&reason=court%20request")
    assert reply.status == 200
    with zipfile.ZipFile(io.BytesIO(reply.body)) as whole:
        assert len(whole.namelist()) == 2
        assert AUDIO in {whole.read(name) for name in whole.namelist()}
    nothing = await admin.ask("GET", f"{root}&agent=999&reason=court%20request")
    assert (nothing.status, nothing.code) == (409, "nothing_to_download")

    vera = await house.signed_in("vera")
    assert (await vera.ask("GET", f"{root}&reason=court%20request")).status == 403
    await admin.ask("GET", f"/api/v1/recordings/{OF_BORIS}/audio")
    uses = await admin.get(f"/api/v1/recordings/{OF_BORIS}/uses")
    assert [(one["action"], one["reason"]) for one in uses][:2] == [
        ("listened", ""),
        ("exported", "court request"),
    ]
    assert (await vera.ask("GET", f"/api/v1/recordings/{OF_BORIS}/uses")).status == 403


async def test_rules_and_holds_are_for_who_manages_recordings(house: House, stored: None) -> None:
    admin = await house.signed_in("admin")
    vera = await house.signed_in("vera")
    rules = {"default_days": 90, "queues": [{"queue_id": 1, "days": 1}]}
    assert (await vera.ask("PUT", "/api/v1/retention", rules)).status == 403
    assert (await admin.put("/api/v1/retention", rules))["queues"] == rules["queues"]
    unknown = await admin.ask("PUT", "/api/v1/retention", {**rules, "queues": [{"queue_id": 99, "days": 1}]})
    assert (unknown.status, unknown.code) == (404, "unknown_queue")
    assert (await admin.get("/api/v1/retention"))["default_days"] == 90

    assert await admin.get("/api/v1/retention/preview") == []
    [due] = await admin.get("/api/v1/retention/preview?at=2026-12-20T00:00:00Z")
    assert (due["queue_id"], due["held"]) == (1, 0)
    hold = await admin.ask(
        "POST", "/api/v1/retention/holds", {"segment_id": str(OF_ANNA), "reason": "case 17"}
    )
    assert hold.status == 201
    [later] = await admin.get("/api/v1/retention/preview?at=2026-12-20T00:00:00Z")
    assert (later["due"], later["held"]) == (due["due"] - 1, 1)
    rows_now = (await admin.get(f"/api/v1/recordings?{DAY}"))["rows"]
    assert {row["segment_id"] for row in rows_now if row["is_held"]} == {str(OF_ANNA)}
    [listed] = await admin.get("/api/v1/retention/holds")
    assert (listed["segment_id"], listed["reason"], listed["party_id"]) == (str(OF_ANNA), "case 17", None)
    assert (await admin.ask("DELETE", f"/api/v1/retention/holds/{listed['id']}")).status == 204
    assert (await admin.ask("DELETE", f"/api/v1/retention/holds/{listed['id']}")).status == 404
    both = await admin.ask("POST", "/api/v1/retention/holds", {"reason": "nothing named"})
    assert (both.status, both.code) == (422, "recording_or_customer")
    gone = await admin.ask("POST", "/api/v1/retention/holds", {"segment_id": "999", "reason": "x y z"})
    assert (gone.status, gone.code) == (404, "recording_unknown")
    await admin.put("/api/v1/retention", {"default_days": None, "queues": []})
