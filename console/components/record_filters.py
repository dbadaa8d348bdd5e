"""Filters of audit events and of requests, kept in the page's address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from services.domain.audit import AuditFilter
from services.domain.ledger import Status
from services.domain.requests import RequestFilter

ANY = "any"
KINDS: dict[str, tuple[str, ...]] = {
    ANY: (),
    "rollout": ("rollout.", "feature."),
    "kill switch": ("kill.",),
    "breakers": ("breaker.",),
    "access": ("account.", "key.", "token."),
    "sign-in": ("session.", "page."),
    "exports": ("audit.",),
    "sample traffic": ("sample.",),
}
"""Kinds of actions by their name in the address, with how the actions begin."""


def audit_filter(zone: ZoneInfo) -> AuditFilter:
    """Ask which events; every restriction stands in the address."""
    with st.container(horizontal=True, vertical_alignment="top"):
        kind = _choice("What", "audit_what", list(KINDS)[1:])
        actor = _text("Who", "audit_who", "ayse, host:root, rule:…")
        target = _text("On", "audit_on", "all, question_hint, …")
        start, end = _days("audit", zone)
    return AuditFilter(start, end, actor, None, target, KINDS[kind or ANY])


def request_filter(features: Sequence[str], zone: ZoneInfo) -> RequestFilter:
    """Ask which requests; every restriction stands in the address."""
    with st.container(horizontal=True, vertical_alignment="top"):
        feature = _choice("Feature", "requests_feature", features)
        status = _choice("Status", "requests_status", [status.value for status in Status])
        application = _text("Application", "requests_application", "its key's name")
        request_id = _text("Request id", "requests_id", "from x-request-id")
        start, end = _days("requests", zone)
    return RequestFilter(
        start=start,
        end=end,
        feature=feature,
        status=status,
        application=application,
        request_id=request_id,
    )


def _text(label: str, key: str, placeholder: str) -> str | None:
    typed = st.text_input(label, key=key, placeholder=placeholder, bind="query-params", width=150)
    return (typed or "").strip() or None


def _choice(label: str, key: str, options: Sequence[str]) -> str | None:
    chosen = st.selectbox(label, [ANY, *options], key=key, bind="query-params", width=150)
    return None if chosen == ANY else chosen


def _days(prefix: str, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """The instants that the chosen days begin and end at; None where there is no bound."""
    first = _day("First day", f"{prefix}_first", zone)
    last = _day("Last day", f"{prefix}_last", zone)
    start = None if first is None else datetime.combine(first, time(), zone)
    end = None if last is None else datetime.combine(last + timedelta(days=1), time(), zone)
    return start, end


def _day(label: str, key: str, zone: ZoneInfo) -> date | None:
    chosen: Any = st.date_input(
        label, value=None, key=key, bind="query-params", width=132, help=f"Days in {zone}."
    )
    return chosen if isinstance(chosen, date) else None
