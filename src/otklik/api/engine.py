"""Asking the engine process: a command's answer is a sequence, a question's answer is facts."""

from contextlib import suppress
from typing import Any

from otklik.access import store as access
from otklik.api.parts import Parts
from otklik.organization import store as organization
from otklik.organization.commands import OrganizationCommand
from otklik.switchboard.client import EngineAway
from otklik.switchboard.requests import (
    Answer,
    ChangeConfiguration,
    Done,
    DoorRequest,
    Question,
    SignOutAgentHere,
)
from otklik.vocabulary.ids import AgentId, PersonId
from otklik.vocabulary.refusals import NotFound


async def command(parts: Parts, request: DoorRequest) -> Done:
    """Its effect is in the journal when this returns; raises the refusal, or EngineAway."""
    done = await parts.engine.ask(request)
    assert isinstance(done, Done), "a command is answered by a sequence"
    return done


async def question(parts: Parts, name: str, **facts: Any) -> dict[str, Any]:
    """Facts of now."""
    found = await parts.engine.ask(Question(name=name, facts=facts))
    assert isinstance(found, Answer), "a question is answered by facts"
    return found.facts


async def change(
    parts: Parts, by: PersonId, asked: OrganizationCommand, *, thing: str, known_id: int = 0
) -> tuple[int, int]:
    """Change the configuration: the sequence, and the id of the thing (a new one has got its own)."""
    done = await command(parts, ChangeConfiguration(change=asked, by=by))
    made = [entry["id"] for entry in done.facts.get("ids", ()) if entry["thing"] == thing]
    return done.seq, known_id or (int(made[-1]) if made else 0)


async def forget_agent(parts: Parts, person_id: PersonId) -> None:
    """Sign an agent out who is signed in nowhere any more; during a call it happens after it.

    The engine may be away: then it finds the phone unregistered when it comes back.
    """
    async with parts.reading() as connection:
        agent = await organization.find_thing(connection, "agent", person_id, site_id=parts.site_id)
        left = await access.list_sign_ins(connection, person_id, at=parts.clock.now())
    if agent is None or left:
        return
    with suppress(EngineAway, NotFound):
        await command(parts, SignOutAgentHere(agent_id=AgentId(person_id), forced=True))
