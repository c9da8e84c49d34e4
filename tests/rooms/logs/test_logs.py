"""Log lines are JSON with an event name, and hold neither secrets nor telephone numbers."""

import io
import json
import logging

import pytest
import structlog

from otklik.logs import logger, start_logs

pytestmark = pytest.mark.fast


@pytest.fixture
def lines():
    """Start the log into memory; gives a function that reads the lines; puts everything back."""
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    stream = io.StringIO()
    start_logs(process="test", level="info", style="json", stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:] = kept
    root.setLevel(level)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def test_line_holds_event_level_process_and_context(lines):
    with structlog.contextvars.bound_contextvars(interaction_id=7):
        logger().info("offer.expired", agent_id=3)

    (line,) = lines()
    assert line["event"] == "offer.expired"
    assert (line["process"], line["level"], line["interaction_id"], line["agent_id"]) == (
        "test",
        "info",
        7,
        3,
    )
    assert line["timestamp"].endswith("Z")


def test_libraries_speak_in_the_same_form(lines):
    logging.getLogger("asyncio").warning("slow callback")

    (line,) = lines()
    assert (line["event"], line["level"]) == ("slow callback", "warning")


def test_debug_is_left_out(lines):
    logger().debug("leg.state")

    assert lines() == []


def test_secrets_and_numbers_do_not_reach_the_log(lines):
    logger().info("device.made", password="hunter2", sip_secret="hunter2", reason="call to +79031234567")

    (line,) = lines()
    assert "hunter2" not in json.dumps(line)
    assert line["reason"] == "call to …4567"


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_trace_shows_no_variables_and_no_numbers(style):
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    stream = io.StringIO()
    start_logs(process="test", style=style, stream=stream)
    spelt_once = "".join(("hun", "ter2"))
    try:
        fail_with(spelt_once)
    except ValueError:
        logger().exception("loop.crashed")
    finally:
        root.handlers[:] = kept
        root.setLevel(level)
        structlog.contextvars.clear_contextvars()
        structlog.reset_defaults()

    said = stream.getvalue()
    assert "in fail_with" in said
    assert "ValueError: cannot call …4567" in said
    assert "hunter2" not in said
    assert "locals" not in said


def fail_with(password: str) -> None:
    raise ValueError("cannot call +79031234567" + password[:0])


def test_exception_is_told_with_its_trace(lines):
    try:
        raise ValueError("broken")
    except ValueError:
        logger().exception("loop.crashed")

    (line,) = lines()
    assert "ValueError: broken" in line["exception"]
