"""Whether one thing is well formed by itself, and its tidy form. Each function returns it or raises Invalid.

Codes: `text_empty`, `text_too_long`, `text_has_control_characters`, `too_small`, `too_large`,
`unknown_choice`, `too_many_items`, `twice`, `unknown_zone`, `unknown_country`, `unknown_currency`,
`invalid_color`, `invalid_host`, `invalid_network`, `invalid_login`, `login_needed`, `secret_needed`,
`invalid_color`, `invalid_host`, `invalid_network`, `invalid_login`, `login_needed`, `secret_needed`,
`invalid_address`, `invalid_header`, `invalid_number`, `wrap_up_limit_too_small`, `step_not_later`,
`leads_to_itself` and those of opening hours.
"""

import ipaddress
import re
from collections.abc import Collection, Sequence, Sized
from datetime import date, datetime, timedelta

import msgspec

from otklik.acd.capacity import HIGHEST_CAPACITY
from otklik.acd.model import (
    AfterMissed,
    CallbackRules,
    Channel,
    OverflowRule,
    OverflowTo,
    OverflowWhen,
    RelaxationStep,
    Strategy,
)
from otklik.organization.model import (
    CODECS,
    LANGUAGES,
    Agent,
    Device,
    DeviceKind,
    Emergency,
    Hours,
    Number,
    OutsideRules,
    Plan,
    Project,
    Queue,
    Reason,
    Site,
    Skill,
    System,
    SystemKind,
    Team,
    Trunk,
    TrunkKind,
)
from otklik.vocabulary.hours import is_zone
from otklik.vocabulary.money import is_currency
from otklik.vocabulary.phones import emergency_number, is_country, parse_phone
from otklik.vocabulary.refusals import Invalid
from otklik.vocabulary.text import LONGEST_NAME, name_of, one_line

