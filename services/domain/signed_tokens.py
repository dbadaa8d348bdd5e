"""Signed bearer tokens (JWT): who calls, with which scopes, until when; nothing of it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.domain.identity import ApiKey

TOKEN_LIFE = timedelta(hours=1)
SIGNED = "jwt"
"""The application that requests with a signed token are counted under."""


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """What a signed token says."""

    user_id: str
    scopes: frozenset[str]
    issued_at: datetime
    expires_at: datetime


def is_signed(token: str) -> bool:
    """Whether a bearer token has the three parts of a JWT; API keys have no dots."""
    return token.count(".") == 2


def key_of(claims: TokenClaims) -> ApiKey:
    """The claims as a key, so that everything after the token's reading treats both alike."""
    return ApiKey(
        id=SIGNED,
        name=SIGNED,
        hash="",
        scopes=claims.scopes,
        created_at=claims.issued_at,
        created_by=SIGNED,
        user=claims.user_id,
        expires_at=claims.expires_at,
    )
