"""Letting people in, and nobody else."""

import asyncio
import time
from datetime import timedelta

import msgspec
import pytest

from otklik.access import service, store
from otklik.access.model import Asker, Role, SignInId
from otklik.access.passwords import Passwords
from otklik.access.rights import Right, Sight
from otklik.vocabulary.refusals import Forbidden, Invalid, NotFound, Refused
from tests.rooms.access.conftest import AT, PASSWORD, Centre

pytestmark = pytest.mark.database

SECOND = timedelta(seconds=1)


async def refused(centre: Centre, login: str, **how: object) -> Refused:
    with pytest.raises(Refused) as caught:
        await centre.sign_in(login, "not this one at all", **how)  # type: ignore[arg-type]
    return caught.value


async def test_right_password_lets_in_whatever_the_case_of_the_login(centre: Centre) -> None:
    person = await centre.add("anna", "agent")

    opened = await centre.sign_in(" ANNA ")
    asker = await centre.asker(opened.token)

    assert asker is not None
    assert (asker.person_id, asker.sees) == (person.person_id, Sight.SELF)
    assert asker.may(Right.TAKE_CALLS)
    assert not asker.may(Right.MANAGE_PEOPLE)
    assert await centre.asker(opened.token + "x") is None
    assert await centre.asker("") is None


async def test_wrong_login_wrong_password_blocked_and_robot_look_the_same(centre: Centre) -> None:
    await centre.add("anna", "agent")
    boris = await centre.add("boris", "agent")
    await centre.do(service.block, boris.person_id, by=await _administrator(centre), at=AT)

    answers = [repr(await refused(centre, login)) for login in ("anna", "nobody", "boris")]
    with pytest.raises(Refused) as blocked:
        await centre.sign_in("boris")

    assert {*answers, repr(blocked.value)} == {"Refused('wrong_password', {})"}


async def test_unknown_login_takes_as_long_as_a_known_one(centre: Centre) -> None:
    await centre.add("anna", "agent")
    centre.passwords = Passwords(memory_kib=32 * 1024)
    stored = await centre.passwords.hash(PASSWORD)
    times: dict[str, list[float]] = {"": [], stored: []}

    for _ in range(7):
        for hashed, taken in times.items():
            began = time.perf_counter()
            await centre.passwords.matches(hashed, "not this one at all")
            taken.append(time.perf_counter() - began)

    unknown, known = (min(taken) for taken in times.values())
    assert 0.5 < unknown / known < 2


async def test_wait_grows_after_five_failures_and_ends(centre: Centre) -> None:
    await centre.add("anna", "agent")
    codes = [(await refused(centre, "anna")).code for _ in range(6)]
    assert codes == ["wrong_password"] * 5 + ["too_many_attempts"]

    early = await refused(centre, "anna", at=AT + SECOND / 2)
    assert (early.code, early.facts) == ("too_many_attempts", {"retry_after_seconds": 1})
    assert (await refused(centre, "anna", at=AT + SECOND)).code == "wrong_password"
    later = await refused(centre, "anna", at=AT + 2 * SECOND)
    assert later.facts == {"retry_after_seconds": 1}

    opened = await centre.sign_in("anna", at=AT + 3 * SECOND)
    assert await centre.asker(opened.token, AT + 3 * SECOND) is not None
    assert (await refused(centre, "anna", at=AT + 3 * SECOND)).code == "wrong_password"


async def test_tries_during_the_wait_do_not_lengthen_it(centre: Centre) -> None:
    await centre.add("anna", "agent")
    for _ in range(50):
        await refused(centre, "anna")

    assert await centre.sign_in("anna", at=AT + SECOND)


async def test_one_address_is_slowed_over_all_logins(centre: Centre) -> None:
    codes = [(await refused(centre, f"person{number}")).code for number in range(31)]

    assert codes == ["wrong_password"] * 30 + ["too_many_attempts"]
    assert (await refused(centre, "person99", address="192.0.2.2")).code == "wrong_password"


