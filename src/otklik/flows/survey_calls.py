"""When a customer who hung up first is called and asked about the talk. Pure."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Final

from otklik.vocabulary.hours import weekly
from otklik.vocabulary.messages import Value

MOST_ATTEMPTS: Final = 5
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)


class SurveyCall(Value):
    """is_on: he who hung up first is called with the survey, `after` the talk, between `earliest` and
    `latest` (`10:00`) by the clock of his telephone, `attempts` times at most with `apart` between them, and
    not later than `within` after the talk."""

    is_on: bool = False
    after: timedelta = timedelta(minutes=15)
    earliest: str = "10:00"
    latest: str = "20:00"
    attempts: int = 2
    apart: timedelta = timedelta(hours=2)
    within: timedelta = timedelta(hours=24)

    def allowed(self, at: datetime, zone: str) -> datetime | None:
        """The first moment from `at` on at which he may be called."""
        opens, closes = time.fromisoformat(self.earliest), time.fromisoformat(self.latest)
        return weekly(opens, closes, range(7), zone).next_opening(at)

    def flaws(self) -> Iterator[tuple[str, str, str]]:
        """What cannot be: code, field, the value that is wrong."""
        try:
            is_span = time.fromisoformat(self.earliest) < time.fromisoformat(self.latest)
        except ValueError:
            is_span = False
        if not is_span:
            yield "call_hours_unfit", "latest", f"{self.earliest}-{self.latest}"
        if not 1 <= self.attempts <= MOST_ATTEMPTS:
            yield "tries_unfit", "attempts", str(self.attempts)
        if not timedelta(0) <= self.after <= _DAY:
            yield "call_time_unfit", "after", str(self.after.total_seconds())
        if not timedelta(minutes=5) <= self.apart <= _DAY:
            yield "call_time_unfit", "apart", str(self.apart.total_seconds())
        if not self.after < self.within <= _WEEK:
            yield "call_time_unfit", "within", str(self.within.total_seconds())
