"""Signed bearer tokens: issue one for a user."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.domain.errors import Unprocessable
from services.domain.identity import Actor, Permission, Scope, require
from services.domain.ports import AuditStore, Clock, SignedTokens
from services.domain.signed_tokens import TOKEN_LIFE, TokenClaims
from services.operations.events import EventWriter
from services.operations.keys import known_names


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just signed; nothing of it is stored but the audit event."""

    claims: TokenClaims
    token: str


class Tokens:
    """The operations on signed tokens. They cannot be taken back, so they live for an hour."""

    def __init__(
        self, *, signed: SignedTokens, audit: AuditStore, events: EventWriter, clock: Clock
    ) -> None:
        self._signed = signed
        self._audit = audit
        self._events = events
        self._clock = clock

    def issue(
        self,
        actor: Actor,
        *,
        user_id: str,
        scopes: Iterable[str],
        reason: str = "new bearer token",
    ) -> NewToken:
        """Sign a token for one user.

        Args:
            scopes: of domain.identity.Scope.

        Raises:
            Forbidden, Unprocessable: not allowed, or a value that cannot be taken.
            SourceDown: SQL does not answer; no token was made.
        """
        require(actor, Permission.MANAGE_ACCESS)
        user = user_id.strip()
        if not user or len(user) > 128:
            raise Unprocessable("Name the user, in at most 128 characters.", param="user_id")
        now = self._clock.now().replace(microsecond=0)
        names = frozenset(known_names(scopes, Scope, "scopes", at_least_one=True))
        claims = TokenClaims(user, names, now, now + TOKEN_LIFE)
        after = {"scopes": sorted(names), "expires_at": claims.expires_at.isoformat()}
        event = self._events.event(actor, "token.issue", user, reason, after=after)
        self._audit.append([event])
        return NewToken(claims, self._signed.sign(claims))
