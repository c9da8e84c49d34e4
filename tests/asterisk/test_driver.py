"""What only a real Asterisk shows: calls without an engine, strangers at the door, trunks, and fencing."""

import asyncio
import re
import socket
import time
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from otklik.channels.asterisk.ari import Ari
from otklik.channels.asterisk.control import run_command
from otklik.channels.asterisk.install import needed_modules
from otklik.switchboard import instructions as told
from otklik.switchboard import signals as tell
from otklik.vocabulary.ids import SecretId, TrunkId
from tests.asterisk.bench import SECRETS, AsteriskBench
from tests.asterisk.pair import AGENT, MUSIC, PROMPT, Pair, Party
from tests.contracts.suite import adopted, new_leg, ring

pytestmark = pytest.mark.asterisk


def do(bench: AsteriskBench, *instructions: told.ChannelInstruction) -> None:
    for instruction in instructions:
        bench.driver.do(instruction)


# --- without an engine


async def test_without_an_engine_the_caller_is_asked_to_wait_and_then_hears_music(
    bench: AsteriskBench,
) -> None:
    await bench.stop_driver()

    customer = await bench.call("74951234567", "+79161234567")

    await customer.hears_only(PROMPT)
    await customer.hears_only(MUSIC)


async def test_an_engine_that_stops_gives_back_what_it_has_not_taken(bench: AsteriskBench) -> None:
    """Its journal could not be written, say: the caller must not ring for as long as that lasts."""
    customer = await bench.call("74951234567", "+79160000004")
    await bench.inbox.wait(tell.LegArrived, calling="+79160000004")

    await bench.stop_driver()

    await customer.hears_only(PROMPT)
    await customer.hears_only(MUSIC)
    bench.inbox.signals.clear()
    await bench.start_driver()
    arrived = await bench.inbox.wait(tell.LegArrived, calling="+79160000004")
    assert arrived.tries > 0


async def test_after_long_absence_the_call_goes_to_the_fallback_and_is_told(bench: AsteriskBench) -> None:
    do(bench, told.SetFallback(logins=("a1", "a2")))
    await asyncio.sleep(0.3)
    await bench.stop_driver()
    customer = await bench.call("74951234567", "+79160000003")
    await bench.world.until(lambda: "a1" in bench.world.calls_by_login, lambda: "nobody rings", 20)
    bench.phone("a1").answer()
    await customer.hears_only(AGENT)
    await asyncio.sleep(1)
    bench.inbox.signals.clear()

    await bench.start_driver()

    diverted = await bench.inbox.wait(tell.CallDiverted)
    assert diverted.calling == "+79160000003"
    assert diverted.number_called == "74951234567"
    assert timedelta(seconds=1) < diverted.ago < timedelta(seconds=20)
    assert not bench.inbox.of(tell.LegArrived, calling="+79160000003")
    await customer.hears_only(AGENT)


async def test_a_caller_who_gives_up_while_no_engine_is_there_is_told_once(bench: AsteriskBench) -> None:
    await bench.stop_driver()
    customer = await bench.call("74951234567", "+79160000001")
    await customer.hears_only(MUSIC, seconds=12)
    customer.hang_up()
    await customer.is_gone()
    await asyncio.sleep(0.3)
    bench.inbox.signals.clear()

    await bench.start_driver()

    arrived = await bench.inbox.wait(tell.LegArrived, calling="+79160000001")
    assert arrived.tries > 0
    await bench.inbox.wait(tell.LegEnded, leg_id=arrived.leg_id)
    do(bench, *adopted(arrived))
    await asyncio.sleep(1.2)
    bench.driver.request_survey()
    await bench.inbox.wait(tell.ChannelRestored, nth=2)
    await asyncio.sleep(0.3)
    assert len(bench.inbox.of(tell.LegArrived)) == 1
    await bench.stop_driver()
    bench.inbox.signals.clear()
    await bench.start_driver()
    await bench.inbox.wait(tell.ChannelRestored)
    await asyncio.sleep(0.5)
    assert not bench.inbox.of(tell.LegArrived)


