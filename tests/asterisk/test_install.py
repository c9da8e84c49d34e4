"""Where an Asterisk comes from: mirrors, versions, the closure of libraries, the cache."""

import fcntl
import os
import shutil
import subprocess
import threading
import time
from pathlib import Path

import msgspec
import pytest

from otklik.channels.asterisk import closure, debian, install
from otklik.channels.asterisk.elf import read_needs
from otklik.channels.asterisk.install import AsteriskUnavailable, judge, parse_version, provide_asterisk

pytestmark = pytest.mark.fast


# --- versions


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1:22.10.1+dfsg+~cs6.17.60671434-1", (22, 10, 1)),
        ("Asterisk 22.10.1~dfsg+~cs6.15", (22, 10, 1)),
        ("22.11.0", (22, 11, 0)),
        ("20.6.0~dfsg", (20, 6, 0)),
        ("certified-22.8-cert1", (22, 8)),
        ("nonsense", ()),
    ],
)
def test_a_version_is_read_from_packages_and_programs(text: str, version: tuple[int, ...]) -> None:
    assert parse_version(text) == version


@pytest.mark.parametrize(
    ("version", "verdict"),
    [
        ((22, 10, 1), True), ((22, 10, 9), True), ((22, 11, 0), False), ((22, 30, 2), False),
        ((22, 10, 0), None), ((22, 9, 5), None), ((20, 18, 0), None), ((23, 0, 0), None), ((), None),
    ],
)  # fmt: skip
def test_the_tested_line_is_taken_later_ones_with_a_warning_others_refused(
    version: tuple[int, ...], verdict: bool | None
) -> None:
    assert judge(version) is verdict


# --- mirrors


def sources(folder: Path, **files: str) -> Path:
    (folder / "sources.list.d").mkdir(parents=True)
    for name, text in files.items():
        place = (
            folder / "sources.list" if name == "list" else folder / "sources.list.d" / name.replace("_", ".")
        )
        place.write_text(text)
    return folder


def addresses(folder: Path) -> list[str]:
    return [mirror.address for mirror in debian.find_mirrors(folder)]


def test_a_one_line_source_is_read_with_its_options(tmp_path: Path) -> None:
    folder = sources(
        tmp_path,
        list="# deb http://no/debian bookworm main\n"
        "deb [arch=amd64 check-valid-until=no] http://mirror.example/debian/ trixie main contrib # ours\n"
        "deb-src http://source.example/debian trixie main\n",
    )

    assert debian.find_mirrors(folder) == [
        debian.Mirror("http://mirror.example/debian", {"check-valid-until": "no"})
    ]


def test_a_deb822_source_is_read_with_several_addresses(tmp_path: Path) -> None:
    folder = sources(
        tmp_path,
        debian_sources="Types: deb deb-src\nURIs: http://one.example/debian\n https://two.example/debian\n"
        "Suites: bookworm bookworm-updates\nComponents: main\nSigned-By:\n -----BEGIN PGP-----\n .\n xyz\n\n"
        "Types: deb\nEnabled: no\nURIs: http://off.example/debian\nSuites: bookworm\nComponents: main\n",
    )

    assert addresses(folder) == ["http://one.example/debian", "https://two.example/debian"]


def test_security_and_third_parties_are_left_out(tmp_path: Path) -> None:
    folder = sources(
        tmp_path,
        list="deb http://security.debian.org/debian-security bookworm-security main\n"
        "deb https://packages.example.com/apt cloud-sdk-bookworm main\n"
        "deb https://download.example.com/linux/debian bookworm stable\n"
        "deb cdrom:[Debian]/ bookworm main\n",
        node_sources="Types: deb\nURIs: https://deb.example.com/node\nSuites: nodistro\nComponents: main\n",
        ubuntu_sources="Types: deb\nURIs: http://example.com/ubuntu\nSuites: noble\nComponents: main\n",
    )

    assert addresses(folder) == []


