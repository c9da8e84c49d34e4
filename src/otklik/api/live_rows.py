"""From rows of the database to what the live feed says: pure, so that Python and TypeScript can be held to
one golden feed.

Rows come from tables `agent_now` and `interaction_now`; names from the configuration; figures of the day
from the very counters that the reports read. Nothing is counted here that a report counts otherwise.

    board()    what a board shows of it          desk()   what one agent sees
    changes()  what differs between two boards   allowed_actions()   which buttons an agent has
"""

from collections.abc import Iterable, Mapping
from typing import Any

from otklik.access.rights import Right
from otklik.acd.model import AgentState, Phase, SiteRules
from otklik.api.live_seen import (
    BUSY,
    NO_TIES,
    READY,
    SIGNED_IN,
    AgentFigures,
    AgentNow,
    InteractionNow,
    Note,
    QueueFigures,
    Seen,
    TiesNow,
    ties_now,
)
from otklik.api.live_tiles import (
    AgentTile,
    Board,
    BoardChange,
    Desk,
    DeskConsult,
    DeskFailedConsult,
    DeskInteraction,
    DeskParticipant,
    DeskSupervision,
    DeskWaiting,
    Gone,
    InteractionTile,
    LinkTile,
    QueueTile,
    WatcherTile,
    WrapUp,
)
from otklik.organization.model import SELF_TEST, Agent
from otklik.quality.e_model import grade_of
from otklik.quality.links import NO_LINKS, LinkNow, LinksNow
from otklik.reports import codes
from otklik.vocabulary.ids import AgentId, InteractionId, PartyId, PersonId, ProjectId, QueueId
from otklik.vocabulary.messages import Value
from otklik.vocabulary.time import MILLISECOND, to_ms

_WATCHED = '"watchers"'
KEPT_DIGITS = 4
NOT_PAUSED = (0, 0)
LONGEST_KNOWN_COUNTRY_CODE = 2


class Scope(Value):
    """Whose work a watcher sees. teams None: everybody's; agent_id: at least his own; only_queues: a wall."""

    teams: frozenset[int] | None = None
    agent_id: int = 0
    only_queues: bool = False

    def sees(self, agent: Agent) -> bool:
        """Whether this agent is within it."""
        if self.teams is None or agent.agent_id == self.agent_id:
            return True
        return not self.teams.isdisjoint(agent.team_ids)


def board(seen: Seen, scope: Scope) -> Board:
    """Everything that a watcher with this scope sees, by id.

    All queues and all who wait are shown to everybody; talks only if their agent is in sight. Who fits no
    queue and is not there (a supervisor with a phone) is no agent to watch.
    """
    queues = tuple(queue_tile(seen, queue_id) for queue_id in sorted(seen.directory.queues))
    if scope.only_queues:
        return Board(agents=(), queues=queues, interactions=())
    in_sight = sorted(agent_id for agent_id, agent in seen.directory.agents.items() if scope.sees(agent))
    sight = set(in_sight)
    return Board(
        agents=tuple(
            agent_tile(seen, agent_id)
            for agent_id in in_sight
            if seen.directory.queues_of.get(agent_id) or _is_there(seen, agent_id)
        ),
        queues=queues,
        interactions=tuple(
            interaction_tile(seen, interaction)
            for _, interaction in sorted(seen.interactions.items())
            if interaction.project_id != SELF_TEST
            and interaction.stands is not Phase.ENDED
            and (not interaction.agent_id or interaction.agent_id in sight)
        ),
    )


def _is_there(seen: Seen, agent_id: AgentId) -> bool:
    now = seen.agents.get(agent_id)
    return now is not None and now.voice_state is not AgentState.SIGNED_OUT


def changes(before: Board, after: Board) -> BoardChange | None:
    """What a watcher of `before` needs to see `after`; None when they are the same."""
    agents, agents_gone = _differences(before.agents, after.agents)
    queues, queues_gone = _differences(before.queues, after.queues)
    interactions, interactions_gone = _differences(before.interactions, after.interactions)
    gone = Gone(agents=agents_gone, queues=queues_gone, interactions=interactions_gone)
    if not (agents or queues or interactions) and gone == Gone():
        return None
    return BoardChange(
        agents=agents, queues=queues, interactions=interactions, gone=None if gone == Gone() else gone
    )


