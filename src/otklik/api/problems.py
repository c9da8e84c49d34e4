"""Every answer that is not what was asked for: a code and facts, never a sentence and never a stack trace.

Refused 409   NotFound 404   Forbidden 403   Invalid 422   NotSignedIn 401   TooMany 429
the engine away 503 engine_away   the database away 503 journal_unavailable   a bug 500 bug
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from otklik.api.schemas.base import with_ids_as_text
from otklik.api.store import DATABASE_AWAY
from otklik.database import is_bug
from otklik.logs import logger
from otklik.switchboard.client import EngineAway
from otklik.vocabulary.refusals import Forbidden, Invalid, NotFound, Refused

log = logger()

RETRY_AFTER_SECONDS = 2


class NotSignedIn(Refused):
    """Nobody, or nobody any more."""

    def __init__(self, code: str = "not_signed_in", **facts: object) -> None:
        super().__init__(code, **facts)


class TooMany(Refused):
    """Asked too often; `retry_after_seconds` tells when to come back."""

    def __init__(self, code: str, *, retry_after_seconds: float) -> None:
        super().__init__(code, retry_after_seconds=retry_after_seconds)


class Unreadable(HTTPException):
    """The body is no JSON that we take. An exception of the framework's, because it hides all others while
    it reads."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(422)
        self.code = code
        self.facts = facts


# The codes of other rooms whose answer is another than that of their class.
STATUS_OF_CODES = {
    "wrong_password": 401,
    "not_signed_in": 401,
    "person_blocked": 401,
    "too_many_attempts": 429,
    "too_many_requests": 429,
    "journal_unavailable": 503,
    "engine_away": 503,
    "projection_behind": 503,
}

CODES_OF_STATUSES = {
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "wrong_content_type",
}

# What pydantic calls its findings, in our words.
FINDINGS = {
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "too_short": "too_short",
    "too_long": "too_long",
    "greater_than": "too_small",
    "greater_than_equal": "too_small",
    "less_than": "too_large",
    "less_than_equal": "too_large",
    "literal_error": "not_in_list",
    "enum": "not_in_list",
    "string_pattern_mismatch": "wrong_form",
    "json_invalid": "not_json",
    "string_unicode": "not_text",
    "finite_number": "not_a_number",
}
TYPE_FINDINGS = ("_type", "_parsing", "_from_datetime_parsing")


def answer(
    status: int, code: str, facts: Mapping[str, Any] | None = None, *, place: str = "", **more: Any
) -> Response:
    """A problem as an answer."""
    body: dict[str, Any] = with_ids_as_text({"code": code, "facts": dict(facts or {}), **more})
    if place:
        body["place"] = place
    headers = {}
    wait = body["facts"].get("retry_after_seconds")
    if status in (429, 503):
        headers["Retry-After"] = str(max(1, round(wait)) if wait is not None else RETRY_AFTER_SECONDS)
    return Response(
        msgspec.json.encode(body, enc_hook=str),
        status_code=status,
        media_type="application/json",
        headers=headers,
    )


def status_of(refused: Refused) -> int:
    """The HTTP status of a refusal."""
    if refused.code in STATUS_OF_CODES:
        return STATUS_OF_CODES[refused.code]
    match refused:
        case NotSignedIn():
            return 401
        case TooMany():
            return 429
        case Invalid():
            return 422
        case NotFound():
            return 404
        case Forbidden():
            return 403
        case _:
            return 409


def answer_to(error: Exception) -> Response | None:
    """The problem that tells of an expected trouble; None of an unexpected one."""
    if isinstance(error, Refused):
        facts = {name: value for name, value in error.facts.items() if name != "place"}
        place = error.place if isinstance(error, Invalid) else str(error.facts.get("place", ""))
        status = status_of(error)
        if status == 422:
            # Of rules that nobody could live by, the field is told by its own reason.
            reason = facts.get("reason") if error.code == "invalid_rules" else None
            found = {"place": place, "code": str(reason or error.code), "facts": facts}
            return answer(status, error.code, facts, place=place, problems=[found])
        return answer(status, error.code, facts, place=place)
    if isinstance(error, RequestValidationError):
        return answer(422, "invalid", problems=found_problems(error.errors()))
    if isinstance(error, Unreadable):
        found = {"place": "", "code": error.code, "facts": error.facts}
        return answer(422, "invalid", problems=[found])
    if isinstance(error, HTTPException):
        return answer(error.status_code, CODES_OF_STATUSES.get(error.status_code, "not_possible"))
    if isinstance(error, EngineAway):
        return answer(503, "engine_away")
    if isinstance(error, DATABASE_AWAY) and not is_bug(error):
        return answer(503, "journal_unavailable")
    return None


def found_problems(findings: Sequence[Any]) -> list[dict[str, Any]]:
    """What pydantic found, as places, codes and facts; never what was sent."""
    found = []
    for finding in findings:
        kind = str(finding["type"])
        code = FINDINGS.get(kind)
        if code is None and kind.endswith(TYPE_FINDINGS):
            code = "wrong_type"
        facts = {
            name: value
            for name, value in (finding.get("ctx") or {}).items()
            if isinstance(value, str | int | float) and name != "error"
        }
        if "expected" in facts:
            facts["expected"] = str(facts["expected"]).replace("'", "")
        place = ".".join(str(part) for part in finding["loc"] if part not in ("body", "query", "path"))
        found.append({"place": place, "code": code or kind, "facts": facts})
    return found


async def _tell(request: Request, error: Exception) -> Response:
    told = answer_to(error)
    if told is None:
        raise error
    if told.status_code == 503:
        log.warning("request.failed", path=request.url.path, error=type(error).__name__)
    return told


def install(app: FastAPI) -> None:
    """Make every expected trouble a problem. What is left is a bug, told by the outermost layer."""
    for kind in (Refused, RequestValidationError, HTTPException, EngineAway, *DATABASE_AWAY):
        app.add_exception_handler(kind, _tell)
