"""How a webhook is spoken to: the body as it was written down, signed anew at each try."""

from datetime import datetime, timedelta

from otklik.channels.systems.failures import AskFailed
from otklik.channels.systems.posting import post
from otklik.channels.systems.telling import signature
from otklik.webhooks.model import Hook, HookDelivery, Tried

SECONDS = 10.0


async def send_to_hook(hook: Hook, secret: str, one: HookDelivery, at: datetime) -> Tried:
    """What came of it; never raises for what the other side does."""
    body = one.body.encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Otklik-Event": one.told.value,
        "Otklik-Event-Id": one.event_id,
        "Otklik-Try": str(one.tries),
        **signature(secret, at, body),
    }
    try:
        answered = await post(
            hook.address, body, headers, allowed_hosts=hook.allowed_hosts, ca=hook.ca, seconds=SECONDS
        )
    except AskFailed as failed:
        return Tried(http_status=0, words=failed.reason)
    wait = None if answered.retry_after is None else timedelta(seconds=answered.retry_after)
    return Tried(http_status=answered.status, words=answered.words.strip(), wait=wait)
