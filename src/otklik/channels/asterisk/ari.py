"""A thin ARI client: events and requests over one WebSocket, JSON by msgspec.

Requests travel over the WebSocket (half the time and a fifth of the processor of HTTP keep-alive), with HTTP
as the fallback for an Asterisk that does not answer there. One connection is one object: when it is lost,
`lost` is set and every open request fails; the owner makes a new one, since what was missed in between must
be surveyed anyway.
"""

import asyncio
import base64
import itertools
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import quote, urlencode

import aiohttp
import msgspec

from otklik.logs import logger

log = logger()

# Events that only cost: Asterisk then sends 8 of 52 events per call. An allow-list is no way out, it would
# swallow the answers to our own requests.
UNWANTED = (
    "ChannelVarset", "ChannelConnectedLine", "ChannelDialplan", "ChannelCallerId", "ChannelCreated",
    "ChannelHangupRequest", "BridgeCreated", "BridgeDestroyed", "BridgeVideoSourceChanged", "PlaybackStarted",
    "PlaybackContinuing", "ChannelHold", "ChannelUnhold", "ChannelTalkingStarted", "ChannelTalkingFinished",
    "ChannelToneDetected", "DeviceStateChanged", "EndpointStateChange", "PeerStatusChange",
    "ChannelEnteredBridge", "ChannelLeftBridge", "BridgeMerged", "RecordingStarted", "ChannelTransfer",
)  # fmt: skip


_REQUEST_TIMEOUT = 5.0
_Kind = TypeVar("_Kind")


class AriFailed(Exception):
    """A request was refused or could not be made. `code` is the HTTP status; 0: no answer, the link is
    gone."""

    def __init__(self, code: int, request: str, detail: str = "") -> None:
        super().__init__(f"{code} {request} {detail}")
        self.code = code
        self.request = request
        self.detail = detail


class Party(msgspec.Struct, frozen=True):
    name: str = ""
    number: str = ""


class Channel(msgspec.Struct, frozen=True):
    """An Asterisk channel, as events and lists show it."""

    id: str = ""
    name: str = ""
    state: str = ""
    caller: Party = Party()
    connected: Party = Party()
    channelvars: dict[str, str] = {}
    dialplan: "Dialplan | None" = None
    creationtime: str = ""


class Dialplan(msgspec.Struct, frozen=True):
    context: str = ""
    exten: str = ""
    app_name: str = ""
    app_data: str = ""


class Bridge(msgspec.Struct, frozen=True):
    id: str
    channels: tuple[str, ...] = ()
    bridge_class: str = ""
    """`stasis`: made over ARI; `basic`: of the dialplan's own Dial."""


class Playback(msgspec.Struct, frozen=True):
    id: str
    target_uri: str = ""
    state: str = ""


class ContactStatus(msgspec.Struct, frozen=True):
    aor: str = ""
    uri: str = ""
    contact_status: str = ""


class Endpoint(msgspec.Struct, frozen=True):
    resource: str = ""
    technology: str = ""
    state: str = ""


class AriEvent(msgspec.Struct, frozen=True):
    """Any message of the WebSocket: the fields of all kinds that we read, empty where a kind has none."""

    type: str
    timestamp: str = ""
    request_id: str = ""
    status_code: int = 0
    reason_phrase: str = ""
    message_body: str | None = None
    channel: Channel | None = None
    peer: Channel | None = None
    bridge: Bridge | None = None
    playback: Playback | None = None
    endpoint: Endpoint | None = None
    contact_info: ContactStatus | None = None
    args: tuple[str, ...] = ()
    digit: str = ""
    dialstatus: str = ""
    cause: int = 0
    tech_cause: int = 0


class _RestRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    type: str
    request_id: str
    method: str
    uri: str
    content_type: str = ""
    message_body: str = ""


Parameters = Mapping[str, str | int | bool | None]


