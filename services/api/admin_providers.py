"""/api/v1/admin/ai: circuit breakers and the clients of providers."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from services.api.access import ActorNow, SluiceNow
from services.bootstrap.views import breaker_change_view, breaker_view
from services.domain.breakers import BreakerState
from services.domain.calls import Candidate
from services.domain.identity import Permission, require

router = APIRouter(prefix="/api/v1/admin/ai", tags=["providers"])


class ReasonBody(BaseModel):
    """Why it is done."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field("", description="why, in a few words; required")


class BreakerBody(ReasonBody):
    """What a breaker shall be."""

    state: BreakerState = Field(description="closed (reset), forced_open or disabled")


@router.get("/breakers")
def list_breakers(sluice: SluiceNow, actor: ActorNow) -> dict[str, Any]:
    """Every breaker as this instance sees it."""
    require(actor, Permission.VIEW)
    return {"breakers": [breaker_view(b) for b in sluice.breakers.list_views()]}


@router.get("/breakers/changes")
def list_breaker_changes(
    sluice: SluiceNow,
    actor: ActorNow,
    hours: Annotated[int, Query(ge=1, le=24 * 90)] = 24,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """What breakers were and became in the last hours, on all instances, newest first."""
    require(actor, Permission.VIEW)
    reading = sluice.breakers.list_changes(timedelta(hours=hours), limit)
    return {
        "state": reading.state.value,
        "problem": reading.problem,
        "changes": [breaker_change_view(row) for row in reading.value or ()],
    }


@router.put("/breakers/{provider}/{model:path}")
def set_breaker(
    sluice: SluiceNow, actor: ActorNow, provider: str, model: str, body: BreakerBody
) -> dict[str, Any]:
    """Reset a breaker, hold it open, or switch it off."""
    candidate = Candidate(provider, model)
    return breaker_view(sluice.breakers.set_state(actor, candidate, body.state, body.reason))


@router.post("/providers/{name}/health")
def check_provider(sluice: SluiceNow, actor: ActorNow, name: str) -> dict[str, Any]:
    """Whether a provider answers now, and how fast."""
    return asdict(sluice.provider_checks.check_health(actor, name))


@router.post("/providers/{name}/reset")
def reset_provider(
    sluice: SluiceNow, actor: ActorNow, name: str, body: ReasonBody
) -> dict[str, Any]:
    """Open a provider's connections anew and read its key again; the answer is its health."""
    return asdict(sluice.provider_checks.reset_client(actor, name, body.reason))
