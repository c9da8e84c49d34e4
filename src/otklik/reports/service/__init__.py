"""What screens, the API and the command line ask for. One public function for each question.

Every answer is read in one transaction that sees one moment of the journal, and says which. Live tiles ask
the same functions with the range "today". Shares are fractions 0-1, None without data.
"""

from otklik.reports.service.agents import AgentReport, AgentRow, agent_days, agents_today
from otklik.reports.service.attendance import (
    AgentDay,
    DayInteraction,
    Timesheet,
    TimesheetRow,
    agent_day,
    timesheet,
)
from otklik.reports.service.calls import CallReport, CallRow, calls_by_number
from otklik.reports.service.comparing import AgentSums, agent_sums
from otklik.reports.service.heat import HeatCell, HeatReport, queue_heat
from otklik.reports.service.interactions import (
    Counted,
    Interaction,
    InteractionFilter,
    MissedOffer,
    OfferOfLine,
    Page,
    PhaseOfLine,
    RecordingOfLine,
    Repeats,
    Stay,
    StayLevel,
    TimeLine,
    interaction_time_line,
    interactions_behind,
    list_interactions,
    list_missed_offers,
)
from otklik.reports.service.levels import (
    DefinedLevels,
    LevelNow,
    Levels,
    define_level,
    defined_levels,
    withdraw_level,
)
from otklik.reports.service.missed import Missed, count_missed, list_missed
from otklik.reports.service.moves import MovedMatter, Moves, moved_matters
from otklik.reports.service.outcomes import OutcomeReport, OutcomeRow, OutcomesBy, chosen_outcomes
from otklik.reports.service.queues import (
    QueueReport,
    QueueRow,
    QueueToday,
    queue_days,
    queue_intervals,
    queues_today,
)
from otklik.reports.service.repeats import FrequentCustomer, RepeatReport, RepeatRow, repeated_contacts
from otklik.reports.service.shared import ensure_calendar
from otklik.reports.service.summary import Page as SummaryPage
from otklik.reports.service.summary import days_compared, days_with, page_of
from otklik.reports.service.waits import WaitReport, WaitRow, WaitStep, queue_waits

__all__ = [
    "AgentDay",
    "AgentReport",
    "AgentRow",
    "AgentSums",
    "CallReport",
    "CallRow",
    "Counted",
    "DayInteraction",
    "DefinedLevels",
    "FrequentCustomer",
    "HeatCell",
    "HeatReport",
    "Interaction",
    "InteractionFilter",
    "LevelNow",
    "Levels",
    "Missed",
    "MissedOffer",
    "MovedMatter",
    "Moves",
    "OfferOfLine",
    "OutcomeReport",
    "OutcomeRow",
    "OutcomesBy",
    "Page",
    "PhaseOfLine",
    "QueueReport",
    "QueueRow",
    "QueueToday",
    "RecordingOfLine",
    "RepeatReport",
    "RepeatRow",
    "Repeats",
    "Stay",
    "StayLevel",
    "SummaryPage",
    "TimeLine",
    "Timesheet",
    "TimesheetRow",
    "WaitReport",
    "WaitRow",
    "WaitStep",
    "agent_day",
    "agent_days",
    "agent_sums",
    "agents_today",
    "calls_by_number",
    "chosen_outcomes",
    "count_missed",
    "days_compared",
    "days_with",
    "define_level",
    "defined_levels",
    "ensure_calendar",
    "interaction_time_line",
    "interactions_behind",
    "list_interactions",
    "list_missed",
    "list_missed_offers",
    "moved_matters",
    "page_of",
    "queue_days",
    "queue_heat",
    "queue_intervals",
    "queue_waits",
    "queues_today",
    "repeated_contacts",
    "timesheet",
    "withdraw_level",
]