def test_the_archive_itself_comes_before_what_only_looks_like_it(tmp_path: Path) -> None:
    folder = sources(
        tmp_path,
        list="deb http://third.example/debian bookworm main\n",
        debian_sources="Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n",
    )

    assert addresses(folder) == ["http://mirror.example/debian", "http://third.example/debian"]


# --- what is missing is named with its fix


def test_without_a_debian_mirror_the_setting_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debian, "find_mirrors", list)

    with pytest.raises(AsteriskUnavailable) as refused:
        provide_asterisk(cache=tmp_path, environment={})

    assert refused.value.code == "no_mirror"
    assert refused.value.facts["fix"] == "OTKLIK_DEBIAN_MIRROR"


def test_without_a_keyring_the_setting_is_named(tmp_path: Path) -> None:
    environment = {
        "OTKLIK_DEBIAN_MIRROR": "http://127.0.0.1:9/debian",
        "OTKLIK_DEBIAN_KEYRING": "/no/such.gpg",
    }

    with pytest.raises(AsteriskUnavailable) as refused:
        provide_asterisk(cache=tmp_path, environment=environment)

    assert refused.value.code == "no_keyring"
    assert refused.value.facts["where"] == "/no/such.gpg"


def test_a_mirror_that_does_not_answer_is_told_for_each_suite(tmp_path: Path) -> None:
    keyring = tmp_path / "keyring.gpg"
    keyring.touch()
    environment = {
        "OTKLIK_DEBIAN_MIRROR": f"file:{tmp_path}/nowhere",
        "OTKLIK_DEBIAN_KEYRING": str(keyring),
        **os.environ,
    }

    with pytest.raises(AsteriskUnavailable) as refused:
        provide_asterisk(cache=tmp_path / "cache", environment=environment, suites=("forky", "sid"))

    assert refused.value.code == "no_suite"
    assert "forky of file:" in refused.value.facts["tries"]
    assert "sid of file:" in refused.value.facts["tries"]
    assert not list((tmp_path / "cache/asterisk").glob(".new-*")), "leftovers"


def test_a_given_root_without_modules_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(AsteriskUnavailable) as refused:
        provide_asterisk(environment={"OTKLIK_ASTERISK_ROOT": str(tmp_path)})

    assert refused.value.code == "modules_missing"
    assert "chan_pjsip.so" in refused.value.facts["missing"]


def test_the_cache_folder_follows_the_desktop_rules() -> None:
    assert install.cache_folder({"XDG_CACHE_HOME": "/somewhere"}) == Path("/somewhere/otklik")
    assert install.cache_folder({"XDG_CACHE_HOME": "relative"}) == Path.home() / ".cache/otklik"
    assert install.cache_folder({}) == Path.home() / ".cache/otklik"


