"""Walks that find nothing prove something only if they find what is there."""

from pathlib import Path

import pytest

from tests.properties.flaws import FLAWS, UNCHANGED, Flaw
from tests.properties.planted_bugs import find

pytestmark = pytest.mark.long


@pytest.mark.timeout(300)
@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: flaw.name.replace(" ", "_"))
def test_walks_notice_a_planted_flaw(flaw: Flaw, tmp_path: Path) -> None:
    is_found, _ = find(flaw, tmp_path)

    assert is_found, f"no walk noticed that {flaw.name} ({flaw.incident})"


def test_walks_notice_nothing_where_nothing_is_planted(tmp_path: Path) -> None:
    is_found, by = find(UNCHANGED, tmp_path)

    assert not is_found, by
