"""What is known of a customer, and what an agent wrote about an interaction."""

from datetime import datetime
from typing import Final

import msgspec

from otklik.vocabulary.ids import AgentId, DispositionId, InteractionId, PartyId, PersonId
from otklik.vocabulary.messages import Value

CONSENTS: Final = {"consent_calls": "calls", "consent_recording": "recording", "consent_mail": "mail"}
"""What sheets and call flows call what a customer agrees to, and how his card has it."""


class Details(Value, omit_defaults=True):
    """What is known besides. code: of the customer in another system (an account, a loyalty card). fields:
    free ones by name. personal_agent_id: who takes him first, 0 nobody. consents: what he agreed to
    (`calls`, `recording`, `mail`)."""

    code: str = ""
    email: str = ""
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    personal_agent_id: AgentId = AgentId(0)
    consents: dict[str, bool] = msgspec.field(default_factory=dict)


class Card(Value):
    """What a person writes about a customer. customer_class: what call flows look at (`vip`, `debtor`); ""
    none."""

    name: str = ""
    company: str = ""
    note: str = ""
    customer_class: str = ""
    details: Details = Details()


class Customer(Value):
    """A card. customer_id 0: nothing was saved yet. party_ids: the addresses that belong to it."""

    customer_id: int = 0
    card: Card = Card()
    party_ids: tuple[PartyId, ...] = ()
    numbers: tuple[str, ...] = ()
    changed_at: datetime | None = None


class CustomerChange(Value):
    """What a card held after one save."""

    at: datetime
    by: PersonId
    card: Card


class Acquaintance(Value):
    """What a call flow may know of who calls. last_agent_id: the agent who spoke with him last, 0 nobody.
    nps: his last answer (0-10) to whether he would recommend us, None: he gave none. consents: as in
    `Details`."""

    last_agent_id: AgentId = AgentId(0)
    customer_class: str = ""
    personal_agent_id: AgentId = AgentId(0)
    nps: int | None = None
    consents: dict[str, bool] = msgspec.field(default_factory=dict)


class KnownCustomer(Value):
    """Who was looked for, as a call flow may know him. last_agent_id, nps: as in `Acquaintance`."""

    customer_id: int
    card: Card
    last_agent_id: AgentId = AgentId(0)
    nps: int | None = None


class Outcome(Value, kw_only=True):
    """disposition_id 0: none chosen yet."""

    interaction_id: InteractionId
    disposition_id: DispositionId = DispositionId(0)
    note: str = ""
    saved_at: datetime
    saved_by: PersonId
