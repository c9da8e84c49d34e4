"""What screens, the API and the command line ask for. One public function for each question.

Every answer is read in one transaction that sees one moment of the journal, and says which. Live tiles ask
the same functions with the range "today". Shares are fractions 0-1, None without data.
"""

from otklik.reports.service.agents import AgentReport, AgentRow, agent_days, agents_today
from otklik.reports.service.interactions import (
    Counted,
    Interaction,
    InteractionFilter,
    MissedOffer,
    OfferOfLine,
    Page,
    PhaseOfLine,
    RecordingOfLine,
    Stay,
    TimeLine,
    interaction_time_line,
    interactions_behind,
    list_interactions,
    list_missed_offers,
)
from otklik.reports.service.missed import Missed, count_missed, list_missed
from otklik.reports.service.moves import MovedMatter, Moves, moved_matters
from otklik.reports.service.queues import (
    QueueReport,
    QueueRow,
    QueueToday,
    queue_days,
    queue_intervals,
    queues_today,
)
from otklik.reports.service.shared import ensure_calendar

__all__ = [
    "AgentReport",
    "AgentRow",
    "Counted",
    "Interaction",
    "InteractionFilter",
    "Missed",
    "MissedOffer",
    "MovedMatter",
    "Moves",
    "OfferOfLine",
    "Page",
    "PhaseOfLine",
    "QueueReport",
    "QueueRow",
    "QueueToday",
    "RecordingOfLine",
    "Stay",
    "TimeLine",
    "agent_days",
    "agents_today",
    "count_missed",
    "ensure_calendar",
    "interaction_time_line",
    "interactions_behind",
    "list_interactions",
    "list_missed",
    "list_missed_offers",
    "moved_matters",
    "queue_days",
    "queue_intervals",
    "queues_today",
]
