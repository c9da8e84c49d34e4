"""What is generated is up to date: `make docs` would change nothing."""

import importlib
import importlib.util
import inspect
from pathlib import Path
from types import ModuleType

import pytest

from otklik.vocabulary.messages import Event

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[2]
RANGES = {
    "acd": range(1, 100),
    "flows": range(200, 300),
    "organization": range(300, 400),
    "switchboard": range(400, 500),
}


def tool(name: str) -> ModuleType:
    """A script of tools/, as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "name",
    [
        "write_settings_reference",
        "write_event_reference",
        "write_invariant_reference",
        "write_flow_schema",
    ],
)
def test_reference_is_up_to_date(name):
    for file, page in tool(name).PAGES.items():
        assert (ROOT / "docs" / "reference" / file).read_text() == page(), f"make docs: {file} is out of date"


def test_numbers_of_events_are_given_once_and_lie_in_their_rooms_range():
    seen: dict[int, str] = {}
    for room, numbers in RANGES.items():
        module = importlib.import_module(f"otklik.{room}.events")
        for name, thing in inspect.getmembers(module, inspect.isclass):
            if issubclass(thing, Event) and thing.__module__ == module.__name__ and thing.KIND:
                assert thing.KIND in numbers, name
                assert seen.setdefault(thing.KIND, name) == name, (
                    f"{thing.KIND} is {seen[thing.KIND]} already"
                )
    assert len(seen) > 40
