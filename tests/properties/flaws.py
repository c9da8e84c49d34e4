"""Hand-made flaws of the engine, each after an incident that really happened elsewhere.

A flaw is a piece of text that stands exactly once in a file of `src/otklik/acd` and what it is replaced by: a
fast test fails as soon as the text has changed. `C` numbers are those of the corpus of incidents in the
reliability design, letters those of the root causes behind them.
"""

from dataclasses import dataclass

CAUSES = {
    "a": "two writers for one entity",
    "b": "hang-up, answer and timeout at once",
    "c": "state derived from an event that never came",
    "d": "read, copied, then acted upon",
    "e": "counters incremented instead of derived",
    "f": "a screen is the only owner of an action",
    "g": "deleted before confirmed",
    "h": "reload and restart not tested",
}


@dataclass(frozen=True)
class Flaw:
    """name: what goes wrong. incident: where it went wrong before. cause: a letter of `CAUSES`."""

    name: str
    incident: str
    cause: str
    file: str
    before: str
    after: str


UNCHANGED = Flaw(
    "nothing", "none", "", "__init__.py", "Start reading at `engine.py`", "Start reading at `engine.py`"
)
"""The control: a walk that notices this one proves nothing by the others."""

FLAWS = (
    Flaw(
        "the deadline of an offer is not armed",
        "C2 agents stuck reserved",
        "c",
        "apply.py",
        "    state.deadlines.set(event.expires_at, _INTERACTION, event.interaction_id)\n",
        "",
    ),
    Flaw(
        "an agent stays with an offer whose customer has left",
        "C7 agent left in a silent call",
        "b",
        "endings.py",
        'return [withdrawn, afterwards(state, agent, at, rule="offer_withdrawn"), free]',
        "return [withdrawn, free]",
    ),
    Flaw(
        "a customer who hung up stays in the line",
        "C4 zombie call",
        "b",
        "apply.py",
        "    _leave_line(state, interaction)\n    _leave_queue(state, interaction)\n    state.offers",
        "    _leave_queue(state, interaction)\n    state.offers",
    ),
    Flaw(
        "an agent in wrap-up is offered",
        "C17 called again inside wrap-up",
        "d",
        "apply.py",
        "    if agent.assignment is not None:\n        return BUSY\n",
        "    if agent.assignment is not None and agent.assignment.phase is not AssignmentPhase.WRAP_UP:\n"
        "        return BUSY\n",
    ),
    Flaw(
        "a doubled acceptance counts twice",
        "C26 two answers for one call",
        "a",
        "decide.py",
        "    if interaction.phase is not _OFFERED:\n        return []\n",
        "",
    ),
    Flaw(
        "an agent may dial while it rings for him",
        "C44 agent leaves his state while ringing",
        "a",
        "decide.py",
        'if agent.assignment.phase is not AssignmentPhase.WRAP_UP or agent.intent == "signed_out":',
        'if agent.intent == "signed_out":',
    ),
    Flaw(
        "a pause asked for in a call is forgotten",
        "C48 queued state wins over the later wish",
        "d",
        "endings.py",
        'if agent.intent == "not_ready":',
        'if agent.intent == "never":',
    ),
    Flaw(
        "the first wish stays when another follows",
        "C48 queued state wins over the later wish",
        "d",
        "decide.py",
        "    if (wish.intent, wish.reason_id) == (agent.intent, agent.intent_reason_id):",
        "    if agent.intent:",
    ),
    Flaw(
        "a failed manual call makes a pausing agent ready",
        "C47 failed outbound flips agent from break to available",
        "d",
        "endings.py",
        'if agent.intent == "ready" or agent.availability is _IS_READY:',
        "if True:",
    ),
    Flaw(
        "a missed offer leaves the agent ready",
        "C46 rejected call rings the same agent in a loop",
        "c",
        "deadlines.py",
        "after_missed(state, agent, interaction, at),",
        'afterwards(state, agent, at, rule="missed"),',
    ),
    Flaw(
        "a customer loses his place when an offer ends",
        "C59 newer conversations before older ones",
        "d",
        "endings.py",
        "queued_at = queued_at or interaction.queued_at or at",
        "queued_at = at",
    ),
    Flaw(
        "agents without capacity are offered",
        "C60 capacity limit exceeded",
        "d",
        "apply.py",
        "return FREE if agent.profile.voice_capacity > 0 else BUSY",
        "return FREE",
    ),
    Flaw(
        "agents without a device are offered",
        "C91 device dead, agent still available",
        "c",
        "apply.py",
        "    if not agent.is_reachable:\n        return UNREACHABLE\n",
        "",
    ),
    Flaw(
        "a wish outlives the sign-out",
        "C85 is_offline stays true through logout and login",
        "h",
        "apply.py",
        '    agent.intent = ""\n    agent.intent_reason_id = NO_REASON\n',
        "",
    ),
    Flaw(
        "nobody watches a lost phone",
        "C70 hang-up not seen",
        "c",
        "apply.py",
        "_move(state, event.interaction_id, Phase.RECONNECTING, event.at, event.deadline)",
        "_move(state, event.interaction_id, Phase.RECONNECTING, event.at, None)",
    ),
    Flaw(
        "a busy agent at the head of the list is never found again",
        "C3 an unavailable agent last in the result halts distribution",
        "d",
        "state.py",
        "                agent.unlisted.append(self)\n",
        "",
    ),
    Flaw(
        "an interaction ends twice",
        "C15 EXITEMPTY and ABANDON logged together",
        "b",
        "endings.py",
        "return [ended, start_wrap_up(state, agent, interaction, at)]",
        "return [ended, ended, start_wrap_up(state, agent, interaction, at)]",
    ),
    Flaw(
        "wrap-up ends twice",
        "C55 wrap-up executed twice",
        "b",
        "decide.py",
        "if agent.assignment is None or agent.assignment.phase is not AssignmentPhase.WRAP_UP:",
        "if agent.assignment is None:",
    ),
    Flaw(
        "a busy agent is signed out in his talk",
        "C89 forced logout in a call",
        "a",
        "decide.py",
        "    if agent.assignment is None:\n        return [AgentSignedOut(",
        "    if command.forced:\n        return [AgentSignedOut(",
    ),
    Flaw(
        "a change of a queue forgets who waits",
        "C11 counters lost after queue reload",
        "h",
        "apply.py",
        "        _join_line(state, queue, interaction)\n        preferred =",
        "        preferred =",
    ),
    Flaw(
        "a queue is removed with customers in it",
        "C81 deleted queues counted wrongly",
        "g",
        "decide.py",
        "    if queue.population:\n",
        "    if False:\n",
    ),
    Flaw(
        "a customer whose agent was lost stands at the end",
        "C67 reload in a call cannot be recovered",
        "f",
        "deadlines.py",
        "cause=QueueingCause.RECOVERED, is_ahead=True)",
        "cause=QueueingCause.RECOVERED, is_ahead=False)",
    ),
    Flaw(
        "an agent who was idle long is taken for fresh",
        "C22 pause start time reset",
        "h",
        "apply.py",
        "    agent.is_reachable = is_reachable\n",
        "    agent.is_reachable = is_reachable\n    agent.idle_since = at\n",
    ),
    Flaw(
        "nobody looks at those who wait when an agent becomes free",
        "C61 queued chats vanish after unavailable and available",
        "c",
        "apply.py",
        "        _list_idle(agent)\n        state.fresh_agents[agent.profile.agent_id] = agent\n",
        "        _list_idle(agent)\n",
    ),
    Flaw(
        "a restart forgets who let a call pass",
        "C39 after restart no event for existing channels",
        "h",
        "snapshot.py",
        'facts["missed"] = dict(row.missed)',
        'facts["missed"] = {}',
    ),
    Flaw(
        "a restart forgets the wrap-up timers",
        "C12 stale agents and members in the database",
        "h",
        "apply.py",
        "            state.deadlines.set(agent.assignment.deadline, Kind.WRAP_UP, agent.agent_id)\n    for",
        "            pass\n    for",
    ),
    Flaw(
        "a late timer lengthens what it ends",
        "C27 completion late and with the wrong duration",
        "c",
        "engine.py",
        "moment = self._not_before_last(entry[0])",
        "moment = self._not_before_last(at)",
    ),
    Flaw(
        "ended interactions still count in their queue",
        "C13 member calls counted twice",
        "e",
        "apply.py",
        "        queue.population -= 1\n    interaction.queue_id = NO_QUEUE",
        "        pass\n    interaction.queue_id = NO_QUEUE",
    ),
    Flaw(
        "short and real abandons are swapped",
        "C87 answered calls reported as abandoned",
        "e",
        "decide.py",
        "at - entered <= queue.rules.short_abandon",
        "at - entered > queue.rules.short_abandon",
    ),
    Flaw(
        "agents are counted twice under a rule",
        "C13 member calls counted twice",
        "e",
        "apply.py",
        "        tally[now] += 1\n",
        "        tally[now] += 2\n",
    ),
    Flaw(
        "every other quarter of an hour is left out",
        "C27 completion late and with the wrong duration",
        "e",
        "apply.py",
        "state.next_slot = slot_start(event.slot + 1)",
        "state.next_slot = slot_start(event.slot + 2)",
    ),
    Flaw(
        "the priority of a queue is not looked at",
        "C59 newer conversations before older ones",
        "d",
        "state.py",
        "score = float(rules.priority + priority)",
        "score = float(priority)",
    ),
    Flaw(
        "the same call goes back to who declined it",
        "C52 reservation created, cancelled, created",
        "d",
        "routing.py",
        "return missed_at is not None and at - missed_at < state.site.cool_down",
        "return False",
    ),
    Flaw(
        "the minimum level is not looked at",
        "C58 wrong-team assignee sticks",
        "d",
        "requirements.py",
        "if level < one.minimum or level <= 0:",
        "if level <= 0:",
    ),
    Flaw(
        "an offered customer still stands in the line",
        "C57 concurrent writers reassign a conversation",
        "a",
        "apply.py",
        "    _leave_line(state, interaction)\n    interaction.phase = _OFFERED\n",
        "    interaction.phase = _OFFERED\n",
    ),
    Flaw(
        "a transferred customer keeps the segment of the first agent",
        "C80 the wrong group member credited with the answer",
        "a",
        "endings.py",
        "is_new = cause is not QueueingCause.OFFER_ENDED",
        "is_new = cause is QueueingCause.RECOVERED",
    ),
    Flaw(
        "a customer on hold is not found again",
        "C62 chat stuck",
        "f",
        "decide.py",
        "    if interaction.phase is not Phase.HELD:\n        raise",
        "    if interaction.phase is not Phase.OFFERED:\n        raise",
    ),
    Flaw(
        "wrap-up ends by a button only",
        "C88 browser closed: locked for ever",
        "f",
        "apply.py",
        "    state.deadlines.set(event.deadline, _WRAP_UP, event.agent_id)\n\n\ndef _extend_wrap_up",
        "\n\ndef _extend_wrap_up",
    ),
    Flaw(
        "whoever is in a flow is never taken out of it",
        "C66 application gone, call never cleared",
        "f",
        "apply.py",
        "_move(state, event.interaction_id, _IN_FLOW, event.at, event.deadline)",
        "_move(state, event.interaction_id, _IN_FLOW, event.at, None)",
    ),
    Flaw(
        "a customer is let go before his queue has him again",
        "C23 caller hung up instead of returning to the flow",
        "g",
        "deadlines.py",
        "        return [failed, not_ready, queued]\n",
        "        return [failed, not_ready]\n",
    ),
    Flaw(
        "an agent is removed in his talk",
        "C9 stale member of a foreign system",
        "g",
        "decide.py",
        "    if agent.assignment is not None:\n        raise _busy(agent)\n"
        "    events: list[AcdEvent] = []\n    if agent.availability",
        "    events: list[AcdEvent] = []\n    if agent.availability",
    ),
    Flaw(
        "an acceptance switches the clock of the offer off",
        "C56 accepted reservation has no timeout",
        "c",
        "apply.py",
        "_move(state, event.interaction_id, _CONNECTING, event.at, event.deadline)",
        "_move(state, event.interaction_id, _CONNECTING, event.at, None)",
    ),
    Flaw(
        "an ended offer is kept for later",
        "C20 leaked subscriptions, agent state wrong",
        "g",
        "apply.py",
        "    _leave_queue(state, interaction)\n    state.offers.pop(interaction.offer_id, None)\n",
        "    _leave_queue(state, interaction)\n",
    ),
)