async def test_a_call_that_waited_is_taken_and_not_told_again(bench: AsteriskBench) -> None:
    await bench.stop_driver()
    customer = await bench.call("74951234567", "+79160000002")
    await customer.hears_only(MUSIC, seconds=12)
    bench.inbox.signals.clear()
    await bench.start_driver()
    arrived = await bench.inbox.wait(tell.LegArrived, calling="+79160000002")
    do(bench, *adopted(arrived), told.StopMusic(leg_id=arrived.leg_id))
    await customer.hears_only()

    customer.hang_up()

    await bench.inbox.wait(tell.LegEnded, leg_id=arrived.leg_id)
    bench.driver.request_survey()
    await bench.inbox.wait(tell.ChannelRestored, nth=2)
    await asyncio.sleep(0.5)
    assert len(bench.inbox.of(tell.LegArrived)) == 1


async def test_a_ringing_phone_outlives_the_driver_and_its_answer_is_told(bench: AsteriskBench) -> None:
    _, arrived = await arrive_and_adopt(bench)
    leg = new_leg()
    do(bench, ring(leg))
    await bench.inbox.wait(tell.LegRinging, leg_id=leg)
    await bench.stop_driver()
    bench.inbox.signals.clear()

    await bench.start_driver()

    restored = await bench.inbox.wait(tell.ChannelRestored)
    seen = {one.leg_id: one for one in restored.survey.legs}
    assert (seen[leg].is_ringing, seen[leg].is_up, seen[leg].agent_id) == (True, False, 1)
    assert seen[arrived.leg_id].is_up
    bench.phone("a1").answer()
    await bench.inbox.wait(tell.LegAnswered, leg_id=leg)
    do(bench, told.HangUpLeg(leg_id=leg))
    ended = await bench.inbox.wait(tell.LegEnded, leg_id=leg)
    assert ended.cause == 16


async def test_an_answer_without_an_engine_ends_the_leg_and_leaves_no_ghost(bench: AsteriskBench) -> None:
    """Nobody could put the agent beside his customer; the offer is made again when an engine is there."""
    customer, arrived = await arrive_and_adopt(bench)
    do(bench, told.StartMusic(leg_id=arrived.leg_id))
    await customer.hears_only(MUSIC)
    leg = new_leg()
    do(bench, ring(leg))
    await bench.inbox.wait(tell.LegRinging, leg_id=leg)
    await bench.stop_driver()
    bench.phone("a1").answer()
    await bench.phone("a1").is_quiet()
    bench.inbox.signals.clear()

    await bench.start_driver()

    restored = await bench.inbox.wait(tell.ChannelRestored)
    assert [one.leg_id for one in restored.survey.legs] == [arrived.leg_id]
    await customer.hears_only(MUSIC)


async def test_a_phone_that_comes_back_from_elsewhere_is_told_as_registered(bench: AsteriskBench) -> None:
    """A reloaded page or another network: the new place replaces the old one."""
    world = bench.world
    port = bench.pair.centre.description.sip_port
    await world.put(
        "registration", "a1-again", transport="udp", outbound_auth="a1", server_uri=f"sip:127.0.0.1:{port}",
        client_uri=f"sip:a1@127.0.0.1:{port}", contact_user="a1-again", expiration=120,
        max_random_initial_delay=0,
    )  # fmt: skip

    await bench.inbox.wait(tell.DeviceRegistered, login="a1", nth=2)

    await asyncio.sleep(0.3)
    told_last = [
        one for one in bench.inbox.signals if isinstance(one, tell.DeviceRegistered | tell.DeviceUnregistered)
    ]
    assert isinstance(told_last[-1], tell.DeviceRegistered)
    assert not bench.inbox.of(tell.DeviceUnregistered)
    await world.try_to("DELETE", "asterisk/config/dynamic/res_pjsip/registration/a1-again")


# --- fencing


async def test_a_second_engine_stops_the_first(bench: AsteriskBench) -> None:
    address = bench.pair.centre.description.address
    second = Ari(
        address.url, application=address.application, password=address.password, on_event=lambda _event: None
    )

    await second.connect()

    await bench.world.until(lambda: bench.replaced == 1, lambda: "the first engine goes on")
    assert not (await bench.driver.health()).is_up
    await asyncio.sleep(1.5)
    assert not second.lost.is_set(), "the first engine took the application back"
    await second.close()


