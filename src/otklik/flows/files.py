"""Flows as files that people write and read."""

import json
from datetime import timedelta
from typing import Any

import msgspec
import yaml

from otklik.flows.model import Flow, FlowNode, FlowTest


def text_of(flow: Flow, *, as_json: bool = False) -> str:
    """A flow as a person would write it, in YAML or JSON: nodes in their order, times as seconds, and nothing
    that is so by itself. `flow_of_file` reads it back."""
    shown: dict[str, Any] = {
        "name": flow.name,
        "start": flow.start,
        "nodes": {key: _written(node) for key, node in flow.nodes.items()},
    }
    if flow.tests:
        shown["tests"] = [_written(test) for test in flow.tests]
    if as_json:
        return json.dumps(shown, ensure_ascii=False, indent=1) + "\n"
    return str(yaml.safe_dump(shown, allow_unicode=True, sort_keys=False, width=100))


def _written(node: FlowNode | FlowTest) -> dict[str, Any]:
    """The fields that differ from what they are when left out, and the kind of a node."""
    usual = {
        field.name: field.default
        for field in msgspec.structs.fields(node)
        if field.default is not msgspec.NODEFAULT
    }
    made = {
        field.name: field.default_factory()
        for field in msgspec.structs.fields(node)
        if field.default_factory is not msgspec.NODEFAULT
    }
    usual |= made
    plain: dict[str, Any] = msgspec.to_builtins(node, builtin_types=(timedelta,))
    return {
        name: _in_seconds(value)
        for name, value in plain.items()
        if name not in usual or getattr(node, name) != usual[name]
    }


def _in_seconds(value: Any) -> Any:
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
        return int(seconds) if seconds.is_integer() else seconds
    if isinstance(value, dict):
        return {key: _in_seconds(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_in_seconds(inner) for inner in value]
    return value
