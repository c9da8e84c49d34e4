"""Webhooks for other systems: set up, tried, looked into, told again."""

from datetime import timedelta
from typing import Annotated, Any, get_args
from urllib.parse import urlsplit

import msgspec
from fastapi import APIRouter, Query, Request

from otklik.access import secrets
from otklik.access.rights import Right
from otklik.api.noting import note
from otklik.api.parts import Parts, Serves
from otklik.api.route import Route
from otklik.api.schemas.base import Id
from otklik.api.schemas.webhooks import (
    HookDeliveryPage,
    HookDeliveryRow,
    HookStateWord,
    ReplayAsked,
    ReplayRow,
    ToldWord,
    WebhookRow,
    WebhookSave,
)
from otklik.api.sign_in import Who, requires
from otklik.organization import store as organization
from otklik.vocabulary.refusals import Invalid, NotFound, Refused
from otklik.vocabulary.time import to_ms
from otklik.webhooks import store
from otklik.webhooks.feeding import trial_body
from otklik.webhooks.model import LONGEST_SPAN, Hook, HookDelivery, Replay, State, Told

router = APIRouter(prefix="/api/v1", tags=["webhooks"], route_class=Route)

Manages = Annotated[Who, requires(Right.MANAGE_WEBHOOKS)]
SECRET_KIND = "webhook"
MOST_HOOKS = 50


@router.get("/webhooks")
async def list_webhooks(who: Manages, parts: Serves) -> list[WebhookRow]:
    """All of them, with how their deliveries stand; never a key."""
    async with parts.reading() as connection:
        counts = await store.counts(connection, parts.site_id)
        hooks = await store.list_hooks(connection, parts.site_id)
    return [_row(hook, counts.get(hook.hook_id, {})) for hook in hooks]


@router.post("/webhooks", status_code=201)
async def create_webhook(who: Manages, request: Request, parts: Serves, body: WebhookSave) -> WebhookRow:
    """A new one, told of what happens from now on; its key is shown this once."""
    at = parts.clock.now()
    async with parts.writing() as connection:
        if len(await store.list_hooks(connection, parts.site_id)) >= MOST_HOOKS:
            raise Refused("too_many_webhooks", limit=MOST_HOOKS)
        await _check(connection, parts, body)
        key = secrets.new_secret()
        secret_id = await secrets.write_secret(connection, parts.secret_key, SECRET_KIND, key, at=at)
        _, last = await store.lock_position(connection, parts.site_id)
        hook = msgspec.structs.replace(_hook(body, None), secret_id=secret_id, from_seq=last)
        hook_id = await store.save_hook(connection, parts.site_id, hook, at=at, by=who.person_id)
        await _note(connection, who, request, parts, "webhook.created", hook_id, body.name)
        made = await _find(connection, parts, hook_id)
    return _row(made, {}, key=key)


@router.put("/webhooks/{hook_id}")
async def change_webhook(
    who: Manages, request: Request, parts: Serves, hook_id: Id, body: WebhookSave
) -> WebhookRow:
    """Change one. Its key stays, which is of no use to who reads what is told elsewhere."""
    at = parts.clock.now()
    async with parts.writing() as connection:
        known = await _find(connection, parts, hook_id)
        await _check(connection, parts, body)
        await store.save_hook(connection, parts.site_id, _hook(body, known), at=at, by=who.person_id)
        await _note(connection, who, request, parts, "webhook.changed", hook_id, body.name)
        counts = await store.counts(connection, parts.site_id)
        return _row(await _find(connection, parts, hook_id), counts.get(hook_id, {}))


@router.post("/webhooks/{hook_id}/key")
async def renew_webhook_key(who: Manages, request: Request, parts: Serves, hook_id: Id) -> WebhookRow:
    """Another key from now on; it is shown this once."""
    at = parts.clock.now()
    async with parts.writing() as connection:
        known = await _find(connection, parts, hook_id)
        key = secrets.new_secret()
        secret_id = await secrets.write_secret(connection, parts.secret_key, SECRET_KIND, key, at=at)
        hook = msgspec.structs.replace(known, secret_id=secret_id)
        await store.save_hook(connection, parts.site_id, hook, at=at, by=who.person_id)
        await secrets.delete_secret(connection, known.secret_id)
        await _note(connection, who, request, parts, "webhook.key_renewed", hook_id, known.name)
        counts = await store.counts(connection, parts.site_id)
    return _row(hook, counts.get(hook_id, {}), key=key)


