"""Every administration form with nonsense in every field: a refusal with code and place, or a value that
makes sense; never an answer of 500, and nothing half-applied."""

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any
from zoneinfo import available_timezones

import pytest

from otklik.vocabulary.phones import parse_phone
from otklik.vocabulary.refusals import Invalid
from tests.api.house import Browser, House
from tests.api.test_administration import THINGS

pytestmark = [
    pytest.mark.database,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]

ZONES = available_timezones()
NONSENSE: tuple[Any, ...] = (
    None,
    "",
    "   ",
    "abc",
    "Mars/Olympus",
    "../etc/localtime",
    "a" * 10_000,
    "number\u0000one",
    "line\nbreak",
    "\u202e",
    "25:99",
    "+",
    "8 (495",
    "112",
    True,
    -1,
    -0.001,
    0,
    0.5,
    1e308,
    2**31,
    2**63,
    10**30,
    [],
    ["abc"],
    [-1],
    [None],
    [[]],
    {},
    {"": ""},
    {"abc": "abc"},
    {"1": -5},
)
FORMS: dict[str, dict[str, Any]] = {
    **{many: dict(form) for many, (form, _) in THINGS.items()},
    "people": {
        "login": "petr",
        "name": "Petr",
        "role_ids": [],
        "team_ids": [],
        "skills": {"1": 5},
        "has_browser_phone": True,
        "language": "ru",
    },
    "tokens": {"name": "a program", "role_id": 1, "expires_at": None},
    "walls": {"name": "hall"},
}
FORMS["queues"] |= {
    "priority": 0,
    "ageing": 0,
    "strategy": "longest_idle",
    "ring_timeout_seconds": 20,
    "wrap_up_seconds": 30,
    "wrap_up_limit_seconds": 300,
    "service_threshold_seconds": 20,
    "short_abandon_seconds": 5,
    "maximum_waiting": 100,
    "caller_number_id": None,
    "trunk_id": None,
}
FORMS["numbers"] |= {
    "is_recorded": True,
    "hours_id": None,
    "flow_id": None,
    "parameters": {},
    "trunk_id": None,
}
FORMS["trunks"] |= {
    "port": 5060,
    "addresses": [],
    "login": "",
    "secret": "",
    "number_format_in": "any",
    "number_format_out": "plus",
    "maximum_calls": 30,
    "daily_calls": 10,
    "daily_minutes": 10,
    "is_default": False,
}
FORMS["reasons"] |= {"is_paid": True}
FORMS["dispositions"] |= {"is_active": True}


@pytest.mark.parametrize("many", sorted(FORMS))
async def test_nonsense_in_a_new_thing_is_refused_with_its_place(house: House, many: str) -> None:
    admin = await house.signed_in("admin")
    before = await listed(admin, many)

    accepted: set[int] = set()
    for field, value in nonsense_for(FORMS[many]):
        reply = await admin.ask("POST", f"/api/v1/{many}", named_anew({**FORMS[many], field: value}, field))
        if judged(reply, many, field, value):
            accepted.add(reply.json["id"])
            problem = senseless(reply.json)
            assert not problem, f"{many}.{field} = {value!r:.60} was taken: {problem} in {reply.json}"
            await remove(admin, many, reply.json["id"])

    left = {
        identity: row for identity, row in (await listed(admin, many)).items() if identity not in accepted
    }
    assert left == before, "something refused has left a trace"


@pytest.mark.parametrize("many", sorted(THINGS))
async def test_nonsense_in_a_change_leaves_the_thing_as_it_was(house: House, many: str) -> None:
    admin = await house.signed_in("admin")
    made = await admin.post(f"/api/v1/{many}", named_anew(FORMS[many], ""))
    path = f"/api/v1/{many}/{made['id']}"
    form = {name: made.get(name, value) for name, value in FORMS[many].items()}

    try:
        kept = await admin.get(path)
        for field, value in nonsense_for(form):
            reply = await admin.ask("PUT", path, {**form, field: value})
            if judged(reply, many, field, value):
                assert not senseless(reply.json), f"{many}.{field} = {value!r:.60}: {reply.json}"
                await admin.put(path, form)
            else:
                assert await admin.get(path) == kept, f"{many}.{field} = {value!r:.60} is half-applied"
    finally:
        await remove(admin, many, made["id"])


