"""One turn of the writer: inputs become commands, events become more commands, until nothing follows.

Events are worked off in the order in which they happened, so the journal's order is the order in which the
engines changed their state. Instructions are collected beside them and leave only after the append.
"""

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta

from otklik.acd import commands as ask
from otklik.acd import events as acd
from otklik.acd.commands import AcdCommand
from otklik.acd.engine import Engine
from otklik.acd.events import AcdEvent
from otklik.acd.model import EndedBy, EndReason, OverflowTo, Phase, QueueingCause, Target, TargetKind
from otklik.acd.state import NO_OFFER
from otklik.crm.model import Outcome
from otklik.flows import commands as flow_commands
from otklik.flows import events as flow_events
from otklik.flows.commands import FlowCommand
from otklik.flows.events import PublicationEvent
from otklik.flows.look_ups import FAILED, personal
from otklik.flows.model import Flow
from otklik.flows.nodes.customer import Customer
from otklik.flows.nodes.queue import Queue as QueueNode
from otklik.flows.nodes.voting import COUNTED
from otklik.flows.starter import callback_flow, closed_flow, message_flow, with_callback_offer
from otklik.organization.apply import apply as apply_configuration
from otklik.organization.commands import LendAgent, OrganizationCommand, RemoveDevice
from otklik.organization.decide import copied
from otklik.organization.decide import decide as decide_configuration
from otklik.organization.dialing import caller_number, choose_trunk, may_be_promised, number_for_trunk
from otklik.organization.events import OrganizationEvent
from otklik.organization.model import NO_LOAN, Number, Queue, SystemKind, site_rules
from otklik.switchboard.calls import AGENT, CUSTOMER, PARTY
from otklik.switchboard.centre import Centre
from otklik.switchboard.configuration import acd_commands_for
from otklik.switchboard.events import LegOver, LegStarted, PartySeen, SupervisionEnded
from otklik.switchboard.flow_choice import flow_of, overflow_of, queue_node_of
from otklik.switchboard.guest_devices import guest_gone, overdue_guests
from otklik.switchboard.instructions import (
    AskSystem,
    ChannelInstruction,
    DialNumber,
    HangUpLeg,
    StopPrompts,
)
from otklik.switchboard.link_tracks import end_links
from otklik.switchboard.outbound import instructions_for
from otklik.switchboard.outbox import queue_text
from otklik.switchboard.outside import number_wanted
from otklik.switchboard.signals import CustomerTyped, OutsideChosen, SurveyCallDue, SystemAnswered
from otklik.switchboard.supervising import ends_after
from otklik.switchboard.talks import queue_of, waits_for_swap
from otklik.switchboard.voicemails import kept_by, unrecorded_by
from otklik.switchboard.votings import vote_of
from otklik.vocabulary.ids import AgentId, InteractionId, LegId, OfferId, PartyId, PersonId, QueueId
from otklik.vocabulary.messages import Event
from otklik.vocabulary.refusals import Invalid, Refused

_SYSTEM = PersonId(0)
_BOUND = 100_000
_OUTWARD = (
    flow_events.QueueRequested,
    flow_events.CallbackRequested,
    flow_events.QueueExitRequested,
    flow_events.AgentRequested,
    flow_events.OutsideRequested,
    flow_events.VoteRequested,
    flow_events.RecordingRefused,
)
"""What a flow wants of others."""
_RINGS_ON = timedelta(seconds=2)
"""A little longer than the engine waits, so that its own deadline decides."""


