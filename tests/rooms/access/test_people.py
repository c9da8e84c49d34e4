"""People, roles, tokens, and the record of who did what."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from otklik.access import service, store, wall_store
from otklik.access.model import Asker, Person, Role, RoleId
from otklik.access.rights import RIGHT_NAMES, STARTER_ROLES, Right, Sight
from otklik.vocabulary.refusals import Invalid, NotFound, Refused
from tests.rooms.access.conftest import AT, Centre

pytestmark = pytest.mark.database

PROGRAM = service.THE_PROGRAM


async def test_every_right_has_a_name_in_both_languages_once() -> None:
    assert [named.right for named in RIGHT_NAMES] == list(Right)
    for language in ("name_ru", "name_en"):
        names = [getattr(named, language) for named in RIGHT_NAMES]
        assert len(set(names)) == len(names)
        assert all(names)


async def test_starter_roles_are_seeded_once_and_keep_their_edits(centre: Centre) -> None:
    agent = await centre.do(store.find_role, centre.roles["agent"])
    edited = msgspec.structs.replace(
        agent, name_en="Operator of the night", rights=frozenset({Right.TAKE_CALLS})
    )
    await centre.do(service.save_role, edited, by=PROGRAM, at=AT)

    again = await centre.do(service.seed_roles)

    assert again == centre.roles
    assert await centre.do(store.find_role, centre.roles["agent"]) == edited
    assert [role.name for role in await centre.do(store.list_roles)] == [role.name for role in STARTER_ROLES]


async def test_login_is_taken_whatever_its_case(centre: Centre) -> None:
    anna = await centre.add("anna", "agent")
    boris = await centre.add("boris", "agent")

    with pytest.raises(Refused, match="login_taken"):
        await centre.add("ANNA", "agent")
    with pytest.raises(Refused, match="login_taken"):
        await centre.do(
            service.change_person, msgspec.structs.replace(boris, login="Anna"), by=PROGRAM, at=AT
        )
    renamed = msgspec.structs.replace(anna, login="Anna", name="Анна  Ивановна ")
    assert (await centre.do(service.change_person, renamed, by=PROGRAM, at=AT)).name == "Анна Ивановна"


@pytest.mark.parametrize(
    ("login", "name", "code"),
    [
        ("", "Anna", "invalid_login"),
        ("a", "Anna", "invalid_login"),
        ("анна", "Anna", "invalid_login"),
        ("anna petrova", "Anna", "invalid_login"),
        ("anna\n", "", "text_empty"),
        ("anna", " \u200b ", "text_empty"),
        ("anna", "An\x00na", "text_has_control_characters"),
        ("anna", "x" * 101, "text_too_long"),
        ("<script>", "Anna", "invalid_login"),
    ],
)
async def test_malformed_person_is_refused(centre: Centre, login: str, name: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        await centre.do(service.create_person, Person(login=login, name=name), by=PROGRAM, at=AT)
    assert caught.value.code == code
    assert await centre.do(store.list_people) == []


async def test_person_with_an_unknown_role_is_not_made(centre: Centre) -> None:
    with pytest.raises(Invalid, match="unknown_role"):
        await centre.do(
            service.create_person,
            Person(login="anna", name="Anna", role_ids=(RoleId(77),)),
            by=PROGRAM,
            at=AT,
        )
    assert await centre.do(store.find_login, "anna") is None


async def test_rights_of_an_open_sign_in_change_at_once(centre: Centre) -> None:
    anna = await centre.add("anna", "agent")
    opened = await centre.sign_in("anna")

    promoted = msgspec.structs.replace(anna, role_ids=(centre.roles["agent"], centre.roles["supervisor"]))
    await centre.do(service.change_person, promoted, by=PROGRAM, at=AT)
    asker = await centre.asker(opened.token)
    assert asker is not None
    assert asker.may(Right.WATCH_BOARD)
    assert asker.sees is Sight.TEAMS

    role = await centre.do(store.find_role, centre.roles["supervisor"])
    narrowed = msgspec.structs.replace(role, rights=role.rights - {Right.WATCH_BOARD})
    await centre.do(service.save_role, narrowed, by=PROGRAM, at=AT)
    asker = await centre.asker(opened.token)
    assert asker is not None
    assert not asker.may(Right.WATCH_BOARD)


async def test_last_administrator_stays(centre: Centre) -> None:
    root = await centre.add("root", "administrator")
    admin = await centre.asker((await centre.sign_in("root")).token)
    assert admin is not None
    plain = msgspec.structs.replace(root, role_ids=(centre.roles["agent"],))
    role = await centre.do(store.find_role, centre.roles["administrator"])
    emptied = msgspec.structs.replace(role, rights=frozenset({Right.MANAGE_PEOPLE}))

    for use_case, thing in ((service.change_person, plain), (service.save_role, emptied)):
        with pytest.raises(Refused, match="last_administrator"):
            await centre.do(use_case, thing, by=admin, at=AT)
    with pytest.raises(Refused, match="own_person"):
        await centre.do(service.block, root.person_id, by=admin, at=AT)
    with pytest.raises(Refused, match="last_administrator"):
        await centre.do(service.block, root.person_id, by=PROGRAM, at=AT)

    asker = await centre.asker((await centre.sign_in("root")).token)
    assert asker is not None
    assert asker.may(Right.MANAGE_ROLES)


async def test_two_administrators_cannot_block_each_other_at_once(centre: Centre) -> None:
    people = [await centre.add(login, "administrator") for login in ("one", "two")]
    askers = [await centre.asker((await centre.sign_in(person.login)).token) for person in people]

    outcomes = await asyncio.gather(
        *(
            centre.do(service.block, other.person_id, by=asker, at=AT)
            for other, asker in zip(reversed(people), askers, strict=True)
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 1


async def test_role_in_use_is_not_removed(centre: Centre) -> None:
    anna = await centre.add("anna", "agent")

    with pytest.raises(Refused, match="role_in_use"):
        await centre.do(service.remove_role, centre.roles["agent"], by=PROGRAM, at=AT)
    await centre.do(service.change_person, msgspec.structs.replace(anna, role_ids=()), by=PROGRAM, at=AT)
    await centre.do(service.remove_role, centre.roles["agent"], by=PROGRAM, at=AT)

    with pytest.raises(NotFound):
        await centre.do(service.remove_role, centre.roles["agent"], by=PROGRAM, at=AT)


async def test_program_may_what_its_role_says_until_its_token_ends(centre: Centre) -> None:
    token, token_id = await centre.do(
        service.create_token,
        name="crm bridge",
        role_id=centre.roles["supervisor"],
        by=PROGRAM,
        at=AT,
        expires_at=AT + timedelta(days=1),
    )

    asker = await centre.do(service.find_by_token, token, at=AT)
    assert asker is not None
    assert asker.may(Right.VIEW_REPORTS)
    assert not asker.may(Right.MANAGE_SITE)
    assert (asker.token_id, asker.person_id) == (token_id, 0)
    assert await centre.do(service.find_by_token, token, at=AT + timedelta(days=1)) is None
    assert await centre.asker(token) is None

    await centre.do(service.revoke_token, token_id, by=PROGRAM, at=AT)
    assert await centre.do(service.find_by_token, token, at=AT) is None
    with pytest.raises(NotFound):
        await centre.do(service.revoke_token, token_id, by=PROGRAM, at=AT)


async def test_wall_token_shows_a_wall_until_it_is_revoked(centre: Centre) -> None:
    token, wall = await centre.do(service.create_wall_token, name="Hall", by=PROGRAM, at=AT)

    assert await centre.do(service.find_wall, token, at=AT) == wall.wall_token_id
    assert await centre.do(service.find_by_token, token, at=AT) is None
    await centre.do(service.revoke_wall_token, wall.wall_token_id, by=PROGRAM, at=AT)
    assert await centre.do(service.find_wall, token, at=AT) is None
    assert await centre.do(wall_store.find_live_wall, wall.wall_token_id, at=AT) is None


async def test_a_wall_goes_dark_when_its_time_is_over(centre: Centre) -> None:
    token, wall = await centre.do(
        service.create_wall_token, name="Fair", by=PROGRAM, at=AT, expires_at=AT + timedelta(days=2)
    )
    later = AT + timedelta(days=2)

    assert await centre.do(service.find_wall, token, at=AT + timedelta(days=1)) == wall.wall_token_id
    assert await centre.do(service.find_wall, token, at=later) is None
    assert await centre.do(wall_store.find_live_wall, wall.wall_token_id, at=later) is None
    with pytest.raises(Invalid):
        await centre.do(service.create_wall_token, name="z", by=PROGRAM, at=AT, expires_at=AT)
    with pytest.raises(Invalid):
        await centre.do(service.create_wall_token, name="z", by=PROGRAM, at=AT, turn_seconds=1)


async def test_a_wall_shows_no_more_than_its_maker_may_see_now(centre: Centre) -> None:
    vera = await centre.add("vera", "supervisor")
    asker = await centre.asker((await centre.sign_in("vera")).token)
    _, wall = await centre.do(service.create_wall_token, name="Hall", by=asker, at=AT)

    maker = await centre.do(service.maker_of, wall)
    assert (maker.person_id, maker.sees) == (vera.person_id, Sight.TEAMS)
    assert Right.WATCH_WALL in maker.rights

    async with centre.pool.acquire() as connection:
        await store.set_blocked(connection, vera.person_id, True)
    assert await centre.do(service.maker_of, wall) is None
    async with centre.pool.acquire() as connection:
        await store.set_blocked(connection, vera.person_id, False)
        await store.set_roles(connection, vera.person_id, (centre.roles["agent"],))
    assert await centre.do(service.maker_of, wall) is None


async def test_no_token_stands_in_the_database(centre: Centre) -> None:
    anna = await centre.add("anna", "agent")
    opened = await centre.sign_in("anna")
    asker = await centre.asker(opened.token)
    made = [
        opened.token,
        (await centre.do(service.make_reset_link, anna.person_id, by=PROGRAM, at=AT))[0],
        (await centre.do(service.create_token, name="x", role_id=centre.roles["agent"], by=PROGRAM, at=AT))[
            0
        ],
        (await centre.do(service.create_wall_token, name="y", by=PROGRAM, at=AT))[0],
        await centre.do(service.make_live_ticket, by=asker, at=AT),
        "four green umbrellas",
    ]

    tables = [
        "person",
        "sign_in",
        "reset_link",
        "api_token",
        "wall_token",
        "live_ticket",
        "audit",
        "sign_in_delay",
    ]
    async with centre.pool.acquire() as connection:
        rows = [str(await connection.fetch(f"select * from {table}")) for table in tables]

    assert all(token not in row for token in made for row in rows)
    assert len(set(made)) == len(made)
    assert all(len(token) >= 43 for token in made[:-1])


async def test_preferences_are_merged_and_bounded(centre: Centre) -> None:
    await centre.add("anna", "agent")
    anna = await centre.asker((await centre.sign_in("anna")).token)

    await centre.do(
        service.save_preferences, by=anna, language="ru", preferences={"theme": "dark", "melody": "bell"}
    )
    person = await centre.do(
        service.save_preferences, by=anna, language="", preferences={"melody": None, "keys": {"ready": "F9"}}
    )

    assert person.language == "ru"
    assert person.preferences == {"theme": "dark", "keys": {"ready": "F9"}}
    with pytest.raises(Invalid, match="too_many_items"):
        await centre.do(service.save_preferences, by=anna, language="", preferences={"theme": "x" * 20_000})
    with pytest.raises(Invalid, match="unknown_choice"):
        await centre.do(service.save_preferences, by=anna, language="fr", preferences={})


async def test_audit_tells_who_did_what_and_cannot_be_edited(centre: Centre) -> None:
    anna = await centre.add("anna", "agent")
    await centre.add("root", "administrator")
    root = await centre.asker((await centre.sign_in("root", address="198.51.100.4")).token)
    assert root is not None
    with pytest.raises(Refused):
        await centre.sign_in("anna", "wrong")
    await centre.do(service.block, anna.person_id, by=root, at=AT, address="198.51.100.4")

    lines = await centre.do(store.list_audit)
    assert [line.action for line in lines] == [
        "person.blocked",
        "sign_in.failed",
        "sign_in.opened",
        "person.created",
        "person.created",
    ]
    assert (lines[0].person_id, lines[0].entity_id, lines[0].address) == (
        root.person_id,
        anna.person_id,
        "198.51.100.4",
    )
    assert [line.action for line in await centre.do(store.list_audit, person_id=anna.person_id)] == [
        "sign_in.failed"
    ]
    for statement in ("update audit set action = ''", "delete from audit", "truncate audit"):
        with pytest.raises(Exception, match="only grows"):
            await centre.do(_execute, statement)


async def test_refused_change_leaves_nothing_behind(centre: Centre) -> None:
    clerk = Role(name="clerk", name_ru="Кадры", name_en="Clerk", rights=frozenset({Right.MANAGE_ROLES}))
    poor = Asker(rights=frozenset({Right.VIEW_AUDIT}))
    before = await centre.do(store.list_roles)

    with pytest.raises(Refused, match="rights_beyond_own"):
        await centre.do(service.save_role, clerk, by=poor, at=AT)

    assert await centre.do(store.list_roles) == before
    assert await centre.do(store.list_audit) == []


async def _execute(connection: object, statement: str) -> None:
    await connection.execute(statement)  # type: ignore[attr-defined]
