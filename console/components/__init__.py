"""What pages are made of: cards, danger panels, ranges, tables and error boxes."""

from console.components.cards import (
    Face,
    describe_reading,
    even_trend,
    mock_badge,
    pick_reading,
    state_card,
)
from console.components.changes import changes_list, first_steps
from console.components.danger import Danger, blocked_by, danger_panel
from console.components.errors import error_box, showing_errors
from console.components.exhausted_card import exhausted_card
from console.components.once import Once, once, wait_for_actions
from console.components.prompt_form import find_gap, variable_form
from console.components.ranges import DayRange, day_range_bar, days_text, span_bar, span_text
from console.components.run_columns import run_columns
from console.components.sample_panel import sample_panel, sample_section
from console.components.status_cards import (
    budget_card,
    control_card,
    error_card,
    latency_card,
    request_card,
)
from console.components.tables import paged, request_frame, request_table

__all__ = [
    "Danger",
    "DayRange",
    "Face",
    "Once",
    "blocked_by",
    "budget_card",
    "changes_list",
    "control_card",
    "danger_panel",
    "day_range_bar",
    "days_text",
    "describe_reading",
    "error_box",
    "error_card",
    "even_trend",
    "exhausted_card",
    "find_gap",
    "first_steps",
    "latency_card",
    "mock_badge",
    "once",
    "paged",
    "pick_reading",
    "request_card",
    "request_frame",
    "request_table",
    "run_columns",
    "sample_panel",
    "sample_section",
    "showing_errors",
    "span_bar",
    "span_text",
    "state_card",
    "variable_form",
    "wait_for_actions",
]
