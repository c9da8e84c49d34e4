"""The parts of the driver that need no Asterisk: objects pushed, causes, marks, log lines, files of an
instance."""

import asyncio
import struct
import wave
from datetime import timedelta
from pathlib import Path

import pytest

from otklik.acd.model import EndReason
from otklik.channels.asterisk import causes, control, legs, provisioning, survey, unattended
from otklik.channels.asterisk.ari import Bridge, Channel, Dialplan, Endpoint
from otklik.channels.asterisk.deeds import caller_id
from otklik.channels.asterisk.hearing import known_number
from otklik.channels.asterisk.install import AsteriskRoot
from otklik.channels.asterisk.instance import BadInstance, InstanceDescription, write_instance
from otklik.channels.asterisk.lines import Lines
from otklik.channels.asterisk.probe import read_capture
from otklik.switchboard import instructions as told
from otklik.vocabulary.ids import AgentId, InteractionId, LegId, SecretId, TrunkId

pytestmark = pytest.mark.fast


# --- what is pushed


def device(**changes: object) -> told.ProvisionDevice:
    fields = {"agent_id": AgentId(1), "login": "a1", "kind": "browser", "secret_id": SecretId(1), **changes}
    return told.ProvisionDevice(**fields)  # type: ignore[arg-type]


def trunk(**changes: object) -> told.ProvisionTrunk:
    fields = {"trunk_id": TrunkId(7), "name": "city", "kind": "address", "host": "203.0.113.5", **changes}
    return told.ProvisionTrunk(**fields)  # type: ignore[arg-type]


def fields_of(pushes: list[provisioning.Push], kind: str) -> dict[str, str]:
    return dict(next(push for push in pushes if push.kind == kind).fields)


def test_an_endpoint_comes_after_its_auth_and_aor() -> None:
    assert [push.kind for push in provisioning.device_pushes(device(), "s")] == ["auth", "aor", "endpoint"]


def test_a_device_reaches_only_the_context_that_asks_the_engine() -> None:
    for kind in ("browser", "sip"):
        endpoint = fields_of(provisioning.device_pushes(device(kind=kind), "s"), "endpoint")
        assert endpoint["context"] == "agents"
        assert endpoint["allow_transfer"] == "no"
        assert endpoint["identify_by"] == "username"
        assert (endpoint.get("webrtc") == "yes") is (kind == "browser")


def test_all_codecs_are_forbidden_before_some_are_allowed() -> None:
    names = [name for name, _ in provisioning.device_pushes(device(codecs=("opus", "alaw")), "s")[2].fields]

    assert names.index("disallow") < names.index("allow")


def test_a_phone_has_one_place_and_a_new_one_replaces_it() -> None:
    aor = fields_of(provisioning.device_pushes(device(), "s"), "aor")

    assert (aor["max_contacts"], aor["remove_existing"]) == ("1", "yes")


@pytest.mark.parametrize("login", ["", "trunk-7", "a b", "a;b", "../x", "a/b", "-a", "x" * 65])
def test_a_login_that_is_no_name_is_refused(login: str) -> None:
    with pytest.raises(provisioning.BadProvision, match="login"):
        provisioning.device_pushes(device(login=login), "s")


@pytest.mark.parametrize("secret", ["", "two\nlines"])
def test_a_secret_that_cannot_be_written_is_refused(secret: str) -> None:
    with pytest.raises(provisioning.BadProvision, match="secret"):
        provisioning.device_pushes(device(), secret)


def test_a_trunk_by_address_is_known_by_address_and_port() -> None:
    pushes = provisioning.trunk_pushes(trunk(port=5070), "")

    assert [push.kind for push in pushes] == ["aor", "endpoint", "identify"]
    assert "203.0.113.5:5070" in fields_of(pushes, "identify")["match"]
    assert fields_of(pushes, "endpoint")["context"] == "from-trunk"
    assert fields_of(pushes, "endpoint")["identify_by"] == "ip"


@pytest.mark.parametrize(
    ("host", "port", "seconds"),
    [("127.0.0.1", 0, "0"), ("127.0.0.1", 5070, "20"), ("203.0.113.5", 0, "20")],
)
def test_only_a_far_end_that_is_one_is_asked_for_its_state(host: str, port: int, seconds: str) -> None:
    """Phones of this machine and its network call in and are nobody's line that could be down."""
    pushes = provisioning.trunk_pushes(trunk(host=host, port=port), "")

    assert fields_of(pushes, "aor")["qualify_frequency"] == seconds


