"""How a body is read, without a server."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otklik.api.problems import Unreadable, found_problems
from otklik.api.strict import depth_of, read_json

pytestmark = pytest.mark.fast

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=20,
)


@given(JSON)
def test_what_is_written_is_read(value: object) -> None:
    assert read_json(json.dumps(value).encode()) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(Unreadable):
        read_json(body)


@given(JSON)
def test_depth_is_that_of_brackets_and_not_of_text(value: object) -> None:
    def depth(of: object) -> int:
        if isinstance(of, list):
            return 1 + max(map(depth, of), default=0)
        if isinstance(of, dict):
            return 1 + max(map(depth, of.values()), default=0)
        return 0

    assert depth_of(json.dumps(value).encode()) == depth(value)


def test_findings_never_tell_what_was_sent() -> None:
    finding = {
        "type": "string_too_short",
        "loc": ("body", "password"),
        "input": "secret",
        "ctx": {"min_length": 1},
    }

    assert found_problems([finding]) == [
        {"place": "password", "code": "too_short", "facts": {"min_length": 1}}
    ]
