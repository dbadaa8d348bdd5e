"""Audit: who did what and why, the proof that the record is whole, and single requests."""

import streamlit as st

from console.components import error_box, paged, request_table, showing_errors
from console.components.audit_log import check_box, event_detail, event_table
from console.components.record_filters import audit_filter, request_filter
from console.components.sections import section_bar
from console.exports import as_signed_in
from console.navigation import page_path
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


def draw_requests(actor: Actor) -> None:
    """The requests of a filter, and the way to the picked one."""
    zone = sluice().settings.zone
    where = request_filter(sorted(sluice().live.snapshot.control.features), zone)
    picked = []
    paged(
        "audit.requests",
        where,
        lambda cursor: sluice().requests.list_requests(actor, where, cursor),
        lambda page: picked.append(request_table("audit.request_table", page.rows, zone)),
    )
    if picked[0] is None:
        st.caption("Pick a row to open the request with its steps, attempts and texts.")
        return
    request_id = picked[0].intent.request_id
    st.page_link(
        page_path("reliability"),
        label=f"Open request {request_id}",
        icon=":material/open_in_full:",
        query_params={"request": request_id},
    )


actor = require_page(Permission.VIEW_AUDIT, "Audit")
st.title("Audit")
with showing_errors():
    parts = {"Events": draw_events, "Requests": draw_requests}
    parts[section_bar("audit", list(parts))](actor)