def test_a_trunk_by_registration_registers_with_its_name() -> None:
    pushes = provisioning.trunk_pushes(
        trunk(kind="registration", login="line1", secret_id=SecretId(2), from_domain="provider.example"), "s"
    )

    registration = fields_of(pushes, "registration")
    assert registration["server_uri"] == "sip:203.0.113.5:5060"
    assert registration["client_uri"] == "sip:line1@provider.example"
    assert registration["auth_rejection_permanent"] == "no"
    assert fields_of(pushes, "auth")["username"] == "line1"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"host": "a b"}, "host"), ({"host": ""}, "host"), ({"host": "x;y"}, "host"),
        ({"port": 70000}, "port"), ({"login": "a b"}, "login"), ({"from_domain": "a>b"}, "from_domain"),
        ({"codecs": ("al aw",)}, "codecs"),
    ],
)  # fmt: skip
def test_a_trunk_with_a_value_that_is_none_is_refused_by_field(
    changes: dict[str, object], field: str
) -> None:
    with pytest.raises(provisioning.BadProvision) as refused:
        provisioning.trunk_pushes(trunk(**changes), "s")

    assert refused.value.field == field


def test_the_fallback_dials_devices_at_once_and_only_clean_numbers() -> None:
    rule = told.SetFallback(logins=("a1", "bad&name", "b2"), trunk_id=TrunkId(7), number="+7 (495) 123-45-67")

    assert provisioning.fallback(rule) == "PJSIP/a1&PJSIP/b2&PJSIP/+74951234567@trunk-7"
    assert provisioning.fallback(told.SetFallback()) == ""


def test_rules_are_named_as_the_dialplan_reads_them() -> None:
    rules = told.SetNumberRules(
        unrecorded=frozenset({"+74951234567", "line.1"}),
        languages={"+74951234567": "en", "1000": "ru", "2000": "${SHELL(x)}"},
    )

    assert provisioning.number_rules(rules) == {
        "OTKLIK_NOREC_74951234567": "yes",
        "OTKLIK_NOREC_line1": "yes",
        "OTKLIK_LANGUAGE_74951234567": "en",
        "OTKLIK_LANGUAGE_1000": "ru",
    }


# --- why a leg did not come up


@pytest.mark.parametrize(
    ("cause", "reply", "reason"),
    [
        (17, 486, EndReason.BUSY), (21, 603, EndReason.BUSY), (1, 404, EndReason.INVALID_NUMBER),
        (28, 484, EndReason.INVALID_NUMBER), (21, 403, EndReason.CONGESTED), (34, 503, EndReason.CONGESTED),
        (27, 502, EndReason.CONGESTED), (38, 500, EndReason.CONGESTED), (19, 480, EndReason.NO_ANSWER),
        (19, 0, EndReason.NO_ANSWER), (16, 487, EndReason.CANCELLED), (58, 488, EndReason.MEDIA_FAILED),
        (0, 0, EndReason.CONGESTED),
    ],
)  # fmt: skip
def test_the_sip_reply_decides_the_outcome(cause: int, reply: int, reason: EndReason) -> None:
    assert causes.end_reason(cause, reply) is reason


# --- marks and surveys


def channel(identity: str, **changes: object) -> Channel:
    fields = {"id": identity, "name": f"PJSIP/trunk-7-{identity}", "state": "Up", **changes}
    return Channel(**fields)  # type: ignore[arg-type]


def test_a_mark_is_read_back_as_it_was_written() -> None:
    leg = legs.Leg(
        leg_id=LegId(5), channel_id="c", role="agent", interaction_id=InteractionId(9), agent_id=AgentId(3)
    )

    found = legs.read_mark(channel("c", channelvars={"OTKLIK_LEG": leg.mark}))

    assert found is not None
    assert (found.leg_id, found.role, found.interaction_id, found.agent_id) == (5, "agent", 9, 3)
    assert found.is_up


@pytest.mark.parametrize("mark", ["", "x", "agent/1/2", "agent/a/2/3", "a/1/2/3/4"])
def test_a_mark_that_is_none_is_none(mark: str) -> None:
    assert legs.read_mark(channel("c", channelvars={"OTKLIK_LEG": mark})) is None


def test_the_lead_of_a_recording_is_a_difference_of_asterisks_own_times() -> None:
    arrived = channel("1.5", channelvars={"OTKLIK_RAW": "1.5.raw", "OTKLIK_RAW_AT": "1795290804894"})

    found = legs.read_recording(arrived, Path("/spool"), "2026-11-21T19:53:25.394+0000")

    assert found is not None
    assert found.path == "/spool/1.5.raw"
    assert found.lead == timedelta(milliseconds=1_795_290_805_394 - 1_795_290_804_894)


