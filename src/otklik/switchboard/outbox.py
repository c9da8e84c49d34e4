"""Texts to customers: each stands in the outbox with what became of it.

This is the one place where a text leaves the house. No gateway can be set up yet, so each is told as failed
at once: nothing waits for ever, and nobody is told that a text was sent which was not.
"""

from datetime import datetime

from otklik.switchboard.centre import Centre
from otklik.switchboard.events import TextFailed, TextQueued
from otklik.vocabulary.ids import InteractionId, PartyId, TextId
from otklik.vocabulary.messages import Event

NO_GATEWAY = "no_gateway"


def queue_text(
    centre: Centre, interaction_id: InteractionId, party_id: PartyId, text: str, purpose: str, at: datetime
) -> list[Event]:
    """The text, and what became of it."""
    text_id = TextId(centre.minter.mint(at))
    return [
        TextQueued(
            at=at,
            text_id=text_id,
            interaction_id=interaction_id,
            party_id=party_id,
            purpose=purpose,
            text=text,
        ),
        TextFailed(at=at, text_id=text_id, cause=NO_GATEWAY),
    ]
