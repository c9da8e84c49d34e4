"""A second, private Asterisk that plays the other side: carrier, customers and SIP phones.

The demo and the self-test drive it by ARI. It speaks to the centre as the world does: through a trunk
recognised by address and port (UDP), and as phones that register (TCP, so that they are not taken for the
trunk). Nothing of it is reachable from outside this machine.
"""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import psutil

from otklik.channels.asterisk.ari import Ari, AriEvent, AriFailed
from otklik.channels.asterisk.install import AsteriskRoot
from otklik.channels.asterisk.instance import InstanceDescription, write_instance
from otklik.logs import logger

log = logger()

_OBJECTS = "asterisk/config/dynamic/res_pjsip"
_READY_SECONDS = 20.0


class ExchangeFailed(Exception):
    """The private Asterisk did not start or does not do what it was told."""


class Exchange:
    """Starts the Asterisk, links to it, makes calls and phones, tells of events.

    on_event: called for each ARI event, in order; must not block.
    """

    def __init__(
        self,
        description: InstanceDescription,
        root: AsteriskRoot,
        *,
        centre_sip_port: int,
        on_event: Callable[[AriEvent], None],
        centre_address: str = "127.0.0.1",
    ) -> None:
        self._description = description
        self._root = root
        self._centre = f"{centre_address}:{centre_sip_port}"
        self._centre_address = centre_address
        self._on_event = on_event
        self._process: asyncio.subprocess.Process | None = None
        self._ari: Ari | None = None

    async def start(self) -> None:
        """Runs the Asterisk and waits until it takes requests. Raises ExchangeFailed."""
        await asyncio.to_thread(self._end_predecessor)
        launch = write_instance(self._description, self._root)
        log_path = self._description.folder / "console.log"
        descriptor = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *launch.arguments,
                env=launch.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                start_new_session=True,
                umask=launch.umask,
            )
        finally:
            os.close(descriptor)
        self._pid_file.write_text(str(self._process.pid))
        await self._link()
        await self._introduce_centre()

    async def stop(self) -> None:
        """Ends the link and the Asterisk."""
        if self._ari is not None:
            await self._ari.close()
            self._ari = None
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(8):
                    await self._process.wait()
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
        self._pid_file.unlink(missing_ok=True)

    @property
    def lost(self) -> asyncio.Event:
        """Set when the link is gone."""
        assert self._ari is not None, "not started"
        return self._ari.lost

    async def request(
        self, method: str, path: str, *, body: Mapping[str, object] | None = None, **parameters: str | int
    ) -> bytes:
        """One ARI request, the answer's body; raises AriFailed."""
        assert self._ari is not None, "not started"
        return await self._ari.request(method, path, parameters, body=body)

    async def try_to(self, method: str, path: str, **parameters: str | int) -> bool:
        """One request about a leg that may be gone; tells whether it was done."""
        try:
            await self.request(method, path, body=None, **parameters)
        except AriFailed:
            return False
        return True

    # --- parties

    async def call(
        self,
        number: str,
        *,
        channel_id: str,
        calling: str,
        calling_name: str = "",
        arguments: str = "customer",
    ) -> None:
        """A customer dials a number of the centre through the trunk; raises AriFailed."""
        await self.request(
            "POST",
            "channels",
            endpoint=f"PJSIP/{number}@centre",
            app=self._description.application,
            appArgs=arguments,
            channelId=channel_id,
            callerId=f'"{calling_name}" <{calling}>' if calling else "",
            timeout=60,
        )

    async def register_phone(self, login: str, secret: str) -> None:
        """A SIP phone of an agent: registers with the centre, its calls arrive as `arrived,<login>`."""
        await self._put("auth", login, auth_type="digest", username=login, password=secret)
        await self._put(
            "registration",
            login,
            transport="tcp",
            outbound_auth=login,
            server_uri=f"sip:{self._centre};transport=tcp",
            client_uri=f"sip:{login}@{self._centre}",
            contact_user=login,
            retry_interval=2,
            forbidden_retry_interval=5,
            fatal_retry_interval=5,
            max_retries=100000,
            expiration=120,
            max_random_initial_delay=0,
        )

    async def unregister_phone(self, login: str) -> None:
        with contextlib.suppress(AriFailed):
            await self.request("DELETE", f"{_OBJECTS}/registration/{login}")

    async def _introduce_centre(self) -> None:
        await self._put("aor", "centre", contact=f"sip:{self._centre}", qualify_frequency=0)
        await self._put(
            "endpoint",
            "centre",
            context="from-trunk",
            aors="centre",
            disallow="all",
            allow="alaw",
            direct_media="no",
            allow_transfer="no",
            allow_subscribe="no",
            rtp_symmetric="yes",
        )
        # Any port of the centre's: its calls to phones come over TCP, to the trunk over UDP.
        await self._put("identify", "centre", endpoint="centre", match=self._centre_address)

    async def _put(self, kind: str, name: str, **fields: str | int) -> None:
        body = {"fields": [{"attribute": key, "value": str(value)} for key, value in fields.items()]}
        await self.request("PUT", f"{_OBJECTS}/{kind}/{name}", body=body)

    # --- the process

    @property
    def _pid_file(self) -> Path:
        return self._description.folder / "exchange.pid"

    def _end_predecessor(self) -> None:
        """One that a killed process left behind holds the ports."""
        self._description.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.suppress(OSError, ValueError, psutil.Error):
            found = psutil.Process(int(self._pid_file.read_text()))
            if str(self._description.folder.absolute()) in " ".join(found.cmdline()):
                found.kill()
                found.wait(5)

    async def _link(self) -> None:
        deadline = asyncio.get_running_loop().time() + _READY_SECONDS
        while True:
            assert self._process is not None
            if self._process.returncode is not None:
                raise ExchangeFailed(f"Asterisk ended with {self._process.returncode}")
            ari = Ari(
                self._description.ari_url,
                application=self._description.application,
                password=self._description.ari_password,
                on_event=self._on_event,
            )
            try:
                await ari.connect()
            except AriFailed as failure:
                await ari.close()
                if asyncio.get_running_loop().time() > deadline:
                    raise ExchangeFailed(str(failure)) from failure
                await asyncio.sleep(0.1)
            else:
                self._ari = ari
                return


class Lanes:
    """Runs coroutines as named tasks of one group; a leg's own work ends with the leg."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def begin(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self.end(name)

        async def run() -> None:
            try:
                await work()
            except AriFailed as failure:
                log.debug("exchange.leg_gone", leg=name, detail=str(failure))

        task = asyncio.create_task(run(), name=name)
        self._tasks[name] = task
        task.add_done_callback(lambda done: self._forget(name, done))

    def end(self, name: str) -> None:
        task = self._tasks.pop(name, None)
        if task is not None:
            task.cancel()

    async def end_all(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def __len__(self) -> int:
        return len(self._tasks)

    def _forget(self, name: str, done: "asyncio.Task[None]") -> None:
        if self._tasks.get(name) is done:
            del self._tasks[name]
        if not done.cancelled() and done.exception() is not None:
            log.error("exchange.task_failed", leg=name, exc_info=done.exception())
