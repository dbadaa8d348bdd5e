"""Accounts: the people who may sign in, their roles and passwords, and the first of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.domain.credentials import check_password, hash_token, read_login
from services.domain.errors import Conflict, NotFound, Unauthenticated, Unprocessable
from services.domain.identity import Account, Actor, Permission, Role, actor_for, require
from services.domain.ports import AccountStore, Clock, Ids
from services.operations.events import EventWriter
from services.operations.passwords import Passwords
from services.operations.sessions import Sessions

LINK_LIFE = timedelta(hours=1)


class Accounts:
    """The operations on accounts."""

    def __init__(
        self,
        *,
        store: AccountStore,
        sessions: Sessions,
        passwords: Passwords,
        events: EventWriter,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._passwords = passwords
        self._events = events
        self._clock = clock
        self._ids = ids

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
            self._sessions.end_all_of(account)
        return account

    def set_password(self, actor: Actor, account_id: str, password: str, reason: str) -> None:
        """Set someone's password and end their sessions."""
        account = self._find(actor, account_id)
        self._replace_password(actor, account, password, reason)
        self._sessions.end_all_of(account)

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
        self._replace_password(actor, account, new, "changed by its owner")
        self._sessions.end_other_own(actor, kept_token)

    def _new_account(self, login: str, role: Role, password: str) -> Account:
        name = read_login(login)
        check_password(password, name)
        if self._store.find_by_login(name):
            raise Conflict(f"Login {name!r} is taken: choose another.", code="login_taken")
        return Account(self._ids.request_id(), name, role, self._clock.now())

    def _insert(self, actor: Actor, account: Account, password: str, reason: str) -> None:
        event = self._events.event(
            actor, "account.create", account.login, reason, after={"role": account.role.value}
        )
        self._store.create_account(account, self._passwords.hash(password), event)

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

    def _check_own_password(self, login: str, stored: str, password: str) -> None:
        """An open browser is no place to guess a password in either."""
        self._passwords.take_try(login, None)
        if not self._passwords.is_right(password, stored):
            raise Unauthenticated(
                "The present password is wrong, so nothing was changed.", code="password_wrong"
            )
        self._passwords.forget_tries(login, None)

    def _replace_password(self, actor: Actor, account: Account, password: str, reason: str) -> None:
        check_password(password, account.login)
        event = self._events.event(actor, "account.password", account.login, reason)
        changed = replace(account, version=account.version + 1)
        self._store.save_account(changed, self._passwords.hash(password), event)


def _describe(account: Account) -> dict[str, object]:
    return {"role": account.role.value, "active": account.is_active}
