"""Music of the house on a channel of Asterisk: round by round, and nothing of it over a talk or a prompt."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from otklik.channels.asterisk.address import AsteriskAddress
from otklik.channels.asterisk.ari import AriFailed
from otklik.channels.asterisk.deeds import Deeds
from otklik.channels.asterisk.legs import Hears, Leg, Memory
from otklik.channels.asterisk.tunes import rounds_of
from otklik.switchboard import instructions as told
from otklik.vocabulary.ids import LegId

pytestmark = pytest.mark.fast

LEG = LegId(7)
WALTZ = told.StartMusic(leg_id=LEG, prompts=("site/waltz", "site/tango"), locale="en")
MEDIA = ",".join(["sound:site/waltz,sound:site/tango"] * 6)
CHANNEL = Path("nowhere")


class Asked:
    """An Asterisk that does what it is asked, but for what it refuses."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str]] = []
        self.played: list[dict[str, Any]] = []
        self.refuses_play = False
        self.unknown: set[str] = set()

    async def request(self, method: str, path: str, parameters: Any = None, *, body: object = None) -> bytes:
        self.requests.append((method, path))
        if path in self.unknown:
            raise AriFailed(404, path)
        if path.endswith("/play"):
            if self.refuses_play:
                raise AriFailed(500, path)
            self.played.append(dict(parameters))
        return b""

    def since(self, count: int) -> list[tuple[str, str]]:
        return self.requests[count:]


class Scene:
    """One leg that hears nothing yet. `round` is how short the shortest round is that counts as heard."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self.asterisk = Asked()
        self.memory = Memory()
        self.leg = Leg(leg_id=LEG, channel_id="c1", role="customer", is_up=True)
        self.memory.keep(self.leg)
        self.deeds = Deeds(
            self.asterisk,  # type: ignore[arg-type]  # all of `Lines` that deeds use
            address=AsteriskAddress(
                url="", password="", spool=CHANNEL, control_socket=CHANNEL, message_log=CHANNEL
            ),
            tasks=tasks,
            memory=self.memory,
            tell=lambda _: None,
        )

    async def do(self, *given: told.ChannelInstruction) -> list[tuple[str, str]]:
        """What was asked of Asterisk because of it."""
        before = len(self.asterisk.requests)
        for one in given:
            self.deeds.do(one)
        await self.rest()
        return self.asterisk.since(before)

    async def round_over(self, name: str, *, seconds: float) -> list[tuple[str, str]]:
        before = len(self.asterisk.requests)
        self.leg.tune_since -= seconds
        self.deeds.play_on(self.leg, name)
        await self.rest()
        return self.asterisk.since(before)

    async def rest(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)


def play(story: Callable[[Scene], Awaitable[None]]) -> None:
    async def run() -> None:
        async with asyncio.TaskGroup() as tasks:
            await story(Scene(tasks))

    asyncio.run(run())


def test_it_is_played_again_and_again_and_begun_once() -> None:
    async def story(scene: Scene) -> None:
        assert await scene.do(WALTZ) == [("POST", "channels/c1/play")]
        assert scene.asterisk.played[0] == {"media": MEDIA, "lang": "en", "playbackId": "pb-7-tune1"}
        assert await scene.do(WALTZ) == []
        assert await scene.round_over("tune0", seconds=60) == [], "the end of an earlier round"
        for name in ("tune1", "tune2", "tune3", "tune0"):
            await scene.round_over(name, seconds=60)
        assert [one["playbackId"] for one in scene.asterisk.played] == [
            "pb-7-tune1", "pb-7-tune2", "pb-7-tune3", "pb-7-tune0", "pb-7-tune1",
        ]  # fmt: skip

    play(story)


@pytest.mark.parametrize(
    ("what", "then"),
    [
        (told.StopMusic(leg_id=LEG), []),
        (told.StartMusic(leg_id=LEG), [("POST", "channels/c1/moh")]),
        (told.StartMusic(leg_id=LEG, sound="ringing"), [("POST", "channels/c1/ring")]),
        (
            told.PlayPrompts(leg_id=LEG, playback="1-2-3", prompts=("closed",), locale="ru"),
            [("POST", "channels/c1/play")],
        ),
    ],
)
def test_whatever_comes_next_ends_it_first(
    what: told.ChannelInstruction, then: list[tuple[str, str]]
) -> None:
    async def story(scene: Scene) -> None:
        await scene.do(WALTZ)
        assert await scene.do(what) == [("DELETE", "playbacks/pb-7-tune1"), *then]
        assert await scene.round_over("tune1", seconds=60) == []

    play(story)


def test_a_new_engine_ends_what_an_earlier_one_began() -> None:
    async def story(scene: Scene) -> None:
        scene.leg.hears = Hears.UNKNOWN
        asked = await scene.do(WALTZ)
        assert rounds_of(scene.leg) == [f"pb-7-tune{number}" for number in range(4)]
        assert {("DELETE", f"playbacks/{name}") for name in rounds_of(scene.leg)} <= set(asked)
        assert asked[-1] == ("POST", "channels/c1/play")

    play(story)


@pytest.mark.parametrize("old", range(4))
def test_the_first_round_of_a_new_engine_has_not_the_name_of_one_that_is_ending(old: int) -> None:
    async def story(scene: Scene) -> None:
        scene.leg.hears = Hears.UNKNOWN
        scene.asterisk.unknown = set(map("playbacks/pb-7-tune{}".format, range(4)))
        scene.asterisk.unknown.remove(f"playbacks/pb-7-tune{old}")
        await scene.do(WALTZ)
        assert scene.asterisk.played[0]["playbackId"] == f"pb-7-tune{(old + 1) % 4}"

    play(story)


def test_the_late_end_of_what_an_earlier_engine_began_ends_nothing() -> None:
    """Told when the new engine has begun, ended (for the mark) and begun again."""

    async def story(scene: Scene) -> None:
        scene.leg.hears = Hears.UNKNOWN
        scene.asterisk.unknown = {f"playbacks/pb-7-tune{number}" for number in (0, 2, 3)}
        await scene.do(WALTZ)
        scene.deeds.mark_soon(scene.leg)
        await scene.rest()
        assert [one["playbackId"] for one in scene.asterisk.played] == ["pb-7-tune2", "pb-7-tune3"]
        assert await scene.round_over("tune1", seconds=0) == []
        assert await scene.round_over("tune2", seconds=0) == []
        assert scene.leg.hears is Hears.TUNE

    play(story)


def test_a_sound_that_cannot_be_played_gives_way_to_the_built_in_music() -> None:
    async def story(scene: Scene) -> None:
        await scene.do(WALTZ)
        assert await scene.round_over("tune1", seconds=0) == [("POST", "channels/c1/moh")]
        assert scene.leg.hears is Hears.MUSIC
        scene.asterisk.refuses_play = True
        assert (await scene.do(WALTZ))[-1] == ("POST", "channels/c1/moh")
        assert scene.leg.hears is Hears.MUSIC

    play(story)


def test_a_mark_that_is_written_anew_does_not_wait_for_the_end_of_a_round() -> None:
    async def story(scene: Scene) -> None:
        await scene.do(WALTZ)
        before = len(scene.asterisk.requests)
        scene.deeds.mark_soon(scene.leg)
        await scene.rest()
        assert scene.asterisk.since(before) == [
            ("DELETE", "playbacks/pb-7-tune1"),
            ("POST", "channels/c1/variable"),
            ("POST", "channels/c1/play"),
        ]

    play(story)
