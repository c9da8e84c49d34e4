"""Where a source's queues and agents stand now, out of what its log left open. Pure."""

import msgspec

from otklik.reports.foreign.memory import Memory


class QueueNow(msgspec.Struct, frozen=True):
    """oldest_ms: since when the one who waits longest does, 0 when nobody waits."""

    queue_id: int
    waiting: int
    talking: int
    oldest_ms: int


class AgentNow(msgspec.Struct, frozen=True):
    """state: `talking`, `not_ready`, `ready`. queue_id, since_ms: of his talk, else 0."""

    agent_id: int
    state: str
    reason_id: int
    queue_id: int
    since_ms: int


class SourceNow(msgspec.Struct, frozen=True):
    """at_ms: when it was looked at; log_ms: the last row. Agents who are not there are left out."""

    at_ms: int = 0
    log_ms: int = 0
    queues: list[QueueNow] = msgspec.field(default_factory=list)
    agents: list[AgentNow] = msgspec.field(default_factory=list)


def now_of(memory: Memory, at_ms: int) -> SourceNow:
    """By id."""
    queues: dict[int, list[int]] = {
        memory.names["queue"][name]: [0, 0, 0] for name in memory.configured if name in memory.names["queue"]
    }
    talks: dict[str, tuple[int, int]] = {}
    for call in memory.calls.values():
        sums = queues.setdefault(call.queue_id, [0, 0, 0])
        if call.phase == "waiting":
            sums[0] += 1
            sums[2] = min(sums[2], call.entered_ms) if sums[2] else call.entered_ms
        elif call.phase == "talking":
            sums[1] += 1
            talks[call.agent] = (call.queue_id, call.told_ms)
    agents = []
    for key, who in memory.agents.items():
        if not who.is_signed_in:
            continue
        queue_id, since_ms = talks.get(key, (0, 0))
        is_paused = who.is_paused or (bool(who.paused) and who.queues <= who.paused)
        state = "talking" if queue_id else "not_ready" if is_paused else "ready"
        reason_id = who.reason_id if state == "not_ready" else 0
        agents.append(AgentNow(who.agent_id, state, reason_id, queue_id, since_ms))
    return SourceNow(
        at_ms=at_ms,
        log_ms=memory.last_ms,
        queues=[QueueNow(identity, *sums) for identity, sums in sorted(queues.items())],
        agents=sorted(agents, key=lambda one: one.agent_id),
    )
