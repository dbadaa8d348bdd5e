"""Who may use the admin API: a bearer token, never a cookie."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.bootstrap import HOST_USER_HEADER, Sluice
from services.domain.errors import Unauthenticated
from services.domain.identity import (
    Actor,
    Permission,
    Scope,
    check_key,
    host_actor,
    token_actor,
)

_bearer = HTTPBearer(auto_error=False, description="AI_ADMIN_TOKEN or a key with scope ai:admin")


def get_sluice(request: Request) -> Sluice:
    """The running Sluice."""
    sluice: Sluice = request.app.state.sluice()
    return sluice


def get_actor(
    request: Request,
    sluice: Annotated[Sluice, Depends(get_sluice)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Actor:
    """Whoever the bearer token stands for.

    Raises:
        Unauthenticated: no token, or an unknown, revoked or expired one.
        Forbidden: a key without the scope ai:admin.
    """
    if credentials is None:
        raise Unauthenticated(
            "The admin API needs a bearer token: AI_ADMIN_TOKEN, or a key with scope ai:admin.",
            code="api_key_missing",
        )
    token = credentials.credentials
    admin = sluice.settings.ai_admin_token
    if admin is not None and hmac.compare_digest(token, admin.get_secret_value()):
        return token_actor("admin", frozenset(Permission))
    if hmac.compare_digest(token, sluice.host_token):
        return host_actor(_os_user(request))
    keys = sluice.live.snapshot.control.keys
    found = keys.get(hashlib.sha256(token.encode()).hexdigest())
    key = check_key(found, sluice.clock.now(), Scope.ADMIN)
    return token_actor(key.name, frozenset(Permission) - {Permission.MANAGE_ACCESS})


def _os_user(request: Request) -> str:
    """The name the command line gives of itself; it holds the host's own token."""
    return re.sub(r"[^A-Za-z0-9._-]", "", request.headers.get(HOST_USER_HEADER, ""))[:32] or "host"


SluiceNow = Annotated[Sluice, Depends(get_sluice)]
ActorNow = Annotated[Actor, Depends(get_actor)]
