"""Reports on sales.

Shares are fractions 0-1; null where there is no data. as_of, behind_since: as of the reports on queues.
"""

from datetime import date

from otklik.api.schemas.base import Schema
from otklik.api.schemas.contact_reports import Told


class SaleFigures(Schema):
    """sales, main_sales, add_on_sales: null where no outcome counts as a sale."""

    talks: int
    sales: int | None
    main_sales: int | None
    add_on_sales: int | None
    sale_share: float | None
    add_on_share: float | None
    work_per_sale_seconds: float | None
    unchosen_share: float | None


class SaleRow(SaleFigures):
    """owner: a queue or an agent; day: of a row by day."""

    owner_id: int | None
    owner: str
    day: date | None


class SaleReport(Told):
    """main_ids, add_on_ids: the dispositions that count as such."""

    rows: list[SaleRow]
    totals: SaleFigures
    main_ids: list[int]
    add_on_ids: list[int]
