"""A number in a signal or request, and the party that it is known by."""

from collections.abc import Mapping
from typing import Final

import msgspec

from otklik.crm.blocking import BlockedNumber
from otklik.crm.model import CONSENTS, KnownCustomer
from otklik.quality.satisfaction import band
from otklik.vocabulary.ids import AgentId, PartyId
from otklik.vocabulary.messages import Value

CONSENT_FACTS: Final = {f"customer.{name}": kind for name, kind in CONSENTS.items()}
"""Facts of flows about what a customer agreed to, and how his card has it."""


def consent_facts(consents: Mapping[str, bool]) -> dict[str, str]:
    """`yes`, `no`, "" where he was never asked."""
    answers = {True: "yes", False: "no", None: ""}
    return {fact: answers[consents.get(kind)] for fact, kind in CONSENT_FACTS.items()}


class Caller(Value):
    """What table `party` says. is_new: it has no row yet. An anonymous caller has party 0 and no number.

    last_agent_id, customer_class, nps, consents: what is known of who calls, where the flow of the number
    called asks.
    blocked: why his call is turned away. known: the customer who was looked for.
    is_opted_out: his card says that he wants no calls.
    """

    party_id: PartyId = PartyId(0)
    number: str = ""
    is_new: bool = False
    last_agent_id: AgentId = AgentId(0)
    customer_class: str = ""
    personal_agent_id: AgentId = AgentId(0)
    nps: int | None = None
    consents: dict[str, bool] = msgspec.field(default_factory=dict)
    blocked: BlockedNumber | None = None
    known: KnownCustomer | None = None
    is_opted_out: bool = False

    def facts(self) -> dict[str, str]:
        """What a flow may decide by; what is not known is left out."""
        known = {"customer.class": self.customer_class, **consent_facts(self.consents)}
        if self.nps is not None:
            known["customer.nps"] = band(self.nps)
        if self.last_agent_id:
            known["last_agent"] = str(self.last_agent_id)
        if self.personal_agent_id:
            known["personal"] = str(self.personal_agent_id)
        return {name: value for name, value in known.items() if value}
