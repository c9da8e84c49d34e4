"""Writes docs/reference/flow.schema.json: what a flow file may hold, for editors that complete and check."""

import json
from pathlib import Path

import msgspec

from otklik.flows.model import FlowFile

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"


def schema_page() -> str:
    """The JSON schema of flow files."""
    return json.dumps(msgspec.json.schema(FlowFile), indent=1) + "\n"


PAGES = {"flow.schema.json": schema_page}

if __name__ == "__main__":
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for file, page in PAGES.items():
        (REFERENCE / file).write_text(page())
        print(f"docs/reference/{file}")