def folded(before: Board, change: BoardChange) -> Board:
    """What a watcher has after a delta. The browser folds the same way; the golden feeds hold both to it."""
    gone = change.gone or Gone()
    return Board(
        agents=_merged(before.agents, change.agents, gone.agents),
        queues=_merged(before.queues, change.queues, gone.queues),
        interactions=_merged(before.interactions, change.interactions, gone.interactions),
    )


def agent_tile(seen: Seen, agent_id: AgentId) -> AgentTile:
    """One agent. One who never signed in is signed out since ever."""
    now = seen.agents.get(agent_id)
    agent = seen.directory.agents.get(agent_id)
    figures = seen.agent_figures.get(agent_id)
    interaction = seen.interactions.get(InteractionId(now.interaction_id)) if now else None
    name = seen.directory.people.get(PersonId(agent_id), "")
    link = links_of(seen, interaction).by_agent.get(agent_id) if interaction else None
    tile: AgentTile = seen.tile(
        "agent",
        agent_id,
        (now, agent, figures, interaction, name, link),
        lambda: _agent_tile(agent_id, now, agent, figures, interaction, name, link),
    )
    return tile


def _agent_tile(
    agent_id: AgentId,
    now: AgentNow | None,
    agent: Agent | None,
    figures: AgentFigures | None,
    interaction: InteractionNow | None,
    name: str,
    link: LinkNow | None,
) -> AgentTile:
    now = now or AgentNow(agent_id=agent_id, state=codes.SIGNED_OUT)
    figures = figures or AgentFigures()
    return AgentTile(
        id=agent_id,
        name=name,
        team_id=agent.team_ids[0] if agent and agent.team_ids else None,
        state=now.voice_state.value,
        reason_id=now.reason_id or None,
        cause=now.cause or None,
        since_ms=now.since_ms,
        queue_id=now.queue_id or None,
        interaction_id=str(now.interaction_id) if now.interaction_id else None,
        direction=codes.DIRECTION_NAMES[interaction.direction] if interaction else None,
        intent=now.intent or None,
        intent_reason_id=now.intent_reason_id or None,
        deadline_ms=now.deadline_ms or None,
        reachable=now.device_reachable,
        handled=figures.handled,
        aht_ms=figures.aht_ms,
        occupancy=figures.occupancy,
        missed=figures.missed,
        mode=now.mode,
        mode_rule=now.mode_rule,
        reserved_until_ms=now.reserved_until_ms or None,
        guard=now.guard or None,
        guard_handled=now.guard_handled,
        guard_streak_ms=now.guard_streak_ms,
        loan_queue_ids=agent.loan.queue_ids if agent else (),
        loan_until_ms=to_ms(agent.loan.until) if agent and agent.loan.until else None,
        loan_is_only=agent.loan.is_only if agent else False,
        link_mos=link.mos if link else None,
    )


def queue_tile(seen: Seen, queue_id: QueueId) -> QueueTile:
    """One queue with its counters, those who wait and those who could answer."""
    queue = seen.directory.queues[queue_id]
    project = seen.directory.projects.get(queue.project_id)
    figures = seen.queue_figures.get(queue_id) or QueueFigures()
    waiting, longest = waiting_in(seen, queue_id)
    staff = seen.staff.get(queue_id) or [0, 0, 0]
    level = seen.level_of(queue_id)
    return QueueTile(
        id=queue_id,
        name=queue.name,
        project_id=queue.project_id,
        project_name=project.name if project else "",
        color=project.color if project else "",
        waiting=waiting,
        longest_since_ms=longest,
        offered=figures.offered,
        answered=figures.answered,
        abandoned=figures.abandoned,
        short_abandons=figures.short_abandons,
        overflows=figures.overflows,
        in_sl=figures.in_sl,
        service_level=figures.service_level,
        service_level_strict=figures.service_level_strict,
        target=level.rules.target,
        threshold_seconds=level.rules.threshold.total_seconds(),
        wait_ms_total=figures.wait_ms,
        agents_ready=staff[READY],
        agents_busy=staff[BUSY],
        agents_signed_in=staff[SIGNED_IN],
        is_closed=queue.closure.is_closed,
        level_formula=level.rules.formula,
        level_since=level.since.isoformat() if level.since else None,
        short_abandon_seconds=level.rules.short_abandon.total_seconds(),
    )