def test_a_survey_tells_legs_arrivals_and_strangers_apart() -> None:
    waiting = Dialplan(app_name="Stasis", app_data="otklik,inbound,74951234567,2")
    marked = channel("a", channelvars={"OTKLIK_LEG": "customer/1/10/0"})
    agent = channel("leg-2", name="PJSIP/a1-1", state="Ringing", channelvars={"OTKLIK_LEG": "agent/2/10/4"})
    arrivals = [
        channel("late", dialplan=waiting, creationtime="2026-11-21T19:53:26"),
        channel("soon", dialplan=waiting, creationtime="2026-11-21T19:53:25"),
    ]
    elsewhere = channel("x", dialplan=Dialplan(app_name="Dial", app_data="PJSIP/a1"))
    lost = channel("leg-9")

    found = survey.survey_of(
        [marked, agent, *arrivals, elsewhere, lost],
        [Bridge(id="i10", channels=("a",), bridge_class="stasis"), Bridge(id="b", bridge_class="basic")],
        [
            Endpoint("a1", "PJSIP", "online"),
            Endpoint("trunk-7", "PJSIP", "online"),
            Endpoint("a2", "PJSIP", "offline"),
        ],
        known={},
        logins=["a1", "a2"],
        application="otklik",
    )

    seen = {leg.leg_id: leg for leg in found.survey.legs}
    assert (seen[LegId(1)].bridge, seen[LegId(1)].is_up) == ("i10", True)
    assert (seen[LegId(2)].is_ringing, seen[LegId(2)].agent_id) == (True, 4)
    assert [arrival.id for arrival in found.unseen] == ["soon", "late"]
    assert [stranger.id for stranger in found.strangers] == ["leg-9"]
    assert found.survey.bridges == ("i10",)
    assert found.survey.reachable == {"a1"}
    assert survey.arguments_of(arrivals[0]) == ("inbound", "74951234567", "2")


def test_an_arrival_that_the_journal_knows_is_no_other_call_though_its_engine_died_before_it_marked_it() -> (
    None
):
    waiting = Dialplan(app_name="Stasis", app_data="otklik,inbound,74951234567,2")
    arrivals = [channel("1.5", dialplan=waiting), channel("1.6", dialplan=waiting)]
    known = told.KnowArrival(leg_id=LegId(5), interaction_id=InteractionId(50), media_id="1.5")

    found = survey.survey_of(
        arrivals, [], [], known={}, logins=[], application="otklik", arrived={"1.5": known, "1.9": known}
    )

    assert [(leg.leg_id, leg.interaction_id, leg.role) for leg in found.survey.legs] == [(5, 50, "customer")]
    assert [leg.channel_id for leg in found.legs] == ["1.5"]
    assert [arrival.id for arrival in found.unseen] == ["1.6"]


# --- calls without an engine


DIVERTED = (
    "[2026-11-21 20:00:00.000] NOTICE[1][C-1] Ext. s:1 @ arrival: OTKLIK_DIVERTED channel=1.2 number=7495 "
    "from=+7916 arrived_ms=1000 at_ms=61000\n"
)
GAVE_UP = (
    DIVERTED.replace("DIVERTED", "UNATTENDED")
    .replace("at_ms", "gone_ms")
    .replace("1.2", "1.3")
    .replace("\n", " diverted=\n")
)


def test_lines_of_the_dialplan_are_read_once(tmp_path: Path) -> None:
    log = tmp_path / "messages.log"
    log.write_text("something else\n" + DIVERTED + GAVE_UP + GAVE_UP.replace("diverted=", "diverted=yes"))

    calls, place = unattended.read_new(log, None)
    again, _ = unattended.read_new(log, place)

    assert [(call.channel_id, call.is_diverted) for call in calls] == [("1.2", True), ("1.3", False)]
    assert calls[0].calling == "+7916"
    assert again == []


def test_a_line_that_is_still_being_written_is_read_the_next_time(tmp_path: Path) -> None:
    log = tmp_path / "messages.log"
    log.write_text(DIVERTED[:-20])
    calls, place = unattended.read_new(log, None)
    assert calls == []

    with log.open("a") as file:
        file.write(DIVERTED[-20:])

    assert len(unattended.read_new(log, place)[0]) == 1


def test_a_rotated_log_is_finished_before_the_new_one(tmp_path: Path) -> None:
    log = tmp_path / "messages.log"
    log.write_text("x\n")
    _, place = unattended.read_new(log, None)
    with log.open("a") as file:
        file.write(DIVERTED)
    log.rename(tmp_path / "messages.log.1")
    log.write_text(GAVE_UP)

    calls, _ = unattended.read_new(log, place)

    assert [call.channel_id for call in calls] == ["1.2", "1.3"]


