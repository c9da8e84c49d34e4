"""What every answer carries: what a browser may do with it, and where it may be kept.

The style rule allows inline styles because the component library writes them; scripts come from files of ours
only. Personal data is never stored by a browser or a proxy: everything under /api/ says no-store, except
where a route says better (audio is kept for the time of the page).
"""

from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from otklik.api import problems
from otklik.logs import logger

log = logger()

CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "media-src 'self' blob: data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "manifest-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
ALWAYS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), speaker-selection=(self), autoplay=(self), "
    "screen-wake-lock=(self), camera=(self), geolocation=(), payment=(), usb=(), display-capture=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HTTPS_ONLY = "max-age=31536000"


class Headers:
    """Adds the headers to every answer, and turns what nobody expected into a plain 500."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, adding headers to the start of the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_started = False

        async def dressed(message: Message) -> None:
            nonlocal is_started
            if message["type"] == "http.response.start":
                is_started = True
                dress(MutableHeaders(scope=message), scope)
            await send(message)

        try:
            await self._app(scope, receive, dressed)
        except Exception:
            if not is_started:
                await problems.answer(500, "bug")(scope, receive, dressed)
            log.exception("request.crashed", path=scope["path"], method=scope["method"])


def dress(headers: MutableHeaders, scope: Any) -> None:
    """Add what is missing."""
    for name, value in ALWAYS.items():
        headers.setdefault(name, value)
    if scope.get("scheme") == "https":
        headers.setdefault("Strict-Transport-Security", HTTPS_ONLY)
    if scope["path"].startswith("/api/"):
        headers.setdefault("Cache-Control", "no-store")