@router.delete("/webhooks/{hook_id}", status_code=204)
async def remove_webhook(who: Manages, request: Request, parts: Serves, hook_id: Id) -> None:
    """Remove one, its key and its log."""
    at = parts.clock.now()
    async with parts.writing() as connection:
        known = await _find(connection, parts, hook_id)
        await store.remove_hook(connection, parts.site_id, hook_id, at=at, by=who.person_id)
        await secrets.delete_secret(connection, known.secret_id)
        await _note(connection, who, request, parts, "webhook.removed", hook_id, known.name)


@router.post("/webhooks/{hook_id}/test", status_code=202)
async def test_webhook(who: Manages, parts: Serves, hook_id: Id) -> HookDeliveryRow:
    """Tell it something at once; what came of it is asked by its id."""
    at = parts.clock.now()
    async with parts.writing() as connection:
        await _find(connection, parts, hook_id)
        event_id = f"test-{to_ms(at)}-{hook_id}"
        delivery_id = await store.add_delivery(
            connection,
            parts.site_id,
            hook_id,
            event_id=event_id,
            seq=0,
            told=Told.TEST,
            interaction_id=0,
            body=trial_body(event_id, at),
            at=at,
            again=True,
        )
        # A hook that is left in peace is tried all the same: somebody mended it.
        await store.note_health(connection, parts.site_id, hook_id, failures=0, retry_at=None)
    return await _delivery(parts, delivery_id)


