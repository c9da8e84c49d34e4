"""Lines copied from a table become rates or tariffs. Pure.

Cells are parted by tabs or semicolons. A first line in which neither a day nor an amount stands is a heading.
A line that does not fit says why by a code; whoever asked sees all of them at once.

    rates       who (a name, a login or a role); since; for an hour
    tariffs     where (a number, a trunk, * for all); in or out; since; for a minute; connection fee;
                increment (60/60); free seconds. The last three may be left out. In place of the price:
                `caller`, when the caller pays.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Generic, TypeVar

from otklik.billing.model import PayRate, Route, Tariff, Terms
from otklik.vocabulary.phones import parse_phone
from otklik.vocabulary.refusals import Invalid

Thing = TypeVar("Thing", PayRate, Tariff)
MOST_LINES = 2000
MOST = Decimal(1_000_000)
"""For an hour or a minute: more is a slip of the keyboard."""
LONGEST_STEP = 3600
_DIGITS_OF_RATE, _DIGITS_OF_TARIFF = 4, 6
_IN = frozenset({"in", "inbound", "вх", "входящие", "входящий"})
_OUT = frozenset({"out", "outbound", "исх", "исходящие", "исходящий"})
_CALLER = frozenset({"caller", "звонящий", "клиент"})
_ALL = frozenset({"", "*", "все", "all"})


@dataclass(frozen=True, slots=True)
class Line(Generic[Thing]):
    """number: from 1, as in what was pasted. refusal: "" when it fits, then `thing` is there."""

    number: int
    text: str
    refusal: str = ""
    thing: Thing | None = None


class _Unfit(Exception):
    """code: of a refusal."""


@dataclass(frozen=True, slots=True)
class Names:
    """Ids by what people call them, in small letters; several where a name is not unique. A number stands by
    its name and as it is dialled. country: whose national numbers are meant."""

    agents: Mapping[str, Sequence[int]]
    roles: Mapping[str, Sequence[int]]
    trunks: Mapping[str, Sequence[int]]
    numbers: Mapping[str, Sequence[int]]
    country: str = "RU"


def read_rates(text: str, names: Names, currency: str) -> list[Line[PayRate]]:
    """One for each line with something in it."""

    def read(cells: Sequence[str]) -> PayRate:
        who, since, amount = _at_least(cells, 3)[:3]
        agent_id, role_id = _one_of(names.agents, who), _one_of(names.roles, who)
        if agent_id and role_id:
            raise _Unfit("paste_several")
        if not agent_id and not role_id:
            raise _Unfit("paste_who")
        per_hour = _amount(amount, _DIGITS_OF_RATE)
        return PayRate(0, agent_id, role_id, _day(since), per_hour, currency)

    return _lines(text, read)


def read_tariffs(text: str, names: Names, currency: str) -> list[Line[Tariff]]:
    """One for each line with something in it."""

    def read(cells: Sequence[str]) -> Tariff:
        where, direction, since, price, *rest = _at_least(cells, 4)
        fee, increment, free, *_ = (*rest, "", "", "")
        route = _route(where, direction, names)
        if price.casefold() in _CALLER:
            terms = Terms(is_ours=False)
        else:
            first, step = _increment(increment or "60/60")
            terms = Terms(
                per_minute=_amount(price, _DIGITS_OF_TARIFF),
                connection_fee=_amount(fee or "0", _DIGITS_OF_TARIFF),
                free=timedelta(seconds=_whole(free or "0")),
                first=timedelta(seconds=first),
                step=timedelta(seconds=step),
            )
        return Tariff(0, route, _day(since), terms, currency)

    return _lines(text, read)


def _lines(text: str, read: Callable[[Sequence[str]], Thing]) -> list[Line[Thing]]:
    found: list[Line[Thing]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in re.split(r"[\t;]", line)]
        if not found and not any(_is_value(cell) for cell in cells):
            continue
        one: Line[Thing] = Line(number, line.strip())
        if len(found) >= MOST_LINES:
            found.append(replace(one, refusal="paste_too_long"))
            break
        try:
            found.append(replace(one, thing=read(cells)))
        except _Unfit as unfit:
            found.append(replace(one, refusal=str(unfit)))
    return found


def _is_value(cell: str) -> bool:
    return bool(re.fullmatch(r"[\d\s.,:/+*-]+", cell)) or cell.casefold() in _CALLER


def _at_least(cells: Sequence[str], count: int) -> Sequence[str]:
    if len(cells) < count:
        raise _Unfit("paste_columns")
    return cells


def _one_of(known: Mapping[str, Sequence[int]], said: str) -> int:
    """0: nobody is called so."""
    found = known.get(" ".join(said.split()).casefold(), ())
    if len(found) > 1:
        raise _Unfit("paste_several")
    return found[0] if found else 0


def _route(where: str, direction: str, names: Names) -> Route:
    word = direction.casefold().rstrip(".")
    if word not in _IN | _OUT:
        raise _Unfit("paste_direction")
    is_inbound = word in _IN
    if where.casefold() in _ALL:
        return Route(is_inbound)
    trunk_id = _one_of(names.trunks, where)
    if trunk_id:
        return Route(is_inbound, trunk_id)
    number_id = _one_of(names.numbers, where)
    if not number_id:
        number_id = _one_of(names.numbers, _dialed(where, names.country))
    if not number_id:
        raise _Unfit("paste_where")
    if not is_inbound:
        raise _Unfit("number_of_outbound")
    return Route(is_inbound, 0, number_id)


def _dialed(said: str, country: str) -> str:
    """Any form of a number as we keep it; what is none stays as it is."""
    try:
        return parse_phone(said, country).e164
    except Invalid:
        return said


def _day(said: str) -> date:
    found = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})|(\d{4})-(\d{2})-(\d{2})", said)
    if not found:
        raise _Unfit("paste_day")
    day, month, year = found.group(1, 2, 3) if found[1] else found.group(6, 5, 4)
    try:
        return date(int(year), int(month), int(day))
    except ValueError as error:
        raise _Unfit("paste_day") from error


def _amount(said: str, digits: int) -> Decimal:
    """With a comma or a point; spaces part thousands."""
    plain = re.sub(r"\s", "", said).replace(",", ".")
    try:
        amount = Decimal(plain)
    except InvalidOperation as error:
        raise _Unfit("paste_amount") from error
    if not re.fullmatch(rf"\d{{1,10}}(\.\d{{1,{digits}}})?", plain) or amount > MOST:
        raise _Unfit("paste_amount")
    return amount


def _increment(said: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,4})\s*/\s*(\d{1,4})", said)
    if not found or not all(0 < int(one) <= LONGEST_STEP for one in found.groups()):
        raise _Unfit("paste_increment")
    return int(found[1]), int(found[2])


def _whole(said: str) -> int:
    if not re.fullmatch(r"\d{1,4}", said) or int(said) > LONGEST_STEP:
        raise _Unfit("paste_amount")
    return int(said)
