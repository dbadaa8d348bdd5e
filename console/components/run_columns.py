"""The columns of a playground run: each provider's answer as it comes in, beside the others."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from console.components.cards import mock_badge
from console.components.last_requests import ADDRESS
from console.format import (
    counted_text,
    escape_markdown,
    milliseconds_text,
    safe_markdown,
    short_count_text,
    usd_text,
)
from console.navigation import page_path
from services.domain.playground import ColumnView


def run_columns(columns: Sequence[ColumnView], *, as_text: bool) -> None:
    """Draw the answers side by side; one that failed says why, and the others go on.

    Args:
        as_text: show the answers letter by letter instead of formatted.
    """
    if total := total_text(columns):
        st.caption(total)
    places = st.columns(min(len(columns), 4), gap="small")
    for number, column in enumerate(columns):
        with places[number % len(places)], st.container(border=True):
            _draw_head(column)
            _draw_answer(column, as_text=as_text)


def total_text(columns: Sequence[ColumnView]) -> str | None:
    """What the run cost in all, once it has ended; None for a single column, which says it."""
    if len(columns) == 1 or not all(column.is_done for column in columns):
        return None
    known = [Decimal(column.cost_usd) for column in columns if column.cost_usd is not None]
    unknown = len(columns) - len(known)
    text = f"All together {escape_markdown(usd_text(str(sum(known, Decimal(0)))))}"
    return text + (f"; of {counted_text(unknown, 'column')} the cost is unknown" if unknown else "")


def _draw_head(column: ColumnView) -> None:
    st.markdown(f"**{escape_markdown(str(column.target))}**")
    if column.is_mock and column.text:
        mock_badge("mock: invented answer")
    st.caption(_figures(column))


def _figures(column: ColumnView) -> str:
    """Times, tokens and cost in one line; the cost is the one in the ledger."""
    if not column.is_done:
        if column.first_token_ms is None:
            return ":material/hourglass_top: waiting for the first token"
        return f":material/stream: first token after {milliseconds_text(column.first_token_ms)}"
    parts = [f"{milliseconds_text(column.total_ms)} in all"]
    if column.first_token_ms is not None:
        parts.insert(0, f"first token {milliseconds_text(column.first_token_ms)}")
    if column.input_tokens or column.output_tokens:
        tokens = (column.input_tokens, column.output_tokens)
        parts.append(f"{' → '.join(map(short_count_text, tokens))} tokens")
    if column.cost_usd is not None:
        parts.append(escape_markdown(usd_text(column.cost_usd)))
    elif column.problem is None:
        parts.append("cost unknown")
    return " · ".join(parts)


def _draw_answer(column: ColumnView, *, as_text: bool) -> None:
    if column.text and as_text:
        st.text(column.text)
    elif column.text:
        st.markdown(safe_markdown(column.text))
    if column.problem and not column.is_stopped:
        st.error(f"{escape_markdown(column.problem)} `{column.decision}`", icon=":material/error:")
    elif column.is_stopped:
        st.caption(":material/stop_circle: stopped; what was produced is billed")
    elif column.finish_reason == "length":
        st.caption(
            f":material/content_cut: cut off at {counted_text(column.output_tokens, 'token')}"
        )
    if column.request_id:
        st.page_link(
            page_path("reliability"),
            label=f"Request {column.request_id}",
            icon=":material/open_in_full:",
            query_params={ADDRESS: column.request_id},
            help="What happened to it, step by step.",
        )
