"""Hand-made flaws of the engine, each after an incident that really happened elsewhere. Random walks must
notice them.

A flaw is a piece of text that stands exactly once in a file of `src/otklik/acd` and what it is replaced by.
`C` numbers are those of the corpus of incidents in the reliability design. Run `python -m
tests.properties.planted_bugs` for a table.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
STEPS = 1_500
SEEDS = 24
SECONDS = 90


@dataclass(frozen=True)
class Flaw:
    """name: what goes wrong. incident: where it went wrong before."""

    name: str
    incident: str
    file: str
    before: str
    after: str


FLAWS = (
    Flaw(
        "the deadline of an offer is not armed",
        "C2 agents stuck reserved",
        "apply.py",
        "    state.deadlines.set(event.expires_at, Kind.INTERACTION, event.interaction_id)\n",
        "",
    ),
    Flaw(
        "an agent stays with an offer whose customer has left",
        "C7 agent left in a silent call",
        "endings.py",
        'return [withdrawn, afterwards(state, agent, at, rule="offer_withdrawn"), free]',
        "return [withdrawn, free]",
    ),
    Flaw(
        "a customer who hung up stays in the line",
        "C4 zombie call",
        "apply.py",
        "        return\n    _leave_line(state, interaction)\n    _leave_queue(state, interaction)\n",
        "        return\n    _leave_queue(state, interaction)\n",
    ),
    Flaw(
        "an agent in wrap-up is offered",
        "C17 called again inside wrap-up",
        "apply.py",
        "    if agent.assignment is not None:\n        return BUSY\n",
        "    if agent.assignment is not None and agent.assignment.phase is not AssignmentPhase.WRAP_UP:\n"
        "        return BUSY\n",
    ),
    Flaw(
        "a doubled acceptance counts twice",
        "C26 two answers for one call",
        "decide.py",
        "    if interaction.phase is not Phase.OFFERED:\n        return []\n",
        "",
    ),
    Flaw(
        "an agent may dial while it rings for him",
        "C44 agent leaves his state while ringing",
        "decide.py",
        'if agent.assignment.phase is not AssignmentPhase.WRAP_UP or agent.intent == "signed_out":',
        'if agent.intent == "signed_out":',
    ),
    Flaw(
        "a pause asked for in a call is forgotten",
        "C48 queued state wins over the later wish",
        "endings.py",
        'if agent.intent == "not_ready":',
        'if agent.intent == "never":',
    ),
    Flaw(
        "the first wish stays when another follows",
        "C48 queued state wins over the later wish",
        "decide.py",
        "    if (wish.intent, wish.reason_id) == (agent.intent, agent.intent_reason_id):",
        "    if agent.intent:",
    ),
    Flaw(
        "a failed manual call makes a pausing agent ready",
        "C47 failed outbound flips agent from break to available",
        "endings.py",
        'if agent.intent == "ready" or agent.availability is Availability.READY:',
        "if True:",
    ),
    Flaw(
        "a missed offer leaves the agent ready",
        "C46 rejected call rings the same agent in a loop",
        "deadlines.py",
        "afterwards(state, agent, at, cause=NotReadyCause.MISSED_OFFER)",
        'afterwards(state, agent, at, rule="missed")',
    ),
    Flaw(
        "a customer loses his place when an offer ends",
        "C59 newer conversations before older ones",
        "endings.py",
        "queued_at = queued_at or interaction.queued_at or at",
        "queued_at = at",
    ),
    Flaw(
        "agents without capacity are offered",
        "C60 capacity limit exceeded",
        "apply.py",
        "return FREE if agent.profile.voice_capacity > 0 else BUSY",
        "return FREE",
    ),
    Flaw(
        "agents without a device are offered",
        "C91 device dead, agent still available",
        "apply.py",
        "    if not agent.is_reachable:\n        return UNREACHABLE\n",
        "",
    ),
    Flaw(
        "a wish outlives the sign-out",
        "C85 is_offline stays true through logout and login",
        "apply.py",
        '    agent.intent = ""\n    agent.intent_reason_id = NO_REASON\n',
        "",
    ),
    Flaw(
        "nobody watches a lost phone",
        "C70 hang-up not seen",
        "apply.py",
        "_move(state, event.interaction_id, Phase.RECONNECTING, event.at, event.deadline)",
        "_move(state, event.interaction_id, Phase.RECONNECTING, event.at, None)",
    ),
    Flaw(
        "a busy agent at the head of the list is never found again",
        "C3 an unavailable agent last in the result halts distribution",
        "state.py",
        "                agent.unlisted.append(self)\n",
        "",
    ),
    Flaw(
        "an interaction ends twice",
        "C15 EXITEMPTY and ABANDON logged together",
        "endings.py",
        "return [ended, start_wrap_up(state, agent, interaction, at)]",
        "return [ended, ended, start_wrap_up(state, agent, interaction, at)]",
    ),
    Flaw(
        "wrap-up ends twice",
        "C55 wrap-up executed twice",
        "decide.py",
        "if agent.assignment is None or agent.assignment.phase is not AssignmentPhase.WRAP_UP:",
        "if agent.assignment is None:",
    ),
    Flaw(
        "a busy agent is signed out in his talk",
        "C89 forced logout in a call",
        "decide.py",
        "    if agent.assignment is None:\n        return [AgentSignedOut(",
        "    if command.forced:\n        return [AgentSignedOut(",
    ),
    Flaw(
        "a change of a queue forgets who waits",
        "C11 counters lost after queue reload",
        "apply.py",
        "        _join_line(state, queue, state.interactions[interaction_id])\n",
        "        pass\n",
    ),
    Flaw(
        "a queue is removed with customers in it",
        "C81 deleted queues counted wrongly",
        "decide.py",
        "    if queue.population:\n",
        "    if False:\n",
    ),
    Flaw(
        "a customer whose agent was lost stands at the end",
        "C67 reload in a call cannot be recovered",
        "deadlines.py",
        "cause=QueueingCause.RECOVERED, is_ahead=True)",
        "cause=QueueingCause.RECOVERED, is_ahead=False)",
    ),
    Flaw(
        "an agent who was idle long is taken for fresh",
        "C22 pause start time reset",
        "apply.py",
        "    agent.is_reachable = is_reachable\n",
        "    agent.is_reachable = is_reachable\n    agent.idle_since = at\n",
    ),
    Flaw(
        "nobody looks at those who wait when an agent becomes free",
        "C61 queued chats vanish after unavailable and available",
        "apply.py",
        "            agent.unlisted.clear()\n        state.fresh_agents[agent.profile.agent_id] = agent\n",
        "            agent.unlisted.clear()\n",
    ),
    Flaw(
        "a restart forgets who let a call pass",
        "C39 after restart no event for existing channels",
        "snapshot.py",
        'facts["missed"] = dict(row.missed)',
        'facts["missed"] = {}',
    ),
    Flaw(
        "a restart forgets the wrap-up timers",
        "C12 stale agents and members in the database",
        "apply.py",
        "            state.deadlines.set(agent.assignment.deadline, Kind.WRAP_UP, agent.agent_id)\n    for",
        "            pass\n    for",
    ),
    Flaw(
        "a late timer lengthens what it ends",
        "C27 completion late and with the wrong duration",
        "engine.py",
        "moment = self._not_before_last(entry[0])",
        "moment = self._not_before_last(at)",
    ),
    Flaw(
        "ended interactions still count in their queue",
        "C13 member calls counted twice",
        "apply.py",
        "        queue.population -= 1\n    interaction.queue_id = NO_QUEUE",
        "        pass\n    interaction.queue_id = NO_QUEUE",
    ),
    Flaw(
        "short and real abandons are swapped",
        "C87 answered calls reported as abandoned",
        "decide.py",
        "if at - entered <= queue.rules.short_abandon",
        "if at - entered > queue.rules.short_abandon",
    ),
    Flaw(
        "agents are counted twice under a rule",
        "C13 member calls counted twice",
        "apply.py",
        "        tally[now] += 1\n",
        "        tally[now] += 2\n",
    ),
    Flaw(
        "every other quarter of an hour is left out",
        "C27 completion late and with the wrong duration",
        "apply.py",
        "state.next_slot = slot_start(event.slot + 1)",
        "state.next_slot = slot_start(event.slot + 2)",
    ),
    Flaw(
        "the priority of a queue is not looked at",
        "C59 newer conversations before older ones",
        "state.py",
        "score = float(rules.priority + priority)",
        "score = float(priority)",
    ),
    Flaw(
        "the same call goes back to who declined it",
        "C52 reservation created, cancelled, created",
        "routing.py",
        "return missed_at is not None and at - missed_at < state.site.cool_down",
        "return False",
    ),
    Flaw(
        "the minimum level is not looked at",
        "C58 wrong-team assignee sticks",
        "state.py",
        "if level < requirement.minimum or level <= 0:",
        "if level <= 0:",
    ),
    Flaw(
        "an offered customer still stands in the line",
        "C57 concurrent writers reassign a conversation",
        "apply.py",
        "    _leave_line(state, interaction)\n    interaction.phase = Phase.OFFERED\n",
        "    interaction.phase = Phase.OFFERED\n",
    ),
    Flaw(
        "a transferred customer keeps the segment of the first agent",
        "C80 the wrong group member credited with the answer",
        "endings.py",
        "is_new = cause is not QueueingCause.OFFER_ENDED",
        "is_new = cause is QueueingCause.RECOVERED",
    ),
    Flaw(
        "a customer on hold is not found again",
        "C62 chat stuck",
        "decide.py",
        "    if interaction.phase is not Phase.HELD:\n        raise",
        "    if interaction.phase is not Phase.OFFERED:\n        raise",
    ),
)


def find(flaw: Flaw, folder: Path) -> tuple[bool, str]:
    """Whether walks over a copy with the flaw notice it, and by what."""
    source = folder / "src" / "otklik"
    for part in ("acd", "vocabulary"):
        shutil.copytree(
            ROOT / "src" / "otklik" / part, source / part, ignore=shutil.ignore_patterns("__pycache__")
        )
    (source / "__init__.py").touch()
    file = source / "acd" / flaw.file
    text = file.read_text(encoding="utf-8")
    if text.count(flaw.before) != 1:
        raise ValueError(f"{flaw.name}: its text stands {text.count(flaw.before)} times in {flaw.file}")
    file.write_text(text.replace(flaw.before, flaw.after), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.properties.walker", "0", str(STEPS), str(SEEDS)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if line and not line.startswith(" ")]
    by = next((line for line in said if "Error" in line), "")
    return done.returncode != 0, by


def main(only: list[int]) -> int:
    """Print the table; of all, or of those with these numbers."""
    missed = 0
    for number, flaw in enumerate(FLAWS, start=1):
        if only and number not in only:
            continue
        with tempfile.TemporaryDirectory(prefix="otklik-flaw-") as folder:
            is_found, by = find(flaw, Path(folder))
        missed += not is_found
        sys.stdout.write(
            f"{number:>3} {'found ' if is_found else 'MISSED'} {flaw.incident:60.60} {flaw.name}\n"
        )
        sys.stdout.write(f"           {by[:150]}\n")
        sys.stdout.flush()
    many = len(only or FLAWS)
    sys.stdout.write(f"{many - missed} of {many} planted flaws found\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main([int(word) for word in sys.argv[1:]]))
