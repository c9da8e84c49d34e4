"""Organization's events become commands of the engine and the channel's wanted list."""

from collections.abc import Iterable

import msgspec

from otklik.acd import commands as ask
from otklik.acd.commands import AcdCommand
from otklik.organization import events as organization
from otklik.organization.events import OrganizationEvent
from otklik.organization.model import (
    Configuration,
    Device,
    agent_profile,
    plan_rules,
    queue_rules,
    reason_rules,
    site_rules,
)
from otklik.switchboard.instructions import (
    ChannelInstruction,
    ProvisionDevice,
    ProvisionTrunk,
    SetFallback,
    SetNumberRules,
)

_TOUCHES_CHANNELS = (
    organization.SiteSaved,
    organization.NumberSaved,
    organization.NumberRemoved,
    organization.TrunkSaved,
    organization.TrunkRemoved,
    organization.DeviceSaved,
    organization.DeviceRemoved,
)


def acd_commands_for(event: OrganizationEvent, before: Configuration) -> list[AcdCommand]:
    """What the engine must hear; it knows queues, agents, plans, reasons and the site's timeouts only."""
    at = event.at
    match event:
        case organization.SiteSaved():
            changed: list[AcdCommand] = [ask.ConfigureSite(at=at, site=site_rules(event.site, at))]
            if event.site.zone != before.site.zone:
                zone = event.site.zone
                changed += [
                    ask.ConfigurePlan(at=at, plan=plan_rules(plan, zone)) for plan in before.plans.values()
                ]
            return changed
        case organization.PlanSaved():
            return [ask.ConfigurePlan(at=at, plan=plan_rules(event.plan, before.site.zone))]
        case organization.PlanRemoved():
            return [ask.RemovePlan(at=at, plan_id=event.plan_id)]
        case organization.QueueSaved():
            return [ask.ConfigureQueue(at=at, queue=queue_rules(event.queue))]
        case organization.QueueRemoved():
            return [ask.RemoveQueue(at=at, queue_id=event.queue_id, to_queue_id=event.to_queue_id)]
        case organization.ReasonSaved():
            return [ask.ConfigureReason(at=at, reason=reason_rules(event.reason))]
        case organization.ReasonRemoved():
            return [ask.RemoveReason(at=at, reason_id=event.reason_id)]
        case organization.AgentSaved():
            profile = agent_profile(event.agent)
            if event.agent.is_active:
                return [ask.ConfigureAgent(at=at, agent=profile)]
            # Without skills nothing new is offered; a talk in progress ends as usual, then he is signed out.
            silent = msgspec.structs.replace(profile, skills={})
            return [
                ask.ConfigureAgent(at=at, agent=silent),
                ask.SignOutAgent(at=at, agent_id=event.agent.agent_id, forced=True),
            ]
        case organization.AgentRemoved():
            return [ask.RemoveAgent(at=at, agent_id=event.agent_id)]
        case _:
            return []


def touches_channels(events: Iterable[OrganizationEvent]) -> bool:
    """Whether the channel's wanted list is another one after these events."""
    return any(isinstance(event, _TOUCHES_CHANNELS) for event in events)


def wanted(configuration: Configuration) -> list[ChannelInstruction]:
    """Everything that a channel must know before it takes calls, in the order in which it is pushed."""
    devices = sorted(configuration.devices.values(), key=lambda device: device.device_id)
    trunks = sorted(configuration.trunks.values(), key=lambda trunk: trunk.trunk_id)
    made: list[ChannelInstruction] = [
        ProvisionTrunk(
            trunk_id=trunk.trunk_id,
            name=trunk.name,
            kind=trunk.kind.value,
            host=trunk.host,
            port=trunk.port,
            addresses=trunk.addresses,
            login=trunk.login,
            secret_id=trunk.secret_id,
            codecs=trunk.codecs,
            maximum_calls=trunk.maximum_calls,
        )
        for trunk in trunks
    ]
    made += [
        ProvisionDevice(
            agent_id=device.agent_id,
            login=device.login,
            kind=device.kind.value,
            secret_id=device.secret_id,
            codecs=codecs_of(configuration, device),
        )
        for device in devices
    ]
    unrecorded = frozenset(
        number.number for number in configuration.numbers.values() if not number.is_recorded
    )
    languages = {number.number: number.language for number in configuration.numbers.values()}
    made.append(SetNumberRules(unrecorded=unrecorded, languages=languages))
    made.append(fallback(configuration))
    return made


def codecs_of(configuration: Configuration, device: Device) -> tuple[str, ...]:
    """Its own list, if it has one; a browser prefers the site's codec, and alaw is always possible."""
    if device.codecs:
        return device.codecs
    preferred = configuration.site.phone_codec if device.kind == "browser" else "alaw"
    return tuple(dict.fromkeys((preferred, "alaw")))


def fallback(configuration: Configuration) -> SetFallback:
    """Where calls go when no engine is there for long: the site's fallback number through the default
    trunk.
    """
    number = configuration.site.fallback_number
    trunks = sorted(configuration.trunks.values(), key=lambda trunk: (not trunk.is_default, trunk.trunk_id))
    if not number or not trunks:
        return SetFallback()
    return SetFallback(trunk_id=trunks[0].trunk_id, number=number)
