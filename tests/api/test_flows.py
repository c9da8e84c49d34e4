"""Call flows over HTTP: read, rehearsed, published in versions, given to a number."""

import io
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.api.house import House

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

ROOT = "/api/v1/flows"
TEXT = """
name: Shop
start: greeting
nodes:
  greeting: {node: play, prompts: [greeting], next: menu}
  menu: {node: menu, prompts: [please_wait], choices: {"1": queue, "2": bye}, otherwise: queue}
  queue: {node: queue}
  bye: {node: end, reason: closed}
"""


async def draft_of(browser: Any, text: str = TEXT) -> dict[str, Any]:
    read = await browser.post(f"{ROOT}/read", {"text": text})
    assert read["problems"] == []
    draft: dict[str, Any] = read["draft"]
    return draft


async def test_a_text_becomes_a_draft_and_comes_back(house: House) -> None:
    admin = await house.signed_in("admin")
    draft = await draft_of(admin)
    written = await admin.post(f"{ROOT}/write", draft)
    assert await draft_of(admin, written["text"]) == draft


async def test_what_must_be_mended_is_listed_and_cannot_be_published(house: House) -> None:
    admin = await house.signed_in("admin")
    unfit = TEXT.replace("[please_wait]", "[unheard]").replace('"2": bye', '"2": nowhere')
    read = await admin.post(f"{ROOT}/read", {"text": unfit})
    assert {(one["code"], one["place"], one["detail"]) for one in read["problems"]} == {
        ("node_missing", "nodes.menu.choices.2", "nowhere"),
        ("prompt_missing", "nodes.menu.prompts", "unheard"),
        ("node_unreachable", "nodes.bye", ""),
    }
    reply = await admin.ask("POST", ROOT, read["draft"])
    assert (reply.status, reply.code) == (422, "flow_unfit")
    assert await admin.get(ROOT) == []
    for text in ("nodes: [", "{start: a, nodes: {a: {node: unknown}}}"):
        assert (await admin.ask("POST", f"{ROOT}/read", {"text": text})).status == 422


async def test_a_rehearsal_tells_the_way(house: House) -> None:
    admin = await house.signed_in("admin")
    form = {"draft": await draft_of(admin), "caller": "+79161234567", "typed": ["7", "2"]}
    steps = await admin.post(f"{ROOT}/rehearse", form)
    assert [(step["node"], step["outcome"]) for step in steps] == [
        ("greeting", ""), ("menu", "invalid, 2"), ("bye", "ended closed"),
    ]  # fmt: skip


async def test_a_flow_is_published_in_versions_and_kept_while_a_number_has_it(house: House) -> None:
    admin = await house.signed_in("admin")
    draft = await draft_of(admin)
    made = await admin.post(ROOT, draft)
    assert made["version"] == 1
    flow_id = made["id"]
    same = await admin.ask("PUT", f"{ROOT}/{flow_id}", draft)
    assert (same.status, same.code) == (409, "flow_unchanged")
    next_one = await admin.put(f"{ROOT}/{flow_id}", draft | {"name": "Shop, evenings"})
    assert next_one["version"] == 2

    number = await admin.post(
        "/api/v1/numbers", {"number": "+74995550011", "queue_id": 1, "flow_id": flow_id}
    )
    listed = {row["id"]: row for row in await admin.get(ROOT)}[flow_id]
    assert (listed["version"], listed["name"], listed["numbers"]) == (2, "Shop, evenings", ["+74995550011"])
    versions = await admin.get(f"{ROOT}/{flow_id}/versions")
    assert [(one["version"], one["name"]) for one in versions] == [(2, "Shop, evenings"), (1, "Shop")]
    assert versions[1]["draft"] == draft

    used = await admin.ask("DELETE", f"{ROOT}/{flow_id}")
    assert (used.status, used.code) == (409, "flow_in_use")
    assert (await admin.ask("DELETE", f"/api/v1/numbers/{number['id']}")).status == 200
    assert (await admin.ask("DELETE", f"{ROOT}/{flow_id}")).status == 200
    assert flow_id not in {row["id"] for row in await admin.get(ROOT)}
    unknown = await admin.ask(
        "POST", "/api/v1/numbers", {"number": "+74995550012", "queue_id": 1, "flow_id": flow_id}
    )
    assert (unknown.status, unknown.code) == (404, "unknown_flow")
    again = await admin.post(ROOT, draft)
    assert again["id"] > flow_id, "an id is not given twice"