def interaction_tile(seen: Seen, interaction: InteractionNow) -> InteractionTile:
    """One customer."""
    party_id = PartyId(interaction.party_id)
    number = seen.numbers.get(party_id, "")
    name = seen.customer_names.get(party_id, "")
    watchers = watchers_of(seen, interaction)
    card_since_ms, card_asks_ms = seen.recorded.get(InteractionId(interaction.interaction_id), NOT_PAUSED)
    links = links_of(seen, interaction)
    tile: InteractionTile = seen.tile(
        "interaction",
        interaction.interaction_id,
        (interaction, number, name, watchers, card_since_ms, card_asks_ms, links),
        lambda: InteractionTile(
            id=str(interaction.interaction_id),
            phase=interaction.stands.value,
            queue_id=interaction.queue_id or None,
            number_masked=masked(number),
            customer_name=name,
            agent_id=interaction.agent_id or None,
            since_ms=interaction.since_ms,
            queued_ms=interaction.queued_ms or None,
            deadline_ms=interaction.deadline_ms or None,
            direction=codes.DIRECTION_NAMES[interaction.direction],
            priority=interaction.priority,
            is_callback=interaction.is_callback,
            watchers=watchers,
            card_since_ms=card_since_ms or None,
            card_asks_ms=card_asks_ms or None,
            link_mos=links.worst_mos,
            agent_link=link_tile(links.by_agent.get(AgentId(interaction.agent_id))),
            customer_link=link_tile(links.customer),
        ),
    )
    return tile


def links_of(seen: Seen, interaction: InteractionNow) -> LinksNow:
    """The links of its talk; none of one that is over."""
    if interaction.stands is Phase.ENDED:
        return NO_LINKS
    return seen.links.get(InteractionId(interaction.interaction_id), NO_LINKS)


def link_tile(link: LinkNow | None) -> LinkTile | None:
    """What is shown of a link; None while nobody measured it."""
    if link is None:
        return None
    return LinkTile(
        mos=link.mos,
        grade=grade_of(link.mos).value,
        cause=link.cause,
        loss_percent=link.loss_percent,
        jitter_ms=link.jitter_ms,
        round_trip_ms=link.round_trip_ms if link.round_trip_ms >= 0 else None,
    )


def watchers_of(seen: Seen, interaction: InteractionNow) -> tuple[WatcherTile, ...]:
    """Supervisors who listen to it, by name."""
    if _WATCHED not in interaction.ties:
        return ()
    return tuple(
        WatcherTile(id=one, name=seen.directory.people.get(PersonId(one), ""), mode=mode, since_ms=since_ms)
        for one, mode, since_ms in ties_now(interaction).watchers
    )


def supervision_of(seen: Seen, supervisor_id: AgentId) -> DeskSupervision | None:
    """The talk to which he listens."""
    for interaction in seen.interactions.values():
        for watcher in watchers_of(seen, interaction):
            if watcher.id == supervisor_id and interaction.stands is not Phase.ENDED:
                return DeskSupervision(
                    interaction_id=str(interaction.interaction_id),
                    agent_id=interaction.agent_id,
                    agent_name=seen.directory.people.get(PersonId(interaction.agent_id), ""),
                    mode=watcher.mode,
                    since_ms=watcher.since_ms,
                )
    return None


def desk(seen: Seen, agent_id: AgentId, rights: frozenset[Right]) -> Desk:
    """What one agent sees at his desk."""
    now = seen.agents.get(agent_id) or AgentNow(agent_id=agent_id, state=codes.SIGNED_OUT)
    is_agent = agent_id in seen.directory.agents
    interaction = seen.interactions.get(InteractionId(now.interaction_id))
    ties = ties_now(interaction) if interaction else NO_TIES
    consult = seen.interactions.get(InteractionId(ties.consult)) if ties.consult else None
    return Desk(
        agent=agent_tile(seen, agent_id) if is_agent else None,
        interaction=desk_interaction(seen, now, interaction, rights) if interaction else None,
        wrap_up=wrap_up_of(seen, now),
        actions=(
            allowed_actions(
                now,
                interaction,
                rights,
                wrap_up=wrap_up_of(seen, now),
                consult=consult,
                recorded=seen.recorded.get(InteractionId(now.interaction_id)),
            )
            if is_agent
            else ()
        ),
        missed_count=seen.missed if Right.VIEW_MISSED in rights else 0,
        waiting=tuple(
            DeskWaiting(queue_id, *waiting_in(seen, queue_id))
            for queue_id in seen.directory.queues_of.get(agent_id, ())
        ),
        supervision=supervision_of(seen, agent_id),
    )


