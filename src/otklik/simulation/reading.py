"""Reads a scenario as people write it (TOML or JSON), and says everything that is wrong with it at once.

    seed, days, replications, warm_up_seconds, service_level_formula, lines, name, guard
    [[queue]]   name, arrivals, handle, patience, threshold_seconds, short_abandon_seconds, wrap_up_seconds,
                ring_seconds, ring_timeout_seconds, wrap_up, priority, ageing_per_minute, weight, strategy,
                maximum_waiting, skills (minimum by skill), relaxation, overflow, callbacks, transfers,
                redial, outside, kind, preferred, after_missed, missed_rest_seconds, missed_limit
    [[agents]]  count, name, skills (level by skill), shifts, absence, handle_factor, missed, plan; or
                present, how many are there by quarter of an hour, instead of count and shifts
    [[plan]]    name, otherwise, spans (mode, from, to), load: which side of the work its agents do
    guard       handled, streak_seconds, pause_seconds: when an agent comes after the others

Nothing runs that cannot run: a field that nobody knows, a talk without length, a queue that nobody can serve,
more calls than a machine can count are problems with a place and a code; the texts of the codes stand with
the command line and with the screens.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from itertools import groupby
from math import isfinite
from typing import Any, Final

from otklik.acd.model import (
    AfterMissed,
    CallbackRules,
    LoadRule,
    Mode,
    ModePlan,
    ModeSpan,
    OverflowRule,
    OverflowTo,
    OverflowWhen,
    QueueKind,
    QueueRules,
    RelaxationStep,
    SiteRules,
    SkillRequirement,
    Strategy,
)
from otklik.simulation.draws import Arrivals, Distribution, EarlyPeak, Exponential, Fixed, LogNormal
from otklik.simulation.scenario import (
    DEFAULT_FORMULA,
    AgentGroup,
    Break,
    CalledBack,
    Onward,
    QueueLoad,
    Redialing,
    Scenario,
    SentOutside,
    Shift,
)
from otklik.simulation.statistics import FORMULAS
from otklik.vocabulary.hours import OpeningHours, Span
from otklik.vocabulary.ids import PlanId, QueueId, SkillId

MOST_CALLS: Final = 100_000_000
"""Calls of all replications together: hours of work of a machine. More is a mistake of the writer."""
MOST_DAYS: Final = 3_660
MOST_REPLICATIONS: Final = 10_000
MOST_AGENTS: Final = 100_000
LONGEST_SECONDS: Final = 7 * 86_400.0
LEVELS: Final = (1, 10)
STRATEGIES: Final = tuple(strategy.value for strategy in Strategy)
QUARTERS_OF_A_DAY: Final = 96
WITHOUT_LIMIT: Final = 1_000_000
_MINUTE: Final = timedelta(minutes=1)
_QUARTER: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. place: the field, as `queue[0].handle.mean_seconds`. facts fill the text of
    the code."""

    code: str
    place: str
    facts: Mapping[str, object] = field(default_factory=dict)


class ScenarioRefused(Exception):
    """The scenario cannot run; all that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{one.place}: {one.code}" for one in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Plan:
    """A scenario and how often it is run."""

    scenario: Scenario
    seed: int = 1
    replications: int = 1
    days: int = 1


def read_text(text: str, **overrides: Any) -> Plan:
    """A plan from TOML. overrides: values of the first level that replace those in the text.

    Raises ScenarioRefused.
    """
    return read(tree_of(text), **overrides)


def tree_of(text: str) -> dict[str, Any]:
    """The tree of a TOML text, not yet looked at. Raises ScenarioRefused."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ScenarioRefused([Problem("not_toml", "", {"reason": str(error)})]) from None


def read(tree: Mapping[str, Any], **overrides: Any) -> Plan:
    """A plan from a tree of tables, lists and values. Raises ScenarioRefused."""
    given = {**tree, **{name: value for name, value in overrides.items() if value is not None}}
    problems: list[Problem] = []
    plan = _Reading(problems).plan(_Table(given, "", problems))
    if problems:
        raise ScenarioRefused(problems)
    return plan


