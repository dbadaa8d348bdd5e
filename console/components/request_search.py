"""Single requests on the Audit page: by filters and a pick, or at once by an id."""

from __future__ import annotations

import streamlit as st

from console.components.record_filters import request_filter
from console.components.request_detail import request_detail
from console.components.tables import paged, request_table
from console.navigation import page_path
from services.bootstrap import Sluice
from services.domain.identity import Actor


def request_search(sluice: Sluice, actor: Actor) -> None:
    """Draw the filters, then the requests that match; an id names one, whatever else is asked."""
    zone = sluice.settings.zone
    where = request_filter(sorted(sluice.live.snapshot.control.features), zone)
    if where.request_id is not None:
        request_detail(actor, sluice.requests.get_request(actor, where.request_id), zone)
        return
    picked = []
    paged(
        "audit.requests",
        where,
        lambda cursor: sluice.requests.list_requests(actor, where, cursor),
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
