"""Which leg belongs to what: a fold of the switchboard's own events. Part of the snapshot."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import msgspec

from otklik.acd.events import (
    CallbackScheduled,
    ConsultStarted,
    FlowEntered,
    InteractionArrived,
    InteractionConnected,
    InteractionEnded,
    InteractionForwarded,
    ManualInteractionStarted,
    ParticipantJoined,
    TransferCompleted,
    TransferStarted,
)
from otklik.acd.model import TargetKind
from otklik.flows.events import QueueRequested, VoicemailBegun, VoicemailEnded
from otklik.flows.survey_calls import SurveyCall
from otklik.switchboard.events import (
    CardPauseEnded,
    CardPauseStarted,
    GuestArrived,
    GuestExpected,
    GuestGone,
    LegOver,
    LegRecorded,
    LegStarted,
    LegUnrecorded,
    LegUp,
    PartySeen,
    SupervisionChanged,
    SupervisionEnd,
    SupervisionEnded,
    SupervisionMode,
    SupervisionStarted,
    SurveyCallDialed,
    SurveyCallEnded,
    SurveyCallScheduled,
    SurveyStarted,
    Trial,
    VoicemailKept,
    VoteCounted,
)
from otklik.vocabulary.ids import (
    AgentId,
    FlowId,
    InteractionId,
    LegId,
    NumberId,
    PartyId,
    QueueId,
    SecretId,
    TeamId,
    TrunkId,
)
from otklik.vocabulary.messages import Event, Value

CUSTOMER = "customer"
AGENT = "agent"
OUTSIDE = "outside"
PARTY = "party"
"""A party outside that was called for a transfer or a consultation, unlike `outside`, whom an agent dialled
and who stands in the customer's place."""


SUPERVISOR = "supervisor"
"""Who listens to an agent's talk, or speaks in it without owning it; `agent_id` of the leg is his own."""

_MOST_ARRIVED = 1000
_MINUTE = timedelta(minutes=1)


class Leg(Value):
    """One party's connection. role: customer, agent, outside, party or supervisor. participant_id: of a
    party, the call that brought it in. media_id: of a call that arrived, as the media server names it."""

    leg_id: LegId
    interaction_id: InteractionId
    role: str
    started_at: datetime
    agent_id: AgentId = AgentId(0)
    login: str = ""
    trunk_id: TrunkId = TrunkId(0)
    number_id: NumberId = NumberId(0)
    party_id: PartyId = PartyId(0)
    is_up: bool = False
    is_recorded: bool = False
    participant_id: InteractionId = InteractionId(0)
    media_id: str = ""


class Supervision(Value):
    """A supervisor at an agent's talk. leg_id: his own leg."""

    interaction_id: InteractionId
    agent_id: AgentId
    supervisor_id: AgentId
    leg_id: LegId
    mode: SupervisionMode
    since: datetime


class Spent(Value):
    """What went out through one trunk on one day (UTC): calls begun and whole seconds of talk.
    outside_seconds: of those, with parties to whom customers were sent, or who were asked about them."""

    calls: int = 0
    seconds: int = 0
    outside_seconds: int = 0


class Voicemail(Value):
    """A message that is being recorded: all that is known when the call is gone."""

    party_id: PartyId
    number_id: NumberId
    queue_id: QueueId
    team_id: TeamId
    is_recorded: bool


class Survey(Value):
    """What follows the talk of a customer: a flow for him who stays, a text or a call for him who hung up."""

    flow_id: FlowId
    text: str
    call: SurveyCall | None = None


class PlannedSurvey(Value):
    """A customer who is to be called with a survey. interaction_id: of the call that goes on now, 0 none.
    is_answered: he has taken it."""

    wanted: SurveyCallScheduled
    interaction_id: InteractionId = InteractionId(0)
    is_answered: bool = False


class Voting(Value):
    """Who has voted. closes_at: when nobody can any more."""

    parties: frozenset[PartyId]
    closes_at: datetime | None = None


