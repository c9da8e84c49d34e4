"""Writes docs/reference/invariants.md: what the engine never does, where that is checked, and after which
incidents."""

from pathlib import Path

from otklik.acd.invariants import CATALOGUE, Where

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"
PLACES = {
    Where.LIVE: "after every step, also in production",
    Where.SWEEP: "from scratch: in tests, in the twin, in audits",
    Where.FOLD: "by tests that see events only, and choose by brute force",
    Where.FLOOR: "on simulated floors, against the truth outside",
}


def invariants_page() -> str:
    """The catalogue as a table, and where each word of its third column means."""
    lines = [
        "# Invariants of the engine\n",
        "Made from the program by `make docs`; a test fails when it is out of date.\n",
        "Numbers are those of the assertions (`[I4]` in a message); incidents are real cases elsewhere (C",
        "numbers of the corpus that the flaws of `tests/properties/flaws.py` are planted after).\n",
        *(f"- **{place.value}**: {said}" for place, said in PLACES.items()),
        "",
        "| | what always holds | checked | incidents |",
        "|---|---|---|---|",
    ]
    for one in CATALOGUE:
        places = ", ".join(place.value for place in one.where)
        incidents = ", ".join(f"C{number}" for number in one.incidents)
        lines.append(f"| I{one.number} | {one.says} | {places} | {incidents} |")
    return "\n".join(lines) + "\n"


PAGES = {"invariants.md": invariants_page}

if __name__ == "__main__":
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for file, page in PAGES.items():
        (REFERENCE / file).write_text(page())
        print(f"docs/reference/{file}")