def test_the_place_survives_in_a_file(tmp_path: Path) -> None:
    unattended.save_place(tmp_path / "place", unattended.Place(5, 77))

    assert unattended.load_place(tmp_path / "place") == unattended.Place(5, 77)
    assert unattended.load_place(tmp_path / "nothing") is None


# --- text of strangers


@pytest.mark.parametrize(
    ("name", "number", "result"),
    [
        ("Иван", "+7916", '"Иван" <+7916>'),
        ('x" <sip:evil>', "1", '"x sipevil" <1>'),
        ("", "+7916", '"+7916" <+7916>'),
        ("", "", '"" <anonymous>'),
        ("a\r\nVia: x", "1\r\n2", '"aVia x" <12>'),
    ],
)
def test_a_caller_id_cannot_break_out_of_its_field(name: str, number: str, result: str) -> None:
    assert caller_id(name, number) == result


def test_an_anonymous_caller_has_no_number_however_it_is_spelt() -> None:
    assert [known_number(word) for word in ("Anonymous", "", "restricted", " +7916 ")] == [
        "",
        "",
        "",
        "+7916",
    ]


def test_states_of_registrations_are_read_from_the_console() -> None:
    text = (
        " <Registration/ServerURI.....>  <Auth....>  <Status.......>\n====\n"
        " trunk-2/sip:127.0.0.1:5060     trunk-2     Registered        (exp. 109s)\n"
        " trunk-3/sip:127.0.0.1:5060     trunk-3     Rejected          (exp. 9s)\n"
    )

    assert control.read_registrations(text) == {"trunk-2": "registered", "trunk-3": "rejected"}


# --- an instance


ROOT = AsteriskRoot(folder=Path("/opt/root"), version="22.10.1", is_pinned=True, source="cache")


def description(folder: Path, **changes: object) -> InstanceDescription:
    fields = {
        "folder": folder, "ari_port": 21088, "ari_password": "abc-123", "sip_port": 21060, "rtp_first": 41000,
        "rtp_last": 41999, **changes,
    }  # fmt: skip
    return InstanceDescription(**fields)  # type: ignore[arg-type]


def test_an_instance_leaves_no_field_open_and_no_file_to_others(tmp_path: Path) -> None:
    launch = write_instance(description(tmp_path / "a"), ROOT)

    for file in (tmp_path / "a/etc").iterdir():
        text = file.read_text("utf-8")
        assert "@RUN@" not in text
        assert not [word for word in text.split() if word.startswith("@") and word.endswith("@")], file
        if file.suffix == ".conf":
            assert file.stat().st_mode & 0o077 == 0
    assert (tmp_path / "a").stat().st_mode & 0o077 == 0
    assert launch.umask == 0o077
    assert "--inhibit-cache" in launch.arguments
    assert "secret" not in " ".join(launch.arguments)
    assert "bindaddr = 127.0.0.1" in (tmp_path / "a/etc/http.conf").read_text()


def test_robots_get_a_dialplan_of_their_own(tmp_path: Path) -> None:
    write_instance(description(tmp_path / "r", role="robots", application="robots"), ROOT)

    text = (tmp_path / "r/etc/extensions.conf").read_text()
    assert "Stasis(robots,arrived,${EXTEN})" in text
    assert "MixMonitor" not in text


def test_no_context_dials_what_the_other_side_chose(tmp_path: Path) -> None:
    write_instance(description(tmp_path / "a"), ROOT)
    text = (tmp_path / "a/etc/extensions.conf").read_text()
    lines = [line for line in text.splitlines() if not line.startswith(";")]

    assert [line for line in lines if "Dial(" in line] == [" same => n,Dial(${OTKLIK_FALLBACK},60,m)"]
    assert not [line for line in lines if "System(" in line or "SHELL(" in line or "TrySystem" in line]


def test_the_external_address_stands_in_every_transport(tmp_path: Path) -> None:
    write_instance(description(tmp_path / "a", external_address="203.0.113.9"), ROOT)

    text = (tmp_path / "a/etc/pjsip.conf").read_text()
    assert text.count("external_media_address = 203.0.113.9") == 2
    assert "local_net = 192.168.0.0/16" in text


def test_a_long_path_moves_the_control_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 60) / ("y" * 60)
    described = description(deep)

    write_instance(described, ROOT)

    assert len(str(described.control_socket)) < 100
    assert described.control_folder.stat().st_mode & 0o077 == 0
    assert str(described.control_folder) in (deep / "etc/asterisk.conf").read_text()
    described.control_folder.rmdir()


