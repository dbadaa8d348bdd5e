"""Audit events: a table that says what changed, one event in full, and the chain's check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

import pandas as pd
import streamlit as st

from console.format import count_text, escape_markdown, time_text
from services.domain.audit import AuditRow, ChainCheck

NOTHING = "–"
_COLUMNS = {
    "Who": st.column_config.TextColumn(width=105),
    "What": st.column_config.TextColumn(width=125),
    "On": st.column_config.TextColumn(width=115),
    "Change": st.column_config.TextColumn(width=225),
    "Why": st.column_config.TextColumn(width=180),
    "No.": st.column_config.NumberColumn(width=55),
}
"""All of it fits a page of 1366 px; what is longer than its column is in the detail."""

_SHOWN = 4
_UNTOLD = frozenset({"id", "name", "version"})
"""Fields that say nothing in one line: the target names the thing."""
Change = tuple[str, str, str]


def list_changes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[Change]:
    """(field, before, after) of every field that is in either, in the order they come."""
    old, new = before or {}, after or {}
    return [
        (name, _show(name, old.get(name)), _show(name, new.get(name)))
        for name in dict.fromkeys([*old, *new])
    ]


def change_text(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    """What is different after it: "stage: canary → beta, percentage: 5% → 25%".

    Of something new its values; of something that is gone nothing, as all of it is.
    """
    if not after:
        return ""
    changed = [change for change in list_changes(before, after) if change[1] != change[2]]
    words = [_words(*change) for change in changed if change[0] not in _UNTOLD]
    more = len(words) - _SHOWN
    return ", ".join(words[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def event_frame(rows: Sequence[AuditRow], zone: tzinfo) -> pd.DataFrame:
    """Events as the table shows them."""
    return pd.DataFrame(
        [
            {
                f"When ({zone})": f"{row.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
                "Who": row.actor,
                "What": row.action,
                "On": row.target,
                "Change": change_text(row.before, row.after),
                "Why": row.reason,
                "No.": row.sequence,
            }
            for row in rows
        ]
    )


def event_table(key: str, rows: Sequence[AuditRow], zone: tzinfo) -> AuditRow | None:
    """Draw events, newest first; returns the one that the reader has picked."""
    if not rows:
        st.info("No events match.", icon=":material/search_off:")
        return None
    state = st.dataframe(
        event_frame(rows, zone),
        key=key,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config=_COLUMNS,
        alt="Audit events, newest first",
    )
    st.caption("Pick a row to read all of it, before and after field by field.")
    picked = state["selection"]["rows"]
    return rows[picked[0]] if picked and picked[0] < len(rows) else None


def event_detail(row: AuditRow, zone: tzinfo) -> None:
    """One event with what was before and after, field by field."""
    with st.container(border=True):
        st.markdown(
            f"**Event {row.sequence}: {escape_markdown(row.action)}** on "
            f"{escape_markdown(row.target)}, by {escape_markdown(row.actor)} at "
            f"{time_text(row.at, zone)}  \n{escape_markdown(row.reason)}"
        )
        changes = list_changes(row.before, row.after)
        if changes:
            table = pd.DataFrame([_detail_row(*change) for change in changes])
            st.table(table, border="horizontal", hide_index=True, alt="Before and after")
        revision = "" if row.revision is None else f" · control state revision {row.revision}"
        cause = "" if row.cause is None else f" · caused by {escape_markdown(row.cause)}"
        st.caption(f"Event id {row.id}{revision}{cause}")


def check_box(check: ChainCheck, at: datetime, zone: tzinfo) -> None:
    """Whether the chain holds, as of when."""
    when = time_text(at, zone)
    if check.is_intact:
        st.success(
            f"The chain is intact: all {count_text(check.events)} events hold, checked {when}.",
            icon=":material/verified:",
        )
        return
    st.error(
        f"**The chain is broken.** {escape_markdown(check.problem or '')} "
        f"{count_text(check.events)} events before it hold, checked {when}. Keep a copy of the "
        "database and of the data folder, and find out who can write to them.",
        icon=":material/gpp_bad:",
    )


def _detail_row(name: str, before: str, after: str) -> dict[str, str]:
    is_same = before == after
    return {
        "Field": escape_markdown(name) if is_same else f"**{escape_markdown(name)}**",
        "Before": escape_markdown(before) if is_same else _marked("red", before),
        "After": escape_markdown(after) if is_same else _marked("green", after),
        "": "same" if is_same else _kind(before, after),
    }


def _marked(colour: str, text: str) -> str:
    return text if text == NOTHING else f":{colour}-background[{escape_markdown(text)}]"


def _kind(before: str, after: str) -> str:
    if before == NOTHING:
        return "added"
    return "removed" if after == NOTHING else "changed"


def _words(name: str, before: str, after: str) -> str:
    if before == NOTHING:
        return f"{name}: {after}"
    return f"{name}: {before} → {after}"


def _show(name: str, value: Any) -> str:
    if value is None or value in ("", []):
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "percentage":
        return f"{value:g}%"
    if isinstance(value, float):
        return f"{value:g}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
