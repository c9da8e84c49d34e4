"""The table language of the engine's tests: one line per step, what must follow at its end.

    centre = Centre(agents={"anna": {"sales": 5}})
    centre.play('''
        0    1 joins sales      > arrived 1; queued 1 sales #1; offer 1 anna
        20   time               > expired 1 anna; not_ready anna missed_offer; queued 1 sales #1 again
        21   1 leaves           > ended 1 abandoned customer
    ''')

A line: seconds since 09:01, what is done, `>`, all events of the step in order, or `refused CODE`,
or nothing. Interactions are numbers, agents and queues have names. A line without `>` goes on with the one
before. Every step goes through a `Witness`, so all invariants, tables and folds are checked on the way, and
a replay at the end.
"""

from datetime import UTC, datetime, timedelta

from otklik.acd import commands, events
from otklik.acd.commands import AcdCommand
from otklik.acd.engine import Engine
from otklik.acd.events import AcdEvent
from otklik.acd.model import (
    AgentProfile,
    Channel,
    EndedBy,
    EndReason,
    Mode,
    QueueRules,
    ReasonRules,
    SiteRules,
    SkillRequirement,
    Target,
    TargetKind,
)
from otklik.vocabulary.refusals import Refused
from tests.acd.witness import Witness

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
START = NINE + timedelta(minutes=1)
OUTSIDE = 7
"""The party outside who is called."""
PARTY = 8
REASONS = {"lunch": 1, "training": 2, "meeting": 3}


def moment(seconds: float) -> datetime:
    """A moment of the test's morning."""
    return START + timedelta(milliseconds=round(seconds * 1000))


def _seconds(at: datetime) -> str:
    return f"{(at - START).total_seconds():g}"


def _joined(table: str) -> list[str]:
    """Lines of a table; one without `>` goes on with the one before."""
    lines: list[str] = []
    for line in table.strip().splitlines():
        if ">" in line:
            lines.append(line)
        else:
            lines[-1] += " " + line.strip()
    return lines


