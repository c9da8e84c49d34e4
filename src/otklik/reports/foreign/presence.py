"""Who of a foreign centre is there, and ready. Pure.

A log has no state of an agent, only changes of one queue at a time: he is there while he serves a queue, and
paused when he is paused in all that he serves. One who never logged in (a static one) is there while his
calls say so.
"""

from collections.abc import Callable
from datetime import datetime

from otklik.acd import events as acd
from otklik.acd.model import NotReadyCause
from otklik.reports.foreign.memory import NOBODY, Held, Known, Memory, Told
from otklik.reports.foreign.rows import Row
from otklik.vocabulary.ids import AgentId, QueueId, ReasonId
from otklik.vocabulary.time import from_ms


class Presence:
    """Acts on the rows about agents; `present`, `free` and `settle` are for those about calls.

    tell: an event at its moment. keep: what may still turn out otherwise. named: the id of a reason or an
    agent. queue: the id of a queue, which is configured when it is new.
    """

    def __init__(
        self,
        memory: Memory,
        tell: Callable[[int, Told], None],
        keep: Callable[[int, Held], None],
        named: Callable[[str, str], int],
        queue: Callable[[str, int], QueueId],
    ) -> None:
        self._memory = memory
        self._tell = tell
        self._keep = keep
        self._named = named
        self._queue = queue

    def known(self, agent: str) -> Known:
        key = self._memory.agent_of(agent)
        who = self._memory.agents.get(key)
        if who is None:
            who = self._memory.agents[key] = Known(self._named("agent", key))
        return who

    def present(self, agent: str, at_ms: int) -> Known:
        """He rings, so he is there, even when nothing said that he came."""
        who = self.known(agent)
        who.turn += 1
        if not who.is_signed_in:
            who.is_implied = True
            self._sign_in(who, at_ms)
        return who

    def _sign_in(self, who: Known, at_ms: int) -> None:
        who.is_signed_in = True
        at, agent_id = from_ms(at_ms), AgentId(who.agent_id)
        self._tell(at_ms, acd.AgentSignedIn(at=at, agent_id=agent_id))
        self._tell(at_ms, self._standing(who, at, "chosen"))

    def _standing(self, who: Known, at: datetime, rule: str) -> Told:
        """What he is when he has no call."""
        agent_id = AgentId(who.agent_id)
        if self._is_paused(who):
            return acd.AgentMadeNotReady(
                at=at,
                agent_id=agent_id,
                reason_id=ReasonId(who.reason_id),
                cause=NotReadyCause.CHOSEN,
            )
        return acd.AgentMadeReady(at=at, agent_id=agent_id, rule=rule)

    def _is_paused(self, who: Known) -> bool:
        """In every queue that he serves."""
        return who.is_paused or (bool(who.paused) and who.queues <= who.paused)

    def free(self, key: str, at_ms: int) -> None:
        """A call of his is over."""
        who = self._memory.agents[key]
        who.calls = max(0, who.calls - 1)
        if not who.calls:
            self.settle(key, who, at_ms, "call_ended")

    def settle(self, key: str, who: Known, at_ms: int, rule: str) -> None:
        """He has nothing on his phone now."""
        who.free_ms = max(who.free_ms, at_ms)
        at = from_ms(at_ms)
        if not who.is_signed_in:
            self._tell(at_ms, acd.AgentSignedOut(at=at, agent_id=AgentId(who.agent_id)))
            return
        self._tell(at_ms, self._standing(who, at, rule))
        if who.is_implied:
            who.turn += 1
            self._keep(at_ms, Held(agent=key, turn=who.turn))

    def _come(self, row: Row, queue: str) -> str:
        if row.agent in NOBODY:
            return "no_agent"
        who = self.known(row.agent)
        who.queues.add(queue)
        who.is_implied = False
        if not who.is_signed_in:
            self._sign_in(who, row.at_ms)
        else:
            self._change(who, row.at_ms)
        return ""

    def join(self, row: Row) -> str:
        if row.queue not in NOBODY:
            self._queue(row.queue, row.at_ms)
        return self._come(row, row.queue)

    def log_in(self, row: Row) -> str:
        return self._come(row, "")

    def part(self, row: Row) -> str:
        return self._go(row, all_queues=False)

    def log_off(self, row: Row) -> str:
        return self._go(row, all_queues=True)

    def _go(self, row: Row, *, all_queues: bool) -> str:
        if row.agent in NOBODY:
            return "no_agent"
        who = self.known(row.agent)
        who.queues.discard(row.queue)
        who.paused.discard(row.queue)
        if all_queues:
            who.queues.clear()
            who.paused.clear()
            who.is_paused = False
        if not who.is_signed_in or who.queues:
            return ""
        who.is_signed_in = who.is_implied = False
        who.turn += 1
        agent_id = AgentId(who.agent_id)
        if who.calls:
            self._tell(
                row.at_ms, acd.AgentIntentSet(at=from_ms(row.at_ms), agent_id=agent_id, intent="signed_out")
            )
        else:
            self._tell(row.at_ms, acd.AgentSignedOut(at=from_ms(row.at_ms), agent_id=agent_id))
        return ""

    def pause(self, row: Row) -> str:
        if row.agent in NOBODY:
            return "no_agent"
        who = self.known(row.agent)
        if row.event == "PAUSEALL" or row.queue in NOBODY:
            who.is_paused = True
        else:
            who.paused.add(row.queue)
        reason = row.facts[0].strip() if row.facts else ""
        who.reason_id = self._named("reason", reason) if reason else 0
        return self._change(who, row.at_ms)

    def unpause(self, row: Row) -> str:
        if row.agent in NOBODY:
            return "no_agent"
        who = self.known(row.agent)
        who.is_paused = False
        if row.event == "UNPAUSEALL" or row.queue in NOBODY:
            who.paused.clear()
        else:
            who.paused.discard(row.queue)
        return self._change(who, row.at_ms)

    def _change(self, who: Known, at_ms: int) -> str:
        """He may be paused now, or not any more. Of one who is not there it is only remembered."""
        if not who.is_signed_in:
            return ""
        at, agent_id = from_ms(at_ms), AgentId(who.agent_id)
        if not who.calls:
            self._tell(at_ms, self._standing(who, at, "chosen"))
            return ""
        intent = "not_ready" if self._is_paused(who) else "ready"
        reason_id = ReasonId(who.reason_id if intent == "not_ready" else 0)
        self._tell(at_ms, acd.AgentIntentSet(at=at, agent_id=agent_id, intent=intent, reason_id=reason_id))
        return ""
