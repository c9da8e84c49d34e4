"""Chat between colleagues: who may write where. Pure.

Two people have one thread with each other; a team has one for its agents and those who lead it.
"""

from collections.abc import Iterable

from otklik.organization.model import Agent, Team
from otklik.teamwork.model import Thread
from otklik.vocabulary.ids import PersonId, TeamId
from otklik.vocabulary.refusals import Invalid, NotFound


def teams_of(person_id: PersonId, agents: Iterable[Agent], teams: Iterable[Team]) -> frozenset[TeamId]:
    """Those he works in, and those he leads."""
    own = next((agent.team_ids for agent in agents if PersonId(agent.agent_id) == person_id), ())
    led = (team.team_id for team in teams if person_id in team.supervisor_ids)
    return frozenset((*own, *led))


def readers_of(thread: Thread, agents: Iterable[Agent], teams: Iterable[Team]) -> frozenset[PersonId]:
    """Everybody who reads it."""
    if not thread.team_id:
        return frozenset(thread.people)
    leads = (person for team in teams if team.team_id == thread.team_id for person in team.supervisor_ids)
    working = (
        PersonId(agent.agent_id) for agent in agents if agent.is_active and thread.team_id in agent.team_ids
    )
    return frozenset((*leads, *working))


def pair(one: PersonId, other: PersonId) -> Thread:
    """The thread of two, the same whoever begins. Raises Invalid `chat_with_oneself`."""
    if one == other:
        raise Invalid("chat_with_oneself", "person_id")
    return Thread(people=(min(one, other), max(one, other)))


def require_reader(thread: Thread, person_id: PersonId, own_teams: Iterable[TeamId]) -> None:
    """Raises NotFound `unknown_thread`: what is not for him is not there."""
    if person_id not in thread.people and thread.team_id not in own_teams:
        raise NotFound("unknown_thread", thread_id=thread.thread_id)
