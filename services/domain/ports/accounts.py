"""People, their passwords, and signed tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from services.domain.audit import AuditEvent
from services.domain.identity import Account, Session
from services.domain.signed_tokens import TokenClaims


class AccountStore(Protocol):
    """People who sign in, their sessions and one-time links."""

    def count_admins(self) -> int: ...

    def find_by_login(self, login: str) -> tuple[Account, str] | None:
        """The account and its password hash."""
        ...

    def list_accounts(self) -> tuple[Account, ...]: ...

    def create_account(self, account: Account, password_hash: str, event: AuditEvent) -> None: ...

    def save_account(
        self, account: Account, password_hash: str | None, event: AuditEvent
    ) -> None: ...

    def create_session(self, session: Session) -> None: ...

    def find_session(self, token_hash: str) -> Session | None:
        """The session with its account as it is now; None when it is gone or revoked."""
        ...

    def list_sessions(self) -> tuple[Session, ...]: ...

    def end_sessions(self, *, token_hash: str | None = None, account_id: str | None = None) -> int:
        """End one session, or all of an account; how many."""
        ...

    def create_link(self, token_hash: str, expires_at: datetime) -> None: ...

    def use_link(self, token_hash: str, now: datetime) -> bool:
        """Consume a one-time link; False when it is unknown, used or expired."""
        ...

    def is_link_open(self, token_hash: str, now: datetime) -> bool: ...


class PasswordHasher(Protocol):
    """Slow, salted hashes of passwords."""

    def hash(self, password: str) -> str: ...

    def verify(self, password_hash: str, password: str) -> bool: ...


class SignedTokens(Protocol):
    """Bearer tokens that carry their claims under a signature of ours."""

    def sign(self, claims: TokenClaims) -> str: ...

    def read(self, token: str) -> TokenClaims:
        """What the token says; raises Unauthenticated unless we signed it. It may be expired."""
        ...
