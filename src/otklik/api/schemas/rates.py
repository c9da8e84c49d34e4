"""What people are paid an hour, and what calls on trunks cost.

Amounts are decimals as text, in whole units of the site's currency; days are the site's.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from otklik.api.schemas.base import Id, Moment, Schema

PerHour = Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=4)]
PerMinute = Annotated[Decimal, Field(ge=0, le=1_000_000, decimal_places=6)]
Step = Annotated[int, Field(ge=1, le=3600)]
LONGEST_PASTE = 200_000


class RateSave(Schema):
    """Of an agent, or of everybody with a role who has none of his own."""

    agent_id: Id | None = None
    role_id: Id | None = None
    since: date
    per_hour: PerHour


class Dated(Schema):
    """state: `now` counts today, `later` will, `before` did, `withdrawn` was taken back. is_of_past: it
    changed costs of days that were over when it was set. A currency that is not the site's counts nothing."""

    id: int
    since: date
    state: Literal["now", "later", "before", "withdrawn"]
    currency: str
    by: str
    at: Moment
    is_of_past: bool
    withdrawn_by: str | None = None
    withdrawn_at: Moment | None = None


class RateRow(Dated):
    """name_ru, name_en: of the agent or the role."""

    agent_id: int | None
    role_id: int | None
    name_ru: str
    name_en: str
    per_hour: str


class NamedInBoth(Schema):
    """Somebody or something to choose."""

    id: int
    name_ru: str
    name_en: str


class PayRates(Schema):
    """rates: all that were ever set, the latest day first. missing: agents without a rate today."""

    today: date
    currency: str
    rates: list[RateRow]
    agents: list[NamedInBoth]
    roles: list[NamedInBoth]
    missing: list[NamedInBoth]


class TariffSave(Schema):
    """trunk_id, number_id: null for all of them; a number only of inbound calls. is_ours: we pay, else the
    caller. A call up to `free_seconds` long costs nothing; of every other `first_seconds` are paid at least,
    then whole `step_seconds`."""

    is_inbound: bool
    trunk_id: Id | None = None
    number_id: Id | None = None
    since: date
    is_ours: bool = True
    per_minute: PerMinute = Decimal(0)
    connection_fee: PerMinute = Decimal(0)
    free_seconds: Annotated[int, Field(ge=0, le=3600)] = 0
    first_seconds: Step = 60
    step_seconds: Step = 60


class TariffRow(Dated):
    """trunk, number: names, "" for all."""

    is_inbound: bool
    trunk_id: int | None
    trunk: str
    number_id: int | None
    number: str
    is_ours: bool
    per_minute: str
    connection_fee: str
    free_seconds: int
    first_seconds: int
    step_seconds: int


class TariffRows(Schema):
    """tariffs: all that were ever set, the latest day first."""

    today: date
    currency: str
    tariffs: list[TariffRow]
    trunks: list[NamedInBoth]
    numbers: list[NamedInBoth]


class Paste(Schema):
    """text: lines copied from a table. is_trial: only say what would be set."""

    text: Annotated[str, Field(min_length=1, max_length=LONGEST_PASTE)]
    is_trial: bool = False


class PastedLine(Schema):
    """number: from 1. refusal: why the line does not fit, "" when it does."""

    number: int
    text: str
    refusal: str


class PasteAnswer(Schema):
    """Every line that holds something. saved: how many were set: all of them, or none where one does not fit
    or it was a trial."""

    lines: list[PastedLine]
    saved: int
