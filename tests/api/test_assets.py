"""The web UI's files: the smallest form that is taken, kept as long as it may be, nothing from outside."""

import gzip
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from otklik.api import assets

pytestmark = pytest.mark.fast

JS = "assets/index-1a2b3c.js"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "static"
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_text("<!doctype html>page")
    (root / "theme.js").write_text("theme")
    (root / ".stamp").write_text("secret")
    (root / JS).write_text("code" * 1000)
    (root / (JS + ".gz")).write_bytes(gzip.compress(b"code" * 1000))
    (root / (JS + ".br")).write_bytes(b"brotli")
    (tmp_path / "secret.txt").write_text("outside")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    return root


def ask(folder: Path, path: str, method: str = "GET", **headers: str) -> Response:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    request = Request(
        {"type": "http", "method": method, "path": "/" + path, "headers": raw, "query_string": b""}
    )
    return assets.answer(request, folder, path or "index.html")


def file_of(answer: Response) -> Path:
    assert isinstance(answer, FileResponse)
    return Path(answer.path)


@pytest.mark.parametrize(
    ("accepted", "ending", "packing"),
    [("gzip, deflate, br", ".br", "br"), ("gzip", ".gz", "gzip"), ("", "", None), ("identity", "", None)],
)
def test_the_smallest_form_that_the_browser_takes(
    folder: Path, accepted: str, ending: str, packing: str | None
) -> None:
    answer = ask(folder, JS, accept_encoding=accepted)

    assert file_of(answer).name == Path(JS).name + ending
    assert answer.headers.get("content-encoding") == packing
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-type"].startswith("text/javascript")


def test_a_file_with_a_hash_is_kept_for_ever_and_the_page_is_asked_for_again(folder: Path) -> None:
    assert "immutable" in ask(folder, JS).headers["cache-control"]
    assert ask(folder, "").headers["cache-control"] == "no-cache"
    assert ask(folder, "theme.js").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["desk", "reports/days", "admin/queues/1", "войти"])
def test_the_address_of_a_page_is_the_browsers_matter(folder: Path, path: str) -> None:
    assert file_of(ask(folder, path)).name == "index.html"


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "assets/../../secret.txt",
        "..%2fsecret.txt.x",
        "/etc/passwd.txt",
        "link.txt",
        ".stamp",
        "assets/none.js",
        "a" * 5000 + ".js",
        "nul\x00.js",
    ],
)
def test_nothing_from_outside_or_absent_is_served(folder: Path, path: str) -> None:
    answer = ask(folder, path)

    assert answer.status_code == 404
    assert answer.body == b""


def test_what_the_browser_has_is_not_sent_again(folder: Path) -> None:
    seen = ask(folder, "").headers["etag"]

    again = ask(folder, "", if_none_match=seen)

    assert again.status_code == 304
    assert again.headers["etag"] == seen


def test_pages_are_only_read(folder: Path) -> None:
    assert ask(folder, "desk", "POST").status_code == 405


def test_without_a_built_ui_it_says_how_to_build_it(tmp_path: Path) -> None:
    answer = ask(tmp_path, "")

    assert answer.status_code == 503
    assert b"make setup" in answer.body
