"""Tables that people send: read first, tried, then taken. What the lists that take them have in common."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from fastapi import Request

from otklik.crm.sheets import Table, read_table
from otklik.vocabulary.refusals import Invalid

FILE: Any = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
"""For the description of a route whose body is a file."""

PREVIEW = 10
MOST_LINES = 500
"""So many lines are told one by one."""


class Trial(Exception):
    """Ends a transaction of which nothing is to be kept."""


async def table_of(request: Request, encoding: str) -> Table:
    """The table in the body. encoding: "" to find it out. Invalid `missing`, and what the reader says."""
    body = await request.body()
    if not body:
        raise Invalid("missing", "file")
    return await asyncio.to_thread(read_table, body, encoding)


def shown_table(table: Table, mapping: Mapping[int, str]) -> dict[str, Any]:
    """What a file holds: its columns, the first rows, and what each column probably is."""
    return {
        "columns": list(table.columns),
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "count": len(table.rows),
        "rows": [list(row) for row in table.rows[:PREVIEW]],
        "ragged": list(table.ragged[:MOST_LINES]),
        "mapping": dict(mapping),
    }


def mapping_of(text: str) -> dict[int, str]:
    """What each column is, by its place: `{"0": "name", "2": "phone"}`. Invalid `mapping_unreadable`."""
    try:
        return {int(place): str(target) for place, target in json.loads(text).items()}
    except (ValueError, AttributeError) as error:
        raise Invalid("mapping_unreadable", "mapping") from error
