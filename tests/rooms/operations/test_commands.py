"""The command line: names that others script, exit codes, and words in both languages."""

import json

import pytest
from click.testing import CliRunner

from otklik.cli import main
from otklik.operations import console, texts
from otklik.settings import Settings

pytestmark = pytest.mark.fast


def run(*words: str, environment: dict[str, str] | None = None):
    """Call the command line."""
    return CliRunner().invoke(main, list(words), env=environment)


def test_names_that_scripts_rely_on_are_there():
    listed = run("--help").output

    for name in ("serve", "selftest", "report", "token", "doctor", "settings", "certificate", "migrate"):
        assert f"  {name} " in listed
    for kind in ("intervals", "days", "agents"):
        assert kind in run("report", "--help").output


def test_unknown_setting_ends_with_its_name_and_code_two(tmp_path):
    done = run("settings", "--home", str(tmp_path), environment={"OTKLIK_PROT": "1", "LC_ALL": "ru_RU.UTF-8"})

    assert done.exit_code == 2
    assert "OTKLIK_PROT" in done.output
    assert "настройками" in done.output


@pytest.mark.parametrize(
    "words",
    [
        ["selftest", "--json"],
        ["report", "days", "--from", "2026-11-01", "--to", "2026-11-02"],
        ["token", "create", "--role", "agent"],
        ["migrate"],
        ["replay", "--day", "2026-11-01"],
    ],
)
def test_command_that_needs_a_running_centre_says_so(tmp_path, words):
    done = run(*words, "--home", str(tmp_path), environment={"LC_ALL": "C"})

    assert done.exit_code == 1
    assert str(tmp_path) in done.output
    assert "Traceback" not in done.output


def test_settings_are_shown_with_their_source(tmp_path):
    done = run("settings", "--home", str(tmp_path), "--json", environment={"OTKLIK_PORT": "9100"})

    rows = {row["name"]: row for row in json.loads(done.output)}
    assert rows["port"]["value"] == "9100"
    assert rows["port"]["source"] == "environment"
    assert rows["home"]["source"] == "option"
    assert all(row["meaning"] for row in rows.values())


def test_migrating_without_a_database_fails(tmp_path):
    done = run(
        "migrate",
        "--home",
        str(tmp_path),
        environment={"OTKLIK_DATABASE_URL": "postgresql://me:x@127.0.0.1:1/otklik"},
    )

    assert done.exit_code != 0


@pytest.mark.parametrize("language", ["en", "ru"])
def test_start_tells_addresses_log_ins_number_and_how_to_stop(tmp_path, capsys, language):
    settings = Settings(home=tmp_path, port=8700, sip_port=5060, public_host="centre.example")
    teller = console.ConsoleTeller(language, tmp_path / "sign-ins.json")
    seeded = {
        "sign_ins": [{"login": "admin", "password": "correct-horse", "name": "Администратор"}],
        "numbers": [{"number": "100", "name": "starter"}],
    }

    teller.ready(settings=settings, seconds=3.21, adopted=["postgres"], seeded=seeded)

    said = capsys.readouterr().out
    for words in (
        "http://localhost:8700",
        "https://centre.example:8701",
        "authority.pem",
        "admin",
        "correct-horse",
        "sip:100@",
        ":5060",
        "Ctrl-C",
        "postgres",
        "3.2",
    ):
        assert words in said
    assert json.loads((tmp_path / "sign-ins.json").read_text()) == seeded["sign_ins"]
    assert (tmp_path / "sign-ins.json").stat().st_mode & 0o777 == 0o600


def test_simulator_says_that_there_is_nothing_to_call(tmp_path, capsys):
    settings = Settings(home=tmp_path, channel="simulator")

    console.ConsoleTeller("en").ready(settings=settings, seconds=1.0, adopted=[], seeded={"numbers": [{}]})

    said = capsys.readouterr().out
    assert "simulator" in said
    assert "sip:" not in said


def test_long_download_is_told_every_two_seconds_and_a_short_one_not_at_all(capsys, monkeypatch):
    moment = [100.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: moment[0])
    teller = console.ConsoleTeller("en")

    teller.step("asterisk_download", done_bytes=0, total_bytes=400_000)
    for done in range(0, 40_000_000, 1_000_000):
        teller.step("asterisk_download", done_bytes=done, total_bytes=40_000_000)
        moment[0] += 0.5

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 9
    assert "4.0 of 40.0 MB" in lines[0]


def test_centre_goes_on_when_its_listener_has_gone(monkeypatch):
    def broken(*words: object, **facts: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(console.click, "echo", broken)

    console.ConsoleTeller("en").step("child_died", child="web", pause_seconds=0)


def test_every_step_and_refusal_has_words():
    from pathlib import Path
    from re import findall

    folder = Path(console.__file__).parent
    source = "".join((folder / f"{name}.py").read_text() for name in ("starting", "supervisor", "launcher"))
    silent = {"asterisk_waiting", "ready"}
    steps = set(findall(r'\.step\(\s*"(\w+)"', source)) - silent
    refusals = set(findall(r'StartRefused\(\s*"(\w+)"', source))
    assert len(steps) > 6
    assert len(refusals) > 4

    for language in ("en", "ru"):
        assert {step for step in steps if not texts.has(language, f"serve.{step}")} == set()
        assert {code for code in refusals if not texts.has(language, f"refused.{code}")} == set()


@pytest.mark.parametrize(("is_demo", "promises"), [(False, True), (True, False)])
def test_only_where_passwords_are_changed_the_first_start_says_so(tmp_path, capsys, is_demo, promises):
    settings = Settings(home=tmp_path, channel="simulator", demo=is_demo)
    seeded = {"sign_ins": [{"login": "admin", "password": "correct-horse", "name": "Admin"}]}

    console.ConsoleTeller("en").ready(settings=settings, seconds=1.0, adopted=[], seeded=seeded)

    said = capsys.readouterr().out
    assert "correct-horse" in said
    assert ("changed at the first sign-in" in said) is promises
