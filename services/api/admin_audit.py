"""/api/v1/admin/ai: the audit chain, single requests, and the state of the system's parts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from services.api.access import ActorNow, SluiceNow
from services.bootstrap.record_views import (
    audit_page_view,
    check_view,
    request_view,
    system_view,
)
from services.domain.audit import AuditFilter

router = APIRouter(prefix="/api/v1/admin/ai", tags=["audit"])
Start = Annotated[AwareDatetime | None, Query(description="events from this instant on")]
End = Annotated[AwareDatetime | None, Query(description="events before this instant")]
Action = Annotated[
    str | None, Query(description="an action such as rollout.set, or the beginning `rollout.`")
]
Cursor = Annotated[int | None, Query(ge=1, description="next_cursor of the page before")]
Limit = Annotated[int, Query(ge=1, le=1000)]


@router.get("/audit")
def list_events(
    sluice: SluiceNow,
    caller: ActorNow,
    start: Start = None,
    end: End = None,
    actor: str | None = None,
    action: Action = None,
    target: str | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Who did what and why, newest first."""
    is_prefix = action is not None and action.endswith(".")
    where = AuditFilter(
        start,
        end,
        actor,
        None if is_prefix else action,
        target,
        (action,) if action is not None and is_prefix else (),
    )
    return audit_page_view(sluice.audit.list_events(caller, where, cursor, limit))


@router.get("/audit/verify")
def verify_chain(sluice: SluiceNow, actor: ActorNow) -> dict[str, Any]:
    """Check that nobody changed, removed or reordered an event."""
    check = sluice.audit.verify(actor)
    return check_view(check, sluice.clock.now())


@router.get("/requests/{request_id}")
def get_request(sluice: SluiceNow, actor: ActorNow, request_id: str) -> dict[str, Any]:
    """One request with its steps, attempts and what was stored of its texts."""
    return request_view(sluice.requests.get_request(actor, request_id))


@router.get("/system")
def get_system(sluice: SluiceNow, actor: ActorNow) -> dict[str, Any]:
    """Sources, instances, journal, providers, settings in force and versions."""
    return system_view(sluice.system.get_view(actor))
