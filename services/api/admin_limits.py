"""/api/v1/admin/ai/blocks: who is blocked for calling while refused."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from services.api.access import ActorNow, SluiceNow
from services.bootstrap.limit_views import block_view, blocks_view

router = APIRouter(prefix="/api/v1/admin/ai", tags=["limits"])


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
