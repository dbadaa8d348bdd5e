"""/api/v1/admin/ai/keys and /tokens: who may call."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.api.access import ActorNow, SluiceNow
from services.bootstrap.access_views import key_view, new_key_view, new_token_view
from services.domain.roles import KNOWN_ROLES

router = APIRouter(prefix="/api/v1/admin/ai", tags=["access"])


class KeyBody(BaseModel):
    """A key to make."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(description="which application it is for")
    scopes: list[str] = Field(description="such as ai:generate")
    feature: str | None = Field(None, description="for calls that name none")
    role: str | None = Field(None, description=f"of its calls: {', '.join(KNOWN_ROLES)}")
    custom_role: bool = Field(False, description="whether a role that opens nothing is meant")
    may_assert: list[str] = Field([], description="of user, role, segments")
    expires_at: AwareDatetime | None = None
    replaces: str | None = Field(None, description="id of the live key it is to take over from")
    reason: str = Field("", description="why, in a few words; required")


class TokenBody(BaseModel):
    """A signed token to issue; it lives for an hour."""

    model_config = ConfigDict(extra="forbid")
    user_id: str = Field(description="whose calls it is for")
    scopes: list[str] = Field(description="such as ai:generate")
    reason: str = Field("", description="why, in a few words; required")


@router.get("/keys")
def list_keys(sluice: SluiceNow, actor: ActorNow) -> dict[str, Any]:
    """Every key, newest first, revoked and expired ones too; none shows what it is made of."""
    now = sluice.clock.now()
    return {"keys": [key_view(key, now) for key in sluice.keys.list_keys(actor)]}


@router.post("/keys", status_code=201)
def create_key(sluice: SluiceNow, actor: ActorNow, body: KeyBody) -> dict[str, Any]:
    """Make a key; `key` in the answer is shown this once."""
    made = sluice.keys.create(actor, **body.model_dump())
    return new_key_view(made, sluice.clock.now())


@router.delete("/keys/{key_id}")
def revoke_key(sluice: SluiceNow, actor: ActorNow, key_id: str, reason: str = "") -> dict[str, Any]:
    """End a key; calls with it are refused within a second on every instance."""
    return key_view(sluice.keys.revoke(actor, key_id, reason), sluice.clock.now())


@router.post("/tokens", status_code=201)
def issue_token(sluice: SluiceNow, actor: ActorNow, body: TokenBody) -> dict[str, Any]:
    """Sign a JWT for one user; it cannot be taken back, so it lives for an hour."""
    return new_token_view(sluice.tokens.issue(actor, **body.model_dump()))