async def test_a_flow_calls_another_which_then_cannot_go_away(house: House) -> None:
    admin = await house.signed_in("admin")
    bye = {"node": "end", "reason": "closed"}
    inner = await admin.post(ROOT, {"name": "Inner", "start": "bye", "nodes": {"bye": bye}})
    calls = {"sub": {"node": "sub", "flow_id": inner["id"], "next": "bye"}, "bye": bye}
    outer = {"name": "Outer", "start": "sub", "nodes": calls}
    steps = await admin.post(f"{ROOT}/rehearse", {"draft": outer})
    assert [(step["node"], step["outcome"]) for step in steps] == [
        ("sub", ""), ("sub/bye", "ended closed"),
    ]  # fmt: skip

    made = await admin.post(ROOT, outer)
    circle = await admin.ask(
        "PUT",
        f"{ROOT}/{inner['id']}",
        {
            "name": "Inner",
            "start": "a",
            "nodes": {
                "a": {"node": "sub", "flow_id": made["id"], "next": "back"},
                "back": {"node": "return"},
            },
        },
    )
    assert (circle.status, circle.code) == (422, "flow_unfit")
    kept = await admin.ask("DELETE", f"{ROOT}/{inner['id']}")
    assert (kept.status, kept.code) == (409, "flow_called")
    for flow in (made, inner):
        assert (await admin.ask("DELETE", f"{ROOT}/{flow['id']}")).status == 200
    lost = await admin.ask("POST", ROOT, outer)
    assert (lost.status, lost.code) == (422, "flow_unfit")


async def test_only_who_may_manage_flows_can(house: House) -> None:
    vera = await house.signed_in("vera")
    assert (await vera.ask("GET", ROOT)).status == 403


async def test_a_prompt_is_uploaded_heard_used_and_kept_while_it_is_used(house: House) -> None:
    admin = await house.signed_in("admin")
    audio = spoken()
    for language in ("ru", "en"):
        kept = await admin.ask("PUT", f"/api/v1/prompts/{language}/site/welcome", data=audio)
        assert (kept.status, kept.json["name"]) == (200, "site/welcome")
    rows = {row["name"]: row for row in await admin.get("/api/v1/prompts")}
    assert rows["greeting"]["is_shipped"]
    assert set(rows["site/welcome"]["seconds"]) == {"ru", "en"}
    heard = await admin.ask("GET", "/api/v1/prompts/ru/audio?name=site/welcome")
    assert heard.status == 200
    assert soundfile.info(io.BytesIO(heard.body)).samplerate == 8000

    draft = await draft_of(admin, TEXT.replace("[greeting]", "[site/welcome]").replace("Shop", "Welcome"))
    made = await admin.post(ROOT, draft)
    rows = {row["name"]: row for row in await admin.get("/api/v1/prompts")}
    assert rows["site/welcome"]["flows"] == ["Welcome"]
    used = await admin.ask("DELETE", "/api/v1/prompts/ru/site/welcome")
    assert (used.status, used.code) == (409, "prompt_in_use")
    assert (await admin.ask("DELETE", f"{ROOT}/{made['id']}")).status == 200
    assert (await admin.ask("DELETE", "/api/v1/prompts/ru/site/welcome")).status == 204
    assert (await admin.ask("DELETE", "/api/v1/prompts/ru/site/welcome")).status == 404


@pytest.mark.parametrize(
    ("path", "audio", "code"),
    [
        ("ru/site/welcome", b"words", "not_audio"),
        ("ru/site/welcome", b"", "missing"),
        ("xx/site/welcome", None, "unknown_language"),
        ("ru/site/Not%20a%20name", None, "prompt_name_unfit"),
    ],
)
async def test_what_cannot_be_a_prompt_is_refused(
    house: House, path: str, audio: bytes | None, code: str
) -> None:
    admin = await house.signed_in("admin")
    sound = spoken() if audio is None else audio
    reply = await admin.ask("PUT", f"/api/v1/prompts/{path}", data=sound)
    assert (reply.status, reply.code) == (422, code)


