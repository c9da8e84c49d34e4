"""What the live feed says: agents, queues and customers on a board, one agent's desk, and what changed."""

import msgspec


class LinkTile(msgspec.Struct, frozen=True):
    """How good a link is now. mos: 1.00 to 4.40, E-model; grade: good, fair or bad; cause: what takes most
    from it (loss, delay or jitter)."""

    mos: float
    grade: str
    cause: str
    loss_percent: float
    jitter_ms: float
    round_trip_ms: float | None


class AgentTile(msgspec.Struct, frozen=True):
    """An agent on a board. Figures are of the day. guard: why a break is proposed (`handled`, `streak`), with
    what he had handled and worked without a break when it was. link_mos: of his own link in the talk of now,
    None while nobody measured it."""

    id: int
    name: str
    team_id: int | None
    state: str
    reason_id: int | None
    cause: str | None
    since_ms: int
    queue_id: int | None
    interaction_id: str | None
    direction: str | None
    intent: str | None
    intent_reason_id: int | None
    deadline_ms: int | None
    reachable: bool
    handled: int
    aht_ms: int | None
    occupancy: float | None
    missed: int
    mode: str = "blended"
    mode_rule: str = "default"
    reserved_until_ms: int | None = None
    guard: str | None = None
    guard_handled: int = 0
    guard_streak_ms: int = 0
    loan_queue_ids: tuple[int, ...] = ()
    loan_until_ms: int | None = None
    loan_is_only: bool = False
    link_mos: float | None = None


class QueueTile(msgspec.Struct, frozen=True):
    """A queue on a board. level_since: the site's day since when its service level is defined so; None: by
    its own settings."""

    id: int
    name: str
    project_id: int
    project_name: str
    color: str
    waiting: int
    longest_since_ms: int | None
    offered: int
    answered: int
    abandoned: int
    short_abandons: int
    overflows: int
    in_sl: int
    service_level: float | None
    service_level_strict: float | None
    target: float
    threshold_seconds: float
    wait_ms_total: int
    agents_ready: int
    agents_busy: int
    agents_signed_in: int
    is_closed: bool = False
    level_formula: str = "F6"
    level_since: str | None = None
    short_abandon_seconds: float = 5.0


class WatcherTile(msgspec.Struct, frozen=True):
    """A supervisor who listens. mode: monitor, whisper or barge."""

    id: int
    name: str
    mode: str
    since_ms: int


class InteractionTile(msgspec.Struct, frozen=True):
    """A customer on a board; the number is masked. card_since_ms: nothing is recorded since then, because
    card data is being said; card_asks_ms: when the agent is asked whether that is over. link_mos: of the
    worst link in the talk, None while nobody measured one; agent_link, customer_link: of its two sides."""

    id: str
    phase: str
    queue_id: int | None
    number_masked: str
    customer_name: str
    agent_id: int | None
    since_ms: int
    queued_ms: int | None
    deadline_ms: int | None
    direction: str
    priority: int
    is_callback: bool = False
    watchers: tuple[WatcherTile, ...] = ()
    card_since_ms: int | None = None
    card_asks_ms: int | None = None
    link_mos: float | None = None
    agent_link: LinkTile | None = None
    customer_link: LinkTile | None = None


class WrapUp(msgspec.Struct, frozen=True):
    """The work after the talk. limit_ms: extensions end here."""

    interaction_id: str
    deadline_ms: int
    limit_ms: int


class DeskWaiting(msgspec.Struct, frozen=True):
    """How many wait in one of the agent's queues."""

    queue_id: int
    waiting: int
    longest_since_ms: int | None


class DeskConsult(msgspec.Struct, frozen=True):
    """Whom the agent asks about his customer: a colleague or a queue by name, or a number. phase: waiting,
    offered, connecting, dialing, connected, held."""

    id: str
    phase: str
    agent_id: int | None
    name: str
    queue_name: str
    number: str
    since_ms: int


class DeskFailedConsult(msgspec.Struct, frozen=True):
    """Whom the agent asked about his customer and did not get, or who hung up; reason: an end reason (busy:
    said no; answered: they talked). agent_id: a colleague who may be asked again."""

    name: str
    queue_name: str
    number: str
    reason: str
    at_ms: int
    agent_id: int | None = None


class DeskParticipant(msgspec.Struct, frozen=True):
    """One more in a conference: a colleague by name, or a number."""

    id: str
    agent_id: int | None
    name: str
    number: str


class DeskInteraction(msgspec.Struct, frozen=True):
    """What the agent handles. phase: that of the interaction, or wrap_up.

    is_callback: a promised call, dialled when he takes it. greeting: what he says first, of the queue.
    role: owner, conferee or caller (of an internal call). about: of a consultation, the customer's
    interaction that it is about, whose customer is shown, and about_note what is written about it so far.
    colleague: who calls, asks or transferred it, or whose conference it is. is_return: offered to the very
    agent who transferred it. failed_consult: the last one, until he asks again. hold_reminds_ms: when
    the desk reminds of a customer who is held and of whom nobody is asked about.
    """

    id: str
    phase: str
    direction: str
    queue_id: int | None
    queue_name: str
    project_name: str
    color: str
    number: str
    number_called: str
    party_id: str | None
    customer_name: str
    offer_id: str | None
    deadline_ms: int | None
    since_ms: int
    connected_ms: int | None
    disposition_id: int | None
    note: str
    priority: int
    callback_of: str | None
    role: str = "owner"
    about: str | None = None
    colleague: str = ""
    consult: DeskConsult | None = None
    others: tuple[DeskParticipant, ...] = ()
    is_callback: bool = False
    greeting: str = ""
    about_note: str = ""
    is_return: bool = False
    failed_consult: DeskFailedConsult | None = None
    hold_reminds_ms: int | None = None
    card_since_ms: int | None = None
    card_asks_ms: int | None = None
    agent_link: LinkTile | None = None
    customer_link: LinkTile | None = None


class Board(msgspec.Struct, frozen=True):
    """The body of a snapshot of topic board."""

    agents: tuple[AgentTile, ...]
    queues: tuple[QueueTile, ...]
    interactions: tuple[InteractionTile, ...]


class Gone(msgspec.Struct, frozen=True):
    """Ids of what is no longer on the board."""

    agents: tuple[int, ...] = ()
    queues: tuple[int, ...] = ()
    interactions: tuple[str, ...] = ()


class BoardChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of a delta of topic board: only what is new or changed, and what is gone."""

    agents: tuple[AgentTile, ...] = ()
    queues: tuple[QueueTile, ...] = ()
    interactions: tuple[InteractionTile, ...] = ()
    gone: Gone | None = None


class DeskSupervision(msgspec.Struct, frozen=True):
    """The talk to which this person listens. mode: monitor, whisper or barge."""

    interaction_id: str
    agent_id: int
    agent_name: str
    mode: str
    since_ms: int


class Desk(msgspec.Struct, frozen=True):
    """The body of topic desk, in snapshots and deltas alike: it is small, so it is sent whole."""

    agent: AgentTile | None
    interaction: DeskInteraction | None
    wrap_up: WrapUp | None
    actions: tuple[str, ...]
    missed_count: int
    waiting: tuple[DeskWaiting, ...]
    supervision: DeskSupervision | None = None
