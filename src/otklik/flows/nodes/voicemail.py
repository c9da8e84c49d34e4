"""`voicemail`: the customer leaves a spoken message."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from otklik.acd.model import EndReason
from otklik.flows.acts import Act, EndVoicemail, Finish, GoTo, RecordVoicemail, Say, Visit
from otklik.flows.nodes.node import KEYS, Flaw, Node
from otklik.vocabulary.ids import QueueId, TeamId

BEEP = "beep"
KEY, SILENCE, LIMIT, LEFT, GONE, FAILED, STOPPED = (
    "key", "silence", "limit", "left", "gone", "failed", "stopped",
)  # fmt: skip
"""How a message ends: a key, silence, its longest time, the customer hangs up, is found to have hung up,
nothing can be recorded, or something else takes over."""

_LONGEST = timedelta(minutes=10)
_AFTER_SPEECH = timedelta(milliseconds=500)


class Voicemail(Node, tag="voicemail", tag_field="node", kw_only=True):
    """Says `prompts` and a tone, records what the customer says, says `kept`, and goes on.

    queue_id, team_id: in whose list it stands; both 0 is the queue of the number called. longest: how long it
    may be. silence: how long he may be silent before it counts as ended, 0 never. finish_keys: what ends it.
    shortest: what is shorter is dropped and goes to `short`. refused: where it goes on when nothing can be
    recorded now. next: after a message that was kept; "" ends the interaction as left a message. A customer
    who hangs up has left what he said until then.
    """

    short: str
    refused: str
    queue_id: QueueId = QueueId(0)
    team_id: TeamId = TeamId(0)
    prompts: tuple[str, ...] = ("voicemail",)
    kept: tuple[str, ...] = ("voicemail_kept",)
    longest: timedelta = timedelta(minutes=2)
    shortest: timedelta = timedelta(seconds=2)
    silence: timedelta = timedelta(seconds=4)
    finish_keys: str = "#"
    next: str = ""

    def enter(self, visit: Visit) -> tuple[Act, ...]:
        return (Say(prompts=(*self.prompts, BEEP)),)

    def heard(self, visit: Visit) -> tuple[Act, ...]:
        """The tone was the sign to speak; after a kept message the thanks were heard."""
        if visit.is_kept:
            return self._on()
        return (self._record(visit),)

    def press(self, visit: Visit, key: str) -> tuple[Act, ...]:
        """Ends the message; while he is asked to speak, it begins at once."""
        if key not in self.finish_keys or not key or visit.is_kept:
            return ()
        return (Say(prompts=(BEEP,)),) if visit.spoken_for is None else self.ended(visit, KEY)

    def ended(self, visit: Visit, outcome: str) -> tuple[Act, ...]:
        """The message is over. What it ended with tells where the flow goes."""
        silent = self.silence if outcome == SILENCE else timedelta(0)
        is_long = (visit.spoken_for or timedelta(0)) - silent >= self.shortest
        # Many hang up after the tone without a word; who pressed the key meant it.
        is_kept = is_long and outcome != FAILED and (visit.has_spoken or outcome not in (SILENCE, LEFT))
        over = EndVoicemail(outcome=outcome, is_kept=is_kept, cut=max(silent - _AFTER_SPEECH, timedelta(0)))
        if outcome in (LEFT, GONE):
            return (over, Finish(reason=EndReason.VOICEMAIL)) if is_kept else (over,)
        if outcome == FAILED:
            return (over, GoTo(node=self.refused))
        if not is_kept:
            return (over, GoTo(node=self.short))
        return (over, Say(prompts=self.kept)) if self.kept else (over, *self._on())

    def exits(self) -> Mapping[str, str]:
        return {"next": self.next, "short": self.short, "refused": self.refused}

    @classmethod
    def open_ends(cls) -> frozenset[str]:
        return frozenset({"next"})

    def spoken(self) -> Mapping[str, tuple[str, ...]]:
        return {"prompts": self.prompts, "kept": self.kept}

    def takes_input(self) -> bool:
        return True

    def flaws(self) -> Iterator[Flaw]:
        if not timedelta(seconds=5) <= self.longest <= _LONGEST:
            yield "length_unfit", "longest", str(self.longest.total_seconds())
        if not timedelta(0) <= self.shortest < self.longest:
            yield "length_unfit", "shortest", str(self.shortest.total_seconds())
        if self.silence and not timedelta(seconds=2) <= self.silence <= timedelta(seconds=30):
            yield "silence_unfit", "silence", str(self.silence.total_seconds())
        for key in self.finish_keys:
            if key not in KEYS:
                yield "key_unknown", "finish_keys", key
        if self.queue_id and self.team_id:
            yield "list_twice", "team_id", str(self.team_id)

    def _record(self, visit: Visit) -> Act:
        queue_id = QueueId(0) if self.team_id else self.queue_id or visit.queue_id
        return RecordVoicemail(
            queue_id=queue_id, team_id=self.team_id, limit=self.longest, silence=self.silence
        )

    def _on(self) -> tuple[Act, ...]:
        return (GoTo(node=self.next),) if self.next else (Finish(reason=EndReason.VOICEMAIL),)