async def test_nonsense_in_the_site_leaves_it_as_it_was(house: House) -> None:
    admin = await house.signed_in("admin")
    kept = {name: value for name, value in (await admin.get("/api/v1/site")).items() if name != "seq"}

    for field, value in nonsense_for(kept):
        reply = await admin.ask("PUT", "/api/v1/site", {**kept, field: value})
        if judged(reply, "site", field, value):
            assert not senseless(reply.json), f"site.{field} = {value!r:.60}: {reply.json}"
            await admin.put("/api/v1/site", kept)

    assert {**await admin.get("/api/v1/site"), "seq": None} == {**kept, "seq": None}


async def listed(admin: Browser, many: str) -> dict[int, dict[str, Any]]:
    """Things by id, without what lawfully changes beside the point: a new default trunk takes that from the
    one before."""
    passing = {"is_default", "state", "state_detail", "last_seen_at", "signed_in", "last_used_at"}
    return {
        row["id"]: {name: value for name, value in row.items() if name not in passing}
        for row in await admin.get(f"/api/v1/{many}")
    }


def nonsense_for(form: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every field with every value, and a field that does not exist."""
    yield "no_such_field", 1
    for field in form:
        for value in NONSENSE:
            yield field, value


_count = 0


def named_anew(form: dict[str, Any], field: str) -> dict[str, Any]:
    """Names and numbers must not be refused only because they are taken; the field under test stays."""
    global _count
    _count += 1
    fresh = dict(form)
    for name in ("name", "name_ru", "name_en", "login"):
        if name in fresh and name != field and fresh[name]:
            fresh[name] = f"{fresh[name]}{_count}"
    if "number" in fresh and field != "number":
        fresh["number"] = f"+7495{7_000_000 + _count}"
    if "host" in fresh and field != "host":
        fresh["host"] = f"sip{_count}.example.org"
    return fresh


def judged(reply: Any, many: str, field: str, value: Any) -> bool:
    """Whether it was taken; else it must have been refused properly."""
    told = f"{many}.{field} = {value!r:.60}: {reply.status} {reply.body[:300]!r}"
    assert reply.status < 500, told
    if reply.status < 300:
        return True
    assert reply.status in (403, 404, 409, 422), told
    found = reply.json
    assert found["code"], told
    if reply.status == 422:
        assert found["problems"], told
        places = [problem["place"] for problem in found["problems"]]
        assert any(place.partition(".")[0] == field for place in places) or field in ALSO, f"{told} {places}"
    return False


COUNTED = re.compile(r"_seconds$|^daily_|^maximum_|^priority$|^ageing$|_cap$")
ALSO = {"kind", "login", "wrap_up_seconds", "name"}
"""What is wrong with these may show at another field: a registration needs a login, a login a secret."""


def senseless(row: dict[str, Any]) -> str:
    """What makes no sense in a thing as it was saved; "" for nothing."""
    for field, value in row.items():
        if isinstance(value, str) and re.search(r"[\x00-\x1f\x7f]", value) and field != "token":
            return f"{field}: control characters"
        if isinstance(value, str) and len(value) > 250:
            return f"{field}: {len(value)} characters"
        if field.startswith("name") and row.get("id") and "number" not in row and not str(value).strip():
            return f"{field}: empty"
        if field == "name" and "number" not in row and not any(map(is_seen, value)):
            return f"{field}: nothing that can be seen"
        if COUNTED.search(field) and value is not None and not 0 <= value <= 10_000_000:
            return f"{field}: {value}"
        if field == "zone" and value and value not in ZONES:
            return f"zone: {value}"
        if field in ("number", "fallback_number") and value and not is_number(value):
            return f"{field}: {value}"
        if field == "port" and not 0 <= value <= 65_535:
            return f"port: {value}"
    return ""


def is_seen(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LNPS"


def is_number(text: str) -> bool:
    if re.fullmatch(r"[0-9*#]{1,32}", text):
        return True
    try:
        return parse_phone(text, "RU").e164 == text
    except Invalid:
        return False


async def remove(admin: Browser, many: str, identity: int) -> None:
    if many == "people":
        await admin.ask("POST", f"/api/v1/people/{identity}/block")
        return
    reply = await admin.ask("DELETE", f"/api/v1/{many}/{identity}")
    assert reply.status < 300, f"{many} {identity}: {reply.status} {json.dumps(reply.json)}"
