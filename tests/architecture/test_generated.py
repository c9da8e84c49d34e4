"""What is generated is up to date: `make docs` would change nothing."""

import importlib.util
from pathlib import Path

import pytest

pytestmark = pytest.mark.fast

ROOT = Path(__file__).parents[2]


def test_reference_of_settings_and_commands_is_up_to_date():
    path = ROOT / "tools" / "write_settings_reference.py"
    spec = importlib.util.spec_from_file_location("write_settings_reference", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    for file, page in module.PAGES.items():
        assert (ROOT / "docs" / "reference" / file).read_text() == page(), f"make docs: {file} is out of date"
