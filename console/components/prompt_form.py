"""The form of a prompt template: one field a variable, with sensible first values."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from services.domain.templates import Template, template_variables

LONG_FIELDS = frozenset(
    {"question", "goal", "current_level", "reference_solution", "student_solution"}
)
EXAMPLES: Mapping[str, str] = {
    "current_level": "Denklem çözebiliyorum, fonksiyon grafiklerinde zorlanıyorum.",
    "goal": "Bir ay içinde fonksiyonlar konusunu bitirmek",
    "grade": "9",
    "hours_per_week": "6",
    "question": "Bir üçgenin iç açıları toplamı neden 180 derecedir?",
    "reference_solution": "Bir kenara paralel çizilir; iç ters açılar bir doğru açı oluşturur.",
    "student_solution": "Üç açıyı ölçtüm, 180 çıktı.",
    "subject": "Matematik",
    "topic": "Üçgenler",
    "weeks": "4",
}
LEVELS = (1, 2, 3)


def variable_form(template: Template) -> dict[str, object]:
    """Draw the fields; returns what is in them, by variable."""
    names = template_variables(template)
    long = [name for name in names if name in LONG_FIELDS]
    short = [name for name in names if name not in LONG_FIELDS]
    values: dict[str, object] = {name: _draw_long(template, name) for name in long}
    if short:
        with st.container(horizontal=True, vertical_alignment="top"):
            values |= {name: _draw_short(template, name) for name in short}
    return values


def find_gap(values: Mapping[str, object]) -> str | None:
    """What keeps the form from being sent, in words; None when nothing does."""
    empty = [_label(name) for name, value in values.items() if not str(value or "").strip()]
    if empty:
        return f"fill in {', '.join(empty)}"
    return None


def _draw_long(template: Template, name: str) -> str:
    return st.text_area(
        _label(name), value=_first(template, name), key=_key(template, name), height=100
    )


def _draw_short(template: Template, name: str) -> object:
    if name == "hint_level":
        level = st.segmented_control(
            _label(name), LEVELS, default=_level(template), key=_key(template, name)
        )
        return level or _level(template)
    return st.text_input(
        _label(name), value=_first(template, name), key=_key(template, name), width=150
    )


def _level(template: Template) -> int:
    return int(template.defaults.get("hint_level", LEVELS[0]))


def _first(template: Template, name: str) -> str:
    return str(template.defaults.get(name, EXAMPLES.get(name, "")))


def _key(template: Template, name: str) -> str:
    return f"playground.{template.id}.{template.version}.{name}"


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()
