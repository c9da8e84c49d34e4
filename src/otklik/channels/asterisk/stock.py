"""What is wanted in Asterisk's memory, and bringing Asterisk to it.

Memory is lost with Asterisk, not with us: a global variable there names the stock that was pushed completely,
so an engine that returns to a living Asterisk takes calls at once and a restarted Asterisk gets everything
before the first call.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable

import msgspec

from otklik.channels.asterisk import provisioning
from otklik.channels.asterisk.ari import Ari, AriFailed, Endpoint
from otklik.channels.asterisk.legs import trunk_endpoint
from otklik.logs import logger
from otklik.switchboard.instructions import (
    ChannelInstruction,
    KnowArrival,
    ProvisionDevice,
    ProvisionTrunk,
    RemoveDevice,
    RemoveTrunk,
    SetFallback,
    SetNumberRules,
)
from otklik.switchboard.ports import ReadSecret
from otklik.vocabulary.ids import AgentId, SecretId

log = logger()

_NAME_OF_STOCK = "OTKLIK_STOCK"
_NAMES_OF_VARIABLES = "OTKLIK_STOCK_VARIABLES"
_NAME_OF_ONE = "OTKLIK_STOCK_"
_AT_ONCE = 8


class _Variable(msgspec.Struct):
    value: str = ""


class Stock:
    """Devices, trunks, number rules and fallback; and, at the start, the calls that the journal knows."""

    def __init__(self, read_secret: ReadSecret, on_pushed: Callable[[str, str], None]) -> None:
        """on_pushed: called with the endpoint's name and "", or with why it cannot be pushed as it is
        wanted."""
        self._read_secret = read_secret
        self._on_pushed = on_pushed
        self.devices: dict[str, ProvisionDevice] = {}
        self.trunks: dict[str, ProvisionTrunk] = {}
        self.arrived: dict[str, KnowArrival] = {}
        self.is_recording_allowed = True
        self._variables: dict[str, str] = {"OTKLIK_RECORD": "yes", "OTKLIK_FALLBACK": ""}
        self._pushed: dict[str, ProvisionDevice | ProvisionTrunk] = {}
        self._pushed_variables: dict[str, str] = {}
        self._changed = asyncio.Event()

    def replace(self, wanted: Iterable[ChannelInstruction]) -> None:
        """The whole wanted list; what is not in it goes."""
        self.devices, self.trunks, self.arrived = {}, {}, {}
        self._variables = {"OTKLIK_RECORD": self._recording_word, "OTKLIK_FALLBACK": ""}
        for instruction in wanted:
            self.take(instruction)
        self._changed.set()

    def take(self, instruction: ChannelInstruction) -> bool:
        """One change; False if the instruction is none of ours."""
        match instruction:
            case ProvisionDevice():
                self.devices[instruction.login] = instruction
            case RemoveDevice():
                self.devices.pop(instruction.login, None)
            case ProvisionTrunk():
                self.trunks[trunk_endpoint(instruction.trunk_id)] = instruction
            case RemoveTrunk():
                self.trunks.pop(trunk_endpoint(instruction.trunk_id), None)
            case SetNumberRules():
                of_numbers = (provisioning.UNRECORDED, provisioning.SPOKEN)
                kept = {k: v for k, v in self._variables.items() if not k.startswith(of_numbers)}
                self._variables = kept | provisioning.number_rules(instruction)
            case KnowArrival():
                self.arrived[instruction.media_id] = instruction
            case SetFallback():
                self._variables["OTKLIK_FALLBACK"] = provisioning.fallback(instruction)
            case _:
                return False
        self._changed.set()
        return True

    @property
    def _recording_word(self) -> str:
        return "yes" if self.is_recording_allowed else "no"

    def allow_recording(self, is_allowed: bool) -> None:
        """Whether the dialplan records new calls at all."""
        self.is_recording_allowed = is_allowed
        self._variables["OTKLIK_RECORD"] = self._recording_word
        self._changed.set()

    def agent_of(self, login: str) -> AgentId:
        device = self.devices.get(login)
        return device.agent_id if device else AgentId(0)

    async def bring_up(self, ari: Ari) -> None:
        """After a connect: nothing if this very stock is there, else all of it. Raises AriFailed without a
        link."""
        self._changed.clear()
        if await self._get(ari, _NAME_OF_STOCK) == self._name():
            self._pushed = {**self.devices, **self.trunks}
            self._pushed_variables = dict(self._variables)
            return
        # Another stock, or none. What is unchanged in it is left alone.
        wanted: dict[str, ProvisionDevice | ProvisionTrunk] = {**self.devices, **self.trunks}
        self._pushed = {}
        # Which variables an earlier engine has set, so that those no longer wanted are emptied.
        set_before = await self._get(ari, _NAMES_OF_VARIABLES)
        self._pushed_variables = dict.fromkeys(filter(None, set_before.split(",")), "?")
        for endpoint in await ari.ask(list[Endpoint], "endpoints"):
            name = endpoint.resource
            if endpoint.technology != "PJSIP":
                continue
            if name not in wanted:
                await self._delete(ari, name)
            elif await self._get(ari, _NAME_OF_ONE + name) == _name_of(wanted[name]):
                self._pushed[name] = wanted[name]
        await self._bring_to_wanted(ari)

    async def keep_up(self, ari: Ari) -> None:
        """Push each change as it comes, until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self._bring_to_wanted(ari)

    async def _bring_to_wanted(self, ari: Ari) -> None:
        # The name goes first and comes back last: a stock that was pushed in part is none.
        await self._set(ari, _NAME_OF_STOCK, "")
        for name, value in self._variables.items():
            if self._pushed_variables.get(name) != value:
                await self._set(ari, name, value)
        for name in self._pushed_variables.keys() - self._variables.keys():
            await self._set(ari, name, "")
        self._pushed_variables = dict(self._variables)
        await self._set(ari, _NAMES_OF_VARIABLES, ",".join(sorted(self._variables)))
        wanted: dict[str, ProvisionDevice | ProvisionTrunk] = {**self.devices, **self.trunks}
        for name in [name for name in self._pushed if name not in wanted]:
            await self._delete(ari, name)
            del self._pushed[name]
        todo = [(name, one) for name, one in wanted.items() if self._pushed.get(name) != one]
        gate = asyncio.Semaphore(_AT_ONCE)

        async def push(name: str, one: ProvisionDevice | ProvisionTrunk) -> None:
            async with gate:
                if await self._push(ari, name, one):
                    self._pushed[name] = one

        await asyncio.gather(*(push(name, one) for name, one in todo))
        if all(self._pushed.get(name) == one for name, one in wanted.items()):
            await self._set(ari, _NAME_OF_STOCK, self._name())

    async def _push(self, ari: Ari, name: str, one: ProvisionDevice | ProvisionTrunk) -> bool:
        try:
            secret = await self._read_secret(one.secret_id) if one.secret_id != SecretId(0) else ""
            if isinstance(one, ProvisionDevice):
                pushes = provisioning.device_pushes(one, secret)
                if await self._is_there(ari, f"asterisk/config/dynamic/res_pjsip/aor/{name}"):
                    # Pushed again, an aor would take the registered contact for a lasting one of its own.
                    pushes = [push for push in pushes if push.kind != "aor"]
            else:
                pushes = provisioning.trunk_pushes(one, secret)
                # A second contact or address would be added to the first instead of replacing it.
                await self._delete(ari, name)
            for push in pushes:
                await ari.request("PUT", push.path, body=push.body)
            await self._set(ari, _NAME_OF_ONE + name, _name_of(one))
            self._on_pushed(name, "")
        except (provisioning.BadProvision, LookupError) as trouble:
            log.error("asterisk.provision_refused", endpoint=name, detail=str(trouble))
            self._on_pushed(name, str(trouble))
            return False
        except AriFailed as failure:
            if failure.code == 0:
                raise
            log.error("asterisk.provision_refused", endpoint=name, code=failure.code, detail=failure.detail)
            self._on_pushed(name, str(failure.code))
            return False
        return True

    async def _delete(self, ari: Ari, name: str) -> None:
        is_trunk = name.startswith("trunk-") and name[6:].isdigit()
        paths = provisioning.trunk_removals(int(name[6:])) if is_trunk else provisioning.device_removals(name)
        for path in paths:
            await self._try_delete(ari, path)

    async def _try_delete(self, ari: Ari, path: str) -> None:
        try:
            await ari.request("DELETE", path)
        except AriFailed as failure:
            if failure.code == 0:
                raise
            # It was not there: what was wanted.

    async def _is_there(self, ari: Ari, path: str) -> bool:
        try:
            await ari.request("GET", path)
        except AriFailed as failure:
            if failure.code == 0:
                raise
            return False
        return True

    async def _get(self, ari: Ari, name: str) -> str:
        answer = await ari.request("GET", "asterisk/variable", {"variable": name})
        return msgspec.json.decode(answer, type=_Variable).value

    async def _set(self, ari: Ari, name: str, value: str) -> None:
        await ari.request("POST", "asterisk/variable", {"variable": name, "value": value})

    def _name(self) -> str:
        """The same for the same stock, whoever asks."""
        return _name_of(
            [
                sorted(self._variables.items()),
                [self.devices[login] for login in sorted(self.devices)],
                [self.trunks[name] for name in sorted(self.trunks)],
            ]
        )


def _name_of(content: object) -> str:
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()[:32]
