"""Audit: who did what and why, the proof that the record is whole, and single requests."""

import streamlit as st

from console.components import error_box, paged, showing_errors
from console.components.audit_log import check_box, event_detail, event_table
from console.components.record_filters import audit_filter
from console.components.request_search import request_search
from console.components.sections import section_bar
from console.exports import as_signed_in
from console.session import require_page, sluice
from services.domain.audit import AuditFilter
from services.domain.audit_files import render_audit_csv, render_audit_jsonl
from services.domain.errors import SluiceError
from services.domain.identity import Actor, Permission

CHECK = "audit.check"
FILES = (
    ("CSV", "text/csv", render_audit_csv),
    ("JSONL", "application/x-ndjson", render_audit_jsonl),
)


def draw_check(actor: Actor, *, is_asked: bool) -> None:
    """Verify the chain when asked, and keep what was found with its time."""
    if is_asked:
        try:
            st.session_state[CHECK] = (sluice().audit.verify(actor), sluice().clock.now())
        except SluiceError as error:
            st.session_state.pop(CHECK, None)
            error_box(error)
    if CHECK in st.session_state:
        check_box(*st.session_state[CHECK], sluice().settings.zone)


def draw_downloads(where: AuditFilter) -> None:
    """Every event of the filter as a file; each download is an event itself."""
    for name, mime, render in FILES:
        st.download_button(
            f"Download {name}",
            as_signed_in(
                lambda reader, render=render: render(sluice().audit.export(reader, where))
            ),
            file_name=f"audit.{name.lower()}",
            mime=mime,
            icon=":material/download:",
            on_click="ignore",
            help="Every event of the filter, of all pages. The download is recorded as an event.",
        )


def draw_events(actor: Actor) -> None:
    """The events of a filter, and the picked one in full."""
    zone = sluice().settings.zone
    where = audit_filter(zone)
    with st.container(horizontal=True):
        draw_downloads(where)
        is_asked = st.button("Verify the chain", icon=":material/verified:")
    draw_check(actor, is_asked=is_asked)
    picked = []
    paged(
        "audit.events",
        where,
        lambda cursor: sluice().audit.list_events(actor, where, cursor),
        lambda page: picked.append(event_table("audit.table", page.rows, zone)),
    )
    if picked[0] is not None:
        event_detail(picked[0], zone)


actor = require_page(Permission.VIEW_AUDIT, "Audit")
st.title("Audit")
with showing_errors():
    if section_bar("audit", ["Events", "Requests"]) == "Events":
        draw_events(actor)
    else:
        request_search(sluice(), actor)
