"""Who may use the admin API: a bearer token, never a cookie."""

from __future__ import annotations

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
    signed_token_actor,
    token_actor,
)

_BY_TOKEN = frozenset(Permission) - {Permission.MANAGE_ACCESS}
"""What keys and signed tokens may do: one that leaks must not be able to make others."""

bearer = HTTPBearer(
    auto_error=False, description="AI_ADMIN_TOKEN, or a key or JWT with scope ai:admin"
)


def get_sluice(request: Request) -> Sluice:
    """The running Sluice."""
    sluice: Sluice = request.app.state.sluice()
    return sluice


def get_actor(
    request: Request,
    sluice: Annotated[Sluice, Depends(get_sluice)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Actor:
    """Whoever the bearer token stands for.

    Raises:
        Unauthenticated: no token, or an unknown, revoked or expired one.
        Forbidden: a key or signed token without the scope ai:admin.
    """
    if credentials is None:
        raise Unauthenticated(
            "The admin API needs a bearer token: AI_ADMIN_TOKEN, or a key or JWT with scope "
            "ai:admin.",
            code="api_key_missing",
        )
    token = credentials.credentials
    admin = sluice.settings.ai_admin_token
    if admin is not None and _is_same(token, admin.get_secret_value()):
        return token_actor("admin", frozenset(Permission))
    if _is_same(token, sluice.host_token):
        return host_actor(_os_user(request))
    key = check_key(sluice.live.snapshot.find_key(token), sluice.clock.now(), Scope.ADMIN)
    if key.user is not None:
        return signed_token_actor(key.user, _BY_TOKEN)
    return token_actor(key.name, _BY_TOKEN)


def _is_same(token: str, secret: str) -> bool:
    return hmac.compare_digest(token.encode(), secret.encode())


def _os_user(request: Request) -> str:
    """The name the command line gives of itself; it holds the host's own token."""
    return re.sub(r"[^A-Za-z0-9._-]", "", request.headers.get(HOST_USER_HEADER, ""))[:32] or "host"


SluiceNow = Annotated[Sluice, Depends(get_sluice)]
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
ActorNow = Annotated[Actor, Depends(get_actor)]
