"""/api/v1/admin/ai: the operations for scripts and other programs."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from services.api.access import ActorNow, SluiceNow
from services.bootstrap.rollout_views import change_view, rollout_view
from services.bootstrap.views import (
    cost_view,
    kill_view,
    status_view,
)
from services.domain.costs import BREAKDOWNS, LONGEST_DAYS
from services.domain.identity import Permission, require
from services.domain.ledger import Source
from services.domain.rollout import CEILING, Stage

router = APIRouter(prefix="/api/v1/admin/ai", tags=["admin"])


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: str = Field("", description="why, in a few words; required")


class KillBody(_Body):
    """What to stop."""

    scope: str = Field("all", description="all, feature:NAME, provider:NAME, model:PROVIDER/NAME")


class RolloutBody(_Body):
    """Where a rollout shall go; `feature` is left out for the ceiling of all AI."""

    stage: Stage | None = None
    percentage: Decimal | None = Field(None, ge=0, le=100, decimal_places=2)
    feature: str | None = None
    version: int | None = Field(None, description="the version seen; a conflict if it is stale")


class FeatureBody(_Body):
    """Why a feature is switched."""

    version: int | None = None


class CostQuery(BaseModel):
    """Which costs; a filter may be repeated, and its values are alternatives."""

    model_config = ConfigDict(extra="forbid")
    days: int = Field(7, ge=1, le=LONGEST_DAYS, description="calendar days, today included")
    zone: str | None = Field(None, description="of the days, such as Europe/Istanbul")
    feature: list[str] = []
    model: list[str] = []
    provider: list[str] = []
    application: list[str] = []
    traffic: list[Source] = Field([Source.APPLICATION], min_length=1)


@router.get("/status")
def get_status(sluice: SluiceNow, actor: ActorNow) -> dict[str, Any]:
    """Rollout, kill switch, breakers, budget and traffic of the last 24 hours."""
    return status_view(sluice.status.get_status(actor))


@router.post("/kill-switch")
def pull_kill_switch(sluice: SluiceNow, actor: ActorNow, body: KillBody) -> dict[str, Any]:
    """Stop AI for a scope on every instance."""
    return kill_view(sluice.kill_switch.pull(actor, body.scope, body.reason))


@router.delete("/kill-switch")
def release_kill_switch(
    sluice: SluiceNow, actor: ActorNow, reason: str = "", scope: str = "all"
) -> dict[str, Any]:
    """Let AI run again for a scope."""
    return kill_view(sluice.kill_switch.release(actor, scope, reason))


@router.get("/rollout")
def get_rollout(sluice: SluiceNow, actor: ActorNow) -> dict[str, Any]:
    """The ceiling and every feature."""
    require(actor, Permission.VIEW)
    state = sluice.rollouts.get_state()
    return {
        "revision": state.revision,
        "ceiling": rollout_view(state.ceiling),
        "features": {name: rollout_view(r) for name, r in sorted(state.features.items())},
    }


@router.put("/rollout")
def set_rollout(sluice: SluiceNow, actor: ActorNow, body: RolloutBody) -> dict[str, Any]:
    """Set the stage and percentage of the ceiling or of one feature."""
    bp = None if body.percentage is None else int(body.percentage * 100)
    change = sluice.rollouts.set_target(
        actor,
        body.feature or CEILING,
        reason=body.reason,
        stage=body.stage,
        percentage_bp=bp,
        seen_version=body.version,
    )
    return change_view(change)


@router.put("/features/{name}/enable")
def enable_feature(
    sluice: SluiceNow, actor: ActorNow, name: str, body: FeatureBody
) -> dict[str, Any]:
    """Switch a feature on."""
    return change_view(
        sluice.rollouts.set_enabled(
            actor, name, enabled=True, reason=body.reason, seen_version=body.version
        )
    )


@router.put("/features/{name}/disable")
def disable_feature(
    sluice: SluiceNow, actor: ActorNow, name: str, body: FeatureBody
) -> dict[str, Any]:
    """Switch a feature off."""
    return change_view(
        sluice.rollouts.set_enabled(
            actor, name, enabled=False, reason=body.reason, seen_version=body.version
        )
    )


@router.post("/return-to-mock")
def return_to_mock(sluice: SluiceNow, actor: ActorNow, body: FeatureBody) -> dict[str, Any]:
    """Provider mock and stage disabled, in one action."""
    return change_view(sluice.rollouts.return_to_mock(actor, body.reason))


@router.get("/cost-report")
def get_cost_report(
    sluice: SluiceNow, actor: ActorNow, query: Annotated[CostQuery, Query()]
) -> dict[str, Any]:
    """Costs of the last days, by day, feature, model, provider and application."""
    require(actor, Permission.VIEW)
    report = sluice.costs.get_last_days(
        query.days,
        zone=sluice.costs.find_zone(query.zone),
        where={dimension: tuple(getattr(query, dimension.value)) for dimension in BREAKDOWNS},
        sources=tuple(dict.fromkeys(query.traffic)),
    )
    return cost_view(report)