class Guest(Value):
    """A customer who may call from his browser, or does (interaction_id). Comes to the queue, to `agent_id`
    first."""

    login: str
    secret_id: SecretId
    invitation_id: int
    queue_id: QueueId
    agent_id: AgentId
    language: str
    until: datetime
    interaction_id: InteractionId = InteractionId(0)
    trial: Trial | None = None


class Dialed(Value):
    """What one agent dialled himself: calls and transfers outside. lately: the moments of the last minute."""

    day: date
    calls: int = 0
    lately: tuple[datetime, ...] = ()


class CallsSnapshot(Value):
    legs: tuple[Leg, ...]
    parties: dict[InteractionId, PartyId]
    manual: tuple[InteractionId, ...]
    connected: tuple[tuple[InteractionId, TrunkId, datetime], ...]
    spent: tuple[tuple[TrunkId, str, Spent], ...]
    paused: tuple[InteractionId, ...] = ()
    supervisions: tuple[Supervision, ...] = ()
    voicemails: dict[InteractionId, Voicemail] = msgspec.field(default_factory=dict)
    surveys: dict[InteractionId, Survey] = msgspec.field(default_factory=dict)
    votings: dict[str, Voting] = msgspec.field(default_factory=dict)
    unrecorded: tuple[InteractionId, ...] = ()
    guests: tuple[Guest, ...] = ()
    planned: tuple[PlannedSurvey, ...] = ()
    arrived: tuple[str, ...] = ()
    dialed: dict[AgentId, Dialed] = msgspec.field(default_factory=dict)


