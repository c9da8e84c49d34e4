"""Chat between colleagues: who reads what, what is told at once, and that nothing is lost or doubled."""

from datetime import timedelta
from uuid import uuid4

import pytest

from otklik.teamwork import chat_store
from tests.api.house import ADMIN, House
from tests.walks.centre import ANNA, BORIS, TEAM, VERA

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

HERE = "/api/v1/chat"


def message(text, **to):
    return {"text": text, "key": str(uuid4()), **to}


async def threads(browser):
    found = await browser.get(f"{HERE}/threads")
    return {one["name"]: one for one in found["threads"]}, found["unread"]


async def test_two_write_to_each_other_and_nobody_else_reads_it(house: House) -> None:
    anna, boris, vera = [await house.signed_in(one) for one in ("anna", "boris", "vera")]
    sent = await anna.post(f"{HERE}/messages", message("обед в час?", person_id=BORIS))
    assert (sent["is_own"], sent["is_lead"], sent["text"]) == (True, False, "обед в час?")

    shown, unread = await threads(boris)
    (one,) = [one for one in shown.values() if one["person_id"] == ANNA]
    assert (unread, one["unread"], one["last"]["text"]) == (1, 1, "обед в час?")
    there = f"{HERE}/threads/{one['id']}"
    answer = await boris.post(f"{HERE}/messages", message("да", person_id=ANNA))
    assert answer["thread_id"] == one["id"]
    assert (await threads(boris))[1] == 0, "who answers has read"
    assert (await threads(anna))[1] == 1
    await anna.ask("POST", f"{there}/read", {"message_id": answer["id"]})
    await anna.ask("POST", f"{there}/read", {"message_id": 1})
    assert (await threads(anna))[1] == 0, "reading never goes back"
    assert [one["text"] for one in await anna.get(f"{there}/messages")] == ["да", "обед в час?"]
    older = await anna.get(f"{there}/messages", params={"before": answer["id"], "limit": 5})
    assert [one["text"] for one in older] == ["обед в час?"]

    assert (await vera.ask("GET", f"{there}/messages")).code == "unknown_thread"
    assert (await vera.ask("POST", f"{there}/read", {"message_id": 1})).code == "unknown_thread"
    assert await vera.get(f"{HERE}/search", params={"find": "обед"}) == []
    (found,) = await boris.get(f"{HERE}/search", params={"find": "ОБЕД"})
    assert found["id"] == sent["id"]


async def test_a_team_reads_together_and_its_supervisor_is_marked(house: House) -> None:
    boss = await house.signed_in("admin")
    anna, boris, vera = [await house.signed_in(one) for one in ("anna", "boris", "vera")]
    shown, _ = await threads(anna)
    (own,) = [one for one in shown.values() if one["team_id"] == TEAM]
    assert own["id"] is None

    said = await vera.post(f"{HERE}/messages", message("В 14:00 запуск акции", team_id=TEAM))
    assert said["is_lead"]
    (own,) = [one for one in (await threads(anna))[0].values() if one["team_id"] == TEAM]
    assert (own["unread"], own["last"]["is_lead"]) == (1, True)
    for stranger in (boris, boss):
        assert (
            await stranger.ask("POST", f"{HERE}/messages", message("и мне", team_id=TEAM))
        ).code == "unknown_team"
        assert (await stranger.ask("GET", f"{HERE}/threads/{own['id']}/messages")).code == "unknown_thread"


async def test_what_is_sent_twice_is_there_once(house: House) -> None:
    anna, boris = await house.signed_in("anna"), await house.signed_in("boris")
    body = message("один раз", person_id=ANNA)
    first = await boris.post(f"{HERE}/messages", body)
    again = await boris.post(f"{HERE}/messages", body)
    assert again["id"] == first["id"]
    assert first["key"] == body["key"]
    found = await anna.get(f"{HERE}/search", params={"find": "один раз"})
    assert len(found) == 1
    assert found[0]["key"] == "", "a key is its writer's alone"


async def test_the_feed_tells_readers_alone_and_brings_the_words(house: House) -> None:
    anna, boris, vera = [await house.signed_in(one) for one in ("anna", "boris", "vera")]
    hers, his, strange = [await house.feed(one) for one in (anna, boris, vera)]
    await boris.post(f"{HERE}/messages", message("срочно", person_id=ANNA))
    for feed in (hers, his):
        told = await feed.take("news")
        assert (told["what"], told["message"]["text"]) == ("chat", "срочно")
        assert told["message"]["by_id"] == BORIS
    await vera.post(f"{HERE}/messages", message("только мне", person_id=ADMIN))
    told = await strange.take("news")
    assert told["message"]["text"] == "только мне", "what was between others was never told here"


async def test_nonsense_is_refused(house: House) -> None:
    anna, boss = await house.signed_in("anna"), await house.signed_in("admin")
    for body, code in (
        (message("x"), "one_target_expected"),
        (message("x", person_id=BORIS, team_id=TEAM), "one_target_expected"),
        (message("x", person_id=ANNA), "chat_with_oneself"),
        (message("x", person_id=777), "unknown_person"),
        (message("x", team_id=777), "unknown_team"),
    ):
        assert (await anna.ask("POST", f"{HERE}/messages", body)).code == code
    assert (await anna.ask("POST", f"{HERE}/messages", message("  \n ", person_id=BORIS))).status == 422
    assert (
        await anna.ask("POST", f"{HERE}/messages", {**message("x", person_id=BORIS), "key": "1"})
    ).status == 422
    assert (await anna.ask("PUT", f"{HERE}/retention", {"days": 3})).code == "right_missing"
    assert (await boss.ask("PUT", f"{HERE}/retention", {"days": 0})).status == 422


async def test_messages_are_kept_as_long_as_the_site_says(house: House) -> None:
    boss, anna = await house.signed_in("admin"), await house.signed_in("anna")
    assert (await boss.get(f"{HERE}/retention"))["days"] is None
    await anna.post(f"{HERE}/messages", message("давнее", person_id=VERA))
    await house.centre.pass_time(timedelta(days=2).total_seconds())
    anna = await house.signed_in("anna")
    await anna.post(f"{HERE}/messages", message("недавнее", person_id=VERA))
    boss = await house.signed_in("admin")

    async def forget() -> None:
        async with house.parts.writing() as connection:
            await chat_store.forget_old(connection, house.parts.site_id, at=house.parts.clock.now())

    async def found() -> set[str]:
        rows = await anna.get(f"{HERE}/search", params={"find": "давнее"})
        return {one["text"] for one in rows}

    await forget()
    assert await found() == {"давнее", "недавнее"}
    await boss.put(f"{HERE}/retention", {"days": 1})
    await forget()
    assert await found() == {"недавнее"}