class Ari:
    """One connection to one Asterisk for one application."""

    def __init__(
        self,
        url: str,
        *,
        application: str,
        password: str,
        on_event: Callable[[AriEvent], None],
        user: str = "",
        does_one_thing: bool = False,
    ) -> None:
        """url: `http://127.0.0.1:PORT/ari`. user: by default named as the application.

        on_event is called in order, must not block and must not raise. does_one_thing: this link only listens
        or only asks; no filter of ours is set on it (one that is there, which outlives a connection, may let
        no answer through).
        """
        self._url = url.rstrip("/")
        self._application = application
        self._user = user or application
        self._password = password
        self._on_event = on_event
        self._does_one_thing = does_one_thing
        self._http: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._numbers = itertools.count(1)
        self._open: dict[str, asyncio.Future[AriEvent]] = {}
        self._decode = msgspec.json.Decoder(AriEvent).decode
        self._encode = msgspec.json.Encoder().encode
        self._over_socket = True
        self.lost = asyncio.Event()
        """Set when the connection is gone, for whatever reason."""
        self.replaced = False
        """True: another client took the application's name. Whoever we are, we are no longer the engine."""

    async def connect(self, timeout: float = 5.0) -> None:
        """Open the WebSocket and set the filter; raises AriFailed(0 or the HTTP status).

        The filter is set before anybody may answer an arrival, but events may come as soon as this runs.
        """
        credentials = base64.b64encode(f"{self._user}:{self._password}".encode()).decode()
        self._http = aiohttp.ClientSession(
            headers={"Authorization": f"Basic {credentials}"},
            # The WebSocket holds one connection of the pool for ever.
            connector=aiohttp.TCPConnector(limit=17, keepalive_timeout=50),
            timeout=aiohttp.ClientTimeout(total=_REQUEST_TIMEOUT),
        )
        query = urlencode({"app": self._application, "subscribeAll": "false"})
        try:
            async with asyncio.timeout(timeout):
                self._socket = await self._http.ws_connect(
                    f"{self._url}/events?{query}", max_msg_size=0, compress=0, heartbeat=None
                )
        except aiohttp.WSServerHandshakeError as trouble:
            await self.close()
            raise AriFailed(trouble.status, "connect", trouble.message) from None
        except (aiohttp.ClientError, OSError, TimeoutError) as trouble:
            await self.close()
            raise AriFailed(0, "connect", str(trouble)) from None
        self._reader = asyncio.create_task(self._read(self._socket), name="ari.read")
        if self._does_one_thing:
            return
        await self._find_out_transport()
        await self.request(
            "PUT",
            f"applications/{self._application}/eventFilter",
            body={"disallowed": [{"type": name} for name in UNWANTED]},
        )

    @property
    def answers_over_socket(self) -> bool:
        """False: this Asterisk is asked over HTTP."""
        return self._over_socket

    @property
    def under_way(self) -> int:
        """Requests over the WebSocket that are not answered yet."""
        return len(self._open)

    async def _find_out_transport(self) -> None:
        """Does this Asterisk answer requests over the WebSocket? Before 22.4 it stays silent."""
        try:
            await self.request("GET", "asterisk/ping", timeout=2.0)
        except AriFailed:
            if self.lost.is_set():
                raise
            self._over_socket = False
            await self.request("GET", "asterisk/ping")

    async def request(
        self,
        method: str,
        path: str,
        parameters: Parameters | None = None,
        *,
        body: object = None,
        timeout: float | None = None,
    ) -> bytes:
        """One request; the answer's body as bytes (empty if none). Raises AriFailed.

        Parameters that are none are left out. The order in which requests are *sent* is the order of the
        calls.
        """
        uri = path
        given = {
            key: str(value).lower() if isinstance(value, bool) else value
            for key, value in (parameters or {}).items()
            if value is not None
        }
        if given:
            uri += "?" + urlencode(given, quote_via=quote)
        if self.lost.is_set() or self._http is None or self._socket is None:
            raise AriFailed(0, f"{method} {path}", "no link")
        if self._over_socket:
            return await self._request_over_socket(method, uri, body, timeout or _REQUEST_TIMEOUT)
        return await self._request_over_http(method, uri, body, timeout or _REQUEST_TIMEOUT)

    async def ask(self, kind: type[_Kind], path: str, parameters: Parameters | None = None) -> _Kind:
        """GET and decode into a type."""
        return msgspec.json.decode(await self.request("GET", path, parameters), type=kind)

    async def _request_over_socket(self, method: str, uri: str, body: object, timeout: float) -> bytes:
        assert self._socket is not None
        number = str(next(self._numbers))
        message = _RestRequest("RESTRequest", number, method, uri)
        if body is not None:
            message = msgspec.structs.replace(
                message, content_type="application/json", message_body=self._encode(body).decode()
            )
        answer: asyncio.Future[AriEvent] = asyncio.get_running_loop().create_future()
        self._open[number] = answer
        try:
            async with asyncio.timeout(timeout):
                await self._socket.send_str(self._encode(message).decode())
                response = await answer
        except TimeoutError:
            raise AriFailed(0, f"{method} {uri}", "timeout") from None
        except (aiohttp.ClientError, ConnectionError) as trouble:
            raise AriFailed(0, f"{method} {uri}", str(trouble)) from None
        finally:
            self._open.pop(number, None)
        if response.status_code >= 400:
            raise AriFailed(response.status_code, f"{method} {uri}", response.message_body or "")
        return (response.message_body or "").encode()

    async def _request_over_http(self, method: str, uri: str, body: object, timeout: float) -> bytes:
        assert self._http is not None
        try:
            async with (
                asyncio.timeout(timeout),
                self._http.request(
                    method,
                    f"{self._url}/{uri}",
                    data=None if body is None else self._encode(body),
                    headers={"Content-Type": "application/json"} if body is not None else None,
                ) as response,
            ):
                content = await response.read()
        except TimeoutError:
            raise AriFailed(0, f"{method} {uri}", "timeout") from None
        except (aiohttp.ClientError, OSError) as trouble:
            raise AriFailed(0, f"{method} {uri}", str(trouble)) from None
        if response.status >= 400:
            raise AriFailed(response.status, f"{method} {uri}", content.decode("utf-8", "replace"))
        return content

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        try:
            async for message in socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    continue
                try:
                    event = self._decode(message.data)
                except msgspec.ValidationError as trouble:
                    # Another kind of event with a field of the same name; nothing that we listen for.
                    log.warning("ari.event_unread", detail=str(trouble))
                    continue
                if event.type == "RESTResponse":
                    answer = self._open.pop(event.request_id, None)
                    if answer is not None and not answer.done():
                        answer.set_result(event)
                elif event.type == "ApplicationReplaced":
                    self.replaced = True
                    break
                else:
                    self._on_event(event)
        finally:
            self.lost.set()
            for answer in self._open.values():
                if not answer.done():
                    answer.set_exception(ConnectionError("the link to Asterisk is gone"))
            self._open.clear()

    async def close(self) -> None:
        """Close the link. Channels stay in the application; the next client finds them."""
        self.lost.set()
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait([self._reader])
            if not self._reader.cancelled() and self._reader.exception() is not None:
                # An event that nobody could read, or a listener that raised: a mistake of ours.
                log.error("ari.listener_broken", exc_info=self._reader.exception())
        if self._http is not None:
            await self._http.close()
