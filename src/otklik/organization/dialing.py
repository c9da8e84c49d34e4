"""Where agents may call, where customers may be sent outside, by which trunk, and with which number of ours:
the rules against stolen call credit."""

from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from otklik.organization.model import BUILT_IN, Configuration, Number, OutsideRules, Trunk
from otklik.vocabulary.ids import QueueId
from otklik.vocabulary.phones import PhoneNumber, emergency_number, parse_phone
from otklik.vocabulary.refusals import Invalid, Refused

SECONDS_IN_MINUTE = 60


class Spent(Protocol):
    """What was dialled today: calls, and seconds of talk."""

    @property
    def calls(self) -> int: ...

    @property
    def seconds(self) -> float: ...


def read_dialed(configuration: Configuration, text: str) -> str:
    """What a person pasted, made E.164; an emergency number stays as it is dialled.

    Raises Invalid `invalid_number` (fact why).
    """
    country = configuration.site.country
    return emergency_number(text, country) or parse_phone(text, country).e164


def allowed_to_dial(configuration: Configuration, number: str, spent: Spent) -> None:
    """Raises Refused unless agents may call this number now. number: of `read_dialed`.

    Emergency numbers always pass. Refuses as `allowed_at_all`, and `daily_cap_reached` (facts what, limit).
    """
    site = configuration.site
    if emergency_number(number, site.country):
        return
    allowed_at_all(configuration, number)
    check_caps(site.daily_call_cap, site.daily_minutes_cap, spent)


def allowed_at_all(configuration: Configuration, number: str) -> None:
    """Raises Refused `number_not_allowed` (fact why: premium, satellite or country; country is "" if the
    number does not tell which of several it is), Invalid `invalid_number` for what is none."""
    phone = parse_phone(number, configuration.site.country)
    if phone.is_satellite:
        raise Refused("number_not_allowed", why="satellite", country=phone.country)
    if phone.is_premium:
        raise Refused("number_not_allowed", why="premium", country=phone.country)
    country = phone.country
    if country not in allowed_countries(configuration):
        raise Refused("number_not_allowed", why="country", country=country)


def may_be_promised(configuration: Configuration, number: str) -> bool:
    """Whether who calls from this number may be called back at all. It is what the far end says it is, and
    whoever says it wants us to dial it: a premium, satellite or foreign number is promised nothing, nor is an
    emergency one."""
    if not number or emergency_number(number, configuration.site.country):
        return False
    try:
        allowed_at_all(configuration, number)
    except (Refused, Invalid):
        return False
    return True


def allowed_outside(configuration: Configuration, number: str) -> None:
    """Raises Refused unless customers may be sent to this number at all. number: of `read_dialed`.

    Each rule has a code of its own: `outside_emergency`, `outside_satellite`, `outside_premium`,
    `outside_country` (fact country), `outside_denied` (fact prefix) and `outside_unlisted`.
    """
    rules, country = configuration.site.outside, configuration.site.country
    if emergency_number(number, country):
        if not rules.allows_emergency:
            raise Refused("outside_emergency")
        return
    phone = parse_phone(number, country)
    if phone.is_satellite:
        raise Refused("outside_satellite")
    if phone.is_premium and not rules.allows_premium:
        raise Refused("outside_premium")
    if phone.country not in allowed_countries(configuration):
        raise Refused("outside_country", country=phone.country)
    denied = _longest(rules.denied_prefixes, phone.e164)
    allowed = _longest(rules.allowed_prefixes, phone.e164)
    if len(denied) > len(allowed):
        raise Refused("outside_denied", prefix=denied)
    if rules.allowed_prefixes and not allowed:
        raise Refused("outside_unlisted")


def rule_against(configuration: Configuration, text: str) -> str:
    """The code of the rule that forbids to send customers to a number as people write it; "" for none."""
    try:
        allowed_outside(configuration, read_dialed(configuration, text))
    except (Refused, Invalid) as refusal:
        return refusal.code
    return ""


def room_outside(rules: OutsideRules, *, talks: int, seconds: float) -> None:
    """Raises Refused `outside_crowded` or `outside_used_up` (fact limit) when one more would be too many.
    talks: parties outside that are called or talk now; seconds: of all of them today."""
    if rules.at_once and talks >= rules.at_once:
        raise Refused("outside_crowded", limit=rules.at_once)
    if rules.daily_minutes and seconds >= rules.daily_minutes * SECONDS_IN_MINUTE:
        raise Refused("outside_used_up", limit=rules.daily_minutes)