# --- strangers


def say(port: int, text: str) -> str:
    """Send one SIP request from a port that nobody knows, and return the answer's first line."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.settimeout(3)
        own = stranger.getsockname()[1]
        stranger.sendto(
            text.replace("OWN", f"127.0.0.1:{own}").replace("\n", "\r\n").encode(), ("127.0.0.1", port)
        )
        return stranger.recv(4096).decode().splitlines()[0]


def request(method: str, whom: str, *, more: str = "", sender: str = "100") -> str:
    word = time.monotonic_ns()
    return (
        f"{method} sip:{whom}@127.0.0.1 SIP/2.0\n"
        f"Via: SIP/2.0/UDP OWN;rport;branch=z9hG4bK{word}\n"
        f"From: <sip:{sender}@127.0.0.1>;tag={word}\n"
        f"To: <sip:{whom}@127.0.0.1>\n"
        f"Call-ID: {word}\n"
        f"CSeq: 1 {method}\n"
        f"Contact: <sip:{sender}@OWN>\n"
        f"Max-Forwards: 70\n{more}"
        "Content-Length: 0\n\n"
    )


@pytest.mark.parametrize("sender", ["100", "a1", "trunk-1", "anonymous"])
@pytest.mark.parametrize("method", ["INVITE", "REGISTER", "OPTIONS"])
async def test_a_scanner_gets_401_and_no_channel(bench: AsteriskBench, method: str, sender: str) -> None:
    port = bench.pair.centre.description.sip_port
    log = bench.pair.centre.description.security_log
    before = len(log.read_text("utf-8"))

    for whom in ("00972595155", "trunk-1", "a1"):
        answer = await asyncio.to_thread(say, port, request(method, whom, sender=sender))
        assert answer.split()[1] == "401", answer

    assert not bench.inbox.of(tell.LegArrived)
    assert not bench.inbox.of(tell.DeviceDialed)
    if sender == "100":
        # What fail2ban matches: the event and the sender's address.
        line = re.compile(
            r'SecurityEvent="(InvalidAccountID|ChallengeResponseFailed)".*RemoteAddress="IPV4/UDP/127'
        )
        await bench.world.until(
            lambda: line.search(log.read_text("utf-8")[before:]) is not None,
            lambda: log.read_text("utf-8")[before:],
        )


async def test_malformed_sip_does_no_harm(bench: AsteriskBench) -> None:
    port = bench.pair.centre.description.sip_port
    garbage = [
        b"\0" * 100, b"INVITE\r\n\r\n", b"INVITE sip:1@127.0.0.1 SIP/2.0\r\n" + b"Via: " * 500 + b"\r\n\r\n",
        b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP x;branch=\r\n\r\n", bytes(range(256)) * 8,
        request("INVITE", "1", more="Content-Length: -5\n").replace("\n", "\r\n").encode(),
        request("INVITE", "1" * 3000).replace("\n", "\r\n").encode(),
    ]  # fmt: skip
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for datagram in garbage:
            stranger.sendto(datagram, ("127.0.0.1", port))

    await asyncio.sleep(0.5)
    await bench.call("74951234567", "+79161234567")
    await bench.inbox.wait(tell.LegArrived)
    assert len(bench.inbox.of(tell.LegArrived)) == 1


async def test_a_wrong_password_registers_nobody(bench: AsteriskBench) -> None:
    await bench.world.register("a2", "wrong")

    log = bench.pair.centre.description.security_log
    await bench.world.until(
        lambda: 'SecurityEvent="ChallengeResponseFailed"' in log.read_text("utf-8"),
        lambda: "no line in the log",
    )
    assert not bench.inbox.of(tell.DeviceRegistered, login="a2")


async def test_a_device_cannot_call_past_the_engine(bench: AsteriskBench) -> None:
    await bench.stop_driver()

    party = await bench.world.dial("a1", "+79161234567")

    await party.is_gone()
    assert not bench.world.far_ends
    await bench.start_driver()


# --- trunks and provisioning


async def test_a_trunk_by_registration_comes_up_and_its_calls_arrive(bench: AsteriskBench) -> None:
    await provide_registrar(bench, "provider-secret")
    do(bench, registered_trunk(bench))

    await bench.inbox.wait(tell.TrunkChanged, trunk_id=TrunkId(2), state="up", seconds=15)
    health = await bench.driver.health()
    assert health.trunks["2"] == "up"
    await call_by_provider(bench)
    arrived = await bench.inbox.wait(tell.LegArrived, trunk_id=TrunkId(2))
    assert arrived.calling == "+79161234567"

    do(bench, told.HangUpLeg(leg_id=arrived.leg_id), told.RemoveTrunk(trunk_id=TrunkId(2)))
    await bench.world.until(lambda: "2" not in bench.driver.trunk_states, lambda: "the trunk is still there")


async def test_a_rejected_registration_is_told(bench: AsteriskBench) -> None:
    await provide_registrar(bench, "another-secret")
    do(bench, registered_trunk(bench))

    await bench.inbox.wait(tell.TrunkChanged, trunk_id=TrunkId(2), state="rejected", seconds=15)


async def test_a_trunk_whose_far_end_is_silent_is_down(bench: AsteriskBench) -> None:
    do(bench, told.ProvisionTrunk(trunk_id=TrunkId(3), name="dead", kind="address", host="127.0.0.1", port=9))

    await bench.inbox.wait(tell.TrunkChanged, trunk_id=TrunkId(3), state="down", seconds=15)


async def test_a_trunk_that_cannot_be_set_up_is_rejected_with_the_field(bench: AsteriskBench) -> None:
    do(bench, told.ProvisionTrunk(trunk_id=TrunkId(4), name="bad", kind="address", host="a b;c", port=5060))

    changed = await bench.inbox.wait(tell.TrunkChanged, trunk_id=TrunkId(4))
    assert (changed.state, changed.detail) == ("rejected", "host")
    await asyncio.sleep(6)  # a look at all trunks in between
    assert bench.driver.trunk_states["4"] == "rejected"
    await bench.call("74951234567", "+79161234567")
    await bench.inbox.wait(tell.LegArrived)


async def test_a_trunk_that_moves_is_called_at_its_new_address(bench: AsteriskBench) -> None:
    far = bench.pair.outside.description.sip_port
    trunk = told.ProvisionTrunk(trunk_id=TrunkId(5), name="moving", kind="address", host="127.0.0.1", port=9)
    do(bench, trunk)
    await bench.inbox.wait(tell.TrunkChanged, trunk_id=TrunkId(5), state="down", seconds=15)

    do(bench, msgspec.structs.replace(trunk, port=far))

    await bench.inbox.wait(tell.TrunkChanged, trunk_id=TrunkId(5), state="up", seconds=15)
    contacts = await run_command(bench.pair.centre.description.control_socket, "pjsip show contacts")
    assert contacts.count("trunk-5/") == 1


async def test_a_device_that_is_removed_cannot_ring_or_register(bench: AsteriskBench) -> None:
    do(bench, told.RemoveDevice(login="a1"))
    await asyncio.sleep(0.5)
    leg = new_leg()
    do(bench, ring(leg))

    await bench.inbox.wait(tell.LegFailed, leg_id=leg)


async def test_a_changed_device_keeps_its_registration_and_can_unregister(bench: AsteriskBench) -> None:
    wanted = [
        msgspec.structs.replace(one, codecs=("ulaw",)) if isinstance(one, told.ProvisionDevice) else one
        for one in bench.wanted()
    ]
    bench.driver.provision(wanted)
    await asyncio.sleep(0.5)
    leg = new_leg()
    await bench.world.put("endpoint", "centre", allow="!all,ulaw,alaw")
    do(bench, ring(leg))
    await bench.inbox.wait(tell.LegRinging, leg_id=leg)
    do(bench, told.HangUpLeg(leg_id=leg))

    bench.phone("a1").unregister()

    await bench.inbox.wait(tell.DeviceUnregistered, login="a1")


async def test_an_engine_that_returns_pushes_nothing_again(bench: AsteriskBench) -> None:
    await bench.stop_driver()
    bench.inbox.signals.clear()
    # Asterisk grumbles about one outdated option each time an endpoint is pushed again.
    before = bench.pair.centre.console().count("stir_shaken")
    await bench.start_driver()

    restored = await bench.inbox.wait(tell.ChannelRestored)

    assert "a1" in restored.survey.reachable
    assert bench.pair.centre.console().count("stir_shaken") == before


async def test_a_rule_that_is_no_longer_wanted_is_taken_back_by_the_next_engine(bench: AsteriskBench) -> None:
    do(bench, told.SetNumberRules(unrecorded=frozenset({"74951234567"})))
    await asyncio.sleep(0.3)
    await bench.stop_driver()
    bench.inbox.signals.clear()
    await bench.start_driver()
    await bench.inbox.wait(tell.ChannelRestored)

    await bench.call("74951234567", "+79161234567")

    arrived = await bench.inbox.wait(tell.LegArrived)
    assert arrived.recording is not None


async def test_a_trunk_can_be_tested_at_once(bench: AsteriskBench) -> None:
    do(bench, told.ProvisionTrunk(trunk_id=TrunkId(3), name="dead", kind="address", host="127.0.0.1", port=9))
    await bench.inbox.wait(tell.TrunkChanged, trunk_id=TrunkId(3), seconds=15)

    good = await bench.driver.check_trunk(TrunkId(1))
    bad = await bench.driver.check_trunk(TrunkId(3))

    assert (good.state, good.answers) == ("up", True)
    assert 0 < good.round_trip_ms < 1000
    assert (bad.state, bad.answers, bad.detail) == ("down", False, "timeout")
    assert not list(bench.pair.centre.description.control_socket.parent.glob("*.pcap"))


async def test_a_provider_that_refuses_us_is_told_in_its_own_words(bench: AsteriskBench) -> None:
    await provide_registrar(bench, "another-secret")
    do(bench, registered_trunk(bench))
    await bench.inbox.wait(tell.TrunkChanged, trunk_id=TrunkId(2), state="rejected", seconds=15)

    refused = await bench.driver.check_trunk(TrunkId(2))
    await provide_registrar(bench, "provider-secret")
    taken = await bench.driver.check_trunk(TrunkId(2))

    assert (refused.state, refused.answers, refused.detail) == ("rejected", True, "401 Unauthorized")
    assert (taken.state, taken.answers, taken.detail) == ("up", True, "")


async def test_a_far_end_that_died_a_moment_ago_is_found_out_by_the_test(bench: AsteriskBench) -> None:
    far_end = FarEndOfTests()
    port = await far_end.open("SIP/2.0 503 Night rest until 7:00")
    do(
        bench,
        told.ProvisionTrunk(trunk_id=TrunkId(4), name="pbx", kind="address", host="127.0.0.1", port=port),
    )
    await bench.inbox.wait(tell.TrunkChanged, trunk_id=TrunkId(4), state="up", seconds=15)

    living = await bench.driver.check_trunk(TrunkId(4))
    far_end.close()
    dead = await bench.driver.check_trunk(TrunkId(4))

    assert (living.state, living.answers, living.detail) == ("up", True, "503 Night rest until 7:00")
    assert (dead.state, dead.answers, dead.detail) == ("down", False, "timeout")


async def test_when_recording_is_not_allowed_calls_go_on_without(bench: AsteriskBench) -> None:
    _, arrived = await arrive_and_adopt(bench)
    assert arrived.recording is not None
    await asyncio.sleep(2)

    bench.driver.allow_recording(False)

    await asyncio.sleep(1.5)
    size = Path(arrived.recording.path).stat().st_size
    assert size > 0
    await asyncio.sleep(2)
    assert Path(arrived.recording.path).stat().st_size == size
    assert not bench.inbox.of(tell.LegEnded)
    await bench.call("74951234567", "+79160000005")
    second = await bench.inbox.wait(tell.LegArrived, calling="+79160000005")
    assert second.recording is None
    bench.driver.allow_recording(True)
    await asyncio.sleep(0.5)
    await bench.call("74951234567", "+79160000006")
    third = await bench.inbox.wait(tell.LegArrived, calling="+79160000006")
    assert third.recording is not None


async def arrive_and_adopt(bench: AsteriskBench) -> tuple[Party, tell.LegArrived]:
    customer = await bench.call("74951234567", "+79161234567")
    arrived = await bench.inbox.wait(tell.LegArrived)
    do(bench, *adopted(arrived))
    return customer, arrived


# --- the process itself


async def test_every_module_runs_and_nothing_is_complained_of(pair: Pair, bench: AsteriskBench) -> None:
    address = pair.centre.description.address
    found = await run_command(address.control_socket, "module show")
    running = {line.split()[0] for line in found.splitlines() if " Running " in line}

    assert set(needed_modules()) <= running
    before_any_call = pair.centre.console().partition("Asterisk Ready.")[0]
    assert "ERROR" not in before_any_call
    assert "WARNING" not in before_any_call
    for forbidden in ("res_pjsip_refer.so", "app_system.so", "func_shell.so", "pbx_spool.so", "manager.so"):
        assert forbidden not in found


async def test_only_loopback_is_served_over_http(pair: Pair) -> None:
    text = await run_command(pair.centre.description.control_socket, "http show status")

    assert f"127.0.0.1:{pair.centre.description.ari_port}" in text
    assert "0.0.0.0" not in text


class FarEndOfTests(asyncio.DatagramProtocol):
    """A far end that gives the same answer to everything."""

    async def open(self, first_line: str) -> int:
        """Gives its port."""
        self._first_line = first_line
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        return int(self._transport.get_extra_info("sockname")[1])

    def close(self) -> None:
        self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        kept = [
            line
            for line in data.decode().split("\r\n")
            if line.partition(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq")
        ]
        answer = "\r\n".join((self._first_line, *kept, "Content-Length: 0", "", ""))
        self._transport.sendto(answer.encode(), addr)


async def provide_registrar(bench: AsteriskBench, secret: str) -> None:
    """The far end becomes a provider that lets `otklik-line` register with this secret."""
    world = bench.world
    await world.put("auth", "otklik-line", auth_type="digest", username="otklik-line", password=secret)
    await world.put("aor", "otklik-line", max_contacts=1, remove_existing="yes")
    await world.put(
        "endpoint",
        "otklik-line",
        context="from-trunk",
        auth="otklik-line",
        aors="otklik-line",
        disallow="all",
        allow="alaw",
        identify_by="username",
        direct_media="no",
    )


def registered_trunk(bench: AsteriskBench) -> told.ProvisionTrunk:
    SECRETS[SecretId(3)] = "provider-secret"
    return told.ProvisionTrunk(
        trunk_id=TrunkId(2), name="provider", kind="registration", host="127.0.0.1",
        port=bench.pair.outside.description.sip_port, login="otklik-line", secret_id=SecretId(3),
    )  # fmt: skip


async def call_by_provider(bench: AsteriskBench) -> None:
    await bench.world.ari.request(
        "POST",
        "channels",
        {
            "endpoint": "PJSIP/otklik-line",
            "app": "outside",
            "appArgs": "provider",
            "channelId": "by-provider",
            "callerId": '"" <+79161234567>',
            "timeout": 30,
        },
    )


async def test_a_customer_is_taken_up_after_the_ring_and_though_it_hangs(bench: AsteriskBench) -> None:
    """The ring's request goes first; one that is not answered holds nobody up."""
    await bench.call("74951234567", "+79161234567")
    arrived = await bench.inbox.wait(tell.LegArrived)
    deeds = bench.driver._hearing.deeds
    assert deeds is not None
    hanging: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    deeds._rings.add(hanging)

    do(bench, *adopted(arrived))

    await bench.inbox.wait(tell.LegAnswered, leg_id=arrived.leg_id)
    deeds._rings.discard(hanging)
