"""The page of a day, a week or a month."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from otklik.access.rights import Right, Sight
from otklik.api.paper import composing
from otklik.api.parts import Serves
from otklik.api.periods import zone_of
from otklik.api.route import Route
from otklik.api.routes.reports import Form, QueueIds, file_answer, paper_answer
from otklik.api.schemas.summary import SummaryPage
from otklik.api.sheet import AskedLocale
from otklik.api.sign_in import Who, requires
from otklik.api.summary import answer_of, paper_of, sheet_of
from otklik.reports import service as reports
from otklik.reports.mailing import Every
from otklik.vocabulary.refusals import Invalid

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=Route)


@router.get("/reports/page", response_model=SummaryPage)
async def report_page(  # noqa: PLR0913, the filters of a report
    who: Annotated[Who, requires(Right.VIEW_REPORTS)],
    request: Request,
    parts: Serves,
    every: Literal["day", "week", "month"],
    day: Annotated[date, Query(description="any day of it", examples=["2026-11-20"])],
    queue: QueueIds = None,
    form: Form = "json",
    locale: AskedLocale = None,
) -> Any:
    """What came, how it was answered, against the period before and the target, and what stood out."""
    if not 2000 <= day.year < 9000:
        raise Invalid("range_too_long", "day", days=400)
    async with parts.pool.acquire() as connection:
        found = await reports.page_of(
            connection,
            site_id=parts.site_id,
            zone=await zone_of(connection, parts.site_id),
            of=(Every(every), day),
            as_of=parts.clock.now(),
            with_agents=who.sees is Sight.ALL and queue is None,
            queue_ids=queue,
        )
        letterhead = await composing.letterhead_of(connection, parts.site_id)
    name = f"page-{found.days[0]}-{found.days[1]}"
    if form in composing.SIZES:
        paper = paper_of(found, letterhead, locale or letterhead.language, composing.SIZES[form])
        return await paper_answer(who, request, parts, paper, name)
    if form != "json":
        return await file_answer(who, request, parts, sheet_of(found, name, locale), form, locale)
    return answer_of(found)
