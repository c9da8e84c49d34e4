"""What every report is asked: by whom, of which local days, and as what it is answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from starlette.responses import Response

from otklik.access.rights import Right
from otklik.api import sheet
from otklik.api.parts import Parts, Serves
from otklik.api.periods import From, To
from otklik.api.routes.reports import Form, about_of, file_answer
from otklik.api.sheet import AskedLocale, Locale
from otklik.api.sign_in import Who, requires
from otklik.reports.catalogue import MEASURES

Rows = Sequence[Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Asked:
    """Local days first ... end (end left out). form: `json` or of a file. locale: of a file for people."""

    who: Who
    request: Request
    parts: Parts
    first: date
    end: date
    form: str
    locale: Locale | None

    @property
    def is_file(self) -> bool:
        """Whether it is answered by a file."""
        return self.form != "json"

    async def file(  # noqa: PLR0913, what stands in a file
        self,
        name: str,
        columns: Sequence[str],
        rows: Rows,
        *,
        zone: ZoneInfo,
        as_of: datetime,
        measures: str | None,
        totals: Mapping[str, object] | None = None,
        about: Sequence[tuple[str, str]] = (),
        words: Mapping[str, str] | None = None,
    ) -> Response:
        """A file named after its report and days, with the definitions of these measures (None: it counts
        nothing that has one). words: titles of columns, before those of the language."""
        made = sheet.Sheet(
            f"{name}-{self.first}-{self.end}",
            columns,
            rows,
            zone,
            [*about, *about_of(MEASURES[measures] if measures else (), zone.key, as_of)],
            words=words or {},
            totals=totals or {},
        )
        return await file_answer(self.who, self.request, self.parts, made, self.form, self.locale)


def _asked_by(*rights: Right) -> Any:
    async def asked(
        who: Annotated[Who, requires(*rights)],
        request: Request,
        parts: Serves,
        from_: From,
        to: To,
        form: Form = "json",
        locale: AskedLocale = None,
    ) -> Asked:
        return Asked(who, request, parts, from_, to, form, locale)

    return Depends(asked)


AskedReport = Annotated[Asked, _asked_by(Right.VIEW_REPORTS)]
AskedCosts = Annotated[Asked, _asked_by(Right.VIEW_COSTS)]