@dataclass(slots=True)
class Calls:
    """Legs of live interactions, what agents dialled today, and who listens to whom (by supervisor).

    parties: whose interaction it is, for what phones show. manual: interactions that an agent began by
    dialling. voicemails: messages that are being recorded.
    paused: interactions of which nothing is recorded while the customer says card data.
    surveys: what follows the talks of those who wait or talk. votings: who has voted, by voting. unrecorded:
    whose customer does not want to be recorded. guests: customers who call from their browsers, by login.
    planned: customers who are to be called with a survey, by the talk; survey_calls: their talks by the calls
    that go on. arrived: the last calls that arrived, as the media server names them. dialed: by agents.
    """

    legs: dict[LegId, Leg] = field(default_factory=dict)
    legs_by_interaction: dict[InteractionId, dict[LegId, Leg]] = field(default_factory=dict)
    parties: dict[InteractionId, PartyId] = field(default_factory=dict)
    manual: set[InteractionId] = field(default_factory=set)
    connected: dict[InteractionId, tuple[TrunkId, datetime]] = field(default_factory=dict)
    spent: dict[tuple[TrunkId, date], Spent] = field(default_factory=dict)
    paused: set[InteractionId] = field(default_factory=set)
    supervisions: dict[AgentId, Supervision] = field(default_factory=dict)
    voicemails: dict[InteractionId, Voicemail] = field(default_factory=dict)
    surveys: dict[InteractionId, Survey] = field(default_factory=dict)
    votings: dict[str, set[PartyId]] = field(default_factory=dict)
    closings: dict[str, datetime] = field(default_factory=dict)
    unrecorded: set[InteractionId] = field(default_factory=set)
    guests: dict[str, Guest] = field(default_factory=dict)
    planned: dict[InteractionId, PlannedSurvey] = field(default_factory=dict)
    survey_calls: dict[InteractionId, InteractionId] = field(default_factory=dict)
    arrived: dict[str, None] = field(default_factory=dict)
    dialed: dict[AgentId, Dialed] = field(default_factory=dict)

    def of(self, interaction_id: InteractionId, role: str) -> Leg | None:
        """The newest live leg of this role."""
        found = [leg for leg in self.legs_by_interaction.get(interaction_id, {}).values() if leg.role == role]
        return max(found, key=lambda leg: leg.leg_id) if found else None

    def customer_of(self, interaction_id: InteractionId) -> Leg | None:
        """The leg that the agent talks with: the customer who called, or the party that was dialled."""
        return self.of(interaction_id, CUSTOMER) or self.of(interaction_id, OUTSIDE)

    def agent_of(self, interaction_id: InteractionId, agent_id: AgentId | None = None) -> Leg | None:
        """The newest leg of this agent in it, or of any."""
        found = [
            leg
            for leg in self.legs_by_interaction.get(interaction_id, {}).values()
            if leg.role == AGENT and (agent_id is None or leg.agent_id == agent_id)
        ]
        return max(found, key=lambda leg: leg.leg_id) if found else None

    def parties_of(self, interaction_id: InteractionId) -> list[Leg]:
        """Parties outside that take part in it."""
        return [leg for leg in self.all_of(interaction_id) if leg.role == PARTY]

    def all_of(self, interaction_id: InteractionId) -> list[Leg]:
        return list(self.legs_by_interaction.get(interaction_id, {}).values())

    def legs_of_agent(self, agent_id: AgentId) -> list[Leg]:
        return [leg for leg in self.legs.values() if leg.role == AGENT and leg.agent_id == agent_id]

    def guest_in(self, interaction_id: InteractionId) -> Guest | None:
        """The customer who calls from his browser, if this is his interaction."""
        for guest in self.guests.values():
            if guest.interaction_id == interaction_id:
                return guest
        return None

    def spent_on_trunk(self, trunk_id: TrunkId, day: date) -> Spent:
        """What went out through this trunk on that day."""
        return self.spent.get((trunk_id, day), Spent())

    def spent_by_all(self, day: date) -> Spent:
        """What the whole site dialled on that day."""
        found = [spent for (_, on), spent in self.spent.items() if on == day]
        return Spent(
            calls=sum(spent.calls for spent in found),
            seconds=sum(spent.seconds for spent in found),
            outside_seconds=sum(spent.outside_seconds for spent in found),
        )

    def _forget_call(self, talk_id: InteractionId) -> None:
        """The call that went on with this survey is over."""
        before = self.planned.get(talk_id)
        if before is not None:
            self.survey_calls.pop(before.interaction_id, None)

    def planned_of(self, interaction_id: InteractionId) -> PlannedSurvey | None:
        """The survey whose call this is; None for every other interaction."""
        talk_id = self.survey_calls.get(interaction_id)
        return None if talk_id is None else self.planned.get(talk_id)

    def dialed_by(self, agent_id: AgentId, at: datetime) -> tuple[int, int]:
        """How often this agent dialled on the day of `at` (UTC), and within the minute before it."""
        found = self.dialed.get(agent_id)
        if found is None:
            return 0, 0
        today = found.calls if found.day == at.date() else 0
        return today, sum(at - moment < _MINUTE for moment in found.lately)

    def _note_dialed(self, agent_id: AgentId, at: datetime) -> None:
        """Days before are forgotten."""
        today, _ = self.dialed_by(agent_id, at)
        before = self.dialed.get(agent_id, Dialed(day=at.date()))
        if before.day != at.date():
            self.dialed = {one: found for one, found in self.dialed.items() if found.day == at.date()}
        lately = tuple(moment for moment in before.lately if at - moment < _MINUTE)
        self.dialed[agent_id] = Dialed(day=at.date(), calls=today + 1, lately=(*lately, at))

    def _note_arrived(self, media_id: str) -> None:
        """The last of them only: no log tells of an older one."""
        self.arrived[media_id] = None
        while len(self.arrived) > _MOST_ARRIVED:
            del self.arrived[next(iter(self.arrived))]

    def outside_at(self, at: datetime) -> tuple[int, float]:
        """Parties outside that are called or talk now, and the seconds of the day's with those who still
        talk."""
        now = [leg for leg in self.legs.values() if leg.role == PARTY]
        running = sum((at - leg.started_at).total_seconds() for leg in now if leg.is_up)
        return len(now), self.spent_by_all(at.date()).outside_seconds + running

    def apply(self, event: Event) -> None:  # noqa: C901, PLR0915 - one case for each kind
        """Total: unknown events and unknown legs change nothing."""
        match event:
            case LegStarted():
                if event.media_id:
                    self._note_arrived(event.media_id)
                self._keep(
                    Leg(
                        leg_id=event.leg_id,
                        interaction_id=event.interaction_id,
                        role=event.role,
                        started_at=event.at,
                        agent_id=event.agent_id,
                        login=event.login,
                        trunk_id=event.trunk_id,
                        number_id=event.number_id,
                        party_id=event.party_id,
                        participant_id=event.interaction_id if event.role == PARTY else InteractionId(0),
                        media_id=event.media_id,
                    )
                )
                if event.role in (OUTSIDE, PARTY):
                    self._spend(event.trunk_id, event.at, calls=1)
            case LegUp() if event.leg_id in self.legs:
                self._keep(msgspec.structs.replace(self.legs[event.leg_id], is_up=True))
            case LegRecorded() if event.leg_id in self.legs:
                self._keep(msgspec.structs.replace(self.legs[event.leg_id], is_recorded=True))
                begun = self.voicemails.get(event.interaction_id)
                if begun is not None:
                    self.voicemails[event.interaction_id] = msgspec.structs.replace(begun, is_recorded=True)
            case QueueRequested() if event.survey_id or event.survey_text:
                self.surveys[event.interaction_id] = Survey(
                    flow_id=event.survey_id, text=event.survey_text, call=event.survey_call
                )
            case SurveyCallScheduled():
                self._forget_call(event.talk_id)
                self.planned[event.talk_id] = PlannedSurvey(wanted=event)
            case FlowEntered() if event.interaction_id in self.survey_calls:
                asked = self.planned.get(self.survey_calls[event.interaction_id])
                if asked is not None:
                    self.planned[asked.wanted.talk_id] = msgspec.structs.replace(asked, is_answered=True)
            case SurveyCallDialed() if event.talk_id in self.planned:
                self.survey_calls[event.interaction_id] = event.talk_id
                self.planned[event.talk_id] = msgspec.structs.replace(
                    self.planned[event.talk_id], interaction_id=event.interaction_id
                )
            case SurveyCallEnded():
                self._forget_call(event.talk_id)
                self.planned.pop(event.talk_id, None)
            case SurveyStarted():
                self._give_leg(event.leg_id, event.interaction_id, CUSTOMER)
                self.surveys.pop(event.talk_id, None)
            case VoteCounted():
                self._count_vote(event)
            case LegUnrecorded() if event.leg_id in self.legs:
                if event.is_refused:
                    self.unrecorded.add(event.interaction_id)
                self._keep(msgspec.structs.replace(self.legs[event.leg_id], is_recorded=False))
            case VoicemailBegun():
                customer = self.of(event.interaction_id, CUSTOMER)
                self.voicemails[event.interaction_id] = Voicemail(
                    party_id=self.parties.get(event.interaction_id, PartyId(0)),
                    number_id=customer.number_id if customer else NumberId(0),
                    queue_id=event.queue_id,
                    team_id=event.team_id,
                    is_recorded=customer is not None and customer.is_recorded,
                )
            case LegOver():
                leg = self.legs.pop(event.leg_id, None)
                if leg is not None:
                    talked = int((event.at - leg.started_at).total_seconds()) if leg.is_up else 0
                    if leg.role == PARTY and talked:
                        self._spend(leg.trunk_id, event.at, seconds=talked, outside_seconds=talked)
                    elif leg.role == OUTSIDE and self.planned_of(leg.interaction_id) is not None:
                        self._spend(leg.trunk_id, event.at, seconds=talked)
                    legs = self.legs_by_interaction.get(leg.interaction_id, {})
                    legs.pop(leg.leg_id, None)
                    if not legs:
                        self.legs_by_interaction.pop(leg.interaction_id, None)
            case InteractionArrived():
                self.parties[event.interaction_id] = event.party_id
            case CallbackScheduled():
                self.parties[event.interaction_id] = event.party_id
            case ManualInteractionStarted():
                self.parties[event.interaction_id] = event.party_id
                self.manual.add(event.interaction_id)
                self._note_dialed(event.agent_id, event.at)
            case TransferStarted() if event.from_agent_id and event.target.kind is TargetKind.OUTSIDE:
                self._note_dialed(event.from_agent_id, event.at)
            case ConsultStarted():
                if event.target.kind is TargetKind.OUTSIDE:
                    self._note_dialed(event.caller_id, event.at)
                self.parties[event.interaction_id] = self.parties.get(event.consult_of, PartyId(0))
            case TransferCompleted() if event.consult_id:
                self._bring_over(event.consult_id, event.interaction_id)
            case ParticipantJoined():
                self._bring_over(event.participant_id, event.interaction_id)
            case InteractionForwarded():
                self._bring_over(event.participant_id, event.interaction_id)
            case InteractionConnected() if event.interaction_id in self.manual:
                outside = self.of(event.interaction_id, OUTSIDE)
                if outside is not None:
                    self.connected.setdefault(event.interaction_id, (outside.trunk_id, event.at))
            case CardPauseStarted():
                self.paused.add(event.interaction_id)
            case CardPauseEnded():
                self.paused.discard(event.interaction_id)
            case InteractionEnded():
                self.paused.discard(event.interaction_id)
                self.parties.pop(event.interaction_id, None)
                self.surveys.pop(event.interaction_id, None)
                self.unrecorded.discard(event.interaction_id)
                talk = self.connected.pop(event.interaction_id, None)
                if talk is not None:
                    trunk_id, since = talk
                    self._spend(trunk_id, event.at, seconds=int((event.at - since).total_seconds()))
                self.manual.discard(event.interaction_id)
            case SupervisionStarted():
                self.supervisions[event.supervisor_id] = Supervision(
                    interaction_id=event.interaction_id,
                    agent_id=event.agent_id,
                    supervisor_id=event.supervisor_id,
                    leg_id=event.leg_id,
                    mode=event.mode,
                    since=event.at,
                )
                self._give_leg(event.leg_id, event.interaction_id, SUPERVISOR)
            case SupervisionChanged() if event.supervisor_id in self.supervisions:
                before = self.supervisions[event.supervisor_id]
                self.supervisions[event.supervisor_id] = msgspec.structs.replace(before, mode=event.mode)
            case SupervisionEnded():
                self.supervisions.pop(event.supervisor_id, None)
                if event.cause is SupervisionEnd.TAKEN_OVER:
                    self._give_leg(event.leg_id, event.interaction_id, AGENT)
            case VoicemailKept():
                self.voicemails.pop(event.interaction_id, None)
            case VoicemailEnded() if not event.is_kept or event.is_test:
                self.voicemails.pop(event.interaction_id, None)
            case GuestExpected():
                self.guests[event.login] = Guest(
                    login=event.login,
                    secret_id=event.secret_id,
                    invitation_id=event.invitation_id,
                    queue_id=event.queue_id,
                    agent_id=event.agent_id,
                    language=event.language,
                    until=event.until,
                    trial=event.trial,
                )
            case GuestArrived() if event.login in self.guests:
                guest = self.guests[event.login]
                self.guests[event.login] = msgspec.structs.replace(guest, interaction_id=event.interaction_id)
            case GuestGone():
                self.guests.pop(event.login, None)
            case PartySeen():
                pass
            case _:
                pass

    def snapshot(self) -> CallsSnapshot:
        return CallsSnapshot(
            legs=tuple(self.legs.values()),
            parties=dict(self.parties),
            manual=tuple(sorted(self.manual)),
            connected=tuple((one, trunk, since) for one, (trunk, since) in self.connected.items()),
            spent=tuple((trunk_id, day.isoformat(), spent) for (trunk_id, day), spent in self.spent.items()),
            paused=tuple(sorted(self.paused)),
            supervisions=tuple(self.supervisions.values()),
            voicemails=dict(self.voicemails),
            surveys=dict(self.surveys),
            votings={
                name: Voting(parties=frozenset(parties), closes_at=self.closings.get(name))
                for name, parties in self.votings.items()
            },
            unrecorded=tuple(sorted(self.unrecorded)),
            guests=tuple(self.guests.values()),
            planned=tuple(self.planned.values()),
            arrived=tuple(self.arrived),
            dialed=dict(self.dialed),
        )

    @classmethod
    def restored(cls, snapshot: CallsSnapshot) -> "Calls":
        calls = cls(
            parties=dict(snapshot.parties),
            manual=set(snapshot.manual),
            connected={one: (trunk, since) for one, trunk, since in snapshot.connected},
            voicemails=dict(snapshot.voicemails),
            surveys=dict(snapshot.surveys),
            votings={name: set(voting.parties) for name, voting in snapshot.votings.items()},
            closings={
                name: voting.closes_at
                for name, voting in snapshot.votings.items()
                if voting.closes_at is not None
            },
            unrecorded=set(snapshot.unrecorded),
            guests={guest.login: guest for guest in snapshot.guests},
            planned={one.wanted.talk_id: one for one in snapshot.planned},
            survey_calls={
                one.interaction_id: one.wanted.talk_id for one in snapshot.planned if one.interaction_id
            },
            spent={(trunk, date.fromisoformat(day)): spent for trunk, day, spent in snapshot.spent},
            paused=set(snapshot.paused),
            supervisions={one.supervisor_id: one for one in snapshot.supervisions},
            arrived=dict.fromkeys(snapshot.arrived),
            dialed=dict(snapshot.dialed),
        )
        for leg in snapshot.legs:
            calls._keep(leg)
        return calls

    def _keep(self, leg: Leg) -> None:
        self.legs[leg.leg_id] = leg
        self.legs_by_interaction.setdefault(leg.interaction_id, {})[leg.leg_id] = leg

    def _count_vote(self, event: VoteCounted) -> None:
        """Who voted where nobody can vote any more is forgotten, a day later."""
        self.votings.setdefault(event.voting, set()).add(event.party_id)
        if event.closes_at is not None:
            self.closings[event.voting] = event.closes_at
        for name in [name for name, until in self.closings.items() if event.at - until > timedelta(days=1)]:
            self.votings.pop(name, None)
            del self.closings[name]

    def _give_leg(self, leg_id: LegId, interaction_id: InteractionId, role: str) -> None:
        """A supervisor's leg goes over to another talk, or becomes an agent's."""
        leg = self.legs.get(leg_id)
        if leg is None:
            return
        legs = self.legs_by_interaction.get(leg.interaction_id, {})
        legs.pop(leg_id, None)
        if not legs:
            self.legs_by_interaction.pop(leg.interaction_id, None)
        self._keep(msgspec.structs.replace(leg, interaction_id=interaction_id, role=role))

    def _bring_over(self, before: InteractionId, after: InteractionId) -> None:
        """Whoever was asked in a consultation belongs to the customer's interaction from now on."""
        if before == after:
            return
        for leg in list(self.legs_by_interaction.pop(before, {}).values()):
            self._keep(msgspec.structs.replace(leg, interaction_id=after))

    def _spend(
        self,
        trunk_id: TrunkId,
        at: datetime,
        *,
        calls: int = 0,
        seconds: int = 0,
        outside_seconds: int = 0,
    ) -> None:
        """Counts by UTC day; days before yesterday are forgotten."""
        day = at.date()
        if (trunk_id, day) not in self.spent:
            self.spent = {key: spent for key, spent in self.spent.items() if (day - key[1]).days < 2}
        before = self.spent_on_trunk(trunk_id, day)
        self.spent[trunk_id, day] = Spent(
            calls=before.calls + calls,
            seconds=before.seconds + seconds,
            outside_seconds=before.outside_seconds + outside_seconds,
        )


def bridge_name(interaction_id: InteractionId) -> str:
    """The name of the bridge in which the legs of an interaction hear each other."""
    return f"i{interaction_id}"


def interaction_of_bridge(bridge: str) -> InteractionId | None:
    """The interaction of a bridge that is ours, else None."""
    return InteractionId(int(bridge[1:])) if bridge[:1] == "i" and bridge[1:].isdigit() else None


def ear_name(leg_id: LegId, *, is_whisper: bool) -> str:
    """The name of the bridge between a supervisor's leg and the ear at an agent's: it tells the mode."""
    return f"ear-{leg_id}-{'whisper' if is_whisper else 'monitor'}"


def leg_of_ear(bridge: str) -> LegId | None:
    """The supervisor's leg of such a bridge; None for another one."""
    kind, _, rest = bridge.partition("-")
    number = rest.partition("-")[0]
    return LegId(int(number)) if kind == "ear" and number.isdigit() else None