def desk_interaction(
    seen: Seen, now: AgentNow, interaction: InteractionNow, rights: frozenset[Right]
) -> DeskInteraction:
    """The interaction of the agent, as he sees it: the number is whole if he may see numbers."""
    ties = ties_now(interaction)
    about = seen.interactions.get(InteractionId(ties.consult_of)) if ties.consult_of else None
    party_id = PartyId(about.party_id if about else interaction.party_id)
    number = seen.numbers.get(party_id, "")
    queue_id = interaction.queue_id or (about.queue_id if about else 0)
    queue = seen.directory.queues.get(QueueId(queue_id))
    # What the self-test and practice stand in is nobody's line of business.
    is_hidden = interaction.project_id == SELF_TEST
    project = None if is_hidden else seen.directory.projects.get(ProjectId(interaction.project_id))
    written = seen.notes.get(InteractionId(interaction.interaction_id)) or Note()
    card_since_ms, card_asks_ms = seen.recorded.get(InteractionId(interaction.interaction_id), NOT_PAUSED)
    written_about = seen.notes.get(InteractionId(ties.consult_of)) or Note()
    links = links_of(seen, interaction)
    is_wrap_up = now.voice_state is AgentState.WRAP_UP
    phase = AgentState.WRAP_UP.value if is_wrap_up else interaction.stands.value
    return DeskInteraction(
        id=str(interaction.interaction_id),
        phase=phase,
        direction=codes.DIRECTION_NAMES[interaction.direction],
        queue_id=queue_id or None,
        queue_name=queue.name if queue else "",
        project_name=project.name if project else "",
        color=project.color if project else "",
        number=number if Right.VIEW_NUMBERS in rights else masked(number),
        number_called=seen.directory.numbers.get(interaction.number_id, ""),
        party_id=str(party_id) if party_id else None,
        customer_name=seen.customer_names.get(party_id, ""),
        offer_id=str(now.offer_id) if now.offer_id else None,
        deadline_ms=now.deadline_ms or None,
        since_ms=now.since_ms if is_wrap_up else interaction.since_ms,
        connected_ms=interaction.answered_ms or None,
        disposition_id=written.disposition_id,
        note=written.note,
        priority=interaction.priority,
        callback_of=str(interaction.callback_of) if interaction.callback_of else None,
        role=role_of(now, interaction),
        about=str(ties.consult_of) if ties.consult_of else None,
        colleague=_colleague(seen, now, interaction, ties),
        consult=_consult(seen, ties, rights),
        others=tuple(
            DeskParticipant(
                id=str(participant_id),
                agent_id=agent_id or None,
                name=_name(seen, agent_id),
                number=_number(seen, party, rights),
            )
            for participant_id, agent_id, party in ties.others
            if agent_id != now.agent_id
        ),
        is_callback=interaction.is_callback,
        greeting=queue.greeting if queue else "",
        about_note=written_about.note,
        is_return=interaction.stands is Phase.OFFERED and ties.from_agent == now.agent_id,
        failed_consult=_failed_consult(seen, now, ties, rights),
        hold_reminds_ms=hold_reminder(seen, now, interaction, ties),
        card_since_ms=card_since_ms or None,
        card_asks_ms=card_asks_ms or None,
        agent_link=link_tile(links.by_agent.get(AgentId(now.agent_id))),
        customer_link=link_tile(links.customer),
    )


def hold_reminder(seen: Seen, now: AgentNow, interaction: InteractionNow, ties: TiesNow) -> int | None:
    """When the desk reminds of a hold. Who asks somebody about his customer knows that he waits."""
    after_ms = seen.directory.site.hold_reminder // MILLISECOND
    is_held = interaction.stands is Phase.HELD and interaction.agent_id == now.agent_id
    return interaction.since_ms + after_ms if after_ms and is_held and not ties.consult else None


