"""Signed bearer tokens as JWT with HS256."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from services.domain.errors import Unauthenticated
from services.domain.signed_tokens import TokenClaims

if TYPE_CHECKING:
    from joserfc.jwk import OctKey

_ALGORITHM = "HS256"
_MAXIMUM_LENGTH = 4096


class JwtTokens:
    """SignedTokens by one symmetric key of at least 256 bits.

    The library is imported with the first token: it takes 9 MB, and most gateways see none.
    """

    def __init__(self, key: bytes) -> None:
        self._secret = key

    @cached_property
    def _key(self) -> OctKey:
        from joserfc.jwk import OctKey  # noqa: PLC0415

        return OctKey.import_key(self._secret)

    def sign(self, claims: TokenClaims) -> str:
        from joserfc import jwt  # noqa: PLC0415

        payload = {
            "user_id": claims.user_id,
            "scopes": sorted(claims.scopes),
            "iat": int(claims.issued_at.timestamp()),
            "exp": int(claims.expires_at.timestamp()),
        }
        return jwt.encode({"alg": _ALGORITHM}, payload, self._key)

    def read(self, token: str) -> TokenClaims:
        if len(token) > _MAXIMUM_LENGTH:
            raise _invalid("it is too long")
        from joserfc import jwt  # noqa: PLC0415
        from joserfc.errors import JoseError  # noqa: PLC0415

        try:
            claims = jwt.decode(token, self._key, algorithms=[_ALGORITHM]).claims
        # The library lets errors of the decoders below it through: bytes that are no UTF-8 or
        # Base64 raise ValueError.
        except (JoseError, ValueError):
            raise _invalid("we did not sign it, or it was changed since") from None
        return _claims_of(claims)


def _claims_of(claims: dict[str, Any]) -> TokenClaims:
    user, scopes = claims.get("user_id"), claims.get("scopes")
    if not isinstance(user, str) or not user or not isinstance(scopes, list):
        raise _invalid("it names no user_id or no scopes")
    return TokenClaims(
        user_id=user,
        scopes=frozenset(str(scope) for scope in scopes),
        issued_at=_instant(claims, "iat"),
        expires_at=_instant(claims, "exp"),
    )


def _instant(claims: dict[str, Any], name: str) -> datetime:
    seconds = claims.get(name)
    if not isinstance(seconds, int):
        raise _invalid(f"it has no {name}")
    return datetime.fromtimestamp(seconds, UTC)


def _invalid(why: str) -> Unauthenticated:
    return Unauthenticated(
        f"The signed token (JWT) is not valid: {why}. Ask whoever gave it to you for a new one.",
        code="token_invalid",
    )