async def test_attacked_login_lets_its_owner_in_and_slows_only_strange_addresses(centre: Centre) -> None:
    await centre.add("anna", "agent")
    await centre.sign_in("anna", address="198.51.100.7")
    for number in range(300):
        await refused(centre, "anna", address=f"203.0.{number // 250}.{number % 250}")
    centre.slept.clear()

    await centre.sign_in("anna", address="198.51.100.7")
    assert centre.slept == []
    await centre.sign_in("anna", address="198.51.100.8")
    assert centre.slept == [4.0]


async def test_hundred_tries_at_once_are_no_better_than_one_after_the_other(centre: Centre) -> None:
    await centre.add("anna", "agent")

    outcomes = await asyncio.gather(*(refused(centre, "anna") for _ in range(60)))

    codes = [outcome.code for outcome in outcomes]
    assert codes.count("wrong_password") == 5
    assert codes.count("too_many_attempts") == 55


async def test_hostile_text_is_only_a_wrong_password(centre: Centre) -> None:
    await centre.add("anna", "agent")
    hostile = [
        "' or 1=1 --",
        "anna' --",
        "",
        " ",
        "a" * 100_000,
        "\ud800",
        "\u0000anna",
        "anna\u202e",
        "%",
        "_nna",
    ]

    for index, text in enumerate(hostile):
        with pytest.raises(Refused) as caught:
            await centre.sign_in(text, text, address=f"192.0.2.{index}")
        assert caught.value.code == "wrong_password"


async def test_sign_in_ends_after_idle_and_after_twelve_hours(centre: Centre) -> None:
    await centre.add("root", "administrator")
    await centre.add("anna", "agent")
    administrator = await centre.sign_in("root")
    agent = await centre.sign_in("anna")

    assert await centre.asker(administrator.token, AT + timedelta(minutes=29)) is not None
    assert await centre.asker(administrator.token, AT + timedelta(minutes=58)) is not None
    assert await centre.asker(administrator.token, AT + timedelta(minutes=89)) is None
    assert await centre.asker(agent.token, AT + timedelta(hours=11, minutes=59)) is not None
    assert await centre.asker(agent.token, AT + timedelta(hours=12)) is None

    ended = await centre.do(service.end_stale_sign_ins, at=AT + timedelta(hours=13))
    assert sorted(ended) == sorted([administrator.sign_in.sign_in_id, agent.sign_in.sign_in_id])


async def test_person_sees_and_ends_his_own_sign_ins_only(centre: Centre) -> None:
    await centre.add("anna", "agent")
    await centre.add("boris", "agent")
    first, second = await centre.sign_in("anna"), await centre.sign_in("anna", at=AT + SECOND)
    boris = await centre.sign_in("boris")
    anna = await centre.asker(first.token)
    assert anna is not None

    listed = await centre.do(service.list_own_sign_ins, by=anna, at=AT + SECOND)
    assert [found.sign_in_id for found in listed] == [second.sign_in.sign_in_id, first.sign_in.sign_in_id]
    with pytest.raises(NotFound):
        await centre.do(service.end_own_sign_in, boris.sign_in.sign_in_id, by=anna, at=AT)
    await centre.do(service.end_own_sign_in, second.sign_in.sign_in_id, by=anna, at=AT)

    assert await centre.asker(second.token, AT + SECOND) is None
    assert await centre.asker(first.token) is not None
    assert await centre.asker(boris.token) is not None


async def test_end_of_a_sign_in_is_told_and_takes_its_tickets_along(centre: Centre) -> None:
    await centre.add("anna", "agent")
    opened = await centre.sign_in("anna")
    anna = await centre.asker(opened.token)
    assert anna is not None
    ticket = await centre.do(service.make_live_ticket, by=anna, at=AT)
    heard: asyncio.Queue[str] = asyncio.Queue()

    async with centre.pool.acquire() as listener:
        await listener.add_listener(store.ENDED_CHANNEL, lambda *call: heard.put_nowait(call[3]))
        await centre.do(service.sign_out, by=anna, at=AT)
        told = await asyncio.wait_for(heard.get(), 5)
        await listener.reset()

    assert told == str(opened.sign_in.sign_in_id)
    assert await centre.do(service.use_live_ticket, ticket, at=AT) is None


