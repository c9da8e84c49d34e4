"""By which way a customer went from an agent to where he was next. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Any, NamedTuple

from otklik.acd.model import EndReason
from otklik.reports import codes


class Way(StrEnum):
    """attended: the next agent had talked with the first one, was in the conference or took the talk over.
    blind: to a named agent, who took it or is being called. not_taken: to one who did not. queue: to another
    queue, a next tier among them. queue_again: back to the same queue. outside: to a party outside."""

    ATTENDED = "attended"
    BLIND = "blind"
    NOT_TAKEN = "not_taken"
    QUEUE = "queue"
    QUEUE_AGAIN = "queue_again"
    OUTSIDE = "outside"


class Transfer(NamedTuple):
    """One of them. to_queue_id: of a queue he went to, else 0; to_agent_id: who had him next, 0 nobody."""

    interaction_id: int
    way: Way
    from_queue_id: int
    from_agent_id: int
    to_queue_id: int
    to_agent_id: int


def transfers_of(stays: Iterable[Mapping[str, Any]]) -> Iterator[Transfer]:
    """stays: columns of `segment` of one interaction, in order of their begin."""
    for stay, following in pairwise([*stays, None]):
        if stay is not None and stay["transferred"]:
            way = way_of(stay, following)
            is_queue = way in (Way.QUEUE, Way.QUEUE_AGAIN)
            yield Transfer(
                interaction_id=stay["interaction_id"],
                way=way,
                from_queue_id=stay["queue_id"],
                from_agent_id=stay["agent_id"],
                to_queue_id=following["queue_id"] if following is not None and is_queue else 0,
                to_agent_id=following["agent_id"] if following is not None else 0,
            )


def way_of(stay: Mapping[str, Any], following: Mapping[str, Any] | None) -> Way:
    """From the stay that was handed over and the one that follows it (None: no stay here)."""
    if following is None:
        return Way.OUTSIDE
    if following["offered"]:
        return Way.QUEUE_AGAIN if following["queue_id"] == stay["queue_id"] else Way.QUEUE
    if not following["end_ms"] and not following["answer_ms"]:
        return Way.BLIND
    if not following["answer_ms"]:
        # A stay that a party outside took ends answered without an agent of ours.
        is_outside = following["outcome"] == codes.OUTCOMES[EndReason.ANSWERED]
        return Way.OUTSIDE if is_outside else Way.NOT_TAKEN
    return Way.ATTENDED if following["answer_ms"] == following["enter_ms"] else Way.BLIND
