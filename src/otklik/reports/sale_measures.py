"""Measures of sales: talks whose chosen outcome counts as a main sale or an add-on sale. Pure."""

from dataclasses import dataclass

from otklik.reports.measures import Definition, Unit, mean_seconds, share


@dataclass(frozen=True, slots=True)
class SaleFacts:
    """Interactions with a talk that are over; each has one outcome or none. sells: whether there ever was an
    outcome that counts as a sale, else nobody could have chosen one. work_ms: talk, hold and wrap-up."""

    talks: int = 0
    main_sales: int = 0
    add_on_sales: int = 0
    unchosen: int = 0
    work_ms: int = 0
    sells: bool = False

    @property
    def sales(self) -> int:
        """Of either kind."""
        return self.main_sales + self.add_on_sales


def _told(facts: SaleFacts, number: int) -> int | None:
    return number if facts.sells else None


_SOURCE = "conversion per talk; others divide by all calls, by leads or by contacts"

SALE_MEASURES: tuple[Definition[SaleFacts], ...] = (
    Definition("talks", Unit.COUNT, "interactions with a talk that are over", lambda f: f.talks),
    Definition(
        name="sales",
        unit=Unit.COUNT,
        formula="main_sales + add_on_sales",
        compute=lambda f: _told(f, f.sales),
    ),
    Definition(
        name="main_sales",
        unit=Unit.COUNT,
        formula="talks whose outcome counts as a main sale",
        compute=lambda f: _told(f, f.main_sales),
    ),
    Definition(
        name="add_on_sales",
        unit=Unit.COUNT,
        formula="talks whose outcome counts as an add-on sale",
        compute=lambda f: _told(f, f.add_on_sales),
    ),
    Definition(
        name="sale_share",
        unit=Unit.SHARE,
        formula="sales / talks",
        compute=lambda f: share(f.sales, f.talks) if f.sells else None,
        source=_SOURCE,
    ),
    Definition(
        name="add_on_share",
        unit=Unit.SHARE,
        formula="add_on_sales / talks",
        compute=lambda f: share(f.add_on_sales, f.talks) if f.sells else None,
    ),
    Definition(
        name="work_per_sale_seconds",
        unit=Unit.SECONDS,
        formula="(talk_ms + hold_ms + wrap_ms of all talks) / sales",
        compute=lambda f: mean_seconds(f.work_ms, f.sales),
    ),
    Definition(
        name="unchosen_share",
        unit=Unit.SHARE,
        formula="talks without an outcome / talks",
        compute=lambda f: share(f.unchosen, f.talks),
    ),
)
