"""Where customers are sent outside: one place for the rules, whoever sends them, an agent or a flow."""

from datetime import datetime

from otklik.flows.nodes.transfer import Transfer
from otklik.organization.dialing import (
    allowed_on_trunk,
    allowed_outside,
    check_caps,
    choose_trunk,
    open_for_calls,
    read_dialed,
    room_for_agent,
    room_outside,
)
from otklik.switchboard.centre import Centre
from otklik.vocabulary.ids import AgentId, InteractionId, QueueId
from otklik.vocabulary.phones import emergency_number
from otklik.vocabulary.refusals import Refused

NOBODY = AgentId(0)


def check_outside(
    centre: Centre, text: str, queue_id: QueueId, at: datetime, *, agent_id: AgentId = NOBODY
) -> str:
    """The number as it is known here. Raises Invalid for what is no number, Refused with the code of the rule
    that forbids it, for good or now. agent_id: who sends there."""
    configuration, calls = centre.configuration, centre.calls
    site = configuration.site
    number = read_dialed(configuration, text)
    allowed_outside(configuration, number)
    check_agent(centre, number, agent_id, at)
    talks, seconds = calls.outside_at(at)
    room_outside(site.outside, talks=talks, seconds=seconds)
    trunk = choose_trunk(configuration, queue_id)
    if trunk is None:
        raise Refused("no_trunk")
    if number.startswith("+"):
        check_caps(site.daily_call_cap, site.daily_minutes_cap, calls.spent_by_all(at.date()))
        allowed_on_trunk(trunk, calls.spent_on_trunk(trunk.trunk_id, at.date()))
    return number


def check_agent(centre: Centre, number: str, agent_id: AgentId, at: datetime) -> None:
    """Raises Refused at closed hours, and for an agent who has dialled too much. number: of `read_dialed`."""
    configuration = centre.configuration
    open_for_calls(configuration, number, at)
    if agent_id and not emergency_number(number, configuration.site.country):
        today, lately = centre.calls.dialed_by(agent_id, at)
        room_for_agent(configuration.site.outside, today=today, lately=lately)


def number_wanted(centre: Centre, interaction_id: InteractionId, at: datetime) -> str:
    """The number to which the present node of a flow sends its customer. Raises as `check_outside`."""
    run = centre.flows.run_of(interaction_id)
    node = run.flow.nodes.get(run.node) if run is not None else None
    if run is None or not isinstance(node, Transfer):
        raise Refused("unknown_interaction", interaction_id=str(interaction_id))
    return check_outside(centre, node.dialed(centre.flows.facts_of(interaction_id, at)), run.queue_id, at)
