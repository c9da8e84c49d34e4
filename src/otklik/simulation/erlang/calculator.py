"""One question to the formulas, checked before anything is computed, and its answer by names that programs
read.

Which formula when: `b` nobody waits, `c` all wait for ever, `a` customers give up, `x` the lines are few or
customers try again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Final, Literal, get_args

from otklik.simulation.erlang.impatient import impatient_queue
from otklik.simulation.erlang.lines import limited_queue
from otklik.simulation.erlang.loss import loss_system
from otklik.simulation.erlang.model import Steady
from otklik.simulation.erlang.patient import patient_queue
from otklik.vocabulary.refusals import Invalid, Refused

Model = Literal["b", "c", "a", "x"]
MODELS: Final[tuple[Model, ...]] = get_args(Model)

LARGEST: Final = 1e12
SMALLEST: Final = 1e-9
MOST_AGENTS: Final = 1_000_000_000
MOST_LINES: Final = 1_000_000
MOST_SPREAD: Final = 1_000.0
LIMITS: Final = ("max_occupancy", "max_abandonment")

OPTIONS: Final[dict[Model, frozenset[str]]] = {
    "b": frozenset(),
    "c": frozenset({"service_cv"}),
    "a": frozenset({"patience"}),
    "x": frozenset({"patience", "lines", "redial"}),
}
"""Options that mean something to one formula only; with another they are refused, not overlooked."""

NAMES: Final[dict[str, str]] = {
    "load_erlangs": "load",
    "occupancy": "occupancy",
    "probability_of_waiting": "waiting",
    "service_level": "service_level",
    "service_level_of_answered": "service_level_of_answered",
    "service_level_without_short_abandons": "service_level_without_short_abandons",
    "service_level_counting_short_abandons": "service_level_counting_short_abandons",
    "average_wait_seconds": "average_wait",
    "average_speed_of_answer_seconds": "average_speed_of_answer",
    "mean_queue_length": "queue_length",
    "abandonment_rate": "abandonment",
    "blocking_probability": "blocking",
}
"""Names of the answer as programs and people know them, with the fields they stand for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a formula. Times in seconds.

    calls: arrivals in an interval. agents: None asks for the fewest that reach the target. short_abandon:
    None is the threshold. target: share answered in time of all offered; with `b` the share that is not
    blocked.
    """

    model: Model
    calls: float
    interval: float
    aht: float
    threshold: float
    agents: float | None = None
    patience: float | None = None
    lines: int | None = None
    redial: float = 0.0
    service_cv: float = 1.0
    short_abandon: float | None = None
    target: float | None = None
    max_occupancy: float = 1.0
    max_abandonment: float = 1.0


@dataclass(frozen=True, slots=True)
class Answer:
    """agents: as asked, or the fewest."""

    agents: float
    steady: Steady

    @property
    def figures(self) -> dict[str, float | None]:
        """All figures by the names of NAMES."""
        return {name: getattr(self.steady, field) for name, field in NAMES.items()}

    @property
    def is_overload(self) -> bool:
        """True where the queue grows for ever, so that some figures do not exist."""
        return self.steady.average_wait is None


def answer(question: Question) -> Answer:
    """What the formula says. Refuses `target_unreachable`."""
    if question.agents is not None:
        return Answer(question.agents, steady(question, question.agents))
    agents = fewest_agents(question)
    return Answer(agents, steady(question, agents))


def steady(question: Question, agents: float) -> Steady:
    """The queue of the question with so many agents."""
    arrivals = question.calls / question.interval
    match question.model:
        case "b":
            return loss_system(arrivals=arrivals, handling=question.aht, agents=agents)
        case "c":
            return patient_queue(
                arrivals=arrivals,
                handling=question.aht,
                agents=agents,
                threshold=question.threshold,
                service_cv=question.service_cv,
            )
        case "a":
            assert question.patience is not None
            return impatient_queue(
                arrivals=arrivals,
                handling=question.aht,
                patience=question.patience,
                agents=agents,
                threshold=question.threshold,
                short_abandon=question.short_abandon,
            )
        case "x":
            assert question.lines is not None
            return limited_queue(
                arrivals=arrivals,
                handling=question.aht,
                patience=question.patience,
                agents=int(agents),
                lines=question.lines,
                threshold=question.threshold,
                short_abandon=question.short_abandon,
                redial=question.redial,
            )


def around(question: Question, agents: float, *, below: int, above: int) -> list[Answer]:
    """The same with fewer and more agents, for a curve: steps of one agent, or of 2 % of many."""
    step = max(1, round(agents / 50))
    found = []
    for number in range(-below, above + 1):
        count = agents + number * step
        if count > 0 and (question.lines is None or count <= question.lines):
            found.append(Answer(count, steady(question, count)))
    return found


def fewest_agents(question: Question) -> int:
    """Fewest agents that reach the target within the limits of occupancy and abandonment.

    All three improve with every agent, so the search doubles and then halves. Refuses `target_unreachable`
    when all lines, or a billion agents, are too few.
    """
    target = question.target
    assert target is not None

    def is_enough(agents: int) -> bool:
        found = steady(question, agents)
        reached = 1 - found.blocking if question.model == "b" else found.service_level
        return (
            reached >= target
            and found.occupancy <= question.max_occupancy
            and found.abandonment <= question.max_abandonment
        )

    most = MOST_AGENTS if question.lines is None else question.lines
    load = question.calls / question.interval * question.aht
    return fewest(is_enough, most=most, guess=load)


def fewest(is_enough: Callable[[int], bool], *, most: int, guess: float = 1.0) -> int:
    """The first number in [1, most] that is enough, if more is always better: from the guess with doubled
    steps, then by halves. Refuses `target_unreachable`."""
    low, high, step = 0, int(min(max(guess, 1.0), most)), 1
    if is_enough(high):
        while high - step > 0 and is_enough(high - step):
            high, step = high - step, 2 * step
        low = max(high - step, 0)
    else:
        while True:
            if high >= most:
                raise Refused("target_unreachable", most=most)
            low, high, step = high, min(high + step, most), 2 * step
            if is_enough(high):
                break
    while high - low > 1:
        middle = (low + high) // 2
        if is_enough(middle):
            high = middle
        else:
            low = middle
    return high


# --- reading a question


def read_question(given: Mapping[str, str | float | None]) -> Question:
    """A question from words or numbers by the names of the options; None and "" are left out.

    Invalid with the option as its place: `unknown_model`, `missing`, `not_a_number`, `not_positive`,
    `negative`, `too_large`, `too_small`, `not_whole`, `not_a_share`, `not_below_whole`, `above_whole`,
    `not_for_model`, `only_with_target`, `agents_and_target`, `fewer_lines_than_agents`.
    """
    told = {name: value for name, value in given.items() if value is not None and value != ""}
    model = next((one for one in MODELS if one == told.get("model")), None)
    if model is None:
        raise Invalid("unknown_model", "model", models=", ".join(MODELS))
    for name in sorted(frozenset().union(*OPTIONS.values()) - OPTIONS[model]):
        if name in told:
            raise Invalid("not_for_model", name, model=model)
    calls = number_of(told, "calls", least=0.0)
    interval = number_of(told, "interval", least=SMALLEST)
    aht = number_of(told, "aht", least=SMALLEST)
    threshold = number_of(told, "threshold", least=0.0)
    is_staffing = "agents" not in told
    _check_targets(told, is_staffing=is_staffing)
    agents = _optional(told, "agents", least=SMALLEST, most=MOST_AGENTS)
    lines = _whole("lines", number_of(told, "lines", least=1.0, most=MOST_LINES)) if model == "x" else None
    question = Question(
        model=model,
        calls=calls,
        interval=interval,
        aht=aht,
        threshold=threshold,
        agents=_whole("agents", agents) if model == "x" and agents is not None else agents,
        patience=number_of(told, "patience", least=SMALLEST)
        if model == "a"
        else _optional(told, "patience", least=SMALLEST),
        lines=lines,
        redial=below_one("redial", _optional(told, "redial", least=0.0)) or 0.0,
        service_cv=_or_one(_optional(told, "service_cv", least=0.0, most=MOST_SPREAD)),
        short_abandon=_optional(told, "short_abandon", least=0.0),
        target=below_one("target", _optional(told, "target", least=SMALLEST)),
        max_occupancy=_or_one(_optional(told, "max_occupancy", least=SMALLEST)),
        max_abandonment=_or_one(_optional(told, "max_abandonment", least=SMALLEST)),
    )
    if agents is not None and lines is not None and lines < agents:
        raise Invalid("fewer_lines_than_agents", "lines", agents=f"{agents:g}")
    for name in LIMITS:
        if getattr(question, name) > 1:
            raise Invalid("above_whole", name)
    return question


def _check_targets(told: Mapping[str, str | float], *, is_staffing: bool) -> None:
    """Either agents or a target; limits only with a target."""
    if is_staffing and "target" not in told:
        raise Invalid("missing", "agents")
    if not is_staffing and "target" in told:
        raise Invalid("agents_and_target", "target")
    for name in LIMITS:
        if name in told and not is_staffing:
            raise Invalid("only_with_target", name)


def _optional(
    told: Mapping[str, str | float], name: str, *, least: float, most: float = LARGEST
) -> float | None:
    return number_of(told, name, least=least, most=most) if name in told else None


def _or_one(number: float | None) -> float:
    return 1.0 if number is None else number


def below_one(name: str, share: float | None) -> float | None:
    """The share, if it is below 1."""
    if share is not None and share >= 1:
        raise Invalid("not_below_whole", name)
    return share


def number_of(told: Mapping[str, str | float], name: str, *, least: float, most: float = LARGEST) -> float:
    """A finite number among what was told, within its limits, or Invalid with its name as the place."""
    if name not in told:
        raise Invalid("missing", name)
    try:
        found = float(told[name])
    except ValueError:
        raise Invalid("not_a_number", name, given=str(told[name])[:40]) from None
    if not isfinite(found):
        raise Invalid("not_a_number", name, given=str(told[name])[:40])
    if found < 0:
        raise Invalid("negative", name)
    if found == 0 and least > 0:
        raise Invalid("not_positive", name)
    if found < least:
        raise Invalid("too_small", name, least=f"{least:g}")
    if found > most:
        raise Invalid("too_large", name, most=f"{most:g}")
    return found


def _whole(name: str, number: float) -> int:
    if number != int(number):
        raise Invalid("not_whole", name)
    return int(number)
