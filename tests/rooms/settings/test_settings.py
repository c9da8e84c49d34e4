"""Settings come from where a person put them, and a misspelt one is not ignored."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from otklik.settings import (
    Settings,
    SettingsRefused,
    as_environment,
    forget_last_serve,
    read_settings,
    shown,
    socket_folder,
)

pytestmark = pytest.mark.fast


def test_option_wins_over_environment_over_file_over_last_serve(tmp_path):
    (tmp_path / "serving.json").write_text(json.dumps({"port": 9000, "sip_port": 5060, "demo": True}))
    (tmp_path / "settings.toml").write_text("port = 9100\nrtp_from = 12000\nlog_level = 'debug'\n")
    environment = {"OTKLIK_HOME": str(tmp_path), "OTKLIK_PORT": "9200", "OTKLIK_RTP_FROM": "13000"}

    settings, sources = read_settings({"port": 9300, "channel": None}, environment)

    assert (settings.port, settings.rtp_from, settings.log_level) == (9300, 13000, "debug")
    assert (settings.sip_port, settings.demo, settings.channel) == (5060, True, "asterisk")
    told = {name: sources[name] for name in ("port", "rtp_from", "log_level", "sip_port", "channel")}
    assert told == {
        "port": "option",
        "rtp_from": "environment",
        "log_level": "file",
        "sip_port": "last serve",
        "channel": "default",
    }


@pytest.mark.parametrize(
    ("environment", "file", "named"),
    [
        ({"OTKLIK_PROT": "9000"}, "", "OTKLIK_PROT"),
        ({}, "prot = 9000", "prot"),
        ({"OTKLIK_PORT": "eighty"}, "", "port (from environment)"),
        ({}, "rtp_from = 70000", "rtp_from (from file)"),
        ({"OTKLIK_RTP_FROM": "19998"}, "", "holds no call"),
        ({}, "port = ", "settings.toml"),
        ({}, "home = '/elsewhere'", "home"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(tmp_path, environment, file, named):
    (tmp_path / "settings.toml").write_text(file)

    with pytest.raises(SettingsRefused) as refused:
        read_settings({"home": tmp_path}, environment)

    assert named in str(refused.value)


def test_names_of_tests_and_builds_are_no_settings(tmp_path):
    environment = {"OTKLIK_REQUIRE": "sipp", "OTKLIK_TEST_DATABASE_URL": "x", "OTKLIK_WEB_SKIP": "1"}

    settings, _ = read_settings({"home": tmp_path}, environment)

    assert settings == Settings(home=tmp_path)


def test_addresses_follow_from_one_port(tmp_path):
    settings = Settings(home=tmp_path, port=8700)

    assert (settings.https_port, settings.ari_port, settings.robots_ari_port) == (8701, 8702, 8703)
    assert settings.robots_sip_port == 8761
    assert settings.rescue_timeout == timedelta(seconds=15)


def test_secrets_are_not_shown(tmp_path):
    settings, sources = read_settings(
        {"home": tmp_path}, {"OTKLIK_DATABASE_URL": "postgresql://me:hunter2@db/otklik"}
    )

    rows = shown(settings, sources)

    assert not any("hunter2" in text for row in rows for text in row)
    assert "hunter2" not in repr(settings)
    assert ("database_url", "**********", "environment") in [row[:3] for row in rows]


def test_every_setting_is_explained():
    assert all(field.description for field in Settings.model_fields.values())


def test_child_reads_the_same_settings_from_its_environment(tmp_path):
    settings, sources = read_settings(
        {"home": tmp_path, "port": 9000, "demo": True},
        {
            "OTKLIK_DATABASE_URL": "postgresql://me:hunter2@db/otklik",
            "OTKLIK_LOCAL_NETWORKS": "10.0.0.0/8, 192.168.0.0/16",
            "OTKLIK_ASTERISK_ROOT": "",
            "OTKLIK_RESCUE_TIMEOUT_SECONDS": "7.5",
        },
    )

    again, _ = read_settings({}, as_environment(settings, sources))

    assert again == settings
    assert again.local_networks == ("10.0.0.0/8", "192.168.0.0/16")
    assert again.asterisk_root == ""


def test_demo_of_the_last_serve_is_forgotten_but_its_port_is_not(tmp_path):
    (tmp_path / "serving.json").write_text(json.dumps({"port": 9000, "demo": True, "channel": "simulator"}))
    settings, sources = read_settings({"home": tmp_path}, {})

    settings, sources = forget_last_serve(settings, sources, ("demo", "channel"))

    assert (settings.port, settings.demo, settings.channel) == (9000, False, "asterisk")
    assert sources["demo"] == "default"


def test_relative_home_becomes_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert Settings(home=Path("centre")).home == tmp_path / "centre"


def test_socket_of_a_deep_home_moves_to_a_closed_folder(tmp_path):
    shallow = Path("/srv/otklik/run")
    deep = tmp_path / ("d" * 100) / "run"

    moved = socket_folder(deep)

    assert socket_folder(shallow) == shallow
    assert len(str(moved)) < 70
    assert moved.stat().st_mode & 0o777 == 0o700
    assert moved == socket_folder(deep)
    moved.rmdir()


def test_socket_folder_that_others_may_enter_is_refused(tmp_path):
    deep = tmp_path / ("d" * 100) / "run"
    moved = socket_folder(deep)
    moved.chmod(0o755)

    with pytest.raises(SettingsRefused):
        socket_folder(deep)

    moved.rmdir()