@pytest.mark.parametrize(
    "changes",
    [
        {"ari_port": 0}, {"rtp_first": 42000}, {"ari_password": "a;b"}, {"ari_password": ""},
        {"external_address": "a b"}, {"local_networks": ("anything",)}, {"application": "x y"},
        {"sip_port": 70000},
    ],
)  # fmt: skip
def test_a_description_that_would_break_the_files_is_refused(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    with pytest.raises(BadInstance):
        write_instance(description(tmp_path / "a", **changes), ROOT)
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("sign", [";", ",", "$", "{", "'"])
def test_a_path_that_asterisk_cannot_read_is_refused(tmp_path: Path, sign: str) -> None:
    with pytest.raises(BadInstance):
        write_instance(description(tmp_path / f"a{sign}b"), ROOT)


def test_a_start_again_keeps_what_the_instance_has_collected(tmp_path: Path) -> None:
    write_instance(description(tmp_path / "a"), ROOT)
    (tmp_path / "a/spool/1.raw").write_bytes(b"x")

    write_instance(description(tmp_path / "a", language="en"), ROOT)

    assert (tmp_path / "a/spool/1.raw").exists()
    assert "defaultlanguage = en" in (tmp_path / "a/etc/asterisk.conf").read_text()


def test_nothing_here_is_a_sound_that_asterisk_cannot_read() -> None:
    # Its reader of WAV takes 16-bit PCM only, and skips everything else in silence.
    prompts = Path(__file__).resolve().parents[2] / "src/otklik/prompts"
    for file in prompts.rglob("*.wav"):
        with wave.open(str(file)) as sound:
            assert sound.getsampwidth() == 2


def captured(*messages: tuple[float, str], cut: int = 0) -> bytes:
    """A capture file as Asterisk's SIP logger writes it."""
    content = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for at, text in messages:
        packet = bytes(12) + b"\x08\x00" + bytes(20 + 8) + text.encode()
        content += struct.pack("<IIII", int(at), round(at % 1 * 1e6), len(packet), len(packet)) + packet
    return content[: len(content) - cut]


def test_messages_are_read_from_a_capture_and_a_half_one_is_left_out() -> None:
    asked = "OPTIONS sip:203.0.113.5:5060 SIP/2.0\r\nCall-ID: one\r\nCSeq: 7 OPTIONS\r\n\r\n"
    told = "SIP/2.0 404 Nobody\x07 here\r\ni: one\r\nCSeq: 7 OPTIONS\r\n\r\nbody"

    whole = list(read_capture(captured((100.5, asked), (100.75, told))))
    half = list(read_capture(captured((100.5, asked), (100.75, told), cut=1)))

    assert [message.status for message in whole] == [0, 404]
    assert whole[1].words == "404 Nobody here"
    assert whole[1].headers["call-id"] == "one"
    assert whole[1].at - whole[0].at == pytest.approx(0.25)
    assert half == whole[:1]
    assert list(read_capture(b"")) == []


# --- lines


class Line:
    """Stands for a connection: answers when it is told to."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()
        self.asked: list[str] = []
        self._waiting: list[asyncio.Future[bytes]] = []

    @property
    def under_way(self) -> int:
        return len(self._waiting)

    async def request(
        self, method: str, path: str, parameters: object = None, *, body: object = None
    ) -> bytes:
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.asked.append(f"{method} {path}")
        self._waiting.append(answer)
        return await answer

    def answer(self) -> None:
        self._waiting.pop(0).set_result(b"")


async def test_a_request_waits_for_no_other_while_a_line_is_free() -> None:
    first, second = Line(), Line()
    lines = Lines([first, second])  # type: ignore[list-item]

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(lines.request("POST", "channels/a/play"))
        tasks.create_task(lines.request("POST", "channels"))
        await asyncio.sleep(0)
        assert (first.asked, second.asked) == (["POST channels/a/play"], ["POST channels"])

        second.answer()
        await asyncio.sleep(0)
        tasks.create_task(lines.request("DELETE", "channels/b"))
        await asyncio.sleep(0)
        assert second.asked[1:] == ["DELETE channels/b"], "it waits behind a prompt that plays"
        first.answer()
        second.answer()


async def test_the_loss_of_one_line_is_told() -> None:
    first, second = Line(), Line()
    waiting = asyncio.create_task(Lines([first, second]).until_lost())  # type: ignore[list-item]
    await asyncio.sleep(0)
    assert not waiting.done()

    second.lost.set()

    await asyncio.wait_for(waiting, 1)
