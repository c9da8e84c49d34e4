"""The Asterisk driver among the people of a `World`: what the contract suite and the tone tests hold in
hand."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from otklik.acd.model import EndReason
from otklik.channels.asterisk.driver import AsteriskDriver
from otklik.switchboard import instructions as told
from otklik.switchboard import signals as tell
from otklik.vocabulary.ids import AgentId, LegId, SecretId, TrunkId
from tests.asterisk.pair import AGENT, SECOND_AGENT, Pair, Party, World
from tests.contracts.suite import Recorder, until

SECRETS = {SecretId(1): "first-secret-5f1c", SecretId(2): "second-secret-77ab"}
TONES = {"a1": AGENT, "a2": SECOND_AGENT}
SIP_REASONS = {
    EndReason.BUSY: "busy",
    EndReason.INVALID_NUMBER: "unallocated",
    EndReason.CONGESTED: "congestion",
}
LEG_IDS = itertools.count(1_000_000)


class Phone:
    """An agent's phone; what it does is done in order, in the background."""

    def __init__(self, bench: "AsteriskBench", login: str) -> None:
        self._bench, self._login = bench, login

    @property
    def call(self) -> Party | None:
        return self._bench.world.calls_by_login.get(self._login)

    def _soon(self, work: Callable[[], Awaitable[object]]) -> None:
        self._bench.soon(work)

    def register(self) -> None:
        self._soon(
            lambda: self._bench.world.register(
                self._login, SECRETS[SecretId(int(self._login[1:]))], TONES[self._login]
            )
        )

    def unregister(self) -> None:
        self._soon(lambda: self._bench.world.unregister(self._login))

    async def rings(self) -> None:
        await until(
            lambda: self.call is not None and not self.call.is_over, lambda: "the phone does not ring"
        )

    async def is_quiet(self) -> None:
        await until(lambda: self.call is None or self.call.is_over, lambda: "the phone is not quiet")

    def answer(self) -> None:
        call = self.call
        assert call is not None
        self._soon(lambda: self._bench.world.answer(call))

    def decline(self) -> None:
        assert self.call is not None
        self._bench.world.later("DELETE", f"channels/{self.call.channel_id}", {"reason": "busy"})

    def hang_up(self) -> None:
        assert self.call is not None
        self.call.hang_up()

    def dial(self, number: str) -> None:
        self._soon(lambda: self._bench.world.dial(self._login, number))


class AsteriskBench:
    has_recording = True

    def __init__(self, pair: Pair, world: World) -> None:
        self.pair, self.world = pair, world
        self.inbox = Recorder()
        self.driver = self._make()
        self.replaced = 0
        self.extra: list[told.ChannelInstruction] = []
        self._jobs: asyncio.Queue[Callable[[], Awaitable[object]]] = asyncio.Queue()
        self._worker = asyncio.ensure_future(self._work())

    async def _work(self) -> None:
        while True:
            await (await self._jobs.get())()

    def soon(self, work: Callable[[], Awaitable[object]]) -> None:
        assert not self._worker.done(), self._worker
        self._jobs.put_nowait(work)

    def wanted(self) -> list[told.ChannelInstruction]:
        return [
            told.ProvisionTrunk(
                trunk_id=TrunkId(1), name="city", kind="address", host="127.0.0.1",
                port=self.pair.outside.description.sip_port,
            ),
            told.ProvisionDevice(agent_id=AgentId(1), login="a1", kind="sip", secret_id=SecretId(1)),
            told.ProvisionDevice(agent_id=AgentId(2), login="a2", kind="sip", secret_id=SecretId(2)),
        ]  # fmt: skip

    def _make(self) -> AsteriskDriver:
        driver = AsteriskDriver(
            self.pair.centre.description.address,
            mint=lambda: LegId(next(LEG_IDS)),
            read_secret=self._read_secret,
            on_replaced=self._note_replaced,
        )
        driver.provision(self.wanted())
        return driver

    async def _read_secret(self, secret_id: SecretId) -> str:
        return SECRETS[secret_id]

    def _note_replaced(self) -> None:
        self.replaced += 1

    async def call(self, number: str, calling: str = "", *, speaks: bool = True) -> Party:
        return await self.world.call(number, calling, speaks=speaks)

    def phone(self, login: str) -> Phone:
        return Phone(self, login)

    def far_end(self, number: str, outcome: EndReason, *, announces: bool = False) -> None:
        def behave(party: Party) -> None:
            self.world.spawn(self._behave(party, outcome, announces))

        self.world.far_ends[number] = behave

    async def _behave(self, party: Party, outcome: EndReason, announces: bool) -> None:
        channel = f"channels/{party.channel_id}"
        if outcome in SIP_REASONS:
            await self.world.ari.request("DELETE", channel, {"reason": SIP_REASONS[outcome]})
            return
        if announces:
            await self.world.ari.request("POST", f"{channel}/progress")
            await party.speak()
            await asyncio.sleep(1.5)
        else:
            await self.world.ari.request("POST", f"{channel}/ring")
            await asyncio.sleep(0.3)
        if outcome is EndReason.ANSWERED:
            await self.world.answer(party)

    async def stop_driver(self) -> None:
        await self.driver.stop()

    async def start_driver(self) -> None:
        self.driver = self._make()
        self.driver.start(self.inbox)

    async def restart_media(self) -> None:
        await asyncio.to_thread(self.pair.centre.kill)
        await asyncio.to_thread(self.pair.centre.start)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["AsteriskBench"]:
        self.driver.start(self.inbox)
        await self.inbox.wait(tell.ChannelRestored)
        self.phone("a1").register()
        await self.inbox.wait(tell.DeviceRegistered, login="a1")
        try:
            yield self
        finally:
            await self._clean()
            self._worker.cancel()
            await asyncio.wait([self._worker])

    async def _clean(self) -> None:
        """Leave a quiet Asterisk behind: no leg, no bridge, no registered phone."""
        await self.driver.stop()
        for login in list(self.world.logins):
            await self.world.unregister(login)
        self.inbox.signals.clear()
        await self.start_driver()
        restored = await self.inbox.wait(tell.ChannelRestored)
        deadline = asyncio.get_running_loop().time() + 8
        while restored.survey.legs or restored.survey.bridges or restored.survey.reachable:
            assert asyncio.get_running_loop().time() < deadline, restored
            for leg in restored.survey.legs:
                self.driver.do(told.HangUpLeg(leg_id=leg.leg_id))
            for arrived in self.inbox.of(tell.LegArrived):
                self.driver.do(told.HangUpLeg(leg_id=arrived.leg_id))
            for bridge in restored.survey.bridges:
                self.driver.do(told.EndBridge(bridge=bridge))
            await asyncio.sleep(0.05)
            before = len(self.inbox.of(tell.ChannelRestored))
            self.driver.request_survey()
            restored = await self.inbox.wait(tell.ChannelRestored, nth=before + 1)
        if self.inbox.of(tell.LegArrived) or self.inbox.of(tell.CallDiverted):
            # Calls of this test that no engine took: told here, and not in the next test again.
            await asyncio.sleep(1.2)
        await self.driver.stop()
