"""Who calls is known by what he typed: what the flow may know of him, and what of that the journal may
hold."""

from datetime import datetime

from otklik.crm.model import KnownCustomer
from otklik.flows import commands as flow_commands
from otklik.flows.state import CUSTOMER_CLASS
from otklik.quality.satisfaction import band
from otklik.switchboard.party import CONSENT_FACTS, Caller, consent_facts
from otklik.switchboard.signals import CustomerTyped
from otklik.switchboard.turn import Turn


def identify(turn: Turn, signal: CustomerTyped, at: datetime, caller: Caller) -> None:
    """The flow hears who it is, or that nobody is known by this."""
    centre, who, known = turn.centre, signal.interaction_id, caller.known
    run = centre.flows.run_of(who)
    if run is None or not run.is_seeking:
        return
    if known is None:
        turn.ask_flow(flow_commands.NoteCustomer(at=at, interaction_id=who, customer_id=0))
        return
    hidden = personal_facts(known)
    if hidden:
        centre.private[who] = {**centre.private.get(who, {}), **hidden}
        turn.private.append((who, hidden))
    turn.identified.append((who, known.customer_id))
    turn.ask_flow(
        flow_commands.NoteCustomer(
            at=at,
            interaction_id=who,
            customer_id=known.customer_id,
            values=plain_facts(known),
            personal=tuple(sorted(hidden)),
        )
    )


def personal_facts(known: KnownCustomer) -> dict[str, str]:
    """What stands on his card and in no journal: `customer.name`, `customer.code`, `customer.<free
    field>`."""
    card, details = known.card, known.card.details
    facts = {
        **{f"customer.{name}": value for name, value in details.fields.items()},
        "customer.name": card.name,
        "customer.company": card.company,
        "customer.code": details.code,
        "customer.email": details.email,
    }
    # A free field of that name is not what he agreed to.
    return {name: value for name, value in facts.items() if value and name not in CONSENT_FACTS}


def plain_facts(known: KnownCustomer) -> dict[str, str]:
    """What decides about routing; "" where the number that he calls from says otherwise of somebody else."""
    personal, last = known.card.details.personal_agent_id, known.last_agent_id
    return {
        CUSTOMER_CLASS: known.card.customer_class,
        "personal": str(personal) if personal else "",
        "last_agent": str(last) if last else "",
        "customer.nps": "" if known.nps is None else band(known.nps),
        **consent_facts(known.card.details.consents),
    }