async def test_ticket_opens_one_socket_once_within_thirty_seconds(centre: Centre) -> None:
    await centre.add("anna", "agent")
    anna = await centre.asker((await centre.sign_in("anna")).token)
    assert anna is not None
    first = await centre.do(service.make_live_ticket, by=anna, at=AT)
    late = await centre.do(service.make_live_ticket, by=anna, at=AT)

    found = await centre.do(service.use_live_ticket, first, at=AT + 29 * SECOND)
    assert found is not None
    assert found.person_id == anna.person_id
    assert await centre.do(service.use_live_ticket, first, at=AT) is None
    assert await centre.do(service.use_live_ticket, late, at=AT + 30 * SECOND) is None


async def test_twenty_first_sign_in_ends_the_oldest(centre: Centre) -> None:
    await centre.add("anna", "agent")
    tokens = [(await centre.sign_in("anna", at=AT + number * SECOND)).token for number in range(21)]

    now = AT + 21 * SECOND
    alive = [await centre.asker(token, now) is not None for token in tokens]
    assert alive == [False] + [True] * 20


async def test_changed_password_ends_all_other_sign_ins_and_gives_a_new_one(centre: Centre) -> None:
    await centre.add("anna", "agent")
    other, own = await centre.sign_in("anna"), await centre.sign_in("anna")
    anna = await centre.asker(own.token)
    assert anna is not None

    opened = await service.change_password(
        centre.pool,
        centre.passwords,
        by=anna,
        current=PASSWORD,
        new="seven blue kettles",
        address="192.0.2.1",
        browser="Firefox",
        at=AT,
    )

    assert await centre.asker(other.token) is None
    assert await centre.asker(own.token) is None
    assert await centre.asker(opened.token) is not None
    assert (await refused(centre, "anna")).code == "wrong_password"
    assert await centre.sign_in("anna", "seven blue kettles")


@pytest.mark.parametrize(
    ("current", "new", "code"),
    [
        ("not this one at all", "seven blue kettles", "wrong_password"),
        (PASSWORD, "short", "password_too_short"),
        (PASSWORD, "qwertyuiop123456", "password_common"),
        (PASSWORD, PASSWORD, "password_same"),
    ],
)
async def test_refused_change_changes_nothing(centre: Centre, current: str, new: str, code: str) -> None:
    await centre.add("anna", "agent")
    opened = await centre.sign_in("anna")
    anna = await centre.asker(opened.token)
    assert anna is not None

    with pytest.raises(Refused) as caught:
        await service.change_password(
            centre.pool,
            centre.passwords,
            by=anna,
            current=current,
            new=new,
            address="192.0.2.1",
            browser="",
            at=AT,
        )

    assert caught.value.code == code
    assert await centre.asker(opened.token) is not None
    assert await centre.sign_in("anna")


async def test_reset_link_works_once_and_keeps_the_old_password_until_then(centre: Centre) -> None:
    person = await centre.add("anna", "agent")
    root = await _administrator(centre)
    old, _ = await centre.do(service.make_reset_link, person.person_id, by=root, at=AT)
    link, expires_at = await centre.do(service.make_reset_link, person.person_id, by=root, at=AT)
    opened = await centre.sign_in("anna")

    assert await centre.do(service.find_reset, old, at=AT) is None
    found = await centre.do(service.find_reset, link, at=AT)
    assert found is not None
    assert found.login == "anna"
    assert await centre.do(service.find_reset, link, at=expires_at) is None
    with pytest.raises(Invalid):
        await service.use_reset(centre.pool, centre.passwords, link, "123456789012", at=AT)

    await service.use_reset(centre.pool, centre.passwords, link, "seven blue kettles", at=AT)
    with pytest.raises(NotFound):
        await service.use_reset(centre.pool, centre.passwords, link, "nine red bicycles", at=AT)
    assert await centre.asker(opened.token) is None
    assert (await refused(centre, "anna")).code == "wrong_password"
    assert await centre.sign_in("anna", "seven blue kettles")


