"""People who sign in, their sessions and one-time links in SQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, true, update
from sqlalchemy.exc import IntegrityError

from services.adapters.sql.chain import AuditChain
from services.adapters.sql.columns import Row
from services.adapters.sql.control import save_versioned
from services.adapters.sql.engine import Database
from services.adapters.sql.schema import accounts, sessions, sign_in_links
from services.domain.audit import AuditEvent
from services.domain.errors import Conflict
from services.domain.identity import Account, Role, Session


class SqlAccounts:
    """AccountStore over SQL."""

    def __init__(self, database: Database, chain: AuditChain) -> None:
        self._database = database
        self._chain = chain

    def count_admins(self) -> int:
        query = select(func.count()).select_from(accounts)
        query = query.where(accounts.c.role == Role.ADMIN.value, accounts.c.is_active == true())
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def find_by_login(self, login: str) -> tuple[Account, str] | None:
        with self._database.read() as connection:
            query = select(accounts).where(accounts.c.login == login)
            row = connection.execute(query).mappings().first()
        return None if row is None else (_account(row), row["password_hash"])

    def list_accounts(self) -> tuple[Account, ...]:
        with self._database.read() as connection:
            rows = connection.execute(select(accounts).order_by(accounts.c.login)).mappings().all()
        return tuple(_account(row) for row in rows)

    def create_account(self, account: Account, password_hash: str, event: AuditEvent) -> None:
        row = {**_account_row(account), **_changed(event), "password_hash": password_hash}
        with _unique_login(account), self._database.write() as connection:
            connection.execute(insert(accounts).values(row))
            self._chain.append(connection, (event,))

    def save_account(self, account: Account, password_hash: str | None, event: AuditEvent) -> None:
        row = {**_account_row(account), **_changed(event)}
        if password_hash is not None:
            row["password_hash"] = password_hash
        with _unique_login(account), self._database.write() as connection:
            save_versioned(connection, accounts, "id", row, f"Account {account.login!r}")
            self._chain.append(connection, (event,))

    def create_session(self, session: Session) -> None:
        row = {
            "token_hash": session.token_hash,
            "account_id": session.account.id,
            "created_at": session.created_at,
            "expires_at": session.expires_at,
            "address": session.address,
            "user_agent": session.user_agent,
        }
        with self._database.write() as connection:
            connection.execute(insert(sessions).values(row))

    def find_session(self, token_hash: str) -> Session | None:
        query = _with_accounts().where(
            sessions.c.token_hash == token_hash, accounts.c.is_active == true()
        )
        with self._database.read() as connection:
            found = _sessions(connection, query)
        return found[0] if found else None

    def list_sessions(self) -> tuple[Session, ...]:
        query = _with_accounts().order_by(sessions.c.created_at.desc())
        with self._database.read() as connection:
            return _sessions(connection, query)

    def end_sessions(self, *, token_hash: str | None = None, account_id: str | None = None) -> int:
        if token_hash is None and account_id is None:
            raise ValueError("end_sessions needs a token hash or an account")
        statement = delete(sessions)
        if token_hash is not None:
            statement = statement.where(sessions.c.token_hash == token_hash)
        if account_id is not None:
            statement = statement.where(sessions.c.account_id == account_id)
        with self._database.write() as connection:
            return int(connection.execute(statement).rowcount)

    def create_link(self, token_hash: str, expires_at: datetime) -> None:
        with self._database.write() as connection:
            row = {"token_hash": token_hash, "expires_at": expires_at}
            connection.execute(insert(sign_in_links).values(row))

    def use_link(self, token_hash: str, now: datetime) -> bool:
        links = sign_in_links.c
        unused = (links.token_hash == token_hash, links.used_at.is_(None), links.expires_at > now)
        with self._database.write() as connection:
            statement = update(sign_in_links).where(*unused).values(used_at=now)
            return bool(connection.execute(statement).rowcount)

    def is_link_open(self, token_hash: str, now: datetime) -> bool:
        links = sign_in_links.c
        unused = (links.token_hash == token_hash, links.used_at.is_(None), links.expires_at > now)
        with self._database.read() as connection:
            return connection.execute(select(links.token_hash).where(*unused)).first() is not None


@contextmanager
def _unique_login(account: Account) -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise Conflict(
            f"An account with login {account.login!r} is there already: choose another login, "
            "or change that account.",
            param="login",
        ) from error


def _changed(event: AuditEvent) -> dict[str, Any]:
    return {"changed_at": event.at, "changed_by": event.actor}


def _with_accounts() -> Select[Any]:
    person = [column.label(f"account_{column.name}") for column in accounts.c]
    return select(*(c for c in sessions.c if c.name != "account_id"), *person).join_from(
        sessions, accounts
    )


def _sessions(connection: Connection, query: Select[Any]) -> tuple[Session, ...]:
    found = []
    for row in connection.execute(query).mappings():
        person = {c.name: row[f"account_{c.name}"] for c in accounts.c}
        found.append(
            Session(
                token_hash=row["token_hash"],
                account=_account(person),
                created_at=row["created_at"],
                expires_at=row["expires_at"],
                address=row["address"],
                user_agent=row["user_agent"],
            )
        )
    return tuple(found)


def _account_row(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "login": account.login,
        "role": account.role.value,
        "created_at": account.created_at,
        "is_active": account.is_active,
        "version": account.version,
    }


def _account(row: Row) -> Account:
    return Account(
        id=row["id"],
        login=row["login"],
        role=Role(row["role"]),
        created_at=row["created_at"],
        is_active=row["is_active"],
        version=row["version"],
    )
