"""Who asks: the cookie of a browser or the bearer token of a program, and what a route demands of him.

Every route declares what it demands, as a parameter or a dependency:

    who: Annotated[Who, requires(Right.MANAGE_QUEUES)]      one of the rights named
    who: Annotated[Who, signed_in]                          anybody who is signed in
    dependencies=[open_to_all]                              nobody at all

A browser's cookie is sent by itself, so a mutation with a cookie also needs the header `X-Otklik`, which no
foreign page can add, and an Origin of ours when there is one. A token is never sent by itself and needs
neither.
"""

from collections.abc import Iterable
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.requests import HTTPConnection
from starlette.responses import Response

from otklik.access import service as access
from otklik.access.model import PROGRAM, Asker, SignInId, TokenId, WallTokenId
from otklik.access.rights import Right, Sight
from otklik.api.parts import parts_of
from otklik.api.problems import NotSignedIn
from otklik.organization import store as organization
from otklik.vocabulary.ids import AgentId, PersonId, SiteId, TeamId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.refusals import Forbidden

MUTATIONS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
CSRF_HEADER = "x-otklik"
BEARER = "bearer "
LARGEST_TOKEN = 512


class Who(Value):
    """Somebody who asks. A person has a sign-in, a program a token, a television a wall; the others are 0.

    team_ids: the teams that he supervises. wall_maker, wall_dashboards: who made the television's link, and
    what it shows; without dashboards it shows the queues of the board.
    """

    person_id: PersonId = PROGRAM
    sign_in_id: SignInId = SignInId(0)
    token_id: TokenId = TokenId(0)
    wall_id: WallTokenId = WallTokenId(0)
    wall_maker: PersonId = PROGRAM
    wall_dashboards: tuple[int, ...] = ()
    rights: frozenset[Right] = frozenset()
    sees: Sight = Sight.SELF
    team_ids: frozenset[TeamId] = frozenset()
    must_change_password: bool = False

    @property
    def asked_by(self) -> str:
        """Whose keys of repeated requests these are."""
        return f"person {self.person_id}" if self.person_id else f"token {self.token_id}"

    @property
    def agent_id(self) -> AgentId:
        """An agent is a person."""
        return AgentId(self.person_id)

    @property
    def looks_as(self) -> PersonId:
        """In whose place he looks: a television shows what its maker sees."""
        return self.wall_maker or self.person_id

    def may(self, *rights: Right) -> bool:
        """Whether he has one of these rights. Who must change the password first may nothing else."""
        return not self.must_change_password and not self.rights.isdisjoint(rights)


class Demand:
    """What a route demands of the one who asks. rights: one of them is enough; none: to be signed in."""

    def __init__(self, rights: Iterable[Right] = (), *, before_change: bool = False) -> None:
        self.rights = tuple(rights)
        self.before_change = before_change

    async def __call__(self, request: Request) -> Who:
        """The one who asks, or a refusal."""
        who = await find_who(request)
        if who is None:
            raise NotSignedIn
        guard_mutation(request)
        if who.must_change_password and not self.before_change:
            raise Forbidden("password_change_needed")
        if self.rights and not who.may(*self.rights):
            raise Forbidden("right_missing", rights=[right.value for right in self.rights])
        return who


class OpenToAll:
    """Demands nothing."""

    async def __call__(self) -> None:
        """Let in."""


class JudgedInside:
    """Of a web socket: it looks at who comes in by itself, because it must answer before it refuses."""

    async def __call__(self) -> None:
        """Let in, for the socket to judge."""


def requires(*rights: Right) -> Any:
    """One of these rights."""
    return Depends(Demand(rights))


signed_in = Depends(Demand())
signed_in_even_with_first_password = Depends(Demand(before_change=True))
open_to_all = Depends(OpenToAll())
judged_inside = Depends(JudgedInside())

Agent = Annotated[Who, requires(Right.TAKE_CALLS)]
AnyOne = Annotated[Who, signed_in]


async def find_who(connection: HTTPConnection) -> Who | None:
    """Who asks, found once per request."""
    if not hasattr(connection.state, "who"):
        connection.state.who = await _find_who(connection)
    found: Who | None = connection.state.who
    return found


