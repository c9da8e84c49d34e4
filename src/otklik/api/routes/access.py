"""Sign-in, oneself, one's preferences and sign-ins, reset links, tickets of the live feed."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from otklik import __version__
from otklik.access import service as access
from otklik.access import store
from otklik.access.model import Person, SignInId, WallTokenId
from otklik.access.rights import RIGHT_NAMES, Right
from otklik.api.dashboard_source import live_wall
from otklik.api.engine import forget_agent
from otklik.api.parts import Parts, Serves
from otklik.api.problems import NotSignedIn
from otklik.api.route import Route
from otklik.api.schemas.base import Id
from otklik.api.schemas.sign_in import (
    Me,
    NewPassword,
    PasswordChange,
    Preferences,
    PreferencesChange,
    Public,
    ResetOf,
    RightRow,
    SignedInAnswer,
    SignIn,
    SignInRow,
    TeamName,
    Ticket,
)
from otklik.api.sign_in import (
    AnyOne,
    Who,
    address_of,
    drop_cookie,
    find_who,
    guard_foreign_page,
    open_to_all,
    requires,
    set_cookie,
    signed_in_even_with_first_password,
    who_of,
)
from otklik.organization import store as organization
from otklik.organization.logo_store import logo_version
from otklik.vocabulary.refusals import Forbidden, NotFound

router = APIRouter(prefix="/api/v1", tags=["access"], route_class=Route)

AnyOneAtAll = Annotated[Who, signed_in_even_with_first_password]
LinkToken = Annotated[str, Path(min_length=8, max_length=128)]


@router.get("/public", dependencies=[open_to_all])
async def public(parts: Serves) -> Public:
    """What the page needs before anyone is signed in."""
    async with parts.reading() as connection:
        site = await organization.find_site(connection, site_id=parts.site_id)
        logo = await logo_version(connection, parts.site_id)
    return Public.model_validate(
        {
            "name": site.name if site else "Otklik",
            "logo": logo,
            "zone": site.zone if site else "UTC",
            "language": site.language if site else "ru",
            "version": __version__,
            "build": parts.build,
            "languages": ["ru", "en"],
            "is_demo": parts.settings.demo,
            "channel": parts.settings.channel,
            "phone_codec": site.phone_codec if site else "alaw",
        }
    )


@router.post("/sign-in", dependencies=[open_to_all])
async def sign_in(request: Request, response: Response, parts: Serves, body: SignIn) -> SignedInAnswer:
    """Let a person in. Whatever was wrong, the answer is the same and takes as long."""
    guard_foreign_page(request)
    opened = await access.sign_in(
        parts.pool,
        parts.passwords,
        login=body.login,
        password=body.password,
        address=address_of(request),
        browser=request.headers.get("user-agent", ""),
        at=parts.clock.now(),
    )
    return await _let_in(request, response, parts, opened)


@router.post("/sign-out", status_code=204)
async def sign_out(who: AnyOneAtAll, request: Request, response: Response, parts: Serves) -> None:
    """End this sign-in. An agent without another one is signed out at the engine too."""
    async with parts.writing() as connection:
        await access.sign_out(connection, by=who, at=parts.clock.now(), address=address_of(request))
    drop_cookie(response, request)
    await forget_agent(parts, who.person_id)


@router.get("/me")
async def me(who: AnyOneAtAll, parts: Serves) -> Me:
    """Oneself."""
    if not who.person_id:
        raise Forbidden("person_needed")
    async with parts.reading() as connection:
        person = await store.find_person(connection, who.person_id)
        assert person is not None, "whoever is signed in exists"
        return await me_of(connection, parts, who, person)


@router.post("/me/password")
async def change_password(
    who: AnyOneAtAll, request: Request, response: Response, parts: Serves, body: PasswordChange
) -> Me:
    """Change one's own password; all other sign-ins end, this one goes on under a new cookie."""
    if not who.person_id:
        raise Forbidden("person_needed")
    opened = await access.change_password(
        parts.pool,
        parts.passwords,
        by=who,
        current=body.current,
        new=body.new,
        address=address_of(request),
        browser=request.headers.get("user-agent", ""),
        at=parts.clock.now(),
    )
    return (await _let_in(request, response, parts, opened)).person


@router.patch("/me/preferences")
async def change_preferences(who: AnyOne, parts: Serves, body: PreferencesChange) -> Me:
    """How one wants to work: only what is given changes."""
    if not who.person_id:
        raise Forbidden("person_needed")
    given = body.model_dump(exclude_unset=True, exclude_none=True)
    language = str(given.pop("language", ""))
    async with parts.writing() as connection:
        person = await access.save_preferences(connection, by=who, language=language, preferences=given)
        return await me_of(connection, parts, who, person)