class Centre:
    """A small centre with names. Agents start ready, with a reachable device, idle since before nine in
    their order.

    queues: name -> changes of QueueRules; a queue needs the skill of its name. agents: name -> level by
    skill.
    """

    def __init__(
        self,
        *,
        queues: dict[str, dict[str, object]] | None = None,
        agents: dict[str, dict[str, int]] | None = None,
        ready: bool = True,
        site: SiteRules | None = None,
        full_every: int = 1,
    ) -> None:
        queues = {"sales": {}} if queues is None else queues
        agents = {"anna": {"sales": 5}, "boris": {"sales": 5}} if agents is None else agents
        self.queues = {name: number for number, name in enumerate(queues, start=1)}
        self.agents = {name: number for number, name in enumerate(agents, start=11)}
        self.witness = Witness(full_every=full_every)
        start = NINE
        if site is not None:
            self.do(commands.ConfigureSite(at=start, site=site))
        for name, number in REASONS.items():
            rules = ReasonRules(reason_id=number, needs_permission=name == "training")
            self.do(commands.ConfigureReason(at=start, reason=rules))
        for name in queues:
            self.do(commands.ConfigureQueue(at=start, queue=self.queue_rules(name, **queues[name])))
        for name, skills in agents.items():
            self.do(commands.ConfigureAgent(at=start, agent=self.profile(name, skills)))
        for number, agent_id in enumerate(self.agents.values()):
            at = start + timedelta(seconds=number + 1)
            self.do(commands.SignInAgent(at=at, agent_id=agent_id))
            self.do(commands.NoteDevice(at=at, agent_id=agent_id, is_reachable=True))
            if ready:
                self.do(commands.MakeAgentReady(at=at, agent_id=agent_id))

    @property
    def engine(self) -> Engine:
        return self.witness.engine

    def queue_rules(self, name: str, **changes: object) -> QueueRules:
        requirement = SkillRequirement(skill_id=self.queues[name], minimum=changes.pop("minimum", 1))
        return QueueRules(
            **{"queue_id": self.queues[name], "name": name, "skills": (requirement,), **changes}
        )

    def profile(self, name: str, skills: dict[str, int], **changes: object) -> AgentProfile:
        levels = {self.queues[skill]: level for skill, level in skills.items()}
        return AgentProfile(agent_id=self.agents[name], skills=levels, **changes)

    def do(self, command: AcdCommand) -> list[AcdEvent]:
        """What time brings until the command's moment, then the command: as a shell does it."""
        found = self.witness.advance(command.at)
        return found + self.witness.handle(command)

    def play(self, table: str) -> None:
        """Play a table; the first line that differs fails the test with all that came before it."""
        said: list[str] = []
        for line in _joined(table):
            shown, outcome, wanted = self.play_line(line)
            said.append(shown)
            assert outcome == wanted, "\n" + "\n".join(said) + f"\n{'expected':>48} > {wanted}"
        self.witness.compare_replay()

    def do_line(self, step: str) -> str:
        """Do one step and say what came of it, wanting nothing."""
        return self.play_line(step)[1]

    def play_line(self, line: str) -> tuple[str, str, str]:
        """Play one line: how it went, what came and what was wanted."""
        step, _, expected = line.strip().partition(">")
        seconds, _, what = step.strip().partition(" ")
        outcome = self._step(float(seconds), what.strip())
        return f"{seconds:>7} {what.strip():40} > {outcome}", outcome, " ".join(expected.split())

    def _step(self, seconds: float, what: str) -> str:
        at = moment(seconds)
        found = self.witness.advance(at)
        for command in self._commands(what, at):
            refused = self._refusal_or_events(command, found)
            if refused:
                return f"{self._say_all(found)}; {refused}".removeprefix("; ")
        return self._say_all(found)

    def _refusal_or_events(self, command: AcdCommand, found: list[AcdEvent]) -> str:
        try:
            found += self.witness.handle(command)
        except Refused as refused:
            return f"refused {refused.code}"
        return ""

    def _commands(self, what: str, at: datetime) -> list[AcdCommand]:  # noqa: C901 - a dictionary of phrases
        words = what.split()
        if words == ["time"]:
            return []
        if words[0] in self.agents:
            return self._agent_commands(self.agents[words[0]], words[1:], at)
        if words[0] in self.queues:
            return self._queue_commands(self.queues[words[0]], words[1:], at)
        interaction_id = int(words[0])
        match words[1:]:
            case ["arrives"]:
                return [commands.RegisterInteraction(at=at, interaction_id=interaction_id, party_id=PARTY)]
            case ["forwarded", *target, ring, talk]:
                return [
                    commands.ForwardInteraction(
                        at=at,
                        interaction_id=interaction_id,
                        target=self._target(target),
                        ring_timeout=timedelta(seconds=int(ring)),
                        talk_limit=timedelta(seconds=int(talk)),
                    )
                ]
            case ["enters", "flow"]:
                return [commands.EnterFlow(at=at, interaction_id=interaction_id)]
            case ["joins", queue, *rest]:
                priority = int(rest[1]) if rest else 0
                joining = commands.EnqueueInteraction(
                    at=at,
                    interaction_id=interaction_id,
                    queue_id=self.queues.get(queue, 99),
                    priority=priority,
                )
                if self.engine.interaction(interaction_id) is not None:
                    return [joining]
                known = self.engine.state.queues.get(joining.queue_id)
                arriving = commands.RegisterInteraction(
                    at=at,
                    interaction_id=interaction_id,
                    party_id=PARTY,
                    channel=Channel.VOICE if known is None else known.rules.channel,
                )
                return [arriving, joining]
            case ["attached", queue]:
                return [
                    commands.AttachInteraction(
                        at=at, reservation_id=1, interaction_id=interaction_id, queue_id=self.queues[queue]
                    )
                ]
            case ["leaves", "queue", "by", key]:
                return [commands.LeaveQueue(at=at, interaction_id=interaction_id, key=key)]
            case ["leaves"]:
                return [commands.NoteCustomerLeft(at=at, interaction_id=interaction_id)]
            case ["connects"]:
                return [commands.ConfirmConnection(at=at, interaction_id=interaction_id)]
            case ["ends", reason, *by]:
                return [
                    commands.EndInteraction(
                        at=at,
                        interaction_id=interaction_id,
                        reason=EndReason(reason),
                        by=EndedBy(by[0]) if by else EndedBy.SYSTEM,
                    )
                ]
            case ["fails", reason]:
                return [
                    commands.FailManualInteraction(
                        at=at, interaction_id=interaction_id, reason=EndReason(reason)
                    )
                ]
            case ["pulled", "back"]:
                return [commands.PullInteraction(at=at, interaction_id=interaction_id)]
            case ["moved", "to", queue] if queue in self.queues:
                return [
                    commands.RequeueInteraction(
                        at=at, interaction_id=interaction_id, queue_id=self.queues[queue], ahead=True
                    )
                ]
            case ["loses", "party"]:
                return [commands.NotePartyLeft(at=at, interaction_id=interaction_id)]
            case ["loses", "agent"]:
                return [commands.NoteAgentLegLost(at=at, interaction_id=interaction_id)]
            case ["regains", "agent"]:
                return [commands.NoteAgentLegRestored(at=at, interaction_id=interaction_id)]
            case ["promised", *rest]:
                return [self._promise(interaction_id, rest, at)]
            case ["scheduled", queue, seconds, *owner]:
                return [
                    commands.ScheduleCallback(
                        at=at,
                        interaction_id=interaction_id,
                        party_id=PARTY,
                        queue_id=self.queues.get(queue, 99),
                        due_at=moment(float(seconds)),
                        agent_id=self.agents[owner[1]] if owner else 0,
                    )
                ]
            case ["moved", "to", seconds]:
                due_at = moment(float(seconds))
                return [commands.RescheduleCallback(at=at, interaction_id=interaction_id, due_at=due_at)]
            case ["escalates", *queue]:
                queue_id = self.queues.get(queue[0], 99) if queue else 0
                return [commands.EscalateInteraction(at=at, interaction_id=interaction_id, queue_id=queue_id)]
            case ["goes", "to", queue, *rest]:
                return [
                    commands.RequeueInteraction(
                        at=at,
                        interaction_id=interaction_id,
                        queue_id=self.queues.get(queue, 99),
                        ahead="ahead" in rest,
                    )
                ]
        raise ValueError(what)

    def _promise(self, interaction_id: int, words: list[str], at: datetime) -> AcdCommand:
        """`7 promised`, `7 promised in sales`, `7 promised at 600`, `7 promised for anna`."""
        said = dict(zip(words[::2], words[1::2], strict=True))
        return commands.PromiseCallback(
            at=at,
            interaction_id=interaction_id,
            queue_id=self.queues.get(said["in"], 99) if "in" in said else 0,
            due_at=moment(float(said["at"])) if "at" in said else None,
            agent_id=self.agents[said["for"]] if "for" in said else 0,
        )

    def _queue_commands(self, queue_id: int, words: list[str], at: datetime) -> list[AcdCommand]:
        match words:
            case ["reserves", count]:
                return [
                    commands.ReserveAgents(
                        at=at,
                        reservation_id=1,
                        queue_id=queue_id,
                        count=int(count),
                        length=timedelta(seconds=10),
                    )
                ]
            case ["removed", *to]:
                to_queue_id = self.queues[to[0]] if to else 0
                return [commands.RemoveQueue(at=at, queue_id=queue_id, to_queue_id=to_queue_id)]
        raise ValueError(words)

    def _agent_commands(self, agent_id: int, words: list[str], at: datetime) -> list[AcdCommand]:  # noqa: C901
        agent = self.engine.agent(agent_id)
        offer_id = 0 if agent is None or agent.assignment is None else agent.assignment.offer_id
        match words:
            case ["accepts"]:
                return [commands.AcceptOffer(at=at, offer_id=offer_id)]
            case ["declines"]:
                return [commands.DeclineOffer(at=at, offer_id=offer_id)]
            case ["device", "fails"]:
                return [commands.FailOffer(at=at, offer_id=offer_id)]
            case ["takes", interaction]:
                offered = self.engine.interaction(int(interaction))
                return [
                    commands.AcceptOffer(at=at, offer_id=offered.offer_id if offered is not None else 0),
                    commands.ConfirmConnection(at=at, interaction_id=int(interaction)),
                ]
            case ["ready"]:
                return [commands.MakeAgentReady(at=at, agent_id=agent_id)]
            case ["not_ready", reason, *permitted]:
                return [
                    commands.MakeAgentNotReady(
                        at=at, agent_id=agent_id, reason_id=REASONS.get(reason, 99), permitted=bool(permitted)
                    )
                ]
            case ["signs", "in"]:
                return [commands.SignInAgent(at=at, agent_id=agent_id)]
            case ["signs", "out", *forced]:
                return [commands.SignOutAgent(at=at, agent_id=agent_id, forced=bool(forced))]
            case ["reachable"]:
                return [commands.NoteDevice(at=at, agent_id=agent_id, is_reachable=True)]
            case ["unreachable"]:
                return [commands.NoteDevice(at=at, agent_id=agent_id, is_reachable=False)]
            case ["holds", interaction]:
                return [commands.HoldInteraction(at=at, agent_id=agent_id, interaction_id=int(interaction))]
            case ["resumes", interaction]:
                return [commands.ResumeInteraction(at=at, agent_id=agent_id, interaction_id=int(interaction))]
            case ["finishes", "wrap_up"]:
                return [commands.FinishWrapUp(at=at, agent_id=agent_id)]
            case ["finishes", interaction]:
                return [commands.FinishTalk(at=at, agent_id=agent_id, interaction_id=int(interaction))]
            case ["extends", seconds]:
                extension = timedelta(seconds=int(seconds))
                return [commands.ExtendWrapUp(at=at, agent_id=agent_id, extension=extension)]
            case ["dials", interaction, *queue]:
                queue_id = self.queues.get(queue[0], 99) if queue else 0
                return [
                    commands.StartManualInteraction(
                        at=at, agent_id=agent_id, interaction_id=int(interaction), queue_id=queue_id
                    )
                ]
            case ["transfers", interaction, *target]:
                return [
                    commands.TransferInteraction(
                        at=at,
                        agent_id=agent_id,
                        interaction_id=int(interaction),
                        target=self._target(target),
                    )
                ]
            case ["consults", interaction, consult, *target]:
                return [
                    commands.StartConsult(
                        at=at,
                        agent_id=agent_id,
                        interaction_id=int(interaction),
                        consult_id=int(consult),
                        target=self._target(target),
                    )
                ]
            case ["swaps", interaction]:
                return [commands.SwapConsult(at=at, agent_id=agent_id, interaction_id=int(interaction))]
            case ["completes", interaction]:
                return [commands.CompleteTransfer(at=at, agent_id=agent_id, interaction_id=int(interaction))]
            case ["cancels", interaction]:
                return [commands.CancelConsult(at=at, agent_id=agent_id, interaction_id=int(interaction))]
            case ["confers", interaction]:
                return [commands.StartConference(at=at, agent_id=agent_id, interaction_id=int(interaction))]
            case ["leaves", interaction]:
                return [commands.LeaveConference(at=at, agent_id=agent_id, interaction_id=int(interaction))]
            case ["removes", participant, "from", interaction]:
                return [
                    commands.RemoveParticipant(
                        at=at,
                        agent_id=agent_id,
                        interaction_id=int(interaction),
                        participant_id=int(participant),
                    )
                ]
            case ["calls", colleague, interaction]:
                return [
                    commands.StartInternalCall(
                        at=at,
                        agent_id=agent_id,
                        interaction_id=int(interaction),
                        target_id=self.agents[colleague],
                    )
                ]
            case ["pulls", interaction]:
                return [commands.PullInteraction(at=at, agent_id=agent_id, interaction_id=int(interaction))]
            case ["takes", "over", interaction]:
                return [
                    commands.TakeOverInteraction(at=at, agent_id=agent_id, interaction_id=int(interaction))
                ]
            case ["gets", interaction]:
                return [commands.AssignInteraction(at=at, agent_id=agent_id, interaction_id=int(interaction))]
            case ["loses", "leg", "of", interaction]:
                return [commands.NoteAgentLegLost(at=at, agent_id=agent_id, interaction_id=int(interaction))]
            case ["escalates", interaction, *queue]:
                queue_id = self.queues.get(queue[0], 99) if queue else 0
                return [
                    commands.EscalateInteraction(
                        at=at, agent_id=agent_id, interaction_id=int(interaction), queue_id=queue_id
                    )
                ]
            case ["works", mode]:
                chosen = None if mode == "by_plan" else Mode(mode)
                return [commands.SetAgentMode(at=at, agent_id=agent_id, mode=chosen)]
            case ["removed"]:
                return [commands.RemoveAgent(at=at, agent_id=agent_id)]
        raise ValueError(words)

    def _target(self, words: list[str]) -> Target:
        """`to boris`, `to support` (a queue), or `to outside`."""
        name = words[-1]
        if name in self.agents:
            return Target(kind=TargetKind.AGENT, agent_id=self.agents[name])
        if name == "outside":
            return Target(kind=TargetKind.OUTSIDE, party_id=OUTSIDE)
        return Target(kind=TargetKind.QUEUE, queue_id=self.queues.get(name, 99))

    def _say_all(self, found: list[AcdEvent]) -> str:
        return "; ".join(said for event in found if (said := self._say(event)))

    def _say(self, event: AcdEvent) -> str:  # noqa: C901 - a dictionary of phrases
        """One event in a few words."""
        names = {number: name for name, number in self.agents.items()}
        queue_names = {number: name for name, number in self.queues.items()}
        agent = names.get(getattr(event, "agent_id", 0), "nobody")
        one = getattr(event, "interaction_id", 0)
        match event:
            case events.InteractionArrived():
                return f"arrived {one}"
            case events.FlowEntered():
                return f"in_flow {one}"
            case events.InteractionQueued():
                again = {"arrived": "", "offer_ended": " again", "callback_due": " due"}.get(
                    event.cause.value, f" {event.cause.value}"
                )
                ahead = " ahead" if event.ahead else ""
                step = f" {event.step}" if event.step else ""
                return f"queued {one} {queue_names[event.queue_id]} #{event.position}{again}{ahead}{step}"
            case events.RequirementsRelaxed():
                return f"relaxed {one} {event.step}"
            case events.InteractionPrioritized():
                return f"prioritized {one} {event.priority} #{event.position}"
            case events.PreferredAgentReleased():
                return f"released {one} {agent} {event.cause.value}"
            case events.AgentGuarded():
                return f"guarded {agent} {event.cause.value}"
            case events.AgentGuardLifted():
                return f"unguarded {agent} {event.cause.value}"
            case events.DayStarted():
                return f"day {event.at:%H:%M}"
            case events.OfferMade():
                kind = " callback" if event.kind.value == "callback" else ""
                return f"offer {one} {agent}{kind}"
            case events.InteractionOverflowed():
                if event.chosen:
                    return f"left {one} {event.chosen} {event.to.value}"
                return f"overflowed {one} {event.rule} {event.to.value}"
            case events.OverflowDeferred():
                return f"deferred {one} {event.rule}"
            case events.CallbackOffered():
                return f"callback_offered {one}"
            case events.CallbackPromised() | events.CallbackScheduled():
                return f"promised {one} {_seconds(event.due_at)}"
            case events.CallbackRescheduled():
                return f"rescheduled {one} {_seconds(event.due_at)}"
            case events.CallbackDialed():
                return f"calls_back {one} {agent} {event.attempt}"
            case events.CallbackAttemptFailed():
                retry = "over" if event.retry_at is None else _seconds(event.retry_at)
                return f"not_reached {one} {agent} {event.reason.value} {retry}"
            case events.CallbackExpired():
                return f"too_late {one}"
            case events.InteractionEscalated():
                return f"escalated {one} {queue_names[event.to_queue_id]}"
            case events.AgentModeChanged():
                return f"mode {agent} {event.mode.value} {event.rule}"
            case events.AgentRetired():
                return f"leaving {agent}"
            case events.QueueClosed():
                return f"closing {queue_names[event.queue_id]}"
            case events.PlanTurned():
                return f"plan {event.mode.value}"
            case events.PlanLoadChanged():
                return f"load {event.level.value} {event.waiting}"
            case events.OfferAccepted():
                return f"accepted {one} {agent}"
            case events.OfferDeclined():
                return f"declined {one} {agent}"
            case events.OfferExpired():
                return f"expired {one} {agent}"
            case events.OfferWithdrawn():
                return f"withdrawn {one} {agent} {event.cause.value}"
            case events.InteractionConnected():
                return f"connected {one} {agent}"
            case events.InteractionHeld():
                return f"held {one}"
            case events.InteractionResumed():
                return f"resumed {one}"
            case events.ReconnectionStarted():
                return f"reconnecting {one} {agent}"
            case events.ReconnectionSucceeded():
                return f"reconnected {one} {agent}"
            case events.ReconnectionFailed():
                return f"not_reconnected {one} {agent}"
            case events.ConnectionFailed():
                return f"not_connected {one} {agent}"
            case events.SegmentHandedOver():
                return f"handed_over {one} {agent}"
            case events.InteractionEnded():
                left = " asked_left" if event.asked_left else ""
                return f"ended {one} {event.reason.value} {event.by.value}{left}"
            case events.WrapUpStarted():
                return f"wrap_up {agent}"
            case events.WrapUpExtended():
                return f"extended {agent} {(event.deadline - START).total_seconds():g}"
            case events.WrapUpEnded():
                return f"wrap_up_ended {agent} {event.by.value}"
            case events.ManualInteractionStarted():
                return f"dials {one} {agent}"
            case events.TransferStarted():
                return f"transfer {one} from {names[event.from_agent_id] if event.from_agent_id else 'flow'}"
            case events.TransferFailed():
                return f"transfer_failed {one} {event.cause.value}"
            case events.ConsultStarted():
                return f"consult {one} of {event.consult_of} {names[event.caller_id]}"
            case events.DialingStarted():
                return f"dialing {one}"
            case events.FlowResumed():
                return f"flow_resumed {one} {event.reason.value}"
            case events.InteractionForwarded():
                return f"outside {one}"
            case events.TransferCompleted():
                return f"transferred {one} {agent}"
            case events.InternalCallStarted():
                return f"calls {one} {agent}"
            case events.ParticipantJoined():
                return f"joined {one} {agent if event.agent_id else 'outside'}"
            case events.ParticipantMoved():
                return f"moved {one} {agent} {event.phase.value}"
            case events.ParticipantLeft():
                return f"left {one} {agent if event.agent_id else 'outside'}"
            case events.AgentMadeReady():
                return f"ready {agent} {event.rule}"
            case events.AgentMadeNotReady():
                reasons = {number: name for name, number in REASONS.items()}
                reason = f" {reasons[event.reason_id]}" if event.reason_id else ""
                return f"not_ready {agent} {event.cause.value}{reason}"
            case events.AgentSignedIn():
                return f"signed_in {agent}"
            case events.AgentSignedOut():
                return f"signed_out {agent}{' forced' if event.forced else ''}"
            case events.AgentIntentSet():
                return f"intent {agent} {event.intent or 'none'}"
            case events.DeviceReached():
                return f"reachable {agent}"
            case events.DeviceLost():
                return f"unreachable {agent}"
            case events.SlotStarted():
                return f"slot {event.at:%H:%M}"
        return type(event).__name__
