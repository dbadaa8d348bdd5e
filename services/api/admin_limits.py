"""/api/v1/admin/ai/limits and /blocks: what limits refuse, and who is blocked for going on."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from services.api.access import ActorNow, SluiceNow
from services.bootstrap.limit_views import block_view, blocks_view, limits_view

router = APIRouter(prefix="/api/v1/admin/ai", tags=["limits"])


@router.get("/limits")
def get_limits(sluice: SluiceNow, actor: ActorNow) -> dict[str, Any]:
    """What is used of the limits that all callers share, who is near a limit of their own, and
    what every limit refused."""
    limits = sluice.limits
    return limits_view(limits.get_use(actor), limits.get_near(actor), limits.get_refusals(actor))


@router.get("/blocks")
def list_blocks(sluice: SluiceNow, actor: ActorNow) -> dict[str, Any]:
    """Every blocked user and application, until when, the latest first."""
    limits = sluice.limits
    return blocks_view(limits.get_blocks(actor), is_shadow=limits.is_abuse_in_shadow)


@router.delete("/blocks")
def lift_block(
    sluice: SluiceNow, actor: ActorNow, user: str = "", reason: str = ""
) -> dict[str, Any]:
    """Lift a block; `user` as the list shows it, or as calls name the user."""
    return block_view(sluice.limits.lift_block(actor, user, reason))
