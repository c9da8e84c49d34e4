"""Asks systems beside the loop: many at once, each with an end to its patience."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import structlog

from otklik.channels.systems.database import ask_database
from otklik.channels.systems.failures import AskFailed
from otklik.channels.systems.web import ask_web
from otklik.flows.look_ups import FAILED, Answer, Question, read_answer
from otklik.organization.model import System, SystemKind
from otklik.switchboard.instructions import AskSystem
from otklik.switchboard.ports import Inbox, ReadSecret, TriedSystem
from otklik.switchboard.signals import SystemAnswered
from otklik.vocabulary.refusals import Refused
from otklik.vocabulary.time import MILLISECOND

log = structlog.get_logger("otklik.systems")

MOST_AT_ONCE = 200
"""Questions under way; one more fails at once instead of waiting behind a system that is stuck."""


class Asker:
    """The driver of all systems of a site. read_secret: gives a secret by its id."""

    def __init__(self, read_secret: ReadSecret) -> None:
        self._read_secret = read_secret
        self._inbox: Inbox | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    def start(self, inbox: Inbox) -> None:
        """Answers go there from now on."""
        self._inbox = inbox

    def ask(self, asked: AskSystem) -> None:
        """Answered by SystemAnswered, whatever comes of it. Never blocks."""
        if len(self._under_way) >= MOST_AT_ONCE:
            self._tell(asked, Answer(outcome=FAILED, reason="overloaded"), timedelta(0))
            return
        task = asyncio.create_task(self._ask(asked), name="systems.question")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def try_out(self, system: System, question: Question, limit: timedelta) -> TriedSystem:
        """Asks now, for whoever sets the system up."""
        answer, took, answered = await self._answer(system, question, limit)
        return TriedSystem(
            outcome=answer.outcome,
            reason=answer.reason,
            values=answer.values,
            took_ms=took // MILLISECOND,
            answers=answered,
        )

    async def stop(self) -> None:
        """Questions under way are not waited for: nobody is there to hear the answer."""
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _ask(self, asked: AskSystem) -> None:
        answer, took, _ = await self._answer(asked.system, asked.question, asked.limit)
        self._tell(asked, answer, took)

    async def _answer(
        self, system: System, question: Question, limit: timedelta
    ) -> tuple[Answer, timedelta, bool]:
        """What came of it, how long it took, and whether the system itself answered."""
        began = time.monotonic()
        answered = False
        try:
            async with asyncio.timeout(limit.total_seconds()):
                plain = await self._plain(system, question, limit)
            answered = True
            answer = read_answer(plain, question.values)
        except TimeoutError:
            answer = Answer(outcome=FAILED, reason="timeout")
        except AskFailed as failed:
            answer = Answer(outcome=FAILED, reason=failed.reason)
        except Refused as refused:
            answer = Answer(outcome=FAILED, reason=refused.code)
        took = timedelta(milliseconds=round((time.monotonic() - began) * 1000))
        # Never what was asked or answered: that may be about a person.
        log.info(
            "system.asked",
            system=system.name,
            outcome=answer.outcome,
            reason=answer.reason,
            took_ms=took // MILLISECOND,
        )
        return answer, took, answered

    async def _plain(self, system: System, question: Question, limit: timedelta) -> Any:
        secret = await self._read_secret(system.secret_id) if system.secret_id else ""
        if system.kind is SystemKind.DATABASE:
            return await ask_database(system, question, secret, seconds=limit.total_seconds())
        return await ask_web(system, question, secret)

    def _tell(self, asked: AskSystem, answer: Answer, took: timedelta) -> None:
        if self._inbox is None:
            return
        self._inbox.put(
            SystemAnswered(
                interaction_id=asked.interaction_id,
                look_up=asked.look_up,
                outcome=answer.outcome,
                reason=answer.reason,
                values=answer.values,
                took=took,
            )
        )