def test_two_first_starts_wait_for_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "asterisk"
    folder.mkdir()
    monkeypatch.setattr(debian, "find_mirrors", list)
    told: list[str] = []
    refused: list[str] = []

    def start() -> None:
        try:
            provide_asterisk(cache=tmp_path, environment={}, progress=lambda step, _facts: told.append(step))
        except AsteriskUnavailable as trouble:
            refused.append(trouble.code)

    with (folder / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        second = threading.Thread(target=start)
        second.start()
        deadline = time.monotonic() + 5
        while not told and time.monotonic() < deadline:
            time.sleep(0.02)
        assert told == ["waiting"]
        assert not refused
    second.join(5)
    assert refused == ["no_mirror"]


# --- libraries


def program() -> Path:
    """Some dynamic program of this machine."""
    return Path(shutil.which("dash") or shutil.which("sh") or "/bin/sh").resolve()


def test_the_libraries_of_a_program_are_read_from_its_file() -> None:
    needs = read_needs(program())

    assert needs is not None
    assert "libc.so.6" in needs.needed
    assert needs.name is None


def test_other_files_have_no_needs(tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_text("#!/bin/sh\n")

    assert read_needs(file) is None


@pytest.mark.parametrize(
    ("library", "package"),
    [
        ("libjansson.so.4", "libjansson4"), ("libssl.so.3", "libssl3t64"), ("libcrypto.so.3", "libssl3t64"),
        ("libxml2.so.16", "libxml2-16"), ("libxslt.so.1", "libxslt1.1"), ("libgcc_s.so.1", "libgcc-s1"),
        ("libz.so.1", "zlib1g"), ("libc.so.6", "libc6"), ("libm.so.6", "libc6"), ("libnspr4.so", "libnspr4"),
        ("libnssutil3.so", "libnss3"), ("libstdc++.so.6", "libstdc++6"), ("libsqlite3.so.0", "libsqlite3-0"),
        ("libsrtp2.so.1", "libsrtp2-1"), ("libtinfo.so.6", "libtinfo6"),
    ],
)  # fmt: skip
def test_the_package_of_a_library_is_guessed_from_its_name(library: str, package: str) -> None:
    assert closure._is_named_after(package, library)


def test_a_guess_does_not_take_a_longer_name() -> None:
    assert not closure._is_named_after("libedit2-dev", "libedit.so.2")
    assert not closure._is_named_after("libssl-dev", "libssl.so.3")
    assert not closure._is_named_after("libcap2-bin", "libcap.so.2")


def test_every_module_is_named_once() -> None:
    modules = install.needed_modules()

    assert len(modules) == len(set(modules)) > 60
    assert "res_pjsip_refer.so" not in modules, "a phone could send a call anywhere"
    assert "app_system.so" not in modules


# --- a root in the cache


@pytest.fixture
def cached(tmp_path: Path) -> Path:
    """A copy of the root of the real cache, to be damaged."""
    found = install.find_cached(install.cache_folder(), install.needed_modules())
    if found is None or found.folder is None:
        pytest.skip("no Asterisk in the cache yet")
    place = tmp_path / "asterisk" / found.folder.parent.name
    subprocess.run(["cp", "-al", str(found.folder.parent), str(place.parent)], check=False)
    if not place.exists():
        shutil.copytree(found.folder.parent, place, symlinks=True)
    return tmp_path


def test_a_whole_root_is_found_and_nothing_is_fetched(cached: Path) -> None:
    steps: list[str] = []

    root = provide_asterisk(cache=cached, environment={}, progress=lambda step, _facts: steps.append(step))

    assert root.source == "cache"
    assert root.is_pinned
    assert steps == ["ready"]


def test_a_root_with_a_damaged_file_is_none(cached: Path) -> None:
    victim = next(cached.glob("asterisk/*/*/usr/lib/*/libjansson.so.4.*"))
    victim.unlink()
    victim.write_bytes(b"short")

    assert install.find_cached(cached, install.needed_modules()) is None


def test_a_missing_library_is_named_with_who_asks_for_it(cached: Path) -> None:
    root = next(cached.glob("asterisk/*/root"))
    for victim in root.glob("usr/lib/*/liburiparser.so*"):
        victim.unlink()

    missing = closure.find_missing(root, install.needed_modules())

    assert list(missing) == ["liburiparser.so.1"]
    assert missing["liburiparser.so.1"] == ["root/asterisk"]


def test_a_new_module_makes_an_old_root_useless(cached: Path) -> None:
    modules = (*install.needed_modules(), "res_of_tomorrow.so")

    assert install.find_cached(cached, modules) is None


def test_a_root_of_another_line_is_not_taken(cached: Path) -> None:
    manifest = next(cached.glob("asterisk/*/root.json"))
    content = msgspec.json.decode(manifest.read_bytes())
    content["version"] = "23.1.0"
    manifest.unlink()
    manifest.write_bytes(msgspec.json.encode(content))

    assert install.find_cached(cached, install.needed_modules()) is None