async def _find_who(connection: HTTPConnection) -> Who | None:
    parts = parts_of(connection)
    token = bearer_of(connection)
    cookie = connection.cookies.get(cookie_name(connection), "")[:LARGEST_TOKEN]
    if not token and not cookie:
        return None
    at = parts.clock.now()
    async with parts.pool.acquire() as database:
        asker = (
            await access.find_by_token(database, token, at=at)
            if token
            else await access.find_by_cookie(database, cookie, at=at)
        )
        return None if asker is None else await who_of(database, asker, parts.site_id)


async def who_of(database: Any, asker: Asker, site_id: SiteId) -> Who:
    """The asker with the teams that he sees."""
    teams: Iterable[int] = ()
    if asker.sees is Sight.TEAMS and asker.person_id:
        teams = await organization.supervised_team_ids(database, asker.person_id, site_id=site_id)
    return Who(
        person_id=asker.person_id,
        sign_in_id=asker.sign_in_id,
        token_id=asker.token_id,
        rights=asker.rights,
        sees=asker.sees,
        team_ids=frozenset(TeamId(team_id) for team_id in teams),
        must_change_password=asker.must_change_password,
    )


def bearer_of(connection: HTTPConnection) -> str:
    """The token in the header, or ""."""
    given = connection.headers.get("authorization", "")
    return given[len(BEARER) :].strip()[:LARGEST_TOKEN] if given[: len(BEARER)].lower() == BEARER else ""


def cookie_name(connection: HTTPConnection) -> str:
    """The name carries the port, because cookies ignore ports and two centres may run on one machine."""
    port = parts_of(connection).settings.port
    return f"__Host-otklik-{port}" if is_secure(connection) else f"otklik-{port}"


def is_secure(connection: HTTPConnection) -> bool:
    """Whether it came by HTTPS."""
    return connection.url.scheme in ("https", "wss")


def set_cookie(response: Response, request: Request, token: str, *, lasts_seconds: int) -> None:
    """Give a browser its sign-in."""
    response.set_cookie(
        cookie_name(request),
        token,
        max_age=lasts_seconds,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )


def drop_cookie(response: Response, request: Request) -> None:
    """Take it away."""
    response.delete_cookie(
        cookie_name(request), path="/", secure=is_secure(request), httponly=True, samesite="lax"
    )


def guard_mutation(request: HTTPConnection) -> None:
    """Refuse a mutation that a foreign page could have made a browser send."""
    if request.scope.get("method") in MUTATIONS and not bearer_of(request):
        guard_foreign_page(request)


def guard_foreign_page(request: HTTPConnection) -> None:
    """The Origin must be ours if there is one, and the header must be there."""
    if bearer_of(request):
        return
    if not is_own_origin(request, may_be_absent=True):
        raise Forbidden("foreign_origin")
    if request.headers.get(CSRF_HEADER) != "1":
        raise Forbidden("header_missing", header="X-Otklik")


def guard_reading_with_effect(request: HTTPConnection) -> None:
    """Of a GET that does something: a link on a foreign page must not do it. Browsers say where a request
    comes from."""
    came = request.headers.get("sec-fetch-site", "same-origin")
    if came != "same-origin" or request.headers.get("sec-fetch-mode") == "navigate":
        raise Forbidden("foreign_origin")


def is_own_origin(connection: HTTPConnection, *, may_be_absent: bool) -> bool:
    """Whether the page that asks was served by us: same scheme, host and port as the request itself.

    A beacon of a page that hides its address has no Origin; then the browser's own word counts, which no
    page can write.
    """
    origin = connection.headers.get("origin")
    if origin in (None, "null") and connection.headers.get("sec-fetch-site") == "same-origin":
        return True
    if origin is None:
        return may_be_absent
    given = urlsplit(origin)
    scheme = "https" if is_secure(connection) else "http"
    return given.scheme == scheme and given.netloc.lower() == connection.headers.get("host", "").lower()


def address_of(connection: HTTPConnection) -> str:
    """Where the request came from, for limits and the list of sign-ins."""
    return connection.client.host if connection.client else ""
