"""Numbers on the list are turned away: at once, busy, or with a prompt; all others come through."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec
import pytest

from otklik.acd.events import InteractionEnded
from otklik.crm.blocking import Blocked, BlockedNumber, checked
from otklik.flows.events import PromptsStarted, QueueRequested
from otklik.switchboard.instructions import HangUpLeg
from otklik.switchboard.requests import ReadBlocked
from otklik.vocabulary.refusals import Invalid
from tests.rooms.switchboard.world import BEGIN, CUSTOMER, NUMBER, World, open_world

pytestmark = pytest.mark.fast

Story = Callable[[World], Awaitable[None]]


def play(story: Story) -> None:
    async def run() -> None:
        await story(await open_world(agents=1, greeting=True))

    asyncio.run(run())


async def block(world: World, *numbers: BlockedNumber) -> None:
    world.tables.blocked = [msgspec.structs.asdict(one) for one in numbers]
    assert await world.ask(ReadBlocked()) == {}


async def reasons(world: World) -> list[str]:
    """How calls of the customer ended so far, with one more."""
    world.driver.call(NUMBER, CUSTOMER)
    await world.pass_time(10)
    return [str(event.reason) for event in world.events(InteractionEnded)]


@pytest.mark.parametrize("treatment", ["decline", "busy"])
def test_a_blocked_number_hears_nothing(treatment) -> None:
    async def story(world: World) -> None:
        done: list[object] = []
        do = world.driver.do
        world.driver.do = lambda instruction: (done.append(instruction), do(instruction))[1]  # type: ignore[method-assign]
        await block(world, BlockedNumber(number=CUSTOMER, treatment=treatment))
        assert await reasons(world) == ["blocked"]
        assert not world.events(PromptsStarted)
        first = next(one for one in done if isinstance(one, HangUpLeg))
        assert first.reason == ("busy" if treatment == "busy" else "declined")

    play(story)


def test_a_prompt_may_tell_why() -> None:
    async def story(world: World) -> None:
        await block(world, BlockedNumber(number="+7916", is_prefix=True, treatment="prompt", prompt="closed"))
        assert await reasons(world) == ["blocked"]
        assert [event.prompts for event in world.events(PromptsStarted)] == [("closed",)]

    play(story)


def test_a_block_ends_by_itself_and_is_read_anew_when_it_changes() -> None:
    async def story(world: World) -> None:
        soon = world.clock.now() + timedelta(seconds=5)
        await block(world, BlockedNumber(number=CUSTOMER, until=soon))
        assert await reasons(world) == ["blocked"]
        assert await reasons(world) == ["blocked"], "the second one waits in the queue"
        assert world.events(QueueRequested)
        await block(world, BlockedNumber(number=CUSTOMER))
        assert await reasons(world) == ["blocked", "blocked"]
        await block(world)
        assert await reasons(world) == ["blocked", "blocked"]

    play(story)


def test_a_whole_number_wins_over_its_beginning_and_the_longest_beginning_over_shorter_ones() -> None:
    past = BEGIN - timedelta(seconds=1)
    listed = Blocked(
        [
            BlockedNumber(number="+7916", is_prefix=True, reason="short"),
            BlockedNumber(number="+79161", is_prefix=True, reason="long"),
            BlockedNumber(number="+79162", is_prefix=True, reason="over", until=past),
            BlockedNumber(number="+79161234567", reason="whole"),
            BlockedNumber(number="+79162222222", reason="over", until=past),
        ]
    )

    def why(number: str, at: datetime = BEGIN) -> str:
        found = listed.find(number, at)
        return found.reason if found else ""

    assert [why(number) for number in ("+79161234567", "+79161234568", "+79162222222", "+7495", "")] == [
        "whole",
        "long",
        "short",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("given", "code", "place"),
    [
        ({"number": "12"}, "invalid_number", "number"),
        ({"number": "+79", "is_prefix": True}, "prefix_too_short", "number"),
        ({"number": "79x6", "is_prefix": True}, "invalid_number", "number"),
        ({"number": "9161234567", "treatment": "prompt", "prompt": "none"}, "unknown_prompt", "prompt"),
        ({"number": "9161234567", "until": BEGIN}, "too_small", "until"),
        ({"number": "9161234567", "reason": "x" * 251}, "text_too_long", "reason"),
    ],
)
def test_what_cannot_be_blocked_is_refused_with_its_place(given, code: str, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked(BlockedNumber(**given), "RU", BEGIN, frozenset({"closed"}))
    assert (refused.value.code, refused.value.place) == (code, place)


def test_any_form_of_a_number_becomes_one() -> None:
    tidy = checked(BlockedNumber(number="8 (916) 123-45-67", prompt="closed"), "RU", BEGIN, frozenset())
    assert (tidy.number, tidy.prompt) == ("+79161234567", "")
    assert checked(BlockedNumber(number="7 916", is_prefix=True), "RU", BEGIN, frozenset()).number == "+7916"
