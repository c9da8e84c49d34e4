"""What an editor is told of each kind of node."""

import pytest

from otklik.flows.forms import forms
from otklik.flows.model import KINDS

pytestmark = pytest.mark.fast

FORMS = {one.kind: one for one in forms().kinds}


def roles(kind: str, role: str) -> list[str]:
    return [one.field for one in FORMS[kind].roles if one.role == role]


def test_every_kind_has_a_form_whose_type_is_described():
    assert list(FORMS) == list(KINDS)
    for one in FORMS.values():
        described = forms().types[one.type]["properties"]
        assert described["node"]["enum"] == [one.kind]
        for role in one.roles:
            assert role.field.split(".")[0] in described, role


@pytest.mark.parametrize(
    ("kind", "exits"),
    [
        ("play", ["next"]),
        ("menu", ["choices.*", "otherwise"]),
        ("personal_menu", ["items.*.next", "otherwise"]),
        ("hours", ["open", "closed"]),
        ("condition", ["cases.*.next", "otherwise"]),
        ("split", ["shares.*.next"]),
        ("lookup", ["found", "not_found", "failed"]),
        ("end", []),
    ],
)
def test_ways_out_are_the_fields_that_nodes_lead_by(kind, exits):
    assert roles(kind, "exit") == exits


def test_fields_say_what_they_name():
    assert roles("play", "prompt") == ["prompts.*", "unrecorded.*"]
    assert roles("personal_menu", "prompt") == ["prompts.*", "invalid.*", "items.*.prompts.*"]
    assert roles("condition", "fact") == ["cases.*.fact"]
    assert roles("queue", "queue") == ["queue_id"]
    assert roles("queue", "skill") == ["requirements.*.skill_id"]
    assert roles("sub", "flow") == ["flow_id"]
