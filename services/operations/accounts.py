"""People who sign in: first start, passwords, sessions, roles."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property

from services.domain.credentials import check_password, read_login
from services.domain.errors import Conflict, NotFound, SourceDown, Unauthenticated, Unprocessable
from services.domain.identity import (
    Account,
    Actor,
    Permission,
    Role,
    Session,
    actor_for,
    require,
)
from services.domain.ports import AccountStore, AuditStore, Clock, Ids, PasswordHasher
from services.operations.events import EventWriter
from services.operations.keys import hash_token
from services.operations.seen_sessions import SeenSessions
from services.operations.sign_in_brake import SignInBrake

SESSION_LIFE = timedelta(hours=12)
LINK_LIFE = timedelta(hours=1)
HASHES_AT_ONCE = 2
"""A password hash takes 64 MB and a tenth of a second on purpose: more at once would starve the
gateway beside it."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session; `token` goes into the cookie and is not stored."""

    session: Session
    token: str


class Accounts:
    """The operations on accounts and sessions."""

    def __init__(
        self,
        *,
        store: AccountStore,
        audit: AuditStore,
        hasher: PasswordHasher,
        events: EventWriter,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._store = store
        self._audit = audit
        self._hasher = hasher
        self._events = events
        self._clock = clock
        self._ids = ids
        self._seen = SeenSessions(clock)
        self._brake = SignInBrake(clock)
        self._hashing = threading.Semaphore(HASHES_AT_ONCE)

    def create_link(self) -> str | None:
        """A one-time token that lets a person set up the first administrator; None when there is
        one already."""
        if self._store.count_admins():
            return None
        token = self._ids.token()
        self._store.create_link(hash_token(token), self._clock.now() + LINK_LIFE)
        return token

    def is_link_open(self, token: str) -> bool:
        """Whether the one-time link can still be used."""
        return self._store.is_link_open(hash_token(token), self._clock.now())

    def create_first_admin(self, token: str, login: str, password: str) -> Account:
        """Use the one-time link to make the first administrator.

        Raises:
            Unauthenticated: the link is used, expired or unknown.
            Unprocessable: the login or password cannot be taken; the link stays open.
        """
        account = self._new_account(login, Role.ADMIN, password)
        if not self._store.use_link(hash_token(token), self._clock.now()):
            raise Unauthenticated(
                "This sign-in link is used or has expired. Start Sluice again for a new one.",
                code="link_expired",
            )
        actor = actor_for(account.login, Role.ADMIN)
        self._insert(actor, account, password, "first administrator, by one-time link")
        return account

    def create_account(
        self, actor: Actor, login: str, role: Role, password: str, reason: str
    ) -> Account:
        """Make an account; raises Forbidden, Unprocessable, Conflict (login taken)."""
        require(actor, Permission.MANAGE_ACCESS)
        account = self._new_account(login, role, password)
        self._insert(actor, account, password, reason)
        return account

    def list_accounts(self, actor: Actor) -> tuple[Account, ...]:
        require(actor, Permission.MANAGE_ACCESS)
        return self._store.list_accounts()

    def list_sessions(self, actor: Actor) -> tuple[Session, ...]:
        require(actor, Permission.MANAGE_ACCESS)
        return self._store.list_sessions()

    def set_role(self, actor: Actor, account_id: str, role: Role, reason: str) -> Account:
        """Change a person's role; it counts from their next click on."""
        before = self._find(actor, account_id)
        after = replace(before, role=role, version=before.version + 1)
        return self._save(actor, "account.role", before, after, reason)

    def set_active(self, actor: Actor, account_id: str, *, active: bool, reason: str) -> Account:
        """Close or reopen an account; closing ends its sessions."""
        before = self._find(actor, account_id)
        after = replace(before, is_active=active, version=before.version + 1)
        action = "account.reopen" if active else "account.close"
        account = self._save(actor, action, before, after, reason)
        if not active:
            self._store.end_sessions(account_id=account_id)
            self._seen.clear()
        return account

    def set_password(self, actor: Actor, account_id: str, password: str, reason: str) -> None:
        """Set someone's password and end their sessions."""
        account = self._find(actor, account_id)
        check_password(password, account.login)
        event = self._events.event(actor, "account.password", account.login, reason)
        changed = replace(account, version=account.version + 1)
        self._store.save_account(changed, self._hasher.hash(password), event)
        self._store.end_sessions(account_id=account_id)
        self._seen.clear()

    def list_own_sessions(self, actor: Actor) -> tuple[Session, ...]:
        """Where the actor is signed in, newest first."""
        return tuple(s for s in self._store.list_sessions() if s.account.login == actor.name)

    def change_own_password(
        self, actor: Actor, old: str, new: str, *, kept_token: str | None = None
    ) -> None:
        """Replace the actor's own password and end their sessions.

        Args:
            kept_token: the cookie's value of the one session that goes on.

        Raises:
            Unauthenticated: the old password is wrong; RateLimited once it was so too often.
            Unprocessable: the new one cannot be taken.
            NotFound: the actor is no account but a token or a command on the host.
        """
        found = self._store.find_by_login(actor.name)
        if found is None:
            raise NotFound(f"{actor.name} is no account of this console.", param="account")
        account, stored = found
        self._check_own_password(account.login, stored, old)
        check_password(new, account.login)
        event = self._events.event(actor, "account.password", account.login, "changed by its owner")
        changed = replace(account, version=account.version + 1)
        self._store.save_account(changed, self._hasher.hash(new), event)
        kept = None if kept_token is None else hash_token(kept_token)
        for session in self.list_own_sessions(actor):
            if session.token_hash != kept:
                self._store.end_sessions(token_hash=session.token_hash)
        self._seen.clear()

    def sign_in(
        self, login: str, password: str, address: str | None = None, user_agent: str | None = None
    ) -> SignedIn:
        """A session for the right password.

        Raises:
            Unauthenticated: login or password are wrong, or the account is closed: it never says
                which, and takes the same time.
            RateLimited: too many failures for this login from this address.
        """
        self._brake.take(login, address)
        nobodys_hash = self._nobodys_hash
        found = self._store.find_by_login(login.strip().lower())
        is_right = self._verify(found[1] if found else nobodys_hash, password)
        if found is None or not is_right or not found[0].is_active:
            self._note("session.refused", login, address)
            raise Unauthenticated("Login or password are wrong.", code="sign_in_failed")
        self._brake.forget(login, address)
        return self._open_session(found[0], address, user_agent)

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

    def note_forbidden(self, actor: Actor, page: str) -> None:
        """Record that somebody opened a page they may not see."""
        self._note_as(actor, "page.forbidden", page, "opened by its address")

    def _open_session(
        self, account: Account, address: str | None, user_agent: str | None
    ) -> SignedIn:
        token = self._ids.token()
        now = self._clock.now()
        session = Session(
            hash_token(token), account, now, now + SESSION_LIFE, address, (user_agent or "")[:200]
        )
        self._store.create_session(session)
        self._seen.remember(session)
        self._note("session.start", account.login, address)
        return SignedIn(session, token)

    def _new_account(self, login: str, role: Role, password: str) -> Account:
        name = read_login(login)
        check_password(password, name)
        if self._store.find_by_login(name):
            raise Conflict(f"Login {name!r} is taken: choose another.", code="login_taken")
        return Account(self._ids.request_id(), name, role, self._clock.now())

    def _check_own_password(self, login: str, stored: str, password: str) -> None:
        """An open browser is no place to guess a password in either."""
        self._brake.take(login, None)
        if not self._verify(stored, password):
            raise Unauthenticated(
                "The present password is wrong, so nothing was changed.", code="password_wrong"
            )
        self._brake.forget(login, None)

    @cached_property
    def _nobodys_hash(self) -> str:
        """What an unknown login is held against, so that it takes as long as a known one."""
        return self._hasher.hash("nobody has this password")

    def _verify(self, stored: str, password: str) -> bool:
        with self._hashing:
            return self._hasher.verify(stored, password)

    def _insert(self, actor: Actor, account: Account, password: str, reason: str) -> None:
        event = self._events.event(
            actor, "account.create", account.login, reason, after={"role": account.role.value}
        )
        self._store.create_account(account, self._hasher.hash(password), event)

    def _find(self, actor: Actor, account_id: str) -> Account:
        require(actor, Permission.MANAGE_ACCESS)
        for account in self._store.list_accounts():
            if account.id == account_id:
                return account
        raise NotFound("There is no such account.", param="account")

    def _save(
        self, actor: Actor, action: str, before: Account, after: Account, reason: str
    ) -> Account:
        self._keep_one_admin(before, after)
        event = self._events.event(
            actor, action, before.login, reason, before=_describe(before), after=_describe(after)
        )
        self._store.save_account(after, None, event)
        return after

    def _keep_one_admin(self, before: Account, after: Account) -> None:
        was_admin = before.is_active and before.role is Role.ADMIN
        is_admin = after.is_active and after.role is Role.ADMIN
        if was_admin and not is_admin and self._store.count_admins() <= 1:
            raise Unprocessable(
                f"{before.login} is the only administrator: make another one first."
            )

    def _note(self, action: str, login: str, address: str | None) -> None:
        actor = Actor(login.strip().lower()[:64] or "nobody", frozenset())
        self._note_as(actor, action, actor.name, f"from {address or 'an unknown address'}")

    def _note_as(self, actor: Actor, action: str, target: str, reason: str) -> None:
        self._audit.append([self._events.event(actor, action, target, reason)])


def _describe(account: Account) -> dict[str, object]:
    return {"role": account.role.value, "active": account.is_active}