async def test_two_who_use_a_link_at_once_do_not_both_succeed(centre: Centre) -> None:
    person = await centre.add("anna", "agent")
    link, _ = await centre.do(
        service.make_reset_link, person.person_id, by=await _administrator(centre), at=AT
    )

    outcomes = await asyncio.gather(
        *(
            service.use_reset(centre.pool, centre.passwords, link, f"seven blue kettles {number}", at=AT)
            for number in range(5)
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, NotFound) for outcome in outcomes) == 4


async def test_blocked_person_is_out_at_once(centre: Centre) -> None:
    person = await centre.add("anna", "agent")
    opened = await centre.sign_in("anna")
    root = await _administrator(centre)
    link, _ = await centre.do(service.make_reset_link, person.person_id, by=root, at=AT)

    ended = await centre.do(service.block, person.person_id, by=root, at=AT)

    assert ended == [opened.sign_in.sign_in_id]
    assert await centre.asker(opened.token) is None
    assert await centre.do(service.find_reset, link, at=AT) is None
    await centre.do(service.unblock, person.person_id, by=root, at=AT)
    assert await centre.asker(opened.token) is None
    assert await centre.sign_in("anna")


async def test_old_hash_is_renewed_at_sign_in(centre: Centre) -> None:
    person = await centre.add("anna", "agent")
    async with centre.pool.acquire() as connection:
        before = await store.find_hash(connection, person.person_id)
    centre.passwords = Passwords(memory_kib=2048)

    await centre.sign_in("anna")
    async with centre.pool.acquire() as connection:
        after = await store.find_hash(connection, person.person_id)

    assert "m=1024" in before
    assert "m=2048" in after
    assert await centre.sign_in("anna")


async def test_first_password_opens_nothing_but_its_change(centre: Centre) -> None:
    person = await centre.add("anna", "agent")
    async with centre.pool.acquire() as connection:
        hashed = await store.find_hash(connection, person.person_id)
        await store.set_password(connection, person.person_id, hashed, must_change=True)

    asker = await centre.asker((await centre.sign_in("anna")).token)

    assert asker is not None
    assert asker.must_change_password
    assert not asker.may(Right.TAKE_CALLS)


async def test_who_manages_people_cannot_make_himself_more(centre: Centre) -> None:
    root = await centre.add("root", "administrator")
    clerk = await centre.do(
        service.save_role,
        Role(name="clerk", name_ru="Кадры", name_en="Clerk", rights=frozenset({Right.MANAGE_PEOPLE})),
        by=service.THE_PROGRAM,
        at=AT,
    )
    centre.roles["clerk"] = clerk.role_id
    own = await centre.add("olga", "clerk")
    olga = await centre.asker((await centre.sign_in("olga")).token)
    assert olga is not None

    with pytest.raises(Forbidden):
        await centre.do(service.make_reset_link, root.person_id, by=olga, at=AT)
    with pytest.raises(Forbidden):
        await centre.do(service.block, root.person_id, by=olga, at=AT)
    more = msgspec.structs.replace(own, role_ids=(centre.roles["administrator"],))
    with pytest.raises(Forbidden):
        await centre.do(service.change_person, more, by=olga, at=AT)
    with pytest.raises(Forbidden):
        await centre.do(service.create_token, name="x", role_id=centre.roles["administrator"], by=olga, at=AT)


async def test_unknown_sign_in_has_no_asker(centre: Centre) -> None:
    assert await centre.do(service.find_by_sign_in, SignInId(77), at=AT) is None


async def _administrator(centre: Centre) -> Asker:
    await centre.add("root", "administrator")
    found = await centre.asker((await centre.sign_in("root")).token)
    assert found is not None
    return found
