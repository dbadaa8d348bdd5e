"""Who asks, for whom and for which feature, from a request's key, headers and body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.domain.errors import Forbidden, InvalidRequest, Unauthenticated
from services.domain.identity import ApiKey, Assertion, Scope, check_key
from services.domain.ledger import Source
from services.domain.rollout_access import Subject
from services.gateway.body_fields import wrong_type
from services.gateway.exchange import Caller, Exchange

MAX_USER = 256
MAX_ROLE = 256
"""What is remembered of each caller must not grow with what it sends."""

_OWN_SOURCES = {Scope.PLAYGROUND: Source.PLAYGROUND, Scope.SAMPLE: Source.SAMPLE}
_BEARER_HELP = "send the header Authorization: Bearer <key>"


def read_key(exchange: Exchange) -> ApiKey:
    """The key of the request, or what its signed token stands for.

    Raises:
        Unauthenticated, Forbidden: the message says what is wrong with it.
    """
    header = exchange.incoming.headers.get("authorization", "")
    scheme, _, token = header.partition(" ")
    if not header:
        raise Unauthenticated(f"No API key was sent: {_BEARER_HELP}.", code="api_key_missing")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated(f"The Authorization header is not a bearer token: {_BEARER_HELP}.")
    found = exchange.snapshot.find_key(token.strip())
    own = Scope.GENERATE if found is None else _own_scope(found) or Scope.GENERATE
    return check_key(found, exchange.started_at, own)


def provisional_caller(key: ApiKey, headers: Mapping[str, str]) -> Caller:
    """The caller as far as the key and headers tell, for the record of a request that goes wrong
    before its body is understood."""
    feature = headers.get("x-ai-feature") or key.feature or ""
    return Caller(key, feature, Subject(), _source(key))


def read_caller(key: ApiKey, headers: Mapping[str, str], body: Mapping[str, Any]) -> Caller:
    """Who the key asks for; a key that asserts more than it may is told so.

    Raises:
        InvalidRequest: no feature is known, or the user's or role's name cannot be taken.
        Forbidden: the key may not assert a role or segments, or the signed token another user.
    """
    feature = headers.get("x-ai-feature") or key.feature
    if not feature:
        raise InvalidRequest(
            "The call names no feature: send the header X-AI-Feature: NAME (extra_headers or "
            "default_headers of OpenAI's clients), or use a key made with --feature NAME.",
            code="feature_missing",
            param="X-AI-Feature",
        )
    user = _user(key, headers, body)
    role = _asserted(key, headers, "x-ai-role", Assertion.ROLE) or key.role
    if role is not None and len(role) > MAX_ROLE:
        raise InvalidRequest(
            f"The role must have at most {MAX_ROLE} characters.", param="x-ai-role"
        )
    segments = _asserted(key, headers, "x-ai-segments", Assertion.SEGMENTS) or ""
    names = frozenset(name.strip() for name in segments.split(",") if name.strip())
    return Caller(key, feature, Subject(user, role, names), _source(key))


def _user(key: ApiKey, headers: Mapping[str, str], body: Mapping[str, Any]) -> str | None:
    """The user a call names; a signed token calls for its own user alone."""
    user = body.get("user") or headers.get("x-ai-user") or key.user
    if user is not None and not isinstance(user, str):
        raise wrong_type("user", "a string", user)
    if user is not None and (len(user) > MAX_USER or user.startswith("@")):
        raise InvalidRequest(
            f"user must have at most {MAX_USER} characters and not begin with @.", param="user"
        )
    if key.user is not None and user != key.user:
        raise Forbidden(
            f"{key.label} may not call for user {user!r}: leave the user out, or use that user's "
            "own token.",
            code="assertion_not_allowed",
            param="user",
        )
    return user


def _own_scope(key: ApiKey) -> Scope | None:
    """The scope of a key that is one of our own parts'."""
    if key.scopes.isdisjoint(_OWN_SOURCES):
        return None
    return next(scope for scope in _OWN_SOURCES if scope in key.scopes)


def _source(key: ApiKey) -> Source:
    own = _own_scope(key)
    return Source.APPLICATION if own is None else _OWN_SOURCES[own]


def _asserted(
    key: ApiKey, headers: Mapping[str, str], header: str, assertion: Assertion
) -> str | None:
    value = headers.get(header)
    if not value:
        return None
    if assertion not in key.may_assert:
        raise Forbidden(
            f"{key.label} may not assert the {assertion} of its users: leave the header "
            f"{header} out, or use a key made with --may-assert {assertion}.",
            code="assertion_not_allowed",
            param=header,
        )
    return value
