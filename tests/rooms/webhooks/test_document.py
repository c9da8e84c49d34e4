"""What the document tells others to do verifies what the centre sends."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from otklik.channels.systems.telling import signature

pytestmark = pytest.mark.fast

DOCUMENT = Path(__file__).parents[3] / "docs/operating/webhooks.md"
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BODY = '{"id":"1-2-ended","number":"+7916","имя":"Анна"}'.encode()


def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)


def is_genuine(*given: Any, **more: Any) -> bool:
    names: dict[str, Any] = {}
    exec(blocks()[0], names)
    return bool(names["is_genuine"](*given, **more))


def test_the_example_takes_what_is_genuine_and_nothing_else() -> None:
    header = signature("k3y", AT, BODY)["Otklik-Signature"]
    now = AT.timestamp()
    assert is_genuine("k3y", header, BODY, now=now + 200)
    assert not is_genuine("other", header, BODY, now=now)
    assert not is_genuine("k3y", header, BODY + b" ", now=now)
    assert not is_genuine("k3y", header, BODY, now=now + 301)
    assert not is_genuine("k3y", header.replace("t=1", "t=2"), BODY, now=now)
    for nonsense in ("", "t=,v1=", "v1=aa", "t=x,v1=y", "t=1795424400"):
        assert not is_genuine("k3y", nonsense, BODY, now=now)


def test_the_whole_receiver_is_python() -> None:
    for block in blocks():
        compile(block, "webhooks.md", "exec")