@router.get("/me/sign-ins")
async def list_sign_ins(who: AnyOne, parts: Serves) -> list[SignInRow]:
    """Where one is signed in."""
    async with parts.reading() as connection:
        found = await access.list_own_sign_ins(connection, by=who, at=parts.clock.now())
    return [
        SignInRow(
            id=entry.sign_in_id,
            started_at=entry.created_at,
            last_seen_at=entry.seen_at,
            address=entry.address,
            browser=entry.browser,
            is_this=entry.sign_in_id == who.sign_in_id,
        )
        for entry in found
    ]


@router.delete("/me/sign-ins/{sign_in_id}", status_code=204)
async def end_sign_in(who: AnyOne, request: Request, parts: Serves, sign_in_id: Id) -> None:
    """End one of one's own sign-ins."""
    async with parts.writing() as connection:
        await access.end_own_sign_in(
            connection, SignInId(sign_in_id), by=who, at=parts.clock.now(), address=address_of(request)
        )
    await forget_agent(parts, who.person_id)


@router.get("/reset/{token}", dependencies=[open_to_all])
async def reset_of(parts: Serves, token: LinkToken) -> ResetOf:
    """Whose password this link sets."""
    async with parts.reading() as connection:
        person = await access.find_reset(connection, token, at=parts.clock.now())
    if person is None:
        raise NotFound("unknown_link")
    return ResetOf(login=person.login, name=person.name)


@router.post("/reset/{token}", status_code=204, dependencies=[open_to_all])
async def reset_password(request: Request, parts: Serves, token: LinkToken, body: NewPassword) -> None:
    """Set the password by the link, once."""
    guard_foreign_page(request)
    person = await access.use_reset(
        parts.pool, parts.passwords, token, body.new, at=parts.clock.now(), address=address_of(request)
    )
    await forget_agent(parts, person.person_id)


@router.post("/live/ticket", dependencies=[open_to_all])
async def live_ticket(
    request: Request, parts: Serves, wall: Annotated[str, Query(max_length=128)] = ""
) -> Ticket:
    """For one connection of the live feed, once, within 30 seconds. wall: the token of a television."""
    at = parts.clock.now()
    if wall:
        guard_foreign_page(request)
        async with parts.writing() as connection:
            wall_id = await access.find_wall(connection, wall, at=at)
            asked = Who(wall_id=wall_id or WallTokenId(0))
            who = await live_wall(connection, asked, parts.site_id, at=at) if wall_id else None
        if who is None:
            raise NotSignedIn("unknown_wall")
        return Ticket(ticket=parts.tickets.make(who, at))
    found = await find_who(request)
    if found is None:
        raise NotSignedIn
    guard_foreign_page(request)
    async with parts.writing() as connection:
        return Ticket(ticket=await access.make_live_ticket(connection, by=found, at=at))


@router.get("/rights")
async def list_rights(
    who: Annotated[Who, requires(Right.MANAGE_ROLES, Right.MANAGE_PEOPLE)],
) -> list[RightRow]:
    """Everything that can be allowed, in both languages."""
    return [
        RightRow(right=name.right.value, name_ru=name.name_ru, name_en=name.name_en, area=name.area)
        for name in RIGHT_NAMES
    ]


async def _let_in(
    request: Request, response: Response, parts: Parts, opened: access.Opened
) -> SignedInAnswer:
    lasts = opened.sign_in.expires_at - opened.sign_in.created_at
    set_cookie(response, request, opened.token, lasts_seconds=int(lasts.total_seconds()))
    async with parts.reading() as connection:
        asker = await access.find_by_sign_in(connection, opened.sign_in.sign_in_id, at=parts.clock.now())
        if asker is None:
            raise NotSignedIn
        who = await who_of(connection, asker, parts.site_id)
        person = await me_of(connection, parts, who, opened.person)
    return SignedInAnswer(person=person, must_change_password=opened.person.must_change_password)


async def me_of(connection: Any, parts: Parts, who: Who, person: Person) -> Me:
    """What a page knows of the one who uses it."""
    site = await organization.find_site(connection, site_id=parts.site_id)
    agent = await organization.find_thing(connection, "agent", person.person_id, site_id=parts.site_id)
    names = await organization.names_of(connection, "team", site_id=parts.site_id)
    team_ids = sorted({*(agent.team_ids if agent else ()), *who.team_ids})
    chosen = person.preferences
    return Me.model_validate(
        {
            "person_id": person.person_id,
            "login": person.login,
            "name": person.name,
            "language": person.language or (site.language if site else "ru"),
            "theme": chosen.get("theme", "auto"),
            "density": chosen.get("density", "normal"),
            "rights": sorted(right.value for right in who.rights),
            "agent": Right.TAKE_CALLS in who.rights,
            "teams": [TeamName(id=team_id, name=names.get(team_id, "")) for team_id in team_ids],
            "must_change_password": person.must_change_password,
            "preferences": Preferences.model_validate(
                {name: chosen[name] for name in Preferences.model_fields if name in chosen}
            ),
            "zone": site.zone if site else "UTC",
            "country": site.country if site else "RU",
        }
    )
