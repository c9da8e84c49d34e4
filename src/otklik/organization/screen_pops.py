"""Pages of other systems that open for an agent with his customer: which one, and its address. Pure.

An address is a template with variables in braces. Its scheme and host are fixed, `https`, and on the list of
hosts that pages may be opened of; what is filled in is encoded, so it can change neither.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from urllib.parse import quote, urlsplit

from otklik.vocabulary.messages import Value
from otklik.vocabulary.refusals import Invalid

VARIABLES = frozenset(
    {
        "caller",
        "caller_digits",
        "customer_id",
        "customer_code",
        "customer",
        "interaction_id",
        "queue",
        "queue_id",
        "project",
        "number_called",
        "agent",
        "agent_id",
        "direction",
    }
)
"""caller: E.164 with plus; caller_digits: without. customer_code: of the customer in another system. Free
fields of his card are `field.NAME`."""
FIELD = "field."
_VARIABLE = re.compile(r"\{([^{}]*)\}")
_HOST = re.compile(
    r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
)
LONGEST = 2000
"""Of an address with everything filled in: browsers and servers take that much."""


class PopMoment(StrEnum):
    """When it opens."""

    RING = "ring"
    ANSWER = "answer"


class ScreenPop(Value, kw_only=True):
    """A page that opens. queue_ids, project_ids: for calls of these; none is all. reuses_tab: in the same tab
    each time."""

    pop_id: int = 0
    name: str
    template: str
    moment: PopMoment = PopMoment.RING
    queue_ids: tuple[int, ...] = ()
    project_ids: tuple[int, ...] = ()
    reuses_tab: bool = True
    is_on: bool = True


def check_host(host: str) -> str:
    """A host as it is compared. Invalid `host_unfit`."""
    found = host.strip().lower().rstrip(".")
    if not _HOST.fullmatch(found) or "." not in found:
        raise Invalid("host_unfit", "hosts", detail=host[:100])
    return found


def check_template(template: str, hosts: Iterable[str]) -> None:
    """Raises Invalid: template_unfit, https_only, host_not_allowed, unknown_variable."""
    bare = _VARIABLE.sub("", template)
    if any(sign in bare for sign in "{} ") or not template.isprintable():
        raise Invalid("template_unfit", "template")
    for name in _VARIABLE.findall(template):
        is_field = name.startswith(FIELD) and len(name) > len(FIELD)
        if name not in VARIABLES and not is_field:
            raise Invalid("unknown_variable", "template", detail=name[:60])
    host = host_of(template)
    if host not in set(hosts):
        raise Invalid("host_not_allowed", "template", detail=host)


def host_of(template: str) -> str:
    """The fixed host. Invalid `https_only`, `template_unfit`: no variable stands in it, and nobody's name."""
    scheme, separator, rest = template.partition("://")
    if scheme.lower() != "https" or not separator:
        raise Invalid("https_only", "template")
    beginning = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if not beginning or any(sign in beginning for sign in "{}@\\%"):
        raise Invalid("template_unfit", "template")
    try:
        address = urlsplit(template)
        port = address.port
    except ValueError as error:
        raise Invalid("template_unfit", "template") from error
    if port not in (None, 443) or not address.hostname:
        raise Invalid("template_unfit", "template")
    return address.hostname.lower()


def filled(template: str, values: Mapping[str, str], hosts: Iterable[str]) -> str | None:
    """The address with what is known; nothing for what is not. None when it may not be opened (any more)."""
    try:
        check_template(template, hosts)
    except Invalid:
        return None
    address = _VARIABLE.sub(lambda found: quote(values.get(found.group(1), ""), safe=""), template)
    return address if len(address) <= LONGEST else None


def chosen(pops: Iterable[ScreenPop], moment: PopMoment, queue_id: int, project_id: int) -> ScreenPop | None:
    """The one that fits best: of the queue before of the project before of all; then by name."""
    fit = [
        one
        for one in pops
        if one.is_on
        and one.moment is moment
        and (not one.queue_ids or queue_id in one.queue_ids)
        and (not one.project_ids or project_id in one.project_ids)
    ]
    return min(fit, key=lambda one: (not one.queue_ids, not one.project_ids, one.name.lower()), default=None)
