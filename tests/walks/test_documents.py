"""The walks' documents stand by the code: every line quoted is in its file, every stop is in the test."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[2]
WALKS = sorted((ROOT / "docs/walks").glob("*.md"))
STOP = re.compile(r"^###? (\d+b?)\. (?:`(\S+)`)?", re.MULTILINE)
BLOCK = re.compile(r"^```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)


def stops(document: Path) -> list[tuple[str, str, list[str]]]:
    """Number, file and quoted lines of each stop of a document."""
    text = document.read_text()
    heads = list(STOP.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [
        (
            head[1],
            head[2] or "",
            [line for block in BLOCK.findall(text[head.end() : end]) for line in block.split("\n")],
        )
        for head, end in zip(heads, ends, strict=True)
    ]


@pytest.mark.parametrize("document", WALKS, ids=lambda path: path.stem)
def test_quoted_lines_stand_in_their_files_in_this_order(document: Path) -> None:
    for number, name, quoted in stops(document):
        if not name:
            assert not quoted, f"stop {number} quotes no file"
            continue
        file = ROOT / name
        assert file.is_file(), f"stop {number}: there is no {name}"
        lines = [line.strip() for line in file.read_text().split("\n")]
        place = 0
        for line in (line.strip() for line in quoted):
            if line in ("", "..."):
                continue
            assert line in lines[place:], f"stop {number}: {name} has no longer (in this order): {line}"
            place = lines.index(line, place) + 1


@pytest.mark.parametrize("document", WALKS, ids=lambda path: path.stem)
def test_each_stop_is_a_section_of_the_walks_test(document: Path) -> None:
    test = ROOT / "tests/walks" / f"test_{document.stem.replace('-', '_')}.py"
    sections = re.findall(r"(\d+b?)\. ", " ".join(re.findall(r"# --- (.*)", test.read_text())))

    assert sections == [number for number, _, _ in stops(document)]


def test_there_are_the_five_walks() -> None:
    assert {path.stem for path in WALKS} >= {
        "inbound-call",
        "agent-presses-ready",
        "server-restarts-in-mid-call",
        "supervisor-opens-the-board",
        "warm-transfer",
    }
