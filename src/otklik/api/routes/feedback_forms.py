"""Answers as other pages show them: in a time line, on a customer's card."""

from collections.abc import Mapping
from typing import Any

from otklik.api.schemas.feedback import AnswerRow, NpsOf
from otklik.quality import feedback_store as store
from otklik.quality import satisfaction
from otklik.vocabulary.ids import InteractionId, PartyId, PersonId, SiteId


async def answers_about(
    connection: Any, site_id: SiteId, interaction_id: int, agents: Mapping[PersonId, str]
) -> list[AnswerRow]:
    """For the time line of an interaction."""
    found = await store.answers_of(connection, site_id, InteractionId(interaction_id))
    return [
        AnswerRow.model_validate(
            {
                "survey": one.survey,
                "kind": one.kind,
                "answer": one.answer,
                "band": satisfaction.band(one.answer) if one.kind == "nps" else None,
                "answered_at": one.at,
                "agent_name": agents.get(PersonId(one.agent_id), ""),
            }
        )
        for one in found
    ]


async def nps_of(connection: Any, site_id: SiteId, party_ids: tuple[PartyId, ...]) -> NpsOf | None:
    """For a customer's card."""
    found = await store.last_nps(connection, site_id, party_ids)
    if found is None:
        return None
    return NpsOf.model_validate(
        {"answer": found.answer, "band": satisfaction.band(found.answer), "answered_at": found.at}
    )
