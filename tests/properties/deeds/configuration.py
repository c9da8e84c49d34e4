"""Configuration changes under load. What a queue, an agent or the site may be is drawn in `knobs.py`."""

from typing import TYPE_CHECKING

from otklik.acd import commands
from otklik.acd.commands import AcdCommand
from otklik.acd.model import ReasonRules
from tests.properties.deeds.deed import Deed

if TYPE_CHECKING:
    from tests.properties.walker import Walk


def configure_agent(walk: "Walk") -> AcdCommand:
    return commands.ConfigureAgent(at=walk.now, agent=walk.profile(walk.random.choice(walk.agents)))


def configure_queue(walk: "Walk") -> AcdCommand:
    return commands.ConfigureQueue(at=walk.now, queue=walk.queue_rules(walk.random.choice(walk.queues)))


def configure_site(walk: "Walk") -> AcdCommand:
    return commands.ConfigureSite(at=walk.now, site=walk.site_rules())


def configure_reason(walk: "Walk") -> AcdCommand:
    return commands.ConfigureReason(at=walk.now, reason=ReasonRules(reason_id=1))


def remove_queue(walk: "Walk") -> AcdCommand:
    to = walk.queue() if walk.random.random() < 0.5 else 0
    return commands.RemoveQueue(at=walk.now, queue_id=walk.queue(), to_queue_id=to)


def remove_agent(walk: "Walk") -> AcdCommand:
    return commands.RemoveAgent(at=walk.now, agent_id=walk.agent())


def remove_busy_agent(walk: "Walk") -> AcdCommand:
    return commands.RemoveAgent(at=walk.now, agent_id=walk.agent_who("connected", "held", "wrap_up"))


def stay_after_all(walk: "Walk") -> AcdCommand:
    """One who was removed and only finishes what he has wishes for something else."""
    return commands.MakeAgentReady(at=walk.now, agent_id=walk.one_of(list(walk.state.leaving)))


def remove_reason(walk: "Walk") -> AcdCommand:
    return commands.RemoveReason(at=walk.now, reason_id=walk.random.choice([1, 2]))


DEEDS = (
    Deed(0.28, configure_agent),
    Deed(0.28, configure_queue),
    Deed(0.05, configure_site),
    Deed(0.05, configure_reason),
    Deed(0.07, remove_queue),
    Deed(0.05, remove_agent),
    Deed(0.05, remove_busy_agent),
    Deed(0.5, stay_after_all),
    Deed(0.05, remove_reason),
)
