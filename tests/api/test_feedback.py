"""Surveys, votes and the outbox over HTTP."""

from datetime import UTC, datetime

import pytest
import pytest_asyncio

from otklik.quality import feedback_store as store
from otklik.quality.feedback_store import Answer, FeedbackChanges, Text, TextOutcome, Vote
from otklik.vocabulary.ids import AgentId, InteractionId, PartyId, QueueId, SiteId, TextId
from otklik.vocabulary.time import to_ms
from tests.api.house import House

pytestmark = [pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]

DAY = "from=2026-11-23&to=2026-11-24"
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PARTY = PartyId(501)


def answer(number: int, kind: str, given: int, agent_id: int, survey: str = "after") -> Answer:
    return Answer(
        interaction_id=InteractionId(1000 + number),
        question=kind,
        survey=survey,
        kind=kind,
        answer=given,
        talk_id=InteractionId(900),
        party_id=PARTY,
        agent_id=AgentId(agent_id),
        queue_id=QueueId(1),
        at=AT,
    )


def vote(party: int, choice: str) -> Vote:
    return Vote(
        voting="song",
        party_id=PartyId(party),
        interaction_id=InteractionId(party),
        choice=choice,
        choice_name={"1": "=Anna", "2": "Boris"}[choice],
        closes_at=None,
        at=AT,
    )


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def told(house: House) -> None:
    text = Text(
        text_id=TextId(7), interaction_id=InteractionId(900), party_id=PARTY, purpose="flow", body="Hi", at=AT
    )
    changes = (
        *(answer(number, "nps", given, 1) for number, given in enumerate((10, 9, 7, 2))),
        answer(10, "fcr", 1, 1),
        answer(11, "nps", 0, 2),
        answer(12, "csat", 5, 2, "other"),
        vote(601, "1"),
        vote(602, "1"),
        vote(603, "2"),
        vote(601, "2"),
        text,
        TextOutcome(text_id=TextId(7), state="failed", cause="no_gateway"),
    )
    async with house.parts.writing() as connection:
        await store.write(connection, FeedbackChanges(site_id=SiteId(1), changes=changes))


async def test_a_report_counts_by_survey_queue_and_agent(house: House) -> None:
    admin = await house.signed_in("admin")
    report = await admin.get(f"/api/v1/reports/surveys?{DAY}")
    anna = next(row for row in report["rows"] if row["agent_id"] == 1)
    assert anna["figures"]["nps"]["score"] == 25
    assert anna["figures"]["nps"]["margin"] > 0
    assert anna["figures"]["fcr"]["share"] == 1
    assert anna["figures"]["csat"] is None
    totals = {total["survey"]: total["figures"] for total in report["totals"]}
    assert totals["after"]["nps"]["score"] == 0, "two promoters, one passive, two detractors"
    assert totals["other"]["csat"]["mean"] == 5
    assert (await admin.get("/api/v1/reports/surveys?from=2026-11-22&to=2026-11-23"))["rows"] == []


async def test_a_supervisor_reads_of_his_teams_only(house: House) -> None:
    vera = await house.signed_in("vera")
    report = await vera.get(f"/api/v1/reports/surveys?{DAY}")
    assert {row["agent_id"] for row in report["rows"]} == {1}
    anna = await house.signed_in("anna")
    assert (await anna.ask("GET", f"/api/v1/reports/surveys?{DAY}")).status == 403


async def test_votes_stand_as_they_are_and_leave_as_a_sheet_without_formulas(house: House) -> None:
    admin = await house.signed_in("admin")
    (row,) = [one for one in await admin.get("/api/v1/votings") if one["voting"] == "song"]
    assert [(one["choice"], one["votes"]) for one in row["choices"]] == [("1", 2), ("2", 1)], "one each"
    assert (row["votes"], row["is_open"]) == (3, False), "no flow asks it any more"
    sheet = await admin.ask("GET", "/api/v1/votings/sheet?voting=song")
    assert sheet.status == 200
    assert "song,1,'=Anna,2,0.66" in sheet.body.decode("utf-8-sig")


async def test_the_outbox_says_that_nothing_was_sent(house: House) -> None:
    admin = await house.signed_in("admin")
    (row,) = (await admin.get("/api/v1/outbox"))["rows"]
    assert (row["body"], row["state"], row["cause"]) == ("Hi", "failed", "no_gateway")
    assert to_ms(datetime.fromisoformat(row["queued_at"])) == to_ms(AT)


async def test_a_card_knows_what_its_customer_answered_last(house: House) -> None:
    admin = await house.signed_in("admin")
    async with house.parts.writing() as connection:
        await connection.execute(
            "insert into party (site_id, party_id, e164) values (1, $1, '+79160000501')"
            " on conflict do nothing",
            int(PARTY),
        )
    card = await admin.get(f"/api/v1/customers/by-party/{PARTY}")
    assert card["nps"]["band"] in ("promoter", "passive", "detractor")
