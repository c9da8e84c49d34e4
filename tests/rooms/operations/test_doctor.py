"""The doctor finds what is in the way, and has words and a fix for it in both languages."""

import json
import re
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from otklik.cli import main
from otklik.operations import certificates, doctor, launcher, texts
from otklik.organization.problems import SettingsProblem
from otklik.settings import Settings

pytestmark = pytest.mark.fast


@pytest.fixture
def settings(tmp_path):
    """A home that never served."""
    return Settings(home=tmp_path / "home", port=23456, channel="simulator", cache=tmp_path / "cache")


def test_every_code_has_words_and_a_fix_in_both_languages():
    source = Path(doctor.__file__).read_text()
    findings = set(re.findall(r'Finding\(\s*"(\w+)",\s*"(\w+)",\s*"(\w+)"', source))
    assert len(findings) > 25

    for check, verdict, code in findings:
        for language in ("en", "ru"):
            assert texts.has(language, f"doctor.titles.{check}")
            assert texts.has(language, f"doctor.found.{code}")
            assert verdict == "well" or texts.has(language, f"doctor.fixes.{code}"), code


def test_fresh_home_has_nothing_broken_but_perhaps_the_web_ui(settings):
    broken = {finding.check for finding in doctor.examine(settings) if finding.verdict == "broken"}

    # Root's PostgreSQL may be an ordinary account's, and pytest's own folder is closed to that.
    assert broken <= {"web", "postgres"}


def test_port_of_another_program_is_found(settings):
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = settings.model_copy(update={"port": other.getsockname()[1]})

        finding = doctor.look_at_ports(taken)

    assert (finding.verdict, finding.code) == ("broken", "ports_taken")
    assert str(taken.port) in finding.facts["ports"]


def test_open_home_and_full_disk_are_found(settings):
    settings.home.mkdir(mode=0o755)
    settings.home.chmod(0o755)
    greedy = settings.model_copy(update={"disk_free_percent": 100.0})

    assert doctor.look_at_home(settings).code == "home_open"
    assert doctor.look_at_disk(greedy).code == "disk_low"


@pytest.mark.parametrize(
    ("made_ago_days", "code"), [(0, "certificate_fine"), (390, "certificate_ends"), (400, "certificate_over")]
)
def test_age_of_the_certificate_is_told(settings, made_ago_days, code):
    launcher.make_folders(settings)
    made = datetime.now(UTC) - timedelta(days=made_ago_days)
    certificates.provide_certificate(settings, at=made)

    assert doctor.look_at_certificate(settings).code == code


def test_certificate_for_another_host_and_a_spoilt_one_are_found(settings):
    launcher.make_folders(settings)
    certificates.provide_certificate(settings, at=datetime.now(UTC))
    renamed = settings.model_copy(update={"public_host": "centre.example"})

    assert doctor.look_at_certificate(renamed).code == "certificate_names"
    certificates.certificate_files(settings)[0].write_text("spoilt")
    assert doctor.look_at_certificate(settings).code == "certificate_broken"


@pytest.mark.parametrize(
    ("external", "code"), [("", "nat_private"), ("192.168.1.5", "nat_wrong"), ("8.8.4.4", "nat_set")]
)
def test_address_behind_nat_is_found(settings, external, code):
    behind = settings.model_copy(
        update={"channel": "asterisk", "sip_bind": "192.168.1.5", "external_address": external}
    )

    assert doctor.look_at_nat(behind).code == code


def test_database_that_is_not_there_is_found(settings):
    away = settings.model_copy(update={"database_url": SecretStr("postgresql://me:x@127.0.0.1:1/otklik")})

    assert doctor.look_at_database(away).code == "database_silent"


@pytest.mark.parametrize("language", ["ru", "en"])
def test_settings_that_cannot_work_are_found(settings, monkeypatch, language):
    monkeypatch.setenv("LC_ALL", f"{language}_XX.UTF-8")
    away = settings.model_copy(update={"database_url": SecretStr("postgresql://me:x@127.0.0.1:1/otklik")})
    assert doctor.look_at_configuration(away).code == "configuration_later"

    async def unserved(_):
        return [SettingsProblem(kind="queue", id=1, code="no_agent_fits", facts={"name": "Sales"})]

    monkeypatch.setattr(doctor, "_problems", unserved)
    found = doctor.look_at_configuration(away)
    assert (found.verdict, found.code) == ("strange", "configuration_unfit")
    assert "Sales" in found.facts["problems"]


def test_json_tells_verdicts_and_the_exit_code_tells_too(settings, monkeypatch):
    monkeypatch.setattr(doctor, "LEAST_FREE_GB", 1e9)
    words = ["doctor", "--home", str(settings.home), "--port", "23456", "--json", "--language", "ru"]

    done = CliRunner().invoke(main, words)

    told = json.loads(done.output)
    disk = next(check for check in told["checks"] if check["name"] == "disk")
    assert done.exit_code == 1
    assert told["passed"] is False
    assert disk["verdict"] == "broken"
    assert "освободите" in disk["fix"]
