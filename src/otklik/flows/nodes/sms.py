"""`sms`: the customer is sent a text."""

from collections.abc import Iterator, Mapping

from otklik.flows.acts import Act, GoTo, NoteOutcome, SendText, Visit
from otklik.flows.nodes.assign import fill, names_in
from otklik.flows.nodes.node import Flaw, Node

LONGEST_TEXT = 670
"""Ten short messages in Cyrillic, 67 signs each. Source: 3GPP TS 23.040, concatenated messages in UCS-2."""
NO_NUMBER, SENT, EMPTY = "no_number", "text", "empty"


class Sms(Node, tag="sms", tag_field="node", kw_only=True):
    """Puts a text for the number that calls into the outbox, and goes on at once.

    text: with facts in braces (`{balance}`). next: afterwards. refused: where he goes on who calls without a
    number, or for whom nothing is left of the text.
    """

    text: str
    next: str = ""
    refused: str = ""

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        text = fill(self.text, visit.facts).strip()[:LONGEST_TEXT]
        if not visit.facts.get("caller") or not text:
            return (NoteOutcome(outcome=EMPTY if not text else NO_NUMBER), GoTo(node=self.refused))
        return (SendText(text=text), NoteOutcome(outcome=SENT), GoTo(node=self.next))

    def exits(self) -> Mapping[str, str]:
        return {"next": self.next, "refused": self.refused}

    def facts_asked(self) -> Iterator[str]:
        return names_in(self.text)

    def is_instant(self) -> bool:
        return True

    def flaws(self) -> Iterator[Flaw]:
        if not self.text.strip():
            yield "node_says_nothing", "text", ""
        if len(self.text) > LONGEST_TEXT:
            yield "text_too_long", "text", str(len(self.text))