LONGEST_NOTE = 500
MOST_ITEMS = 1000
STRATEGIES = tuple(strategy.value for strategy in Strategy)
AFTER_MISSED = tuple(choice.value for choice in AfterMissed)
LOWEST_PREFERENCE = 10
MOST_STEPS = 10
PHONE_CODECS = ("alaw", "opus")
HIGHEST_LEVEL = 10
HIGHEST_TIER = 9
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)
_LONGEST_EMERGENCY = timedelta(days=31)
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_TRUNK_LOGIN = re.compile(r"[\x21-\x7e]{1,128}")
_HOST = re.compile(
    r"(?=.{1,253}$)([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
_WEB_ADDRESS = re.compile(
    r"https?://(?P<host>\[[0-9a-fA-F:.]+\]|[^/:?#@\s]+)(:(?P<port>[0-9]{1,5}))?(/[^?#\s]*)?"
)
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_WALL_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_PREFIX = re.compile(r"\+[0-9]{1,15}")
_SHORT_NUMBER = re.compile(r"[0-9*#]{1,32}")
_PARAMETER = re.compile(r"[a-z][a-z0-9_]{0,63}")


def site(given: Site) -> Site:
    """Zone and country are known; caps are not negative."""
    _choice(given.language, LANGUAGES, "language")
    _choice(given.phone_codec, PHONE_CODECS, "phone_codec")
    if not given.zone or not is_zone(given.zone):
        raise Invalid("unknown_zone", place="zone")
    if not is_country(given.country):
        raise Invalid("unknown_country", place="country")
    if not is_currency(given.currency):
        raise Invalid("unknown_currency", place="currency")
    for index, country in enumerate(given.allowed_countries):
        if not is_country(country):
            raise Invalid("unknown_country", place=f"allowed_countries.{index}")
    _between(given.rescue_timeout, _SECOND, timedelta(minutes=5), "rescue_timeout_seconds")
    _count(given.guard_handled, 0, 10_000, "guard_handled")
    _between(given.guard_streak, timedelta(0), _DAY, "guard_streak_seconds")
    _between(given.guard_pause, _SECOND, timedelta(hours=4), "guard_pause_seconds")
    _between(given.hold_reminder, timedelta(0), timedelta(hours=1), "hold_reminder_seconds")
    _count(given.chat_capacity, 0, HIGHEST_CAPACITY, "chat_capacity")
    _count(given.email_capacity, 0, HIGHEST_CAPACITY, "email_capacity")
    _count(given.daily_call_cap, 0, 1_000_000, "daily_call_cap")
    _count(given.daily_minutes_cap, 0, 10_000_000, "daily_minutes_cap")
    if not 1 <= given.site_id <= 32_767:
        raise Invalid("too_large", place="site_id", limit=32_767)
    fallback = given.fallback_number.strip()
    if fallback:
        fallback = _number(fallback, given.country, "fallback_number")
    return msgspec.structs.replace(
        given,
        name=name_of(given.name),
        fallback_number=fallback,
        allowed_countries=tuple(sorted(set(given.allowed_countries))),
    )


def outside(given: OutsideRules) -> OutsideRules:
    """Prefixes are beginnings of numbers, each once; limits are sensible."""
    for field in ("allowed_prefixes", "denied_prefixes"):
        for index, prefix in enumerate(getattr(given, field)):
            if not _PREFIX.fullmatch(prefix):
                raise Invalid("prefix_unfit", place=f"{field}.{index}", prefix=prefix)
    both = set(given.allowed_prefixes) & set(given.denied_prefixes)
    for index, prefix in enumerate(given.denied_prefixes):
        if prefix in both:
            raise Invalid("prefix_in_both", place=f"denied_prefixes.{index}", prefix=prefix)
    _between(given.ring_timeout, 5 * _SECOND, timedelta(minutes=3), "ring_timeout_seconds")
    _between(given.talk_limit, timedelta(minutes=1), _DAY, "talk_limit_seconds")
    _count(given.at_once, 0, 10_000, "at_once")
    _count(given.daily_minutes, 0, 10_000_000, "daily_minutes")
    _count(given.agent_minute_calls, 0, 1000, "agent_minute_calls")
    _count(given.agent_daily_calls, 0, 100_000, "agent_daily_calls")
    for field in ("closed_from", "closed_until"):
        if getattr(given, field) and not _WALL_TIME.fullmatch(getattr(given, field)):
            raise Invalid("wrong_form", place=field)
    if bool(given.closed_from) != bool(given.closed_until):
        raise Invalid("text_empty", place="closed_until" if given.closed_from else "closed_from")
    if given.closed_from and given.closed_from == given.closed_until:
        raise Invalid("wrong_form", place="closed_until")
    return msgspec.structs.replace(
        given,
        allowed_prefixes=tuple(sorted(set(given.allowed_prefixes))),
        denied_prefixes=tuple(sorted(set(given.denied_prefixes))),
    )


def emergency(given: Emergency, at: datetime) -> Emergency:
    """It has an end, which is not past and at most a month away."""
    if not given.prompt:
        raise Invalid("text_empty", place="prompt")
    if given.until <= at:
        raise Invalid("too_small", place="until")
    if given.until > at + _LONGEST_EMERGENCY:
        raise Invalid("too_large", place="until")
    note = one_line(given.note, "note", longest=LONGEST_NOTE, may_be_empty=True)
    return msgspec.structs.replace(given, note=note)


def project(given: Project) -> Project:
    """The colour is #rrggbb."""
    if not _COLOR.fullmatch(given.color):
        raise Invalid("invalid_color", place="color")
    return msgspec.structs.replace(given, name=name_of(given.name), color=given.color.lower())


def team(given: Team) -> Team:
    """A name; each supervisor once."""
    _items(given.supervisor_ids, "supervisor_ids")
    supervisors = tuple(dict.fromkeys(given.supervisor_ids))
    return msgspec.structs.replace(given, name=name_of(given.name), supervisor_ids=supervisors)


def skill(given: Skill) -> Skill:
    """A name."""
    return msgspec.structs.replace(given, name=name_of(given.name))


def queue(given: Queue) -> Queue:
    """Times and shares lie in sensible bounds; each skill is asked for once."""
    _choice(given.strategy, STRATEGIES, "strategy")
    _items(given.skills, "skills")
    seen = set()
    for index, requirement in enumerate(given.skills):
        _count(requirement.minimum, 1, HIGHEST_LEVEL, f"skills.{index}.minimum")
        if requirement.skill_id in seen:
            raise Invalid("twice", place=f"skills.{index}.skill_id")
        seen.add(requirement.skill_id)
    _count(given.priority, -1000, 1000, "priority")
    _share(given.ageing, 0.0, 1000.0, "ageing")
    _between(given.ring_timeout, timedelta(seconds=3), timedelta(minutes=5), "ring_timeout_seconds")
    _between(given.wrap_up, timedelta(0), timedelta(hours=4), "wrap_up_seconds")
    _between(given.wrap_up_limit, timedelta(0), timedelta(hours=8), "wrap_up_limit_seconds")
    if given.wrap_up_limit < given.wrap_up:
        raise Invalid("wrap_up_limit_too_small", place="wrap_up_limit_seconds")
    _between(given.service_threshold, _SECOND, timedelta(hours=1), "service_threshold_seconds")
    _share(given.service_target, 0.01, 1.0, "service_target")
    _between(given.short_abandon, timedelta(0), timedelta(minutes=5), "short_abandon_seconds")
    _count(given.maximum_waiting, 1, 10_000, "maximum_waiting")
    _relaxation(given.relaxation)
    _share(given.weight, 0.01, 100.0, "weight")
    _choice(given.after_missed, AFTER_MISSED, "after_missed")
    _between(given.missed_rest, timedelta(0), timedelta(hours=1), "missed_rest_seconds")
    _count(given.missed_limit, 1, 100, "missed_limit")
    _between(given.preferred_wait, timedelta(0), timedelta(hours=1), "preferred_wait_seconds")
    _count(given.tier, 1, HIGHEST_TIER, "tier")
    if given.next_tier == given.queue_id != 0:
        raise Invalid("leads_to_itself", place="next_tier_id")
    _callbacks(given.callbacks)
    _items(given.overflow, "overflow")
    overflow = tuple(_overflow(given, index, rule) for index, rule in enumerate(given.overflow))
    names = [rule.name.casefold() for rule in overflow]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise Invalid("twice", place=f"overflow.{index}.name")
    greeting = one_line(given.greeting, "greeting", longest=LONGEST_NOTE, may_be_empty=True)
    return msgspec.structs.replace(given, name=name_of(given.name), overflow=overflow, greeting=greeting)


def _overflow(queue: Queue, index: int, rule: OverflowRule) -> OverflowRule:
    """One way out: it can hold, and it says where it leads."""
    place = f"overflow.{index}"
    shortest = _SECOND if rule.when is OverflowWhen.WAITED else timedelta(0)
    _between(rule.after, shortest, _DAY, f"{place}.after_seconds")
    _count(rule.length, 0, 10_000, f"{place}.length")
    if rule.to is OverflowTo.QUEUE and rule.queue_id == queue.queue_id != 0:
        raise Invalid("leads_to_itself", place=f"{place}.queue_id")
    is_named = rule.to is OverflowTo.MESSAGE  # a node may be left to the queue node of the flow
    target = one_line(rule.target, f"{place}.target", longest=LONGEST_NAME, may_be_empty=not is_named)
    return msgspec.structs.replace(rule, name=name_of(rule.name, f"{place}.name"), target=target)


def _callbacks(rules: CallbackRules) -> None:
    _count(rules.priority, -1000, 1000, "callbacks.priority")
    _share(rules.share, 0.01, 0.9, "callbacks.share")
    _count(rules.attempts, 1, 20, "callbacks.attempts")
    _between(rules.retry_after, timedelta(seconds=30), 7 * _DAY, "callbacks.retry_after_seconds")
    _between(rules.expires_after, timedelta(minutes=5), 30 * _DAY, "callbacks.expires_after_seconds")
    _between(rules.delay, timedelta(0), timedelta(hours=1), "callbacks.delay_seconds")
    _between(rules.personal_for, timedelta(0), 7 * _DAY, "callbacks.personal_for_seconds")


def plan(given: Plan) -> Plan:
    """Each agent once; hours that can be; a load whose thresholds leave room between them."""
    _items(given.agent_ids, "agent_ids")
    _items(given.spans, "spans")
    for index, span in enumerate(given.spans):
        for problem in span.hours.problems():
            raise Invalid(problem.code, place=f"spans.{index}.{problem.place}")
    load = given.load
    if load is not None:
        if not load.queue_ids:
            raise Invalid("text_empty", place="load.queue_ids")
        _items(load.queue_ids, "load.queue_ids")
        _count(load.busy, 1, 10_000, "load.busy")
        _count(load.calm, 0, load.busy - 1, "load.calm")
        _count(load.keeps, 0, MOST_ITEMS, "load.keeps")
        _between(load.calm_for, timedelta(0), timedelta(hours=4), "load.calm_for_seconds")
    return msgspec.structs.replace(
        given, name=name_of(given.name), agent_ids=tuple(dict.fromkeys(given.agent_ids))
    )


def _relaxation(steps: tuple[RelaxationStep, ...]) -> None:
    """Each step later than the one before."""
    if len(steps) > MOST_STEPS:
        raise Invalid("too_many_items", place="relaxation", limit=MOST_STEPS)
    before = timedelta(0)
    for index, step in enumerate(steps):
        place = f"relaxation.{index}"
        _between(step.after, _SECOND, _DAY, f"{place}.after_seconds")
        _count(step.minimum, 0, HIGHEST_LEVEL, f"{place}.minimum")
        if step.after <= before:
            raise Invalid("step_not_later", place=f"{place}.after_seconds")
        before = step.after


def number(given: Number, country: str, logins: Collection[str] = ()) -> Number:
    """In E.164 when it is a telephone number, else as it is dialled: digits, `*`, `#`.

    logins: of trunks that register. Their far ends dial a login as if it were a number, so it may hold
    letters.
    """
    _choice(given.language, LANGUAGES, "language")
    _items(given.parameters, "parameters")
    for key, value in given.parameters.items():
        if not _PARAMETER.fullmatch(key):
            raise Invalid("unknown_choice", place=f"parameters.{key[:64]}")
        one_line(value, f"parameters.{key}", longest=LONGEST_NOTE, may_be_empty=True)
    return msgspec.structs.replace(
        given,
        number=given.number.strip()
        if given.number.strip() in logins
        else _number(given.number, country, "number"),
        name=one_line(given.name, "name", longest=LONGEST_NAME, may_be_empty=True),
    )


def trunk(given: Trunk) -> Trunk:
    """A far end that can be reached and told apart; a registration has a login and a secret."""
    host = given.host.strip().lower().removeprefix("[").removesuffix("]")
    if not _is_host(host):
        raise Invalid("invalid_host", place="host")
    _count(given.port, 0 if given.kind is TrunkKind.ADDRESS else 1, 65_535, "port")
    _codecs(given.codecs, may_be_empty=False)
    _items(given.addresses, "addresses")
    addresses = tuple(
        _network(written, f"addresses.{index}") for index, written in enumerate(given.addresses)
    )
    login = given.login.strip()
    if login and not _TRUNK_LOGIN.fullmatch(login):
        raise Invalid("invalid_login", place="login")
    if given.kind is TrunkKind.REGISTRATION and not login:
        raise Invalid("login_needed", place="login")
    if login and not given.secret_id:
        raise Invalid("secret_needed", place="secret")
    _count(given.maximum_calls, 0, 100_000, "maximum_calls")
    _count(given.daily_calls, 0, 10_000_000, "daily_calls")
    _count(given.daily_minutes, 0, 10_000_000, "daily_minutes")
    return msgspec.structs.replace(
        given, name=name_of(given.name), host=host, login=login, addresses=tuple(dict.fromkeys(addresses))
    )


def system(given: System) -> System:
    """A system with a name that flow files can hold and an address that leads to one host."""
    address = given.address.strip().rstrip("/")
    if given.kind is SystemKind.WEB:
        found = _WEB_ADDRESS.fullmatch(address)
        if found is None or not _is_host(found["host"].removeprefix("[").removesuffix("]")):
            raise Invalid("invalid_address", place="address")
        if found["port"] is not None:
            _count(int(found["port"]), 1, 65_535, "address")
        if given.secret_header and not _HEADER.fullmatch(given.secret_header):
            raise Invalid("invalid_header", place="secret_header")
        if given.secret_header and not given.secret_id:
            raise Invalid("secret_needed", place="secret")
    else:
        address = ""
        if given.secret_header:
            raise Invalid("invalid_header", place="secret_header")
        if not given.secret_id:
            raise Invalid("secret_needed", place="secret")
    _items(given.allowed_hosts, "allowed_hosts")
    _count(given.largest_answer, 1_024, 4_194_304, "largest_answer")
    hosts = tuple(
        _allowed_host(written, f"allowed_hosts.{index}") for index, written in enumerate(given.allowed_hosts)
    )
    return msgspec.structs.replace(
        given, name=name_of(given.name), address=address, allowed_hosts=tuple(dict.fromkeys(hosts))
    )


def _allowed_host(written: str, place: str) -> str:
    """A host's name in small letters, an address, or a network."""
    host = written.strip().lower()
    if "/" not in host and _is_host(host):
        return host
    return _network(host, place)


def hours(given: Hours) -> Hours:
    """The spans of a day do not overlap, the zone is known."""
    for problem in given.opening.problems():
        raise Invalid(problem.code, place=_place_of_hours(problem.place))
    _items(given.opening.dates, "dates")
    _items(given.notes, "notes")
    notes = {}
    for day, note in given.notes.items():
        try:
            date.fromisoformat(day)
        except ValueError:
            raise Invalid("invalid_date", place=f"notes.{day[:20]}") from None
        notes[day] = one_line(note, f"notes.{day}", longest=LONGEST_NOTE, may_be_empty=True)
    kept = {day: note for day, note in notes.items() if note}
    return msgspec.structs.replace(given, name=name_of(given.name), notes=kept)


def reason(given: Reason) -> Reason:
    """A name in both languages; at most a day."""
    if given.maximum is not None:
        _between(given.maximum, _SECOND, _DAY, "max_seconds")
    return msgspec.structs.replace(
        given, name_ru=name_of(given.name_ru, "name_ru"), name_en=name_of(given.name_en, "name_en")
    )


def agent(given: Agent) -> Agent:
    """Levels are 1-10; each team once."""
    if given.agent_id < 1:
        raise Invalid("too_small", place="agent_id", limit=1)
    _items(given.team_ids, "team_ids")
    _items(given.skills, "skills")
    for skill_id, level in given.skills.items():
        _count(level, 1, HIGHEST_LEVEL, f"skills.{skill_id}")
    _items(given.preferences, "preferences")
    for queue_id, preference in given.preferences.items():
        _count(preference, 1, LOWEST_PREFERENCE, f"preferences.{queue_id}")
    for channel, capacity in given.capacities.items():
        highest = 1 if channel is Channel.VOICE else HIGHEST_CAPACITY
        _count(capacity, 0, highest, f"capacities.{channel.value}")
    if given.ring_timeout is not None:
        _between(given.ring_timeout, timedelta(seconds=3), timedelta(minutes=5), "ring_timeout_seconds")
    return msgspec.structs.replace(given, team_ids=tuple(dict.fromkeys(given.team_ids)))


def device(given: Device) -> Device:
    """A login that fits into a SIP address; a SIP phone has a secret."""
    # The driver names its trunks so; a phone of that name would be taken for one.
    if not _LOGIN.fullmatch(given.login) or given.login.lower().startswith("trunk-"):
        raise Invalid("invalid_login", place="login")
    if given.kind is DeviceKind.SIP and not given.secret_id:
        raise Invalid("secret_needed", place="secret")
    _codecs(given.codecs, may_be_empty=True)
    return given


def _place_of_hours(place: str) -> str:
    """As forms call it: `week.0.1` is `weekly.mon.1`."""
    first, *rest = place.split(".")
    match first:
        case "time_zone":
            return "zone"
        case "week" if rest:
            return ".".join(("weekly", WEEKDAYS[int(rest[0])], *rest[1:]))
        case "dates":
            return ".".join(("exceptions", *rest))
        case _:
            return place


def _number(given: str, country: str, place: str) -> str:
    tidy = given.strip()
    if emergency_number(tidy, country):
        raise Invalid("invalid_number", place=place, why="emergency")
    try:
        return parse_phone(tidy, country).e164
    except Invalid as invalid:
        if _SHORT_NUMBER.fullmatch(tidy):
            return tidy
        raise Invalid("invalid_number", place=place, why=invalid.facts.get("why")) from None


def _choice(given: str, choices: Sequence[str], place: str) -> None:
    if given not in choices:
        raise Invalid("unknown_choice", place=place, choices=list(choices))


def _codecs(given: tuple[str, ...], *, may_be_empty: bool) -> None:
    if not given and not may_be_empty:
        raise Invalid("text_empty", place="codecs")
    for index, codec in enumerate(given):
        _choice(codec, CODECS, f"codecs.{index}")
        if codec in given[:index]:
            raise Invalid("twice", place=f"codecs.{index}")


def _items(given: Sized, place: str) -> None:
    if len(given) > MOST_ITEMS:
        raise Invalid("too_many_items", place=place, limit=MOST_ITEMS)


def _count(given: int, smallest: int, largest: int, place: str) -> None:
    if given < smallest:
        raise Invalid("too_small", place=place, limit=smallest)
    if given > largest:
        raise Invalid("too_large", place=place, limit=largest)


def _share(given: float, smallest: float, largest: float, place: str) -> None:
    # Written so that not-a-number fails too.
    if not given >= smallest:
        raise Invalid("too_small", place=place, limit=smallest)
    if not given <= largest:
        raise Invalid("too_large", place=place, limit=largest)


def _between(given: timedelta, shortest: timedelta, longest: timedelta, place: str) -> None:
    if given < shortest:
        raise Invalid("too_small", place=place, limit=shortest.total_seconds())
    if given > longest:
        raise Invalid("too_large", place=place, limit=longest.total_seconds())


def _is_host(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        # Only digits and points, yet no address: a mistyped one, never a name.
        return not re.fullmatch(r"[0-9.]+", host) and _HOST.fullmatch(host) is not None
    return True


def _network(written: str, place: str) -> str:
    try:
        return (
            str(ipaddress.ip_network(written.strip(), strict=False)).removesuffix("/32").removesuffix("/128")
        )
    except ValueError:
        raise Invalid("invalid_network", place=place) from None