async def test_an_upload_has_a_limit_of_its_own(house: House) -> None:
    admin = await house.signed_in("admin")
    reply = await admin.ask("PUT", "/api/v1/prompts/ru/site/huge", data=io.BytesIO(bytes(31 << 20)))
    assert reply.status == 413


async def test_a_prompt_has_a_history_and_comes_back_under_a_new_name(house: House) -> None:
    admin = await house.signed_in("admin")
    root = "/api/v1/prompts"
    first = await admin.ask("PUT", f"{root}/ru/site/evening?source=microphone", data=spoken())
    await admin.ask("PUT", f"{root}/ru/site/evening", data=spoken(1000))
    assert (await admin.ask("POST", f"{root}/site/evening/name", {"name": "night"})).status == 204
    rows = {row["name"]: row for row in await admin.get(root)}
    assert "site/evening" not in rows
    assert rows["site/night"]["changed_at"]
    told = await admin.get(f"{root}/site/night/history")
    assert [(one["action"], one["source"], one["before"]) for one in told] == [
        ("renamed", "", "site/evening"), ("saved", "upload", ""), ("saved", "microphone", ""),
    ]  # fmt: skip
    assert all(one["by_name"] for one in told)
    oldest = told[-1]
    assert (oldest["sha256"], oldest["is_kept"]) == (first.json["sha256"], True)
    assert (await admin.ask("GET", f"{root}/past/{oldest['sha256']}/audio")).status == 200
    back = await admin.ask("POST", f"{root}/ru/site/night/restore", {"sha256": oldest["sha256"]})
    assert back.json["sha256"] == oldest["sha256"]
    lost = await admin.ask("POST", f"{root}/ru/site/night/restore", {"sha256": "0" * 64})
    assert (lost.status, lost.code) == (404, "unknown_prompt")


async def test_a_prompt_that_a_queue_says_stays_and_keeps_its_name(house: House) -> None:
    admin = await house.signed_in("admin")
    root = "/api/v1/prompts"
    for language in ("ru", "en"):
        await admin.ask("PUT", f"{root}/{language}/site/sorry", data=spoken())
    way = {"name": "Sorry", "when": "waited", "to": "message", "target": "site/sorry", "after_seconds": 60}
    queue = await admin.post("/api/v1/queues", {"name": "Regrets", "project_id": 1, "overflow": [way]})
    rows = {row["name"]: row for row in await admin.get(root)}
    assert rows["site/sorry"]["queues"] == ["Regrets"]
    for reply in (
        await admin.ask("DELETE", f"{root}/ru/site/sorry"),
        await admin.ask("POST", f"{root}/site/sorry/name", {"name": "regret"}),
    ):
        assert (reply.status, reply.code) == (409, "prompt_in_use")
    await admin.put(f"/api/v1/queues/{queue['id']}", {"name": "Regrets", "project_id": 1})
    assert (await admin.ask("DELETE", f"{root}/ru/site/sorry")).status == 204


async def test_a_text_is_spoken_by_an_engine_that_is_there(house: House) -> None:
    admin = await house.signed_in("admin")
    root = "/api/v1/prompts"
    engines = await admin.get(f"{root}/engines")
    assert [one["name"] for one in engines] == ["rhvoice", "piper", "festival", "flite", "espeak"]
    for missing in (one for one in engines if not one["is_there"]):
        wish = {"text": "Hello", "engine": missing["name"], "voice": "any"}
        reply = await admin.ask("PUT", f"{root}/en/site/spoken/speech", wish)
        assert (reply.status, reply.code) == (409, "speech_engine_missing")
    able = [(one, voice) for one in engines for voice in one["voices"] if voice["language"] == "en"]
    if not able:
        pytest.skip("no English voice is installed")
    engine, voice = able[-1]
    wish = {"text": "Hello, please wait.", "engine": engine["name"], "voice": voice["name"], "pace": "slow"}
    heard = await admin.ask("POST", f"{root}/en/speech", wish)
    assert soundfile.info(io.BytesIO(heard.body)).duration > 0.5
    assert "site/spoken" not in {row["name"] for row in await admin.get(root)}
    kept = await admin.ask("PUT", f"{root}/en/site/spoken/speech", wish)
    assert kept.status == 200
    line = (await admin.get(f"{root}/site/spoken/history"))[0]
    assert (line["source"], line["text"], line["pace"]) == ("speech", "Hello, please wait.", "slow")


