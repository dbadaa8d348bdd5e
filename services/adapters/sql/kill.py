"""The kill register in SQL; pulling stores its audit event in the same transaction."""

from __future__ import annotations

from sqlalchemy import and_, false, or_, select

from services.adapters.sql.chain import AuditChain, with_revision
from services.adapters.sql.control import raise_revision
from services.adapters.sql.dialect import upsert
from services.adapters.sql.engine import Database
from services.adapters.sql.schema import kill_register
from services.domain.audit import AuditEvent
from services.domain.kill import KillEntry


class SqlKillPlace:
    """KillPlace over SQL. A change raises the control state's revision, so that polling sees it."""

    def __init__(self, database: Database, chain: AuditChain) -> None:
        self._database = database
        self._chain = chain

    @property
    def name(self) -> str:
        return "sql"

    def read(self) -> tuple[KillEntry, ...]:
        with self._database.read() as connection:
            rows = connection.execute(select(kill_register)).all()
        return tuple(
            KillEntry(row.scope, row.is_active, row.epoch, row.actor, row.reason, row.at)
            for row in rows
        )

    def write(self, entry: KillEntry, event: AuditEvent | None) -> bool:
        with self._database.write() as connection:
            statement = upsert(connection.dialect.name, kill_register).values(
                scope=entry.scope,
                is_active=entry.is_active,
                epoch=entry.epoch,
                actor=entry.actor,
                reason=entry.reason,
                at=entry.at,
            )
            new, old = statement.excluded, kill_register.c
            active_wins = and_(new.epoch == old.epoch, new.is_active, old.is_active == false())
            statement = statement.on_conflict_do_update(
                index_elements=["scope"],
                set_={name: new[name] for name in ("is_active", "epoch", "actor", "reason", "at")},
                where=or_(new.epoch > old.epoch, active_wins),
            )
            if connection.execute(statement.returning(old.scope)).first() is not None:
                revision = raise_revision(connection)
                event = None if event is None else with_revision(event, revision)
            if event is not None:
                self._chain.append(connection, (event,))
        return event is not None
