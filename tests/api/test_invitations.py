"""Links by which customers call: made by agents, good once and for a while, for one browser."""

from typing import Any

import pytest

from otklik.crm import invitations
from otklik.database import connect
from otklik.vocabulary.ids import AgentId, PersonId, QueueId, SiteId
from otklik.vocabulary.refusals import NotFound, Refused
from tests.api.house import House

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

KEY = "k" * 48
SITE = SiteId(1)


async def code_of(work: Any) -> str:
    try:
        await work
    except Refused as refusal:
        return refusal.code
    return ""


async def test_an_agent_makes_a_link_and_sees_what_became_of_it(house: House) -> None:
    anna, vera = await house.signed_in("anna"), await house.signed_in("vera")
    made = await anna.post("/api/v1/desk/invitations", {"queue_id": 1, "minutes": 60})
    token = made["path"].removeprefix("/v/")
    assert len(token) >= 43, "nobody guesses it"
    assert made["invitation"]["state"] == "sent"
    (row,) = await anna.get("/api/v1/desk/invitations")
    assert row["invitation_id"] == made["invitation"]["invitation_id"]
    assert token not in str(await anna.get("/api/v1/desk/invitations")), "it is told once"
    assert await vera.get("/api/v1/desk/invitations") == [], "of others one sees none"


async def test_the_customer_sees_the_centre_and_nothing_else(house: House) -> None:
    anna = await house.signed_in("anna")
    made = await anna.post("/api/v1/desk/invitations", {"queue_id": 1})
    token = made["path"].removeprefix("/v/")
    found = await anna.get(f"/api/v1/guest/{token}")
    assert set(found) == {"state", "centre"}


async def test_an_unknown_queue_and_nonsense_are_refused(house: House) -> None:
    anna = await house.signed_in("anna")
    reply = await anna.ask("POST", "/api/v1/desk/invitations", {"queue_id": 99})
    assert reply.status == 404
    for body in ({}, {"queue_id": 1, "minutes": 1}, {"queue_id": 1, "minutes": 10**6}, {"queue_id": "x"}):
        reply = await anna.ask("POST", "/api/v1/desk/invitations", body)
        assert reply.status == 422, body
    reply = await anna.ask("GET", f"/api/v1/guest/{'x' * 43}")
    assert reply.status == 404


async def test_it_is_good_for_one_browser_and_until_it_is_used_or_over(
    house: House, database_url: str
) -> None:
    connection = await connect(database_url, name="test invitations")
    at = house.centre.clock.now()
    try:
        token, made = await invitations.invite(
            connection,
            SITE,
            queue_id=QueueId(1),
            agent_id=AgentId(0),
            by=PersonId(1),
            at=at,
            lasts=invitations.SHORTEST,
        )
        late = at + invitations.SHORTEST * 2
        assert (
            await code_of(invitations.open_link(connection, SITE, token, key=KEY, login="guest-a", at=late))
            == "link_expired"
        )
        assert not await code_of(
            invitations.open_link(connection, SITE, token, key=KEY, login="guest-a", at=at)
        )
        assert await invitations.may_talk(connection, SITE, "guest-a", at)
        other = invitations.open_link(connection, SITE, token, key="z" * 48, login="guest-b", at=at)
        assert await code_of(other) == "link_used", "whoever forwards it gives away nothing"
        assert not await code_of(
            invitations.open_link(connection, SITE, token, key=KEY, login="guest-c", at=at)
        ), "his page was reloaded"
        assert not await invitations.may_talk(connection, SITE, "guest-a", at)
        became = invitations.BecameChanges(
            site_id=SITE, changes=(invitations.Became(invitation_id=made.invitation_id, ended_at=at),)
        )
        await invitations.InvitationProjection().write(connection, became)
        again = invitations.open_link(connection, SITE, token, key=KEY, login="guest-d", at=at)
        assert await code_of(again) == "link_used"
        with pytest.raises(NotFound):
            await invitations.find_by_token(connection, SITE, "nothing")
    finally:
        await connection.close()