def role_of(now: AgentNow, interaction: InteractionNow) -> str:
    """What the agent is in it."""
    ties = ties_now(interaction)
    if ties.caller == now.agent_id and not ties.consult_of:
        return "caller"
    is_other = any(agent_id == now.agent_id for _, agent_id, _ in ties.others)
    return "conferee" if is_other and interaction.agent_id != now.agent_id else "owner"


def _colleague(seen: Seen, now: AgentNow, interaction: InteractionNow, ties: TiesNow) -> str:
    """Who calls or asks this agent, or whom he calls; whose conference it is; else who transferred it."""
    if ties.caller:
        return _name(seen, ties.asked_agent if ties.caller == now.agent_id else ties.caller)
    if role_of(now, interaction) == "conferee":
        return _name(seen, interaction.agent_id)
    return _name(seen, ties.from_agent) if ties.from_agent != now.agent_id else ""


def _consult(seen: Seen, ties: TiesNow, rights: frozenset[Right]) -> DeskConsult | None:
    consult = seen.interactions.get(InteractionId(ties.consult)) if ties.consult else None
    if consult is None:
        return None
    asked = ties_now(consult)
    queue = seen.directory.queues.get(QueueId(asked.asked_queue))
    agent_id = consult.agent_id or asked.asked_agent
    return DeskConsult(
        id=str(consult.interaction_id),
        phase=consult.stands.value,
        agent_id=agent_id or None,
        name=_name(seen, agent_id),
        queue_name=queue.name if queue else "",
        number=_number(seen, asked.asked_party, rights),
        since_ms=consult.since_ms,
    )


def _failed_consult(
    seen: Seen, now: AgentNow, ties: TiesNow, rights: frozenset[Right]
) -> DeskFailedConsult | None:
    failed = ties.failed
    if failed is None or failed.caller != now.agent_id:
        return None
    queue = seen.directory.queues.get(QueueId(failed.queue))
    return DeskFailedConsult(
        name=_name(seen, failed.agent),
        queue_name=queue.name if queue else "",
        number=_number(seen, failed.party, rights),
        reason=failed.reason,
        at_ms=failed.at,
        agent_id=failed.agent or None,
    )


def _name(seen: Seen, agent_id: int) -> str:
    return seen.directory.people.get(PersonId(agent_id), "") if agent_id else ""


def _number(seen: Seen, party: int, rights: frozenset[Right]) -> str:
    number = seen.numbers.get(PartyId(party), "") if party else ""
    return number if Right.VIEW_NUMBERS in rights else masked(number)


def wrap_up_of(seen: Seen, now: AgentNow) -> WrapUp | None:
    """The wrap-up of an agent who is in one."""
    if now.voice_state is not AgentState.WRAP_UP or not now.interaction_id:
        return None
    queue = seen.directory.queues.get(QueueId(now.queue_id))
    limit = queue.wrap_up_limit if queue else SiteRules().direct_wrap_up_limit
    limit_ms = now.since_ms + limit // MILLISECOND
    return WrapUp(
        interaction_id=str(now.interaction_id),
        deadline_ms=now.deadline_ms,
        limit_ms=max(limit_ms, now.deadline_ms),
    )


def allowed_actions(
    now: AgentNow,
    interaction: InteractionNow | None,
    rights: frozenset[Right],
    *,
    wrap_up: WrapUp | None = None,
    consult: InteractionNow | None = None,
    recorded: tuple[int, int] | None = None,
) -> tuple[str, ...]:
    """Which commands the engine would take from this agent now. The desk shows these buttons and no
    others. recorded: as in `Seen`, None for a talk that is not recorded."""
    if Right.TAKE_CALLS not in rights:
        return ()
    state = now.voice_state
    if state is AgentState.SIGNED_OUT:
        return ()
    found = _by_state(now, interaction, wrap_up)
    if interaction is not None and state in (AgentState.CONNECTED, AgentState.HELD):
        found = _in_talk(now, interaction, consult, found)
        if recorded is not None and role_of(now, interaction) == "owner":
            found += ["keep_card_pause", "end_card_pause"] if recorded[0] else ["pause_for_card"]
    is_free = state in (AgentState.NOT_READY, AgentState.READY, AgentState.WRAP_UP)
    if is_free and now.device_reachable:
        found.append("call_colleague")
    if is_free and now.device_reachable and Right.DIAL_NUMBERS in rights:
        found.append("dial")
    return tuple(found)


