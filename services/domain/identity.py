"""Who is asking: applications with keys, people with roles, and what each may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.domain.errors import Forbidden, Unauthenticated


class Scope(StrEnum):
    """What a bearer token may do."""

    GENERATE = "ai:generate"
    FEEDBACK = "ai:feedback"
    READ = "ai:read"
    ADMIN = "ai:admin"
    PLAYGROUND = "ai:playground"
    SAMPLE = "ai:sample"
    ROUTING = "routing:manage"


OWN_SCOPES = frozenset({Scope.PLAYGROUND, Scope.SAMPLE})
"""Scopes of the keys that a process makes for itself, in memory; no stored key ever has them."""


class Assertion(StrEnum):
    """What a key may claim about the user it calls for."""

    USER = "user"
    ROLE = "role"
    SEGMENTS = "segments"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An application's key as stored; the key itself is never kept.

    Args:
        hash: SHA-256 of the key, hex.
        feature: used when a call names no feature.
        role: the role of the key's calls when they assert none.
        user: the only user it calls for; set for signed tokens alone.
    """

    id: str
    name: str
    hash: str
    scopes: frozenset[str]
    created_at: datetime
    created_by: str
    feature: str | None = None
    role: str | None = None
    may_assert: frozenset[str] = field(default_factory=frozenset)
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    version: int = 1
    user: str | None = None

    @property
    def label(self) -> str:
        """What messages call it."""
        return f"API key {self.name!r}" if self.user is None else f"The token of {self.user!r}"

    def is_live(self, now: datetime) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class Role(StrEnum):
    """A person's role in the console."""

    VIEWER = "viewer"
    AUTHOR = "author"
    OPERATOR = "operator"
    ADMIN = "admin"


class Permission(StrEnum):
    """One thing a person may do; pages, admin API and command line check these alone."""

    VIEW = "view"
    USE_PLAYGROUND = "playground:use"
    EDIT_PROMPTS = "prompts:edit"
    VIEW_AUDIT = "audit:view"
    EXPORT = "export"
    KILL = "kill:activate"
    RELEASE_KILL = "kill:release"
    CHANGE_ROLLOUT = "rollout:change"
    CONTROL_BREAKERS = "breakers:control"
    LIFT_BLOCKS = "blocks:lift"
    SEND_SAMPLE_TRAFFIC = "sample:send"
    MANAGE_ACCESS = "access:manage"
    VIEW_SYSTEM = "system:view"


_VIEWER = frozenset({Permission.VIEW, Permission.EXPORT})
_AUTHOR = _VIEWER | {Permission.USE_PLAYGROUND, Permission.EDIT_PROMPTS}
_OPERATOR = _AUTHOR | {
    Permission.VIEW_AUDIT,
    Permission.KILL,
    Permission.RELEASE_KILL,
    Permission.CHANGE_ROLLOUT,
    Permission.CONTROL_BREAKERS,
    Permission.LIFT_BLOCKS,
    Permission.SEND_SAMPLE_TRAFFIC,
    Permission.VIEW_SYSTEM,
}
PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.AUTHOR: _AUTHOR,
    Role.OPERATOR: _OPERATOR,
    Role.ADMIN: frozenset(Permission),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever carries out an operation: "ayse", "host:root", "token:admin", "rule:error_rate"."""

    name: str
    permissions: frozenset[Permission]
    role: Role | None = None

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


def actor_for(name: str, role: Role) -> Actor:
    """A signed-in person."""
    return Actor(name, PERMISSIONS[role], role)


def host_actor(os_user: str) -> Actor:
    """Whoever can run commands on the host; may do all."""
    return Actor(f"host:{os_user}", frozenset(Permission))


def token_actor(name: str, permissions: frozenset[Permission]) -> Actor:
    """A bearer token of the admin API."""
    return Actor(f"token:{name}", permissions)


def signed_token_actor(user: str, permissions: frozenset[Permission]) -> Actor:
    """The user that a signed token was issued for."""
    return Actor(f"jwt:{user}", permissions)


def require(actor: Actor, permission: Permission) -> None:
    """Let the actor pass or say which permission is missing.

    Raises:
        Forbidden: the actor lacks the permission.
    """
    if not actor.may(permission):
        who = f"{actor.name} ({actor.role})" if actor.role else actor.name
        raise Forbidden(
            f"{who} may not do this: it needs permission {permission}. "
            "Ask an admin for a role that has it.",
        )


@dataclass(frozen=True, slots=True)
class Account:
    """A person who signs in to the console."""

    id: str
    login: str
    role: Role
    created_at: datetime
    is_active: bool = True
    version: int = 1


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser; `token_hash` is the SHA-256 of the cookie's value, hex."""

    token_hash: str
    account: Account
    created_at: datetime
    expires_at: datetime
    address: str | None = None
    user_agent: str | None = None

    def actor(self) -> Actor:
        return actor_for(self.account.login, self.account.role)


def check_key(key: ApiKey | None, now: datetime, scope: Scope) -> ApiKey:
    """The key, when it is known, live and has the scope.

    Raises:
        Unauthenticated: unknown, revoked or expired; the message says which.
        Forbidden: the scope is missing.
    """
    if key is None:
        raise Unauthenticated(
            "This API key is not known here. Check it for a typing error, or create one: "
            ".venv/bin/python -m services ai-create-key --name NAME --scopes ai:generate",
        )
    if key.revoked_at is not None:
        raise Unauthenticated(
            f"{key.label} was revoked on {key.revoked_at:%Y-%m-%d %H:%M} UTC: use another key.",
            code="api_key_revoked",
        )
    if not key.is_live(now):
        raise Unauthenticated(
            f"{key.label} expired on {key.expires_at:%Y-%m-%d %H:%M} UTC: use a new one.",
            code="api_key_expired" if key.user is None else "token_expired",
        )
    if scope not in key.scopes:
        has = ", ".join(sorted(key.scopes)) or "none"
        raise Forbidden(
            f"{key.label} lacks scope {scope} (it has {has}): use one with that scope.",
            code="scope_missing",
        )
    return key
