"""One request: what came of it, its steps as a timeline, its attempts and its stored texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Literal

import pandas as pd
import streamlit as st

from console.charts import timeline_chart
from console.components.cards import mock_badge
from console.format import (
    escape_markdown,
    exact_money_text,
    milliseconds_text,
    time_text,
)
from services.domain.identity import Actor, Permission
from services.domain.ledger import Attempt, Outcome, Status
from services.domain.money import CostBasis
from services.domain.requests import RequestDetail

Colour = Literal["blue", "gray", "orange", "red"]
_SIGNS: Mapping[Status, tuple[str, Colour]] = {
    Status.SUCCESS: ("check_circle", "blue"),
    Status.ERROR: ("error", "red"),
    Status.LOST: ("help", "red"),
    Status.REFUSED: ("block", "orange"),
    Status.CANCELLED: ("cancel", "gray"),
}


def request_detail(actor: Actor, detail: RequestDetail, zone: tzinfo) -> None:
    """Draw everything that is stored of a request and that the actor may see."""
    outcome = detail.outcome
    _draw_head(outcome, zone)
    _draw_figures(outcome)
    if outcome.message:
        st.error(escape_markdown(outcome.message), icon=":material/error:")
    spans = list_spans(outcome, detail.attempts)
    if spans:
        alt = "Steps of the request, with the provider's attempts"
        st.plotly_chart(timeline_chart(spans), config={"displayModeBar": False}, alt=alt)
        st.dataframe(step_frame(spans), hide_index=True, alt="What each step did, in order")
    st.subheader("Attempts")
    if detail.attempts:
        frame = attempt_frame(detail.attempts)
        st.dataframe(frame, hide_index=True, alt="Attempts, in order")
    else:
        st.caption("No provider was called.")
    _draw_texts(actor, detail)


def list_spans(
    outcome: Outcome, attempts: Sequence[Attempt]
) -> list[tuple[str, float, float, str]]:
    """The steps and attempts as (name, start in ms, length in ms, outcome), in order of time."""
    began = outcome.intent.started_at
    spans = [
        (
            step.step,
            (step.started_at - began).total_seconds() * 1000,
            step.duration_ms,
            " ".join(filter(None, (step.outcome, step.decision))),
        )
        for step in outcome.steps
    ]
    spans += [
        (
            f"attempt {attempt.number}: {attempt.provider}/{attempt.model}",
            (attempt.started_at - began).total_seconds() * 1000,
            attempt.duration_ms,
            f"{attempt.status} {attempt.decision}",
        )
        for attempt in attempts
    ]
    return sorted(spans, key=lambda span: (span[1], -span[2]))


def step_frame(spans: Sequence[tuple[str, float, float, str]]) -> pd.DataFrame:
    """Steps and attempts in words, numbered as in the chart, which has no room for what came."""
    return pd.DataFrame(
        [
            {
                "No.": number,
                "Step": name,
                "What came of it": outcome or "–",
                "After": milliseconds_text(start),
                "Took": milliseconds_text(length),
            }
            for number, (name, start, length, outcome) in enumerate(spans, 1)
        ]
    )


def attempt_frame(attempts: Sequence[Attempt]) -> pd.DataFrame:
    """Attempts as the table shows them."""
    return pd.DataFrame(
        [
            {
                "No.": attempt.number,
                "Model": f"{attempt.provider}/{attempt.model}",
                "Status": attempt.status.value,
                "Why": attempt.decision,
                "Duration": milliseconds_text(attempt.duration_ms),
                "First token": milliseconds_text(attempt.first_token_ms),
                "Input tokens": attempt.usage.input_tokens,
                "Output tokens": attempt.usage.output_tokens,
                "Cost": cost_of(attempt.cost_nano_usd, attempt.cost_basis),
                "Message": attempt.message or "",
            }
            for attempt in attempts
        ]
    )


def cost_of(nano_usd: int, basis: CostBasis) -> str:
    """A cost with how it came about where that is no exact price."""
    if basis is CostBasis.UNPRICED:
        return "unpriced" if not nano_usd else f"≥ {exact_money_text(nano_usd)}, part unpriced"
    suffix = f" ({basis})" if basis in {CostBasis.COUNTED, CostBasis.ESTIMATED} else ""
    return exact_money_text(nano_usd) + suffix


def _draw_head(outcome: Outcome, zone: tzinfo) -> None:
    intent = outcome.intent
    icon, colour = _SIGNS[outcome.status]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(f"{outcome.status}: {outcome.decision}", icon=f":material/{icon}:", color=colour)
        if outcome.is_mock:
            mock_badge("mock: invented answer")
        if outcome.is_cached:
            is_shared = outcome.decision == "shared"
            source = "shared with an equal call" if is_shared else "from the cache"
            st.badge(source, icon=":material/cached:", color="gray")
        if outcome.is_degraded:
            st.badge("degraded: not the first choice", icon=":material/alt_route:", color="orange")
        st.code(intent.request_id, language=None, width=360)
    words = [
        time_text(intent.started_at, zone),
        f"feature {intent.feature}",
        f"application {intent.application}",
        f"{intent.source} request",
        f"asked for {intent.requested_model}",
        f"prompt {intent.prompt} {intent.prompt_version}" if intent.prompt else "no template",
        f"user {intent.user}" if intent.user else "no user named",
        f"control revision {intent.revision}",
    ]
    st.caption(escape_markdown(" · ".join(words)))


def _draw_figures(outcome: Outcome) -> None:
    tokens = outcome.usage
    figures = [
        ("Duration", milliseconds_text(outcome.duration_ms)),
        ("Our share", milliseconds_text(outcome.overhead_ms)),
        ("First token", milliseconds_text(outcome.first_token_ms)),
        ("Tokens in, out", f"{tokens.input_tokens:,} → {tokens.output_tokens:,}"),
        ("Cost", cost_of(outcome.cost_nano_usd, outcome.cost_basis)),
        ("HTTP status", str(outcome.http_status or "–")),
    ]
    for place, (label, value) in zip(st.columns(len(figures)), figures, strict=True):
        place.metric(label, value)


def _draw_texts(actor: Actor, detail: RequestDetail) -> None:
    st.subheader("Stored texts")
    if not actor.may(Permission.VIEW_AUDIT):
        st.caption(
            f":material/lock: Role {actor.role} lacks permission {Permission.VIEW_AUDIT}, so "
            "texts are not shown."
        )
        return
    texts = (("Request", detail.request_text), ("Response", detail.response_text))
    for label, text in texts:
        if text is None:
            st.caption(f"{label}: not stored; AI_LOG_REQUESTS and AI_LOG_RESPONSES decide that.")
        else:
            st.caption(label)
            st.code(text, language=None, wrap_lines=True)