def _by_state(now: AgentNow, interaction: InteractionNow | None, wrap_up: WrapUp | None) -> list[str]:
    found: list[str] = []
    match now.voice_state:
        case AgentState.NOT_READY:
            found += ["ready"] if now.device_reachable else []
            found += ["not_ready", "sign_out"]
        case AgentState.READY:
            found += ["not_ready", "sign_out"]
        case AgentState.OFFERED:
            found += ["answer", "decline", *_intents(now)]
        case AgentState.CONNECTING:
            found += ["hang_up", *_intents(now)]
            found += ["keys"] if interaction and interaction.stands is Phase.DIALING else []
            found += ["outcome"]
        case AgentState.CONNECTED:
            found += ["hold", "hang_up", "keys", "outcome", *_intents(now)]
        case AgentState.HELD:
            found += ["resume", "hang_up", "outcome", *_intents(now)]
        case AgentState.RECONNECTING:
            found += ["hang_up", "outcome", *_intents(now)]
        case AgentState.WRAP_UP:
            found += ["finish_wrap_up", "outcome", *_intents(now)]
            found += ["extend_wrap_up"] if wrap_up and wrap_up.deadline_ms < wrap_up.limit_ms else []
    return found


def _in_talk(
    now: AgentNow, interaction: InteractionNow, consult: InteractionNow | None, found: list[str]
) -> list[str]:
    """How a talk can be moved. Who asks somebody ends that first: hanging up would give the customer away."""
    ties = ties_now(interaction)
    if interaction.direction == codes.INTERNAL:
        return [one for one in found if one != "outcome"]
    if role_of(now, interaction) == "conferee":
        return [one for one in found if one not in ("hold", "resume", "hang_up", "outcome")] + ["leave"]
    if consult is not None:
        kept = [one for one in found if one not in ("hold", "resume", "hang_up")]
        is_answered = consult.stands in (Phase.CONNECTED, Phase.HELD)
        return kept + (["swap", "conference"] if is_answered else []) + ["complete", "cancel_consult"]
    more = ["transfer", "consult"]
    return found + more + (["leave", "remove"] if ties.others else [])


def _intents(now: AgentNow) -> list[str]:
    """What may be wished for the time after: the other one; what was wished can be taken back."""
    return ["ready", "not_ready"] if now.intent else ["not_ready"]


def waiting_in(seen: Seen, queue_id: QueueId) -> tuple[int, int | None]:
    """How many wait in a queue, and since when the longest does."""
    queued = seen.waiting.get(queue_id, [])
    return len(queued), min(queued, default=None)


def masked(number: str) -> str:
    """A number of which only the beginning and the last four digits are to be seen."""
    if len(number) <= KEPT_DIGITS + LONGEST_KNOWN_COUNTRY_CODE:
        return number if len(number) <= KEPT_DIGITS else "•" * (len(number) - 2) + number[-2:]
    hidden = len(number) - KEPT_DIGITS - LONGEST_KNOWN_COUNTRY_CODE
    return number[:LONGEST_KNOWN_COUNTRY_CODE] + "•" * hidden + number[-KEPT_DIGITS:]


def _differences(before: Iterable[Any], after: Iterable[Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    known = {tile.id: tile for tile in before}
    fresh = []
    for tile in after:
        before_it = known.pop(tile.id, None)
        if before_it is not tile and before_it != tile:
            fresh.append(tile)
    return tuple(fresh), tuple(known)


def _merged(before: Iterable[Any], fresh: Iterable[Any], gone: Iterable[Any]) -> tuple[Any, ...]:
    found: Mapping[Any, Any] = {tile.id: tile for tile in before} | {tile.id: tile for tile in fresh}
    absent = set(gone)
    order = sorted(found, key=lambda identity: int(identity))
    return tuple(found[identity] for identity in order if identity not in absent)
