"""What is remembered of the windows of a link until an event tells them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from otklik.quality.e_model import LinkFigures, grade_of, mos_of, together
from otklik.switchboard.calls import Leg
from otklik.switchboard.events import LinkMeasured, LinkWay
from otklik.vocabulary.ids import AgentId, LegId, QueueId, SegmentId

NEWS = 0.3
TELL_EVERY = timedelta(seconds=60)
MEDIA_SERVER = "media_server"
BROWSER = "browser"


@dataclass(slots=True)
class _Way:
    all: LinkFigures
    last: LinkFigures
    worst_mos: float

    def add(self, window: LinkFigures, mos: float) -> None:
        self.all = together(self.all, window)
        self.last = window
        self.worst_mos = min(self.worst_mos, mos)

    def frozen(self) -> LinkWay:
        return LinkWay(all=self.all, last=self.last, worst_mos=self.worst_mos)


@dataclass(slots=True)
class LinkTrack:
    """Windows of one leg from one source that no event has told yet, and what the last event told."""

    leg: Leg
    source: str
    segment_id: SegmentId
    queue_id: QueueId
    agent_id: AgentId
    since: datetime
    ways: dict[str, _Way] = field(default_factory=dict)
    told: dict[str, float] = field(default_factory=dict)
    told_at: datetime | None = None

    def add(self, windows: dict[str, LinkFigures]) -> None:
        for name, window in windows.items():
            mos = mos_of(window)
            if mos is None:
                continue
            if name in self.ways:
                self.ways[name].add(window, mos)
            else:
                self.ways[name] = _Way(all=window, last=window, worst_mos=mos)

    def is_news(self, at: datetime) -> bool:
        """Whether the newest windows say something else than the last event did."""
        if self.told_at is None or at - self.told_at >= TELL_EVERY:
            return True
        return any(_differs(self.told.get(name), mos_of(way.last)) for name, way in self.ways.items())

    def tell(self, at: datetime) -> list[LinkMeasured]:
        """The event, and a clean page."""
        if not self.ways:
            return []
        heard, sent = self.ways.get("heard"), self.ways.get("sent")
        event = LinkMeasured(
            at=at,
            since=self.since,
            interaction_id=self.leg.interaction_id,
            segment_id=self.segment_id,
            leg_id=self.leg.leg_id,
            role=self.leg.role,
            agent_id=self.agent_id,
            queue_id=self.queue_id,
            trunk_id=self.leg.trunk_id,
            source=self.source,
            heard=heard.frozen() if heard else None,
            sent=sent.frozen() if sent else None,
        )
        for name, way in self.ways.items():
            mos = mos_of(way.last)
            if mos is not None:
                self.told[name] = mos
        self.ways, self.since, self.told_at = {}, at, at
        return [event]


def end_links(links: dict[tuple[LegId, str], LinkTrack], leg_id: LegId, at: datetime) -> list[LinkMeasured]:
    """The leg is over: what is not told yet."""
    return [
        event
        for source in (MEDIA_SERVER, BROWSER)
        if (track := links.pop((leg_id, source), None)) is not None
        for event in track.tell(at)
    ]


def _differs(told: float | None, mos: float | None) -> bool:
    if told is None or mos is None:
        return told is not mos
    return abs(told - mos) >= NEWS or grade_of(told) is not grade_of(mos)
