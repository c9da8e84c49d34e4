"""Write web/openapi.json, of which the browser's client is generated. `--check` fails when it is not up to
date.

Messages of the live feed are no routes, so their schemas are added to the components by hand: the browser
gets types for both from one file.
"""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from otklik.api import live_tiles
from otklik.api.app import create_app

TARGET = Path(__file__).parent.parent / "web" / "openapi.json"
LIVE = (live_tiles.Board, live_tiles.BoardChange, live_tiles.Desk)


def described() -> str:
    """The whole description as text; the same for the same routes."""
    found = create_app(None).openapi()
    found["components"]["schemas"] |= live_schemas()
    return json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def live_schemas() -> dict[str, Any]:
    """Bodies of the live feed's messages, under names that begin with Live."""
    _, schemas = msgspec.json.schema_components(LIVE, ref_template="#/components/schemas/Live{name}")
    return {f"Live{name}": schema for name, schema in schemas.items()}


def main() -> int:
    """Write, or compare."""
    text = described()
    if "--check" in sys.argv:
        if TARGET.read_text() != text:
            print("web/openapi.json is not up to date: python tools/dump_openapi.py")
            return 1
        return 0
    TARGET.write_text(text)
    print(f"{TARGET.name}: {text.count('operationId')} operations")
    return 0


if __name__ == "__main__":
    sys.exit(main())
