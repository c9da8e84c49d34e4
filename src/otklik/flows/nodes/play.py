"""`play`: the customer hears prompts."""

from otklik.flows.acts import Act, GoTo, Say, Visit
from otklik.vocabulary.messages import Value


class Play(Value, tag="play", tag_field="node"):
    """Plays whole prompts in the number's language, one after the other, then goes to `next`.

    unrecorded: played instead when the call is not recorded (a greeting that does not speak of recording);
    empty: the same prompts. skip_keys: keys that cut the prompts short, for instance `#`; none by default, so
    that what the law wants said is said. next: "" ends the flow.
    """

    prompts: tuple[str, ...]
    next: str = ""
    unrecorded: tuple[str, ...] = ()
    skip_keys: str = ""


def enter(node: Play, visit: Visit) -> tuple[Act, ...]:
    """Speaks; goes on at once when there is nothing to say."""
    prompts = node.prompts if visit.is_recorded or not node.unrecorded else node.unrecorded
    return (Say(prompts=prompts),) if prompts else finished(node)


def finished(node: Play) -> tuple[Act, ...]:
    """The last prompt was heard, failed, or took too long."""
    return (GoTo(node=node.next),)


def press(node: Play, key: str) -> tuple[Act, ...]:
    """A key that may skip goes on; any other is not heard."""
    return (GoTo(node=node.next),) if key and key in node.skip_keys else ()