class _Table:
    """A table of the scenario. Each field is asked for once; what nobody asked for is unknown.

    A value that cannot be used is noted as a problem, and the default goes on in its stead.
    """

    def __init__(self, raw: object, place: str, problems: list[Problem]) -> None:
        self._is_table = isinstance(raw, Mapping)
        self._raw: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
        self._place = place
        self._problems = problems
        self._known: set[str] = set()
        if not self._is_table:
            self._problems.append(Problem("not_a_table", place))

    @property
    def is_table(self) -> bool:
        return self._is_table

    def place(self, name: str) -> str:
        return f"{self._place}.{name}" if self._place else name

    def refuse(self, code: str, name: str, **facts: object) -> None:
        problem = Problem(code, self.place(name) if name else self._place, facts)
        if problem not in self._problems:  # a field that is looked at twice
            self._problems.append(problem)

    def has(self, name: str) -> bool:
        return name in self._raw

    def names(self) -> list[str]:
        self._known.update(self._raw)
        return list(self._raw)

    def take(self, name: str) -> Any:
        self._known.add(name)
        return self._raw.get(name)

    def number(
        self,
        name: str,
        default: float | None,
        *,
        low: float = 0.0,
        high: float = LONGEST_SECONDS,
        above: bool = False,
    ) -> float:
        """A number in [low, high], or in (low, high]. Without a default it must be there."""
        return self.checked(self.take(name), name, default, low=low, high=high, above=above)

    def checked(
        self, value: object, name: str, default: float | None, *, low: float, high: float, above: bool = False
    ) -> float:
        """A value that stands at this place, as `number` wants it."""
        if value is None:
            if default is None and self._is_table:
                self.refuse("missing", name)
            return low if default is None else default
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.refuse("not_a_number", name)
        elif isinstance(value, float) and not isfinite(value):
            self.refuse("not_finite", name, value=str(value))
        elif value < 0 <= low:
            self.refuse("negative", name, value=value)
        elif value < low or (above and value == low):
            self.refuse("too_small", name, value=value, low=low)
        elif value > high:
            self.refuse("too_large", name, value=value, high=high)
        else:
            return float(value)
        return low if default is None else default

    def whole(self, name: str, default: int | None, *, low: int = 0, high: int) -> int:
        """A whole number in [low, high]."""
        value = self.take(name)
        if isinstance(value, float) and isfinite(value) and value != int(value):
            self.refuse("not_whole", name, value=value)
            return low if default is None else default
        return int(self.number(name, default, low=low, high=high))

    def seconds(self, name: str, default: float | None, *, above: bool = False) -> timedelta:
        return timedelta(milliseconds=round(self.number(name, default, above=above) * 1000))

    def share(self, name: str, default: float) -> float:
        return self.number(name, default, high=1.0)

    def text(self, name: str, default: str, *, choices: Sequence[str] = ()) -> str:
        value = self.take(name)
        if value is None:
            return default
        if not isinstance(value, str) or len(value) > 200:
            self.refuse("not_a_text", name)
        elif choices and value not in choices:
            self.refuse("not_one_of", name, value=value, choices=", ".join(choices))
        else:
            return value
        return default

    def texts(self, name: str) -> dict[int, str]:
        """The texts of a list by their places in it."""
        value = self.take(name)
        if value is not None and not isinstance(value, list):
            self.refuse("not_a_list", name)
            return {}
        found = {}
        for place, one in enumerate(value or ()):
            if isinstance(one, str):
                found[place] = one
            else:
                self.refuse("not_a_text", f"{name}[{place}]")
        return found

    def flag(self, name: str, default: bool) -> bool:
        value = self.take(name)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.refuse("not_a_flag", name)
        return default

    def table(self, name: str) -> "_Table | None":
        """The table of this name; None without it, or when it is none."""
        value = self.take(name)
        if value is None:
            return None
        found = _Table(value, self.place(name), self._problems)
        return found if found.is_table else None

    def tables(self, name: str) -> list["_Table"]:
        value = self.take(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.refuse("not_a_list", name)
            return []
        return [
            _Table(one, f"{self.place(name)}[{index}]", self._problems) for index, one in enumerate(value)
        ]

    def clock(self, name: str, default: str | None, *, high: int = 48) -> timedelta:
        """A time of the day since midnight: "09:30"; beyond 24:00 is the next day."""
        value = self.take(name)
        if value is None:
            if default is None:
                self.refuse("missing", name)
            value = default or "00:00"
        parts = value.split(":") if isinstance(value, str) else []
        if len(parts) == 2 and all(part.isascii() and part.isdigit() and len(part) == 2 for part in parts):
            found = timedelta(hours=int(parts[0]), minutes=int(parts[1]))
            if int(parts[1]) < 60 and found <= timedelta(hours=high):
                return found
        self.refuse("not_a_clock", name, value=str(value))
        return timedelta()

    def finish(self) -> None:
        """Notes the fields that nobody knows."""
        for name in self._raw:
            if name not in self._known:
                self.refuse("unknown_field", name)


class _Reading:
    """Reads the parts and knows their names."""

    def __init__(self, problems: list[Problem]) -> None:
        self._problems = problems
        self._skills: dict[str, SkillId] = {}
        self._queues: dict[str, QueueId] = {}
        self._plans: dict[str, PlanId] = {}

    def plan(self, top: _Table) -> Plan:
        seed = top.whole("seed", 1, high=2**53 - 1)
        days = top.whole("days", 1, low=1, high=MOST_DAYS)
        replications = top.whole("replications", 1, low=1, high=MOST_REPLICATIONS)
        warm_up = top.seconds("warm_up_seconds", 0.0)
        formula = top.text("service_level_formula", DEFAULT_FORMULA, choices=tuple(FORMULAS))
        lines = top.whole("lines", 0, high=WITHOUT_LIMIT)
        away = top.seconds("away_seconds", 30.0)
        name = top.text("name", "")
        duration = timedelta(days=days)
        if warm_up >= duration:
            top.refuse("warm_up_too_long", "warm_up_seconds", days=days)
        queues = self._read_queues(top)
        plans = self._read_plans(top)
        site = self._read_site(top)
        groups = self._read_groups(top)
        top.finish()
        scenario = Scenario(
            queues=tuple(queues),
            agents=tuple(groups),
            duration=duration,
            warm_up=warm_up,
            lines=lines,
            formula=formula,
            away=away,
            name=name,
            plans=tuple(plans),
            site=site,
        )
        if not self._problems:
            self._check_whole(scenario, replications)
        return Plan(scenario=scenario, seed=seed, replications=replications, days=days)

    # --- queues

    def _read_site(self, top: _Table) -> SiteRules:
        """When an agent has had enough for now."""
        usual, found = SiteRules(), top.table("guard")
        if found is None:
            return usual
        site = SiteRules(
            guard_handled=found.whole("handled", usual.guard_handled, high=WITHOUT_LIMIT),
            guard_streak=found.seconds("streak_seconds", usual.guard_streak.total_seconds()),
            guard_pause=found.seconds("pause_seconds", usual.guard_pause.total_seconds(), above=True),
        )
        found.finish()
        return site

    # --- plans of modes

    def _read_plans(self, top: _Table) -> list[ModePlan]:
        modes = tuple(mode.value for mode in Mode)
        plans = []
        for number, table in enumerate((one for one in top.tables("plan") if one.is_table), start=1):
            name = table.text("name", "")
            if table.take("name") in (None, ""):
                table.refuse("missing", "name")
            elif name in self._plans:
                table.refuse("name_taken", "name", value=name)
            self._plans[name] = PlanId(number)
            plans.append(
                ModePlan(
                    plan_id=PlanId(number),
                    name=name,
                    otherwise=Mode(table.text("otherwise", Mode.BLENDED.value, choices=modes)),
                    spans=tuple(self._read_span(one, modes) for one in table.tables("spans") if one.is_table),
                    load=self._read_load(table),
                )
            )
            table.finish()
        return plans

    def _read_span(self, table: _Table, modes: Sequence[str]) -> ModeSpan:
        mode = Mode(table.text("mode", Mode.BLENDED.value, choices=modes))
        opens, closes = table.clock("from", None, high=24), table.clock("to", None, high=24)
        table.finish()
        day = (Span(opens=_time(opens), closes=_time(closes)),)
        return ModeSpan(mode=mode, hours=OpeningHours(week=(day,) * 7))

    def _read_load(self, table: _Table) -> LoadRule | None:
        found = table.table("load")
        if found is None:
            return None
        names = found.texts("queues")
        if not found.take("queues"):
            found.refuse("missing", "queues")
        for place, name in names.items():
            if name not in self._queues:
                found.refuse("unknown_queue", f"queues[{place}]", value=name)
        usual = LoadRule()
        busy = found.whole("busy", usual.busy, low=1, high=WITHOUT_LIMIT)
        rule = LoadRule(
            queue_ids=tuple(self._queues[name] for name in names.values() if name in self._queues),
            busy=busy,
            calm=found.whole("calm", usual.calm, high=busy - 1),
            calm_for=found.seconds("calm_for_seconds", usual.calm_for.total_seconds()),
            keeps=found.whole("keeps", usual.keeps, high=WITHOUT_LIMIT),
        )
        found.finish()
        return rule

    # --- queues, one by one

    def _read_queues(self, top: _Table) -> list[QueueLoad]:
        tables = [one for one in top.tables("queue") if one.is_table]
        if not tables and not self._problems:
            top.refuse("missing", "queue")
        for number, table in enumerate(tables, start=1):
            name = table.text("name", "")
            if table.take("name") in (None, ""):
                table.refuse("missing", "name")
            elif name in self._queues:
                table.refuse("name_taken", "name", value=name)
            else:
                self._queues[name] = QueueId(number)
        # A queue's own skill bears its name; others are named by the queues that ask for them.
        minimums = [self._read_minimums(table) for table in tables]
        return [
            self._read_queue(table, QueueId(number), required)
            for number, (table, required) in enumerate(zip(tables, minimums, strict=True), start=1)
        ]

    def _read_minimums(self, table: _Table) -> tuple[SkillRequirement, ...]:
        wanted = table.table("skills")
        if wanted is None:
            name = table.take("name")
            return (SkillRequirement(skill_id=self._skill(name if isinstance(name, str) else "")),)
        found = []
        for name in wanted.names():
            minimum = wanted.whole(name, 1, low=LEVELS[0], high=LEVELS[1])
            found.append(SkillRequirement(skill_id=self._skill(name), minimum=minimum))
        if not found and not self._problems:
            table.refuse("missing", "skills")
        return tuple(found)

    def _skill(self, name: str) -> SkillId:
        return self._skills.setdefault(name, SkillId(len(self._skills) + 1))

    def _read_queue(
        self, table: _Table, queue_id: QueueId, skills: tuple[SkillRequirement, ...]
    ) -> QueueLoad:
        name = table.text("name", "")
        ring = table.seconds("ring_seconds", 0.0)
        ring_timeout = table.seconds("ring_timeout_seconds", 20.0, above=True)
        if ring >= ring_timeout:
            table.refuse(
                "rings_too_long",
                "ring_seconds",
                value=ring.total_seconds(),
                high=ring_timeout.total_seconds(),
            )
        wrap_up = table.seconds("wrap_up_seconds", 0.0)
        preferring, preferred_wait, waits_for_pause = self._read_preferred(table)
        rules = QueueRules(
            queue_id=queue_id,
            name=name,
            skills=skills,
            priority=int(table.number("priority", 0, low=-1000, high=1000)),
            ageing=table.number("ageing_per_minute", 0.0, high=1000),
            strategy=table.text("strategy", "longest_idle", choices=STRATEGIES),
            weight=table.number("weight", 1.0, high=1000, above=True),
            relaxation=self._read_relaxation(table),
            overflow=self._read_overflow(table),
            callbacks=self._read_callback_rules(table),
            ring_timeout=ring_timeout,
            wrap_up=wrap_up,
            wrap_up_limit=max(wrap_up, timedelta(minutes=5)),
            service_threshold=table.seconds("threshold_seconds", 20.0),
            short_abandon=table.seconds("short_abandon_seconds", 5.0),
            maximum_waiting=table.whole("maximum_waiting", WITHOUT_LIMIT, low=1, high=WITHOUT_LIMIT),
            kind=QueueKind(table.text("kind", "inbound", choices=tuple(one.value for one in QueueKind))),
            after_missed=table.text(
                "after_missed", "not_ready", choices=tuple(one.value for one in AfterMissed)
            ),
            missed_rest=table.seconds("missed_rest_seconds", 15.0),
            missed_limit=table.whole("missed_limit", 3, low=1, high=WITHOUT_LIMIT),
            preferred_wait=preferred_wait,
            preferred_waits_for_pause=waits_for_pause,
        )
        arrivals = self._read_arrivals(table)
        handling = self._read_handle(table)
        patience = table.table("patience")
        load = QueueLoad(
            queue=rules,
            arrivals=arrivals,
            handling=handling,
            patience=None if patience is None else self._read_patience(patience),
            ring=Fixed(ring),
            wrap_up=self._read_own_wrap_up(table),
            onward=self._read_transfers(table),
            redialing=self._read_redial(table),
            called_back=self._read_called_back(table),
            preferring=preferring,
            outside=self._read_outside(table),
        )
        table.finish()
        return load

    def _read_preferred(self, table: _Table) -> tuple[float, timedelta, bool]:
        """The share of customers who wait for a certain agent, how long, and whether also in his pause."""
        found = table.table("preferred")
        if found is None:
            return 0.0, timedelta(seconds=30), False
        read = (
            found.share("share", 0.0),
            found.seconds("wait_seconds", 30.0),
            found.flag("waits_for_pause", False),
        )
        found.finish()
        return read

    def _read_relaxation(self, table: _Table) -> tuple[RelaxationStep, ...]:
        """What suffices for those who wait long; steps in the order of their waits."""
        steps: list[RelaxationStep] = []
        for one in table.tables("relaxation"):
            if not one.is_table:
                continue
            after = one.seconds("after_seconds", None, above=True)
            minimum = one.whole("minimum", 0, high=LEVELS[1])
            names = one.texts("skills")
            for place, name in names.items():
                if name not in self._skills:
                    one.refuse("unknown_skill", f"skills[{place}]", value=name)
            skills = tuple(self._skills[name] for name in names.values() if name in self._skills)
            if steps and after <= steps[-1].after:
                one.refuse("steps_out_of_order", "after_seconds")
            steps.append(RelaxationStep(after=after, minimum=minimum, skills=skills))
            one.finish()
        return tuple(steps)

    def _read_overflow(self, table: _Table) -> tuple[OverflowRule, ...]:
        """Ways out of the queue, in the order in which they are tried: to another queue, a call back is
        offered (which waits in `callback_queue`, else here), or he leaves after a message."""
        rules = []
        for place, one in enumerate(table.tables("overflow")):
            if not one.is_table:
                continue
            when = OverflowWhen(
                one.text(
                    "when", OverflowWhen.WAITED.value, choices=tuple(each.value for each in OverflowWhen)
                )
            )
            name = one.text("to", "")
            is_callback, leaves = one.flag("callback", False), one.flag("leaves", False)
            if name and is_callback:
                one.refuse("either_or", "callback", other="to")
            elif leaves and (name or is_callback):
                one.refuse("either_or", "leaves", other="to" if name else "callback")
            elif name and name not in self._queues:
                one.refuse("unknown_queue", "to", value=name)
            elif not name and not is_callback and not leaves:
                one.refuse("missing", "to")
            waits_in = one.text("callback_queue", "")
            if waits_in and waits_in not in self._queues:
                one.refuse("unknown_queue", "callback_queue", value=waits_in)
            needs_wait = when is OverflowWhen.WAITED
            rules.append(
                OverflowRule(
                    name=f"rule {place + 1}",
                    when=when,
                    to=OverflowTo.MESSAGE
                    if leaves
                    else OverflowTo.CALLBACK
                    if is_callback
                    else OverflowTo.QUEUE,
                    after=one.seconds("after_seconds", None if needs_wait else 0.0, above=needs_wait),
                    length=one.whole("length", 0, high=WITHOUT_LIMIT),
                    queue_id=self._queues.get(name or waits_in, QueueId(0)),
                    keeps_wait=one.flag("keeps_wait", True),
                )
            )
            one.finish()
        return tuple(rules)

    def _read_callback_rules(self, table: _Table) -> CallbackRules:
        found = table.table("callbacks")
        if found is None:
            return CallbackRules()
        for name in ("accept", "reached", "dial_seconds"):
            found.take(name)  # of the customers, read elsewhere
        usual = CallbackRules()
        rules = CallbackRules(
            priority=int(found.number("priority", 0, low=-1000, high=1000)),
            share=found.number("share", usual.share, high=0.99, above=True),
            attempts=found.whole("attempts", usual.attempts, low=1, high=100),
            retry_after=found.seconds("retry_after_seconds", usual.retry_after.total_seconds(), above=True),
            expires_after=found.seconds(
                "expires_after_seconds", usual.expires_after.total_seconds(), above=True
            ),
            delay=found.seconds("delay_seconds", usual.delay.total_seconds()),
        )
        found.finish()
        return rules

    def _read_called_back(self, table: _Table) -> CalledBack | None:
        found = table.table("callbacks")
        if found is None:
            return None
        return CalledBack(
            accept=found.share("accept", 0.5),
            reached=found.share("reached", 0.8),
            dialing=Fixed(found.seconds("dial_seconds", 15.0)),
        )

    def _read_outside(self, table: _Table) -> SentOutside | None:
        """Who is sent to a number outside before the queue, and how long he talks there."""
        found = table.table("outside")
        if found is None:
            return None
        share, reached = found.share("share", 0.0), found.share("reached", 1.0)
        dialing = Fixed(found.seconds("dial_seconds", 15.0))
        return SentOutside(share, self._read_distribution(found), dialing, reached)

    def _read_own_wrap_up(self, table: _Table) -> Distribution | None:
        """How long agents take for it, when they end it themselves; `wrap_up_seconds` is the longest then."""
        found = table.table("wrap_up")
        return None if found is None else self._read_distribution(found)

    def _read_arrivals(self, table: _Table) -> Arrivals:
        found = table.table("arrivals")
        if found is None:
            if not table.has("arrivals"):
                table.refuse("missing", "arrivals")
            return Arrivals.steady(0.0)
        day_cv = found.number("day_cv", 0.0, high=5.0)
        profile = found.take("profile")
        if found.has("per_hour"):
            if profile is not None:
                found.refuse("either_or", "profile", other="per_hour")
            arrivals = Arrivals((found.number("per_hour", None, high=1e9),), timedelta(days=1), day_cv)
        elif profile is not None:
            starts_at = found.clock("starts_at", "00:00", high=24)
            arrivals = Arrivals(self._read_profile(found, profile, starts_at), day_cv=day_cv)
        else:
            found.refuse("missing", "per_hour")
            arrivals = Arrivals.steady(0.0)
        found.finish()
        return arrivals

    def _read_profile(self, table: _Table, profile: object, starts_at: timedelta) -> tuple[float, ...]:
        """Calls by quarter of an hour, made calls per hour by quarter of a day."""
        if not isinstance(profile, list):
            table.refuse("not_a_list", "profile")
            return (0.0,)
        rates = [
            4 * table.checked(value, f"profile[{index}]", None, low=0.0, high=1e8)
            for index, value in enumerate(profile[: QUARTERS_OF_A_DAY + 1])
        ]
        first = starts_at // _QUARTER
        if starts_at % _QUARTER:
            table.refuse("not_a_quarter", "starts_at")
        if not rates:
            table.refuse("missing", "profile")
        elif first + len(rates) > QUARTERS_OF_A_DAY:
            table.refuse("profile_too_long", "profile", count=len(profile), high=QUARTERS_OF_A_DAY - first)
            return (0.0,)
        return tuple([0.0] * first + rates + [0.0] * (QUARTERS_OF_A_DAY - first - len(rates)))

    def _read_handle(self, table: _Table) -> Distribution:
        found = table.table("handle")
        if found is None:
            if not table.has("handle"):
                table.refuse("arrivals_without_handle" if table.has("arrivals") else "missing", "handle")
            return Fixed()
        return self._read_distribution(found)

    def _read_distribution(self, table: _Table, *, kinds: Sequence[str] = ()) -> Distribution:
        choices = kinds or ("exponential", "lognormal", "fixed")
        kind = table.text("distribution", "exponential", choices=choices)
        mean = table.seconds("mean_seconds", None, above=True)
        distribution: Distribution
        if kind == "lognormal":
            distribution = LogNormal(mean, table.number("cv", 1.0, high=20.0, above=True))
        elif kind == "fixed":
            distribution = Fixed(mean)
        else:
            distribution = Exponential(mean)
        table.finish()
        return distribution

    def _read_patience(self, table: _Table) -> Distribution | None:
        if table.take("distribution") == "none":
            table.finish()
            return None
        share = table.share("early_share", 0.0)
        within = table.seconds("early_seconds", 15.0, above=True)
        later = self._read_distribution(table)
        return EarlyPeak(share, within, later) if share else later

    def _read_transfers(self, table: _Table) -> tuple[Onward, ...]:
        found = []
        for one in table.tables("transfers"):
            if not one.is_table:
                continue
            name = one.text("to", "")
            share = one.share("share", 0.0)
            if name in self._queues:
                found.append(Onward(self._queues[name], share))
            else:
                one.refuse("unknown_queue" if name else "missing", "to", value=name)
            one.finish()
        if sum(onward.share for onward in found) > 1 + 1e-9:
            table.refuse("shares_above_whole", "transfers")
        return tuple(found)

    def _read_redial(self, table: _Table) -> Redialing | None:
        found = table.table("redial")
        if found is None:
            return None
        share = found.number("share", None, high=0.99)
        return Redialing(share, self._read_distribution(found))

    # --- agents

    def _read_groups(self, top: _Table) -> list[AgentGroup]:
        groups = [group for one in top.tables("agents") if one.is_table for group in self._read_group(one)]
        if sum(group.count for group in groups) > MOST_AGENTS:
            top.refuse("too_many_agents", "agents", high=MOST_AGENTS)
        return groups

    def _read_group(self, table: _Table) -> list[AgentGroup]:
        presence = table.take("present")
        count = table.number("count", None if presence is None else 1, high=MOST_AGENTS)
        if count != int(count):
            table.refuse("not_whole", "count", value=count)
        elif count == 0 and table.take("count") == 0:
            table.refuse("zero_capacity", "count")
        group = AgentGroup(
            count=int(count),
            name=table.text("name", ""),
            skills=self._read_levels(table),
            shifts=tuple(self._read_shift(one) for one in table.tables("shifts") if one.is_table),
            absence=table.share("absence", 0.0),
            handle_factors=self._read_factors(table),
            handle_factor=1.0 if isinstance(table.take("handle_factor"), Mapping) else self._factor(table),
            missed=table.share("missed", 0.0),
            plan=self._plans.get(table.text("plan", "", choices=("", *self._plans)), PlanId(0)),
        )
        if table.has("capacity") and table.whole("capacity", 1, high=1) == 0:
            table.refuse("zero_capacity", "capacity")
        self._check_shifts(table, group)
        groups = [group] if presence is None else self._read_presence(table, presence, group)
        table.finish()
        return groups

    def _read_presence(self, table: _Table, presence: object, group: AgentGroup) -> list[AgentGroup]:
        """How many agents are there by quarter of an hour: the first is there whenever anyone is, the second
        whenever two are, and so on; agents with the same hours are one group."""
        starts_at = table.clock("starts_at", "00:00", high=24)
        if not isinstance(presence, list):
            table.refuse("not_a_list", "present")
            return [group]
        for name in ("shifts", "count"):
            if table.has(name):
                table.refuse("either_or", "present", other=name)
        first = starts_at // _QUARTER
        if starts_at % _QUARTER:
            table.refuse("not_a_quarter", "starts_at")
        if not presence:
            table.refuse("missing", "present")
        if first + len(presence) > QUARTERS_OF_A_DAY:
            table.refuse("profile_too_long", "present", count=len(presence), high=QUARTERS_OF_A_DAY - first)
            return [group]
        counts = [0] * first + [
            round(table.checked(one, f"present[{place}]", None, low=0.0, high=MOST_AGENTS))
            for place, one in enumerate(presence)
        ]
        if presence and not any(counts):
            table.refuse("zero_capacity", "present")
        groups: list[AgentGroup] = []
        for shifts, alike in groupby(range(max(counts, default=0)), lambda number: _hours(counts, number)):
            name = f"{group.name} {len(groups) + 1}".strip()
            groups.append(replace(group, count=len(list(alike)), shifts=shifts, name=name))
        return groups

    def _factor(self, table: _Table) -> float:
        return table.number("handle_factor", 1.0, high=100.0, above=True)

    def _read_factors(self, table: _Table) -> dict[QueueId, float]:
        """How much longer talks are, by queue."""
        if not isinstance(table.take("handle_factor"), Mapping):
            return {}
        factors = table.table("handle_factor")
        assert factors is not None
        found = {}
        for name in factors.names():
            if name not in self._queues:
                factors.refuse("unknown_queue", name, value=name)
            else:
                found[self._queues[name]] = factors.number(name, 1.0, high=100.0, above=True)
        return found

    def _read_levels(self, table: _Table) -> dict[SkillId, int]:
        levels = table.table("skills")
        if levels is None:
            if not table.has("skills"):
                table.refuse("missing", "skills")
            return {}
        found = {}
        for name in levels.names():
            if name not in self._skills:
                levels.refuse("unknown_skill", name, value=name)
            else:
                found[self._skills[name]] = levels.whole(name, 1, low=LEVELS[0], high=LEVELS[1])
        return found

    def _read_shift(self, table: _Table) -> Shift:
        start, end = table.clock("from", None, high=24), table.clock("to", None)
        if end <= start and not self._problems:
            end += timedelta(days=1)  # over midnight
        breaks = tuple(self._read_break(one, start, end) for one in table.tables("breaks") if one.is_table)
        table.finish()
        return Shift(start=start, end=end, breaks=breaks)

    def _read_break(self, table: _Table, start: timedelta, end: timedelta) -> Break:
        at = table.clock("at", None)
        until = table.clock("until", None) if table.has("until") else at
        length = table.number("minutes", None, high=24 * 60, above=True) * _MINUTE
        if not self._problems and not (start <= at <= until and until + length <= end):
            table.refuse("break_outside_shift", "at")
        table.finish()
        return Break(at=at, length=length, spread=until - at)

    def _check_shifts(self, table: _Table, group: AgentGroup) -> None:
        """Shifts of one agent follow one another, also over midnight."""
        shifts = sorted(group.shifts, key=lambda shift: shift.start)
        if not shifts or self._problems:
            return
        ends = [shift.end for shift in shifts]
        begins = [shift.start for shift in shifts[1:]] + [shifts[0].start + timedelta(days=1)]
        if any(end > begin for end, begin in zip(ends, begins, strict=True)):
            table.refuse("shifts_overlap", "shifts")

    # --- the whole

    def _check_overflow(self, scenario: Scenario) -> None:
        """Nobody is sent round in a circle."""
        onward = {
            load.queue.queue_id: [
                rule.queue_id for rule in load.queue.overflow if rule.to is OverflowTo.QUEUE
            ]
            for load in scenario.queues
        }
        names = {load.queue.queue_id: load.name for load in scenario.queues}
        for index, load in enumerate(scenario.queues):
            way = _circle(onward, load.queue.queue_id)
            # Each circle is told once, at the first of its queues.
            if way is not None and load.queue.queue_id == min(way):
                facts = {"path": " → ".join(names[one] for one in way)}
                self._problems.append(Problem("circular_overflow", f"queue[{index}].overflow", facts))

    def _check_whole(self, scenario: Scenario, replications: int) -> None:
        calls = scenario.expected_calls() * replications
        if calls > MOST_CALLS:
            self._problems.append(
                Problem("too_many_calls", "queue", {"value": round(calls), "high": MOST_CALLS})
            )
        if not scenario.agents:
            self._problems.append(Problem("missing", "agents"))
            return
        self._check_overflow(scenario)
        for index, load in enumerate(scenario.queues):
            if not any(_fits(load.queue, group) for group in scenario.agents):
                facts = {"queue": load.queue.name}
                self._problems.append(Problem("nobody_can_serve", f"queue[{index}].skills", facts))


def _time(since_midnight: timedelta) -> time:
    """24:00 is the midnight that comes."""
    minutes = since_midnight // _MINUTE % (24 * 60)
    return time(minutes // 60, minutes % 60)


def _circle(onward: Mapping[QueueId, Sequence[QueueId]], start: QueueId) -> list[QueueId] | None:
    """The way from a queue back to itself, if there is one."""
    waiting: list[list[QueueId]] = [[start]]
    seen: set[QueueId] = set()
    while waiting:
        way = waiting.pop()
        for queue_id in onward.get(way[-1], ()):
            if queue_id == start:
                return [*way, start]
            if queue_id not in seen:
                seen.add(queue_id)
                waiting.append([*way, queue_id])
    return None


def _hours(counts: Sequence[int], number: int) -> tuple[Shift, ...]:
    """The shifts of the agent who is there when more than `number` are."""
    shifts = []
    start: int | None = None
    for quarter, count in enumerate([*counts, 0]):
        if count > number and start is None:
            start = quarter
        elif count <= number and start is not None:
            shifts.append(Shift(start=start * _QUARTER, end=quarter * _QUARTER))
            start = None
    return tuple(shifts)


def _fits(rules: QueueRules, group: AgentGroup) -> bool:
    return all(group.skills.get(one.skill_id, 0) >= one.minimum for one in rules.skills)