class Turn:
    """Collects what one batch of inputs caused.

    events: for the journal, in order. instructions: for the channels, after the append. parties: rows of new
    parties, (party_id, number). configured, published: events of organization and flows whose rows are
    written in the same transaction. questions: for systems outside, after the append. private: what became
    known of interactions that only a table may hold; of those that ended (`over`) it goes.
    classes: of customers, for their cards. agreed: who arranged which calls, with his notes. chosen: what
    flows want looked up, identified: whose interactions are whose, for the next turn.
    """

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.events: list[Event] = []
        self.instructions: list[ChannelInstruction] = []
        self.parties: list[tuple[PartyId, str]] = []
        self.configured: list[OrganizationEvent] = []
        self.published: list[PublicationEvent] = []
        self.questions: list[AskSystem] = []
        self.chosen: list[OutsideChosen | CustomerTyped | SurveyCallDue] = []
        self.identified: list[tuple[InteractionId, int]] = []
        self.private: list[tuple[InteractionId, dict[str, str]]] = []
        self.over: list[InteractionId] = []
        self.classes: list[tuple[PartyId, str, datetime, InteractionId]] = []
        self.agreed: list[Outcome] = []
        self._pending: deque[Event] = deque()
        self._quiet: set[InteractionId] = set()
        self._working = False

    # --- asking

    def ask(self, command: AcdCommand) -> list[AcdEvent]:
        """Asks the engine; a refusal travels to the asker and changes nothing."""
        made = self.centre.engine.handle(command)
        self.note(made)
        return made

    def try_to(self, command: AcdCommand) -> bool:
        """Asks the engine where a refusal only means that the world has moved on; tells whether it was
        done.
        """
        try:
            self.ask(command)
        except Refused:
            return False
        return True

    def ask_flow(self, command: FlowCommand) -> None:
        self.note(self.centre.flows.handle(command))

    def configure(
        self, command: OrganizationCommand, *, at: datetime, by: PersonId
    ) -> list[OrganizationEvent]:
        """Changes the configuration; refused or invalid commands change nothing."""
        made = decide_configuration(self.centre.configuration, command, at=at, by=by)
        before = copied(self.centre.configuration)
        asked: list[AcdCommand] = []
        for change in made:
            asked += acd_commands_for(change, before)
            apply_configuration(before, change)
        followed = self._ask_all(asked)
        for change in made:
            self.centre.reconfigure(change)
            self.configured.append(change)
        self.note([*made, *followed])
        return made

    def _ask_all(self, asked: list[AcdCommand]) -> list[AcdEvent]:
        """All or none: a refusal in the middle leaves the engine as it was."""
        centre = self.centre
        before = centre.engine.snapshot() if len(asked) > 1 else b""
        try:
            return [event for command in asked for event in centre.engine.handle(command)]
        except Refused:
            if before:
                centre.engine = Engine.from_snapshot(before)
            raise

    def publish(self, event: PublicationEvent) -> None:
        """A version of a flow, or the end of a flow, for the journal and the table."""
        self.published.append(self.centre.flows.publish(event))
        self.note([event])

    def advance(self, at: datetime) -> None:
        """Lets everything happen that is due up to `at`, each at its own moment, the earliest first."""
        engine, flows = self.centre.engine, self.centre.flows
        for _ in range(_BOUND):
            next_flow, next_offer = flows.next_deadline(), engine.next_deadline()
            if next_flow is not None and next_flow <= at and (next_offer is None or next_flow <= next_offer):
                self.note(flows.advance(next_flow))
            elif next_offer is not None and next_offer <= at:
                self.note(engine.advance(next_offer, now=at))
            else:
                break
        else:
            raise AssertionError("deadlines do not come to an end")
        # After a long sleep offers were not made in the past: here is the present.
        self.note(engine.advance(at))

    def instruct(self, instructions: Iterable[ChannelInstruction]) -> None:
        """Instructions that follow from no event (a repair, a repeated bridge)."""
        self.instructions.extend(instructions)

    def note(self, events: Iterable[Event]) -> None:
        """Takes events up and works off what follows from them."""
        self._pending.extend(events)
        if self._working:
            return
        self._working = True
        try:
            while self._pending:
                event = self._pending.popleft()
                if isinstance(event, LegOver) and (
                    last := end_links(self.centre.links, event.leg_id, event.at)
                ):
                    # What was measured last is told while the leg is still known.
                    self._pending.extendleft((event, *reversed(last)))
                    continue
                self.events.append(event)
                self.centre.observe(event)
                self.instructions += instructions_for(event, self.centre.view())
                self._react(event)
                self._let_supervisors_go(event)
        finally:
            self._working = False

    def keep_quiet(self, interaction_id: InteractionId) -> None:
        """The agent's phone of this interaction is up already: it is not rung."""
        self._quiet.add(interaction_id)

    # --- what follows from an event, in the same batch

    def _react(self, event: Event) -> None:  # noqa: C901, PLR0915 - one case for each kind
        centre = self.centre
        if isinstance(event, _OUTWARD) and centre.flows.is_test(event.interaction_id):
            self._pretend(event)
            return
        match event:
            case flow_events.QueueRequested():
                self._enqueue(event)
            case flow_events.CallbackRequested():
                self._promise(event)
            case flow_events.QueueExitRequested():
                self._let_out(event)
            case flow_events.CustomerSought():
                self._seek_customer(event)
            case flow_events.AgentRequested():
                self._send_to_agent(event)
            case flow_events.OutsideRequested():
                self._send_outside(event)
            case acd.FlowResumed():
                self._tell_unanswered(event.interaction_id, event.reason.value, event.at)
            case acd.InteractionForwarded():
                self._leave_flow(event.interaction_id, event.at)
            case flow_events.VoicemailEnded() if not event.is_test:
                self.note(kept_by(centre, event))
            case flow_events.VoteRequested():
                self._vote(event)
            case flow_events.TextRequested():
                whose = centre.calls.parties.get(event.interaction_id, PartyId(0))
                self.note(queue_text(centre, event.interaction_id, whose, event.text, "flow", event.at))
            case flow_events.RecordingRefused():
                self.note(unrecorded_by(centre, event))
            case flow_events.FlowEnded() if event.reason is not None:
                self._flow_ended(event.interaction_id, event.reason, event.at)
            case flow_events.CustomerClassAssigned() if event.is_kept:
                party_id = centre.calls.parties.get(event.interaction_id, PartyId(0))
                kept = (party_id, event.customer_class, event.at, event.interaction_id)
                self.classes.append(kept)
            case flow_events.LookUpRequested():
                self._ask_system(event)
            case acd.CallbackOffered():
                self._offer_callback(event)
            case acd.InteractionOverflowed() if event.to is not OverflowTo.QUEUE and not event.chosen:
                self._leave_queue(event)
            case acd.InteractionQueued():
                self._keep_company(event)
            case acd.OfferMade():
                self.ring(event.interaction_id, event.agent_id, event.at, offer_id=event.offer_id)
            case acd.InternalCallStarted():
                self.ring(event.interaction_id, event.agent_id, event.at)
            case acd.DialingStarted():
                self._dial_party(event)
            case acd.OfferAccepted() if waits_for_swap(centre.engine, event.interaction_id):
                self.try_to(ask.ConfirmConnection(at=event.at, interaction_id=event.interaction_id))
            case acd.OfferAccepted() | acd.InteractionEnded():
                self._leave_flow(event.interaction_id, event.at)
                centre.rescues.pop(event.interaction_id, None)
                if isinstance(event, acd.InteractionEnded):
                    self.over.append(event.interaction_id)
                    self.note(guest_gone(centre.calls, event.interaction_id, event.at))
            case acd.ReconnectionSucceeded():
                # Each loss has its own tries: a page may be reloaded many times in one talk.
                centre.rescues.pop(event.interaction_id, None)
            case acd.ReconnectionStarted():
                self.rescue(event.interaction_id, event.agent_id, event.at)
            case acd.ManualInteractionStarted() if event.interaction_id not in self._quiet:
                self.ring(event.interaction_id, event.agent_id, event.at)
            case acd.SlotStarted():
                # Where clocks are changed, the site's day begins at another moment from then on.
                self.ask(ask.ConfigureSite(at=event.at, site=site_rules(centre.configuration.site, event.at)))
                self._end_loans(event.at)
                self.note(overdue_guests(centre.calls, event.at))
            case acd.AgentSignedOut():
                self._retire_browser_phone(event.agent_id, event.at)
            case _:
                pass

    def _pretend(self, event: Event) -> None:
        """A flow is tried: nobody else notices. Whoever waits hears music, who is promised a call is told
        so."""
        match event:
            case flow_events.CallbackRequested():
                promised = flow_commands.NoteCallback(
                    at=event.at, interaction_id=event.interaction_id, is_promised=True
                )
                self.ask_flow(promised)
            case flow_events.QueueExitRequested():
                self.ask_flow(
                    flow_commands.NoteQueueExit(at=event.at, interaction_id=event.interaction_id, is_out=True)
                )
            case flow_events.VoteRequested():
                counted = flow_commands.NoteVote(
                    at=event.at, interaction_id=event.interaction_id, outcome=COUNTED
                )
                self.ask_flow(counted)
            case _:
                pass

    def _let_supervisors_go(self, event: Event) -> None:
        """Whoever listens to a talk that is over, or gets a call of his own, listens no more."""
        centre = self.centre
        for supervision, cause in ends_after(centre.engine, centre.calls, event):
            ended = SupervisionEnded(
                at=event.at,
                interaction_id=supervision.interaction_id,
                agent_id=supervision.agent_id,
                supervisor_id=supervision.supervisor_id,
                leg_id=supervision.leg_id,
                cause=cause,
                mode=supervision.mode,
                since=supervision.since,
            )
            self.note([ended])

    def _enqueue(self, event: flow_events.QueueRequested) -> None:
        queue = self.centre.configuration.queues.get(event.queue_id)
        if queue is not None and queue.closure.is_closed:
            self._turn_away(event, queue)
            return
        # A flow outlives a skill that it asks for: who waits for what nobody can have waits for ever.
        known = self.centre.configuration.skills
        try:
            self.ask(
                ask.EnqueueInteraction(
                    at=event.at,
                    interaction_id=event.interaction_id,
                    queue_id=event.queue_id,
                    priority=event.priority,
                    requirements=tuple(one for one in event.requirements if one.skill_id in known),
                    boosts=event.boosts,
                    preferred_agent_id=event.preferred_agent_id,
                    preferred_for=event.preferred_for,
                    preferred_cause=event.preferred_cause,
                )
            )
        except Refused as refusal:
            if refusal.code == "queue_full":
                self._find_no_room(event)
            elif refusal.code in ("unknown_queue", "wrong_channel"):
                self.end(event.interaction_id, EndReason.CLOSED, event.at)

    def _turn_away(self, event: flow_events.QueueRequested, queue: Queue) -> None:
        """A supervisor closed the queue: a message, and the way out that he chose. Two closed queues that
        lead to each other lead nowhere."""
        closure = queue.closure
        other = self.centre.configuration.queues.get(closure.queue_id)
        then = closure.then
        if then == "queue" and (other is None or other.closure.is_closed):
            then = "end"
        flow = closed_flow(closure.prompt, then=then, queue_id=closure.queue_id, own_queue_id=event.queue_id)
        self._run_instead(flow, event.interaction_id, event.queue_id, event.at)

    def _end_loans(self, at: datetime) -> None:
        """Agents who were lent until now serve their own queues again."""
        for agent in list(self.centre.configuration.agents.values()):
            if agent.loan.until is not None and agent.loan.until <= at:
                self.configure(LendAgent(agent_id=agent.agent_id, loan=NO_LOAN), at=at, by=_SYSTEM)

    def _find_no_room(self, event: flow_events.QueueRequested) -> None:
        """A full queue without a way out. Nobody is dropped without a word: who has a number is offered a
        call back, the others are told."""
        interaction = self.centre.engine.interaction(event.interaction_id)
        run = self.centre.flows.run_of(event.interaction_id)
        node = overflow_of(run.flow, run.node) if run is not None else ""
        if run is not None and node:
            self._run_instead(run.flow, event.interaction_id, event.queue_id, event.at, node)
            return
        if interaction is not None and interaction.party_id:
            flow = callback_flow(waits=False, queue_id=event.queue_id)
        else:
            flow = message_flow("sorry", EndReason.CONGESTED)
        self._run_instead(flow, event.interaction_id, event.queue_id, event.at)

    def _leave_queue(self, event: acd.InteractionOverflowed) -> None:
        """A rule took the customer out of his queue: he hears a message or an offer to call back, or his flow
        goes on."""
        centre = self.centre
        interaction = centre.engine.interaction(event.interaction_id)
        run = centre.flows.run_of(event.interaction_id)
        node = ""
        match event.to:
            case OverflowTo.CALLBACK:
                flow = callback_flow(waits=False, queue_id=event.to_queue_id)
            case OverflowTo.NODE if interaction is not None:
                # What runs may be another version than the number has now.
                number = centre.configuration.numbers.get(interaction.number_id)
                flow = run.flow if run is not None else flow_of(number, centre.flows.published())
                node = event.goes_to or (overflow_of(run.flow, run.node) if run is not None else "")
                if not node:
                    flow = message_flow("sorry")
            case _:
                flow = message_flow(event.goes_to)
        if node and node not in flow.nodes:
            flow, node = message_flow("sorry"), ""
        self._run_instead(flow, event.interaction_id, event.to_queue_id or event.queue_id, event.at, node)

    def _offer_callback(self, event: acd.CallbackOffered) -> None:
        """He who does not want it goes on waiting where he was."""
        run = self.centre.flows.run_of(event.interaction_id)
        if run is not None and isinstance(run.flow.nodes.get(run.node), QueueNode):
            flow = with_callback_offer(run.flow, run.node, queue_id=event.queue_id)
        else:
            flow = callback_flow(waits=True, queue_id=event.queue_id)
        self._run_instead(flow, event.interaction_id, event.queue_id, event.at)

    def _let_out(self, event: flow_events.QueueExitRequested) -> None:
        """The customer chose by a key to wait no longer. Whom an agent's phone rings for stays in."""
        is_out = self.try_to(ask.LeaveQueue(at=event.at, interaction_id=event.interaction_id, key=event.key))
        self.ask_flow(
            flow_commands.NoteQueueExit(at=event.at, interaction_id=event.interaction_id, is_out=is_out)
        )

    def _run_instead(
        self, flow: Flow, interaction_id: InteractionId, queue_id: QueueId, at: datetime, node: str = ""
    ) -> None:
        """Another flow takes over from whatever runs for this customer."""
        centre = self.centre
        run = centre.flows.run_of(interaction_id)
        if run is not None:
            leg = centre.calls.of(interaction_id, CUSTOMER)
            if run.hears == "prompts" and leg is not None:
                self.instruct([StopPrompts(leg_id=leg.leg_id, playback=run.playback)])
            self.ask_flow(flow_commands.StopFlow(at=at, interaction_id=interaction_id))
        interaction = centre.engine.interaction(interaction_id)
        number = centre.configuration.numbers.get(interaction.number_id) if interaction else None
        site = centre.configuration.site
        self.ask_flow(
            flow_commands.StartFlow(
                at=at,
                interaction_id=interaction_id,
                flow=flow,
                locale=run.locale if run else number.language if number else site.language,
                is_recorded=self._is_recorded(number, interaction_id),
                hours=None,
                time_zone=site.zone,
                queue_id=queue_id,
                node=node,
                facts={**run.facts, **run.variables} if run else {},
            )
        )

    def _ask_system(self, event: flow_events.LookUpRequested) -> None:
        """What is asked is made now, of what is known now; it stands in no event."""
        centre = self.centre
        run = centre.flows.run_of(event.interaction_id)
        node = centre.flows.look_up_of(event.interaction_id)
        if run is None or node is None or run.look_up != event.look_up:
            return
        system = centre.configuration.system_of_name(event.system)
        question = node.question(centre.flows.facts_of(event.interaction_id, event.at))
        if system is None:
            self._fail_look_up(event, "system_missing")
        elif (system.kind is SystemKind.DATABASE) != bool(node.statement):
            self._fail_look_up(event, "system_unfit")
        elif node.path and not question.path:
            self._fail_look_up(event, "path_unfit")
        else:
            self.questions.append(
                AskSystem(
                    interaction_id=event.interaction_id,
                    look_up=event.look_up,
                    system=system,
                    question=question,
                    limit=event.deadline - event.at,
                )
            )

    def _fail_look_up(self, event: flow_events.LookUpRequested, reason: str) -> None:
        self.ask_flow(
            flow_commands.GiveLookUpAnswer(
                at=event.at,
                interaction_id=event.interaction_id,
                look_up=event.look_up,
                outcome=FAILED,
                reason=reason,
            )
        )

    def take_answer(self, signal: SystemAnswered, at: datetime) -> None:
        """What a system said goes to the flow that still waits for it: what may be written with its values,
        what is personal by name only."""
        centre = self.centre
        who = signal.interaction_id
        run, node = centre.flows.run_of(who), centre.flows.look_up_of(who)
        if run is None or node is None or run.look_up != signal.look_up:
            return
        hidden = {name: signal.values[name] for name in personal(node.values) & signal.values.keys()}
        if hidden:
            centre.private[who] = {**centre.private.get(who, {}), **hidden}
            self.private.append((who, hidden))
        self.ask_flow(
            flow_commands.GiveLookUpAnswer(
                at=at,
                interaction_id=who,
                look_up=signal.look_up,
                outcome=signal.outcome,
                reason=signal.reason,
                values={name: value for name, value in signal.values.items() if name not in hidden},
                personal=tuple(sorted(hidden)),
            )
        )

    def _seek_customer(self, event: flow_events.CustomerSought) -> None:
        """What he typed is known now; the cards are looked at before the next turn."""
        run = self.centre.flows.run_of(event.interaction_id)
        node = run.flow.nodes.get(run.node) if run is not None else None
        if isinstance(node, Customer):
            value = node.sought(self.centre.flows.facts_of(event.interaction_id, event.at))
            typed = CustomerTyped(
                interaction_id=event.interaction_id, by=node.by, value=value, field=node.field.strip()
            )
            self.chosen.append(typed)

    def _send_to_agent(self, event: flow_events.AgentRequested) -> None:
        """One certain agent is offered the customer, as by every other who calls him by name."""
        sent = ask.ForwardInteraction(
            at=event.at,
            interaction_id=event.interaction_id,
            target=Target(kind=TargetKind.AGENT, agent_id=event.agent_id),
            ring_timeout=event.ring_for,
            talk_limit=self.centre.configuration.site.outside.talk_limit,
        )
        try:
            self.ask(sent)
        except Refused as refusal:
            self._tell_unanswered(event.interaction_id, refusal.code, event.at)

    def _send_outside(self, event: flow_events.OutsideRequested) -> None:
        """The number is judged now; it is called when its party is known."""
        try:
            number = number_wanted(self.centre, event.interaction_id, event.at)
        except (Refused, Invalid) as refusal:
            self._tell_unanswered(event.interaction_id, refusal.code, event.at)
            return
        self.chosen.append(
            OutsideChosen(
                interaction_id=event.interaction_id,
                number=number,
                ring_for=event.ring_for,
                talk_for=event.talk_for,
            )
        )

    def _tell_unanswered(self, interaction_id: InteractionId, reason: str, at: datetime) -> None:
        self.ask_flow(flow_commands.NoteUnanswered(at=at, interaction_id=interaction_id, reason=reason))

    def _leave_flow(self, interaction_id: InteractionId, at: datetime) -> None:
        """Somebody has the customer, or he is gone."""
        if self.centre.flows.is_running(interaction_id):
            self.ask_flow(flow_commands.StopFlow(at=at, interaction_id=interaction_id))

    def _promise(self, event: flow_events.CallbackRequested) -> None:
        """The customer wants to be called back."""
        is_promised = self._may_be_promised(event.interaction_id) and self.try_to(
            ask.PromiseCallback(at=event.at, interaction_id=event.interaction_id, queue_id=event.queue_id)
        )
        self.ask_flow(
            flow_commands.NoteCallback(
                at=event.at, interaction_id=event.interaction_id, is_promised=is_promised
            )
        )

    def _may_be_promised(self, interaction_id: InteractionId) -> bool:
        return may_be_promised(self.centre.configuration, self.centre.number_of(interaction_id))

    def _vote(self, event: flow_events.VoteRequested) -> None:
        """One for each number; who calls without one cannot be told from another."""
        vote, outcome = vote_of(self.centre, event)
        if vote is not None:
            self.note([vote])
        self.ask_flow(
            flow_commands.NoteVote(at=event.at, interaction_id=event.interaction_id, outcome=outcome)
        )

    def _flow_ended(self, interaction_id: InteractionId, reason: EndReason, at: datetime) -> None:
        """The interaction ends with its flow; one whose customer was promised a call goes on without him."""
        interaction = self.centre.engine.interaction(interaction_id)
        if interaction is not None and interaction.callback is not None:
            legs = self.centre.calls.all_of(interaction_id)
            self.instruct(HangUpLeg(leg_id=leg.leg_id) for leg in legs if leg.role == CUSTOMER)
            return
        self.try_to(ask.EndInteraction(at=at, interaction_id=interaction_id, reason=reason))

    def _keep_company(self, event: acd.InteractionQueued) -> None:
        """The flow of whoever waits tells him his place; nobody is there to hear it for a promised call."""
        interaction = self.centre.engine.interaction(event.interaction_id)
        if interaction is not None and interaction.callback is not None:
            return
        if not self.centre.flows.is_running(event.interaction_id):
            self._wait_again(event)
        elif event.cause is QueueingCause.ARRIVED:
            waits = _phase(self.centre, event.interaction_id) is Phase.WAITING
            self.ask_flow(
                flow_commands.NoteQueued(
                    at=event.at,
                    interaction_id=event.interaction_id,
                    position=event.position if waits else 0,
                )
            )

    def _wait_again(self, event: acd.InteractionQueued) -> None:
        """Whoever was taken back from an agent hears his place and its changes as every other who waits: his
        flow ended when the agent answered."""
        centre = self.centre
        interaction = centre.engine.interaction(event.interaction_id)
        number = centre.configuration.numbers.get(interaction.number_id) if interaction else None
        flow = flow_of(number, centre.flows.published())
        node = queue_node_of(flow)
        if not node:
            return
        site = centre.configuration.site
        self.ask_flow(
            flow_commands.StartFlow(
                at=event.at,
                interaction_id=event.interaction_id,
                flow=flow,
                locale=number.language if number else site.language,
                is_recorded=self._is_recorded(number, event.interaction_id),
                hours=None,
                time_zone=site.zone,
                queue_id=event.queue_id,
                node=node,
            )
        )
        if _phase(centre, event.interaction_id) is not Phase.WAITING:
            # Somebody is rung for him already: music, and his place when he waits on.
            self.ask_flow(
                flow_commands.NoteQueued(at=event.at, interaction_id=event.interaction_id, position=0)
            )

    def _is_recorded(self, number: Number | None, interaction_id: InteractionId) -> bool:
        """Whether a flow that begins now is part of a recorded call."""
        if interaction_id in self.centre.calls.unrecorded:
            return False
        return number.is_recorded if number else True

    def ring(
        self,
        interaction_id: InteractionId,
        agent_id: AgentId,
        at: datetime,
        *,
        offer_id: OfferId = NO_OFFER,
    ) -> None:
        """An agent's phone, for this offer or his own call out; without a phone the offer or call fails."""
        device = self.centre.device_to_ring(agent_id)
        if device is not None:
            self.note([self._agent_leg(interaction_id, agent_id, device.login, at)])
        elif offer_id:
            self.try_to(ask.FailOffer(at=at, offer_id=offer_id))
        elif not self.try_to(
            ask.FailManualInteraction(at=at, interaction_id=interaction_id, reason=EndReason.AGENT_FAILED)
        ):
            self.end(interaction_id, EndReason.AGENT_FAILED, at)

    def _dial_party(self, event: acd.DialingStarted) -> None:
        """A party outside is called for a transfer or a consultation; its number was looked at before."""
        centre = self.centre
        interaction = centre.engine.interaction(event.interaction_id)
        if interaction is None or interaction.phase is not Phase.DIALING:
            return
        number = centre.numbers.get(event.party_id, "")
        trunk = choose_trunk(centre.configuration, queue_of(centre.engine, interaction))
        if trunk is None or not number:
            self.try_to(
                ask.FailManualInteraction(
                    at=event.at, interaction_id=event.interaction_id, reason=EndReason.INVALID_NUMBER
                )
            )
            return
        leg = LegStarted(
            at=event.at,
            leg_id=LegId(centre.minter.mint(event.at)),
            interaction_id=event.interaction_id,
            role=PARTY,
            trunk_id=trunk.trunk_id,
            party_id=event.party_id,
        )
        self.note([leg])
        self.instruct(
            [
                DialNumber(
                    leg_id=leg.leg_id,
                    interaction_id=event.interaction_id,
                    agent_id=AgentId(0),
                    trunk_id=trunk.trunk_id,
                    number=number_for_trunk(centre.configuration, number, trunk),
                    caller_number=caller_number(centre.configuration, interaction.queue_id, trunk),
                    timeout=max(event.deadline - event.at, timedelta(seconds=1)) + _RINGS_ON,
                )
            ]
        )

    def rescue(self, interaction_id: InteractionId, agent_id: AgentId, at: datetime) -> None:
        """Rings the agent's returned phone; it answers itself. Five times for one loss at most."""
        device = self.centre.device_to_ring(agent_id)
        tries = self.centre.rescues.get(interaction_id, 0)
        if device is not None and tries < 5:
            self.centre.rescues[interaction_id] = tries + 1
            self.note([self._agent_leg(interaction_id, agent_id, device.login, at)])

    def _agent_leg(
        self, interaction_id: InteractionId, agent_id: AgentId, login: str, at: datetime
    ) -> LegStarted:
        return LegStarted(
            at=at,
            leg_id=LegId(self.centre.minter.mint(at)),
            interaction_id=interaction_id,
            role=AGENT,
            agent_id=agent_id,
            login=login,
        )

    def _retire_browser_phone(self, agent_id: AgentId, at: datetime) -> None:
        """A browser's phone lives as long as its sign-in."""
        for device in self.centre.devices_of(agent_id):
            if device.kind == "browser":
                self.centre.reachable.discard(device.login)
                self.configure(RemoveDevice(device_id=device.device_id), at=at, by=_SYSTEM)

    # --- small makers that several inputs share

    def see_party(self, party_id: PartyId, number: str, at: datetime, *, is_new: bool) -> None:
        """Keeps the number of a party in memory; a new one gets its row and its event."""
        if not party_id:
            return
        self.centre.numbers[party_id] = number
        if is_new and (party_id, number) not in self.parties:
            self.parties.append((party_id, number))
            self.note([PartySeen(at=at, party_id=party_id)])

    def end(
        self, interaction_id: InteractionId, reason: EndReason, at: datetime, *, estimated: bool = False
    ) -> None:
        self.try_to(
            ask.EndInteraction(
                at=at,
                interaction_id=interaction_id,
                reason=reason,
                by=EndedBy.SYSTEM,
                is_estimated=estimated,
            )
        )


def _phase(centre: Centre, interaction_id: InteractionId) -> Phase | None:
    interaction = centre.engine.interaction(interaction_id)
    return interaction.phase if interaction else None
