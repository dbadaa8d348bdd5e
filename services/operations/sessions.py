"""Sessions: signing in and out, who is signed in, and what ends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from services.domain.credentials import hash_token
from services.domain.errors import NotFound, SourceDown, Unauthenticated
from services.domain.identity import Account, Actor, Permission, Session, require
from services.domain.ports import AccountStore, AuditStore, Clock, Ids
from services.operations.events import EventWriter
from services.operations.passwords import Passwords
from services.operations.seen_sessions import SeenSessions

SESSION_LIFE = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session; `token` goes into the cookie and is not stored."""

    session: Session
    token: str


class Sessions:
    """The operations on sessions."""

    def __init__(
        self,
        *,
        store: AccountStore,
        passwords: Passwords,
        audit: AuditStore,
        events: EventWriter,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._audit = audit
        self._events = events
        self._clock = clock
        self._ids = ids
        self._seen = SeenSessions(clock)

    def sign_in(
        self, login: str, password: str, address: str | None = None, user_agent: str | None = None
    ) -> SignedIn:
        """A session for the right password.

        Raises:
            Unauthenticated: login or password are wrong, or the account is closed: it never says
                which, and takes the same time.
            RateLimited: too many failures for this login from this address.
        """
        self._passwords.take_try(login, address)
        account, stored = self._store.find_by_login(login.strip().lower()) or (None, None)
        is_right = self._passwords.is_right(password, stored)
        if account is None or not is_right or not account.is_active:
            self._note("session.refused", login, address)
            raise Unauthenticated("The login or the password is wrong.", code="sign_in_failed")
        self._passwords.forget_tries(login, address)
        return self._open(account, address, user_agent)

    def find_session(self, token: str) -> Session | None:
        """The live session of a cookie; while SQL is down, one checked a short time ago."""
        key = hash_token(token)
        try:
            session = self._store.find_session(key)
        except SourceDown:
            session = self._seen.recall(key)
        else:
            if session is None:
                self._seen.forget(key)
            else:
                self._seen.remember(session)
        if session is None or session.expires_at <= self._clock.now():
            return None
        return session

    def sign_out(self, token: str) -> None:
        """End the session of a cookie."""
        key = hash_token(token)
        session = self._store.find_session(key)
        if session is not None:
            self._store.end_sessions(token_hash=key)
            self._note("session.end", session.account.login, None)
        self._seen.forget(key)

    def list_sessions(self, actor: Actor) -> tuple[Session, ...]:
        require(actor, Permission.MANAGE_ACCESS)
        return self._store.list_sessions()

    def list_own_sessions(self, actor: Actor) -> tuple[Session, ...]:
        """Where the actor is signed in, newest first."""
        return tuple(s for s in self._store.list_sessions() if s.account.login == actor.name)

    def end_session(self, actor: Actor, token_hash: str, reason: str) -> None:
        """End somebody's session."""
        require(actor, Permission.MANAGE_ACCESS)
        found = [s for s in self._store.list_sessions() if s.token_hash == token_hash]
        if not found:
            raise NotFound("This session has ended already.", param="session")
        self._store.end_sessions(token_hash=token_hash)
        self._seen.forget(token_hash)
        target = found[0].account.login
        self._audit.append([self._events.event(actor, "session.revoke", target, reason)])

    def end_all_of(self, account: Account) -> None:
        """End every session of an account that was closed or got another password."""
        self._store.end_sessions(account_id=account.id)
        self._seen.clear()

    def end_other_own(self, actor: Actor, kept_token: str | None) -> None:
        """End the actor's own sessions, but for that of the cookie whose value is kept."""
        kept = None if kept_token is None else hash_token(kept_token)
        for session in self.list_own_sessions(actor):
            if session.token_hash != kept:
                self._store.end_sessions(token_hash=session.token_hash)
        self._seen.clear()

    def note_forbidden(self, actor: Actor, page: str) -> None:
        """Record that somebody opened a page they may not see."""
        self._note_as(actor, "page.forbidden", page, "opened by its address")

    def _open(self, account: Account, address: str | None, user_agent: str | None) -> SignedIn:
        token = self._ids.token()
        now = self._clock.now()
        session = Session(
            hash_token(token), account, now, now + SESSION_LIFE, address, (user_agent or "")[:200]
        )
        self._store.create_session(session)
        self._seen.remember(session)
        self._note("session.start", account.login, address)
        return SignedIn(session, token)

    def _note(self, action: str, login: str, address: str | None) -> None:
        actor = Actor(login.strip().lower()[:64] or "nobody", frozenset())
        self._note_as(actor, action, actor.name, f"from {address or 'an unknown address'}")

    def _note_as(self, actor: Actor, action: str, target: str, reason: str) -> None:
        self._audit.append([self._events.event(actor, action, target, reason)])