def spoken(hertz: float = 700) -> bytes:
    """A second of a tone, as a WAV."""
    out = io.BytesIO()
    soundfile.write(out, 0.3 * np.sin(2 * np.pi * hertz * np.arange(16000) / 16000), 16000, format="WAV")
    return out.getvalue()


async def test_a_failing_test_refuses_the_publication_and_tells_where_it_leads(house: House) -> None:
    admin = await house.signed_in("admin")
    draft = await draft_of(admin)
    tests = [{"name": "Goodbye", "typed": ["2"], "path": ["greeting", "menu", "bye"], "end": "ended closed"}]
    made = await admin.post(ROOT, draft | {"tests": tests})
    kept = (await admin.get(f"{ROOT}/{made['id']}/versions"))[0]
    assert [(one["name"], one["typed"], one["end"]) for one in kept["draft"]["tests"]] == [
        ("Goodbye", ["2"], "ended closed")
    ]
    assert (await draft_of(admin, kept["text"]))["tests"] == kept["draft"]["tests"]

    nodes = draft["nodes"] | {"menu": draft["nodes"]["menu"] | {"choices": {"1": "bye", "2": "queue"}}}
    broken = kept["draft"] | {"nodes": nodes}
    written = await admin.post(f"{ROOT}/write", broken)
    assert [(one["code"], one["place"], one["detail"]) for one in written["problems"]] == [
        ("test_end", "tests.0.end", "queue 0"),
        ("test_path", "tests.0.path", "greeting > menu > queue"),
    ]
    reply = await admin.ask("PUT", f"{ROOT}/{made['id']}", broken)
    assert (reply.status, reply.code) == (422, "flow_unfit")
    assert (await admin.ask("DELETE", f"{ROOT}/{made['id']}")).status == 200


async def test_a_draft_is_shared_until_it_is_published(house: House) -> None:
    admin = await house.signed_in("admin")
    draft = await draft_of(admin)
    flow_id = (await admin.post(ROOT, draft))["id"]
    place = f"/api/v1/flow-drafts/{flow_id}"
    assert await admin.get(place) is None
    unfit = draft | {"start": "nowhere"}
    first = await admin.put(place, {"draft": unfit, "version": 1})
    assert first["revision"] == 1
    late = await admin.ask("PUT", place, {"draft": draft, "version": 1})
    assert (late.status, late.code) == (409, "draft_changed")
    second = await admin.put(place, {"draft": unfit | {"name": "Kiosk"}, "version": 1, "revision": 1})
    found = await admin.get(place)
    assert (found["revision"], found["version"], found["draft"]["name"]) == (second["revision"], 1, "Kiosk")
    assert found["draft"]["start"] == "nowhere"

    await admin.put(f"{ROOT}/{flow_id}", draft | {"name": "Kiosk"})
    assert await admin.get(place) is None
    gone = await admin.ask("PUT", place, {"draft": draft, "version": 2, "revision": 2})
    assert (gone.status, gone.code) == (409, "draft_changed")
    await admin.put("/api/v1/flow-drafts/0", {"draft": draft})
    assert (await admin.get("/api/v1/flow-drafts/0"))["draft"]["name"] == draft["name"]
    assert (await admin.ask("DELETE", "/api/v1/flow-drafts/0")).status == 204
    assert await admin.get("/api/v1/flow-drafts/0") is None
    vera = await house.signed_in("vera")
    assert (await vera.ask("GET", place)).status == 403
    assert (await admin.ask("DELETE", f"{ROOT}/{flow_id}")).status == 200


async def test_a_flow_without_calls_has_no_traffic(house: House) -> None:
    admin = await house.signed_in("admin")
    flow_id = (await admin.post(ROOT, await draft_of(admin)))["id"]
    found = await admin.get(f"{ROOT}/{flow_id}/traffic")
    assert found == {"now": {}, "ways": [], "is_whole": True}
    assert (await admin.ask("DELETE", f"{ROOT}/{flow_id}")).status == 200