@router.get("/webhooks/{hook_id}/deliveries")
async def list_webhook_deliveries(
    who: Manages,
    parts: Serves,
    hook_id: Id,
    state: HookStateWord | None = None,
    before: Annotated[int | None, Query(ge=1, le=2**53 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> HookDeliveryPage:
    """What was told to one, newest first."""
    async with parts.reading() as connection:
        await _find(connection, parts, hook_id)
        found = await store.list_deliveries(
            connection,
            parts.site_id,
            hook_id,
            state=None if state is None else State(state),
            before=before,
            limit=limit,
        )
    last = found[-1].delivery_id if len(found) == limit else None
    return HookDeliveryPage(rows=[_delivery_row(one) for one in found], next=last)


@router.get("/webhook-deliveries/{delivery_id}")
async def find_webhook_delivery(who: Manages, parts: Serves, delivery_id: Id) -> HookDeliveryRow:
    """One of them."""
    return await _delivery(parts, delivery_id)


@router.post("/webhook-deliveries/{delivery_id}/again")
async def tell_webhook_again(who: Manages, parts: Serves, delivery_id: Id) -> HookDeliveryRow:
    """The same event under the same id."""
    found = await _delivery(parts, delivery_id)
    async with parts.writing() as connection:
        await store.tell_again(connection, parts.site_id, delivery_id, at=parts.clock.now())
        await store.note_health(connection, parts.site_id, found.hook_id, failures=0, retry_at=None)
    return await _delivery(parts, delivery_id)


@router.post("/webhooks/{hook_id}/replays", status_code=202)
async def replay_webhook(
    who: Manages, request: Request, parts: Serves, hook_id: Id, body: ReplayAsked
) -> ReplayRow:
    """Everything of a span again, also what was before the hook; the receiver knows doubles by their ids."""
    if body.until <= body.since:
        raise Invalid("empty_range", "until", first=body.since.isoformat(), end=body.until.isoformat())
    if body.until - body.since > LONGEST_SPAN:
        raise Invalid("range_too_long", "until", days=LONGEST_SPAN // timedelta(days=1))
    at = parts.clock.now()
    async with parts.writing() as connection:
        known = await _find(connection, parts, hook_id)
        replay_id = await store.ask_replay(
            connection, parts.site_id, hook_id, since=body.since, until=body.until, by=who.person_id, at=at
        )
        await store.note_health(connection, parts.site_id, hook_id, failures=0, retry_at=None)
        await _note(connection, who, request, parts, "webhook.replayed", hook_id, known.name)
        found = await store.list_replays(connection, parts.site_id, hook_id)
    return next(_replay_row(one) for one in found if one.replay_id == replay_id)


@router.get("/webhooks/{hook_id}/replays")
async def list_webhook_replays(who: Manages, parts: Serves, hook_id: Id) -> list[ReplayRow]:
    """The last ones, newest first."""
    async with parts.reading() as connection:
        await _find(connection, parts, hook_id)
        return [_replay_row(one) for one in await store.list_replays(connection, parts.site_id, hook_id)]


async def _check(connection: Any, parts: Parts, body: WebhookSave) -> None:
    address = urlsplit(body.address)
    if address.scheme not in ("https", "http") or not address.hostname or address.username:
        raise Invalid("address_unfit", "address")
    for thing, ids in (("queue", body.queue_ids), ("project", body.project_ids)):
        known = {
            int(getattr(one, f"{thing}_id"))
            for one in await organization.list_things(connection, thing, site_id=parts.site_id)
        }
        for one in ids:
            if one not in known:
                raise Invalid(f"unknown_{thing}", f"{thing}_ids", id=one)


def _hook(body: WebhookSave, known: Hook | None) -> Hook:
    given = Hook(
        name=body.name,
        address=body.address,
        told=tuple(Told(one) for one in dict.fromkeys(body.told)),
        queue_ids=tuple(dict.fromkeys(body.queue_ids)),
        project_ids=tuple(dict.fromkeys(body.project_ids)),
        allowed_hosts=tuple(one.lower() for one in body.allowed_hosts if one),
        ca=body.ca,
        is_on=body.is_on,
    )
    if known is None:
        return given
    return msgspec.structs.replace(
        given, hook_id=known.hook_id, secret_id=known.secret_id, from_seq=known.from_seq
    )


async def _find(connection: Any, parts: Parts, hook_id: int) -> Hook:
    found = await store.find_hook(connection, parts.site_id, hook_id)
    if found is None:
        raise NotFound("unknown_webhook", hook_id=hook_id)
    return found


async def _delivery(parts: Parts, delivery_id: int) -> HookDeliveryRow:
    async with parts.reading() as connection:
        found = await store.find_delivery(connection, parts.site_id, delivery_id)
    if found is None:
        raise NotFound("unknown_delivery", delivery_id=delivery_id)
    return _delivery_row(found)


def _row(hook: Hook, counts: dict[str, int], key: str | None = None) -> WebhookRow:
    told: list[ToldWord] = [one for one in get_args(ToldWord) if Told(one) in hook.told]
    return WebhookRow(
        id=hook.hook_id,
        name=hook.name,
        address=hook.address,
        told=told,
        queue_ids=list(hook.queue_ids),
        project_ids=list(hook.project_ids),
        allowed_hosts=list(hook.allowed_hosts),
        ca=hook.ca,
        is_on=hook.is_on,
        waiting=counts.get("waiting", 0),
        delivered=counts.get("delivered", 0),
        failed=counts.get("failed", 0),
        key=key,
    )


def _delivery_row(one: HookDelivery) -> HookDeliveryRow:
    return HookDeliveryRow(
        id=one.delivery_id,
        hook_id=one.hook_id,
        event_id=one.event_id,
        told=one.told.value,
        interaction_id=one.interaction_id or None,
        state=one.state.value,
        made_at=one.made_at,
        due_at=one.due_at,
        done_at=one.done_at,
        tries=one.tries,
        replays=one.replays,
        http_status=one.http_status,
        answer=one.answer,
        body=one.body,
    )


def _replay_row(one: Replay) -> ReplayRow:
    return ReplayRow(
        id=one.replay_id,
        since=one.since,
        until=one.until,
        asked_at=one.asked_at,
        done_at=one.done_at,
        found=None if one.done_at is None else one.found,
    )


async def _note(
    connection: Any, who: Who, request: Request, parts: Parts, action: str, hook_id: int, name: str
) -> None:
    await note(
        connection,
        who,
        request,
        parts,
        action,
        entity="webhook",
        entity_id=hook_id,
        facts={"name": name},
    )