def open_for_calls(configuration: Configuration, number: str, at: datetime) -> None:
    """Raises Refused `calls_out_closed` (facts since, until) at the hours at which nobody may be called.
    number: of `read_dialed`; emergency numbers always pass."""
    site = configuration.site
    since, until = site.outside.closed_from, site.outside.closed_until
    if not since or emergency_number(number, site.country):
        return
    now = at.astimezone(ZoneInfo(site.zone)).strftime("%H:%M")
    is_closed = since <= now < until if since < until else now >= since or now < until
    if is_closed:
        raise Refused("calls_out_closed", since=since, until=until)


def room_for_agent(rules: OutsideRules, *, today: int, lately: int) -> None:
    """Raises Refused `agent_dials_too_fast` or `agent_daily_cap` (fact limit) when one more is too many.
    today: what this agent dialled; lately: within the last minute."""
    if rules.agent_minute_calls and lately >= rules.agent_minute_calls:
        raise Refused("agent_dials_too_fast", limit=rules.agent_minute_calls)
    if rules.agent_daily_calls and today >= rules.agent_daily_calls:
        raise Refused("agent_daily_cap", limit=rules.agent_daily_calls)


def _longest(prefixes: tuple[str, ...], number: str) -> str:
    """The longest beginning of the number among them, "" for none."""
    return max((one for one in prefixes if number.startswith(one)), key=len, default="")


def allowed_on_trunk(trunk: Trunk, spent: Spent) -> None:
    """Raises Refused when this trunk's own day is used up. spent: what went through it today."""
    check_caps(trunk.daily_calls, trunk.daily_minutes, spent)


def check_caps(calls: int, minutes: int, spent: Spent) -> None:
    """Raises Refused `daily_cap_reached` (what: calls or minutes); a cap of 0 is none."""
    if calls and spent.calls >= calls:
        raise Refused("daily_cap_reached", what="calls", limit=calls)
    if minutes and spent.seconds >= minutes * SECONDS_IN_MINUTE:
        raise Refused("daily_cap_reached", what="minutes", limit=minutes)


def allowed_countries(configuration: Configuration) -> frozenset[str]:
    """Where agents may call; the own country if nothing was chosen."""
    return frozenset(configuration.site.allowed_countries or (configuration.site.country,))


def choose_trunk(configuration: Configuration, queue_id: QueueId) -> Trunk | None:
    """By which trunk a call for this queue goes: the queue's, else the default one, else the only one."""
    queue = configuration.queues.get(queue_id)
    if queue and queue.trunk_id in configuration.trunks:
        return configuration.trunks[queue.trunk_id]
    usable = [trunk for trunk in configuration.trunks.values() if trunk.trunk_id not in BUILT_IN]
    chosen = next((trunk for trunk in usable if trunk.is_default), None)
    return chosen or (usable[0] if len(usable) == 1 else None)


def number_for_trunk(configuration: Configuration, number: str, trunk: Trunk) -> str:
    """What is dialled on this trunk. number: of `read_dialed`; an emergency number goes as it is."""
    if not number.startswith("+"):
        return number
    return PhoneNumber(e164=number).written(trunk.number_format_out, configuration.site.country)


def caller_number(configuration: Configuration, queue_id: QueueId, trunk: Trunk) -> str:
    """What the called party sees: the queue's chosen number, else one of its own, else one of this trunk.

    Written as the trunk wants it; "" when there is none, and the far end then says what it likes.
    """
    number = _shown_number(configuration, queue_id, trunk)
    return number_for_trunk(configuration, number.number, trunk) if number else ""


def _shown_number(configuration: Configuration, queue_id: QueueId, trunk: Trunk) -> Number | None:
    queue = configuration.queues.get(queue_id)
    if queue and queue.caller_number_id in configuration.numbers:
        return configuration.numbers[queue.caller_number_id]
    usable = sorted(
        (
            number
            for number in configuration.numbers.values()
            if number.trunk_id in (0, trunk.trunk_id) and number.number_id not in BUILT_IN
        ),
        key=lambda number: (
            number.queue_id != queue_id,
            number.trunk_id != trunk.trunk_id,
            not number.number.startswith("+"),
            number.number_id,
        ),
    )
    return usable[0] if usable else None
