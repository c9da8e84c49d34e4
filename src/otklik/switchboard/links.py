"""How good the links of a talk are: windows of a few seconds become events that are worth writing.

A channel tells a window of each leg every few seconds, a browser one of its own. That is too much for the
journal, and most of it says what the window before said. So an event is written for the first window of a
leg in a segment, when the link became another (by 0.3 MOS, or over a border of the grades), each minute, and
at the end; it holds what all windows since the last event come to. Open windows are in memory only: a killed
engine forgets a minute of them at most.
"""

from datetime import datetime, timedelta

from otklik.quality.e_model import LinkFigures
from otklik.switchboard import requests
from otklik.switchboard.calls import Leg
from otklik.switchboard.link_tracks import BROWSER, MEDIA_SERVER, LinkTrack
from otklik.switchboard.signals import LinkReported
from otklik.switchboard.turn import Turn
from otklik.vocabulary.ids import AgentId, QueueId, SegmentId
from otklik.vocabulary.refusals import NotFound

LONGEST_WINDOW = timedelta(seconds=60)


def take_link(turn: Turn, signal: LinkReported, at: datetime) -> None:
    """A window of the media server's."""
    leg = turn.centre.calls.legs.get(signal.leg_id)
    if leg is not None:
        _take(turn, leg, MEDIA_SERVER, signal.took, signal.heard, signal.sent, at)


def take_browser_link(turn: Turn, request: requests.NoteLink, at: datetime) -> None:
    """A window of a browser's, of the leg that its agent talks on."""
    found = [leg for leg in turn.centre.calls.legs_of_agent(request.agent_id) if leg.is_up]
    if not found:
        raise NotFound("no_talk")
    leg = max(found, key=lambda one: one.leg_id)
    _take(turn, leg, BROWSER, request.took, request.heard, request.sent, at)


def _take(
    turn: Turn,
    leg: Leg,
    source: str,
    took: timedelta,
    heard: LinkFigures | None,
    sent: LinkFigures | None,
    at: datetime,
) -> None:
    windows = {
        name: window
        for name, window in (("heard", heard), ("sent", sent))
        if window is not None and window.packets + window.lost > 0
    }
    if not windows:
        return
    since = at - min(max(took, timedelta(0)), LONGEST_WINDOW)
    links = turn.centre.links
    segment_id, queue_id, agent_id = _place(turn, leg)
    track = links.get((leg.leg_id, source))
    if track is not None and segment_id and track.segment_id != segment_id:
        turn.note(track.tell(at))
        track = None
    if track is None and turn.centre.engine.interaction(leg.interaction_id) is None:
        return  # a last look at a talk of which nothing was measured
    if track is None:
        track = links[leg.leg_id, source] = LinkTrack(
            leg=leg, source=source, segment_id=segment_id, queue_id=queue_id, agent_id=agent_id, since=since
        )
    track.leg = leg
    track.add(windows)
    if track.is_news(at):
        turn.note(track.tell(at))


def _place(turn: Turn, leg: Leg) -> tuple[SegmentId, QueueId, AgentId]:
    """Where the talk stands. Of a customer's leg the agent is he with whom the customer talks."""
    interaction = turn.centre.engine.interaction(leg.interaction_id)
    if interaction is None:
        return SegmentId(0), QueueId(0), leg.agent_id
    agent_id = leg.agent_id or interaction.agent_id
    return interaction.segment_id, interaction.queue_id, agent_id
