"""Spoken messages: each in the lists of those who can do what it asks for."""

import pytest
import pytest_asyncio

from otklik.vocabulary.ids import AgentId
from otklik.vocabulary.time import to_ms
from tests.api.house import House, rows
from tests.walks.centre import TEAMS

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

AUDIO = b"spoken" * 100
OF_QUEUE, OF_TEAM, UNSERVED, DONE = 901, 902, 903, 904


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def kept(house: House) -> None:
    """One in the list of the queue that both agents serve, one of a team of Anna's, one of a queue that
    nobody serves, one that is handled."""
    home = house.parts.settings.home
    (home / "recordings").mkdir(exist_ok=True)
    (home / "recordings" / "m.ogg").write_bytes(AUDIO)
    at = to_ms(house.parts.clock.now())
    for voicemail_id, queue_id, team_id, handled_ms in (
        (OF_QUEUE, 1, 0, 0), (OF_TEAM, 0, TEAMS[AgentId(1)][0], 0), (UNSERVED, 99, 0, 0), (DONE, 1, 0, at)
    ):  # fmt: skip
        await rows(
            house,
            "insert into voicemail (site_id, voicemail_id, interaction_id, party_id, number_id, queue_id,"
            " team_id, start_ms, stop_ms, handled_by, handled_ms)"
            " values (1, $1, 77, 0, 1, $2, $3, $4::bigint, $4::bigint + 9000, 1, $5)"
            " on conflict do nothing returning 1",
            *(voicemail_id, queue_id, team_id, at, handled_ms),
        )
    await rows(
        house,
        "insert into recording (site_id, segment_id, interaction_id, path, start_ms, duration_ms, bytes,"
        " sha256, peaks, missing_cause, agent_id, queue_id)"
        " values (1, $1, 77, 'recordings/m.ogg', $2, 9000, 600, $3, $4, '', 0, 1)"
        " on conflict do nothing returning 1",
        *(OF_QUEUE, at, b"\x01" * 32, b""),
    )


async def ids(house: House, login: str, query: str = "") -> set[int]:
    browser = await house.signed_in(login)
    return {int(row["voicemail_id"]) for row in (await browser.get(f"/api/v1/voicemails{query}"))["rows"]}


async def test_everyone_sees_the_lists_that_he_can_work_on(house: House) -> None:
    assert await ids(house, "anna") == {OF_QUEUE, OF_TEAM}
    assert await ids(house, "boris") == {OF_QUEUE}
    assert await ids(house, "vera") == {OF_QUEUE, OF_TEAM}, "she leads Anna's team"
    assert await ids(house, "admin") == {OF_QUEUE, OF_TEAM, UNSERVED}
    assert await ids(house, "admin", "?include_handled=true") == {OF_QUEUE, OF_TEAM, UNSERVED, DONE}


async def test_what_is_out_of_sight_cannot_be_heard_nor_handled(house: House) -> None:
    boris = await house.signed_in("boris")
    for way in ("audio", "peaks"):
        reply = await boris.ask("GET", f"/api/v1/voicemails/{OF_TEAM}/{way}")
        assert (reply.status, reply.code) == (404, "unknown_voicemail")
    reply = await boris.ask("PUT", f"/api/v1/voicemails/{OF_TEAM}/handled", {"is_handled": True})
    assert (reply.status, reply.code) == (404, "unknown_voicemail")


async def test_the_audio_is_heard_by_ranges_and_leaves_a_line(house: House) -> None:
    anna = await house.signed_in("anna")
    whole = await anna.ask("GET", f"/api/v1/voicemails/{OF_QUEUE}/audio")
    assert (whole.status, whole.body) == (200, AUDIO)
    part = await anna.ask("GET", f"/api/v1/voicemails/{OF_QUEUE}/audio", headers={"Range": "bytes=6-11"})
    assert (part.status, part.body) == (206, b"spoken")
    noted = await rows(house, "select action from audit where entity_id = $1", OF_QUEUE)
    assert [line["action"] for line in noted] == ["recording.listened"]


async def test_it_is_handled_and_open_again(house: House) -> None:
    anna = await house.signed_in("anna")
    assert (await anna.get("/api/v1/voicemails/count"))["open"] == 2
    for is_handled, count in ((True, 1), (False, 2)):
        done = await anna.put(f"/api/v1/voicemails/{OF_QUEUE}/handled", {"is_handled": is_handled})
        assert int(done["seq"]) > 0
        assert (await anna.get("/api/v1/voicemails/count"))["open"] == count
