"""Ways, receivers, deliveries."""

from datetime import datetime, time, timedelta
from enum import StrEnum

from otklik.vocabulary.hours import OpeningHours, Span
from otklik.vocabulary.ids import PersonId, SecretId, TeamId
from otklik.vocabulary.messages import Value

PAUSES = (
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
)
"""After each failure; then the last one again and again, until GIVES_UP_AFTER."""
GIVES_UP_AFTER = timedelta(hours=24)
LONGEST_ANSWER = 500
"""So much of what the other side said is kept."""


class WayKind(StrEnum):
    """What speaks to the other side."""

    EMAIL = "email"
    TELEGRAM = "telegram"
    MAX = "max"
    SLACK = "slack"
    TEAMS = "teams"
    WEBHOOK = "webhook"


SECRET_IS_ADDRESS = frozenset({WayKind.SLACK, WayKind.TEAMS})
"""Their whole address is the secret: who knows it may write there."""
NEEDS_ADDRESS = frozenset({WayKind.EMAIL, WayKind.TELEGRAM, WayKind.MAX})
"""Their receivers have an address: a mailbox, a chat."""
USUAL_ADDRESS = {
    WayKind.TELEGRAM: "https://api.telegram.org",
    WayKind.MAX: "https://platform-api.max.ru",
}


class Security(StrEnum):
    """How the line to a mail server is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class Way(Value, kw_only=True):
    """How something leaves.

    address: of a service, `https://api.telegram.org`; of a webhook, all of it; of a mail server, its host;
    of Slack and Teams only the beginning, since the rest is the secret. secret: a password, a bot's token,
    a key to sign with. sender: the mailbox that mail comes from. allowed_hosts: names and networks that it
    may lead to although they are not public. ca: certificates in PEM that are trusted besides the usual
    ones.
    """

    way_id: int = 0
    name: str
    kind: WayKind
    address: str = ""
    port: int = 0
    security: Security = Security.STARTTLS
    login: str = ""
    sender: str = ""
    sender_name: str = ""
    secret_id: SecretId = SecretId(0)
    allowed_hosts: tuple[str, ...] = ()
    ca: str = ""
    is_on: bool = True


class Receiver(Value, kw_only=True):
    """Where something goes. address: a mailbox (several with commas), a chat; "" where the way needs none.

    person_id, team_id: whose it is; rules may name the person or the team instead. quiet_since, quiet_until:
    by the site's wall clock, the same is never; what comes then waits for the end, unless it is critical and
    wakes. language: "" is the site's.
    """

    receiver_id: int = 0
    name: str
    way_id: int
    address: str = ""
    person_id: PersonId = PersonId(0)
    team_id: TeamId = TeamId(0)
    quiet_since: str = "00:00"
    quiet_until: str = "00:00"
    critical_wakes: bool = True
    tells_end: bool = True
    language: str = ""
    is_on: bool = True


class State(StrEnum):
    """Where a delivery stands. skipped: it was over before its time came."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    SKIPPED = "skipped"


class Letter(Value, kw_only=True):
    """What is told. lines: more than the subject. topic: what it is about, for programs."""

    subject: str
    text: str = ""
    topic: str = ""
    html: str = ""


class Enclosure(Value):
    """A file that goes with a mail. content_id: of a picture that the mail's HTML shows as `cid:...`."""

    name: str
    media_type: str
    content: bytes
    content_id: str = ""


class Delivery(Value, kw_only=True):
    """A letter on its way. source: alert, test, report; source_id: of it. answer: what the other side said
    last."""

    delivery_id: int
    way_id: int
    receiver_id: int
    address: str
    letter: Letter
    source: str
    source_id: int
    state: State
    made_at: datetime
    due_at: datetime
    tries: int = 0
    done_at: datetime | None = None
    answer: str = ""
    in_digest: bool = False


class Outcome(Value, kw_only=True):
    """What came of a try. words: the other side's, or a code of ours. is_final: no use in trying again.
    wait: what the other side asked for."""

    is_delivered: bool
    words: str = ""
    is_final: bool = False
    wait: timedelta | None = None


def pause_after(tries: int, wait: timedelta | None = None) -> timedelta:
    """How long to wait after so many failed tries; never shorter than the other side asked for."""
    pause = PAUSES[min(max(tries, 1), len(PAUSES)) - 1]
    return max(pause, min(wait, GIVES_UP_AFTER)) if wait is not None else pause


def due_at(receiver: Receiver, at: datetime, zone: str, *, is_critical: bool) -> datetime:
    """When something may be told to him: now, or at the end of his quiet hours."""
    if receiver.quiet_since == receiver.quiet_until or (is_critical and receiver.critical_wakes):
        return at
    span = Span(
        opens=time.fromisoformat(receiver.quiet_since), closes=time.fromisoformat(receiver.quiet_until)
    )
    quiet = OpeningHours(week=((span,),) * 7)
    return quiet.next_closing(at, zone) or at
