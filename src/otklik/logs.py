"""Structured log lines: an event name in `noun.verb` form and key-values, as JSON or for a terminal.

No personal data and no content; the journal is not the log. Context is bound once with
`structlog.contextvars.bound_contextvars(interaction_id=..., agent_id=..., sequence=...)`.
"""

import logging
import re
import sys
import traceback
from typing import Any, TextIO

import structlog

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
HIDDEN = re.compile(r"password|secret|token|authorization|cookie|private_key|database_url", re.IGNORECASE)
TELEPHONE = re.compile(r"(?<![\w.:-])\+?\d{10,15}(?![\w.:-])")
KEPT_DIGITS = 4


def start_logs(
    *, process: str, level: str = "info", style: str = "auto", stream: TextIO | None = None
) -> None:
    """Send the log of this process, and that of libraries, to standard error.

    style: `json`, `console`, or `auto` (console on a terminal).
    """
    out = sys.stderr if stream is None else stream
    is_console = style == "console" or (style == "auto" and out.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
    ]
    traces: list[Any] = [] if is_console else [structlog.processors.format_exc_info, mask_trace]
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=write_trace)
        if is_console
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *traces,
            renderer,
        ],
    )
    sink = logging.StreamHandler(out)
    sink.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [sink]
    root.setLevel(LEVELS[level])
    # Libraries tell what they do at info; only what they find strange belongs here.
    for name in ("asyncio", "aiohttp", "websockets", "uvicorn", "alembic", "sqlalchemy"):
        logging.getLogger(name).setLevel(max(LEVELS[level], logging.WARNING))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(process=process)


def logger() -> structlog.stdlib.BoundLogger:
    """A logger; `from otklik.logs import logger` and `log = logger()` at the top of a module."""
    found: structlog.stdlib.BoundLogger = structlog.get_logger()
    return found


def hide_secrets(_: object, __: str, event: Any) -> Any:
    """Empty what is called a secret, and mask telephone numbers in text values."""
    for key, value in event.items():
        if HIDDEN.search(key):
            event[key] = "(hidden)"
        elif isinstance(value, str) and key != "timestamp":
            event[key] = TELEPHONE.sub(masked, value)
    return event


def write_trace(stream: TextIO, found: Any) -> None:
    """A trace for a terminal: lines of code and never their variables, which may hold secrets. (structlog's
    own choice shows them.)"""
    stream.write("\n" + TELEPHONE.sub(masked, "".join(traceback.format_exception(*found)).rstrip()))


def mask_trace(_: object, __: str, event: Any) -> Any:
    """The words of an error may quote a telephone number."""
    if isinstance(event.get("exception"), str):
        event["exception"] = TELEPHONE.sub(masked, event["exception"])
    return event


def masked(found: "re.Match[str]") -> str:
    """All but the last digits of a telephone number."""
    return "…" + found[0][-KEPT_DIGITS:]
