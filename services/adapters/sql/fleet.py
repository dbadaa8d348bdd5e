"""Instances, their heartbeats and their acknowledgements in SQL."""

from __future__ import annotations

from sqlalchemy import delete, select

from services.adapters.sql.dialect import upsert
from services.adapters.sql.engine import Database
from services.adapters.sql.schema import instances, kill_acks
from services.domain.fleet import Instance, KillAck


class SqlFleet:
    """FleetStore over SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(self, instance: Instance) -> None:
        row = {
            "kind": instance.kind,
            "version": instance.version,
            "started_at": instance.started_at,
            "heartbeat_at": instance.heartbeat_at,
            "revision": instance.revision,
            "running_calls": instance.running_calls,
            "journal_backlog": instance.journal_backlog,
        }
        with self._database.write() as connection:
            statement = upsert(connection.dialect.name, instances).values(id=instance.id, **row)
            connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=row))

    def forget(self, instance_id: str) -> None:
        with self._database.write() as connection:
            connection.execute(delete(instances).where(instances.c.id == instance_id))

    def list_instances(self) -> tuple[Instance, ...]:
        with self._database.read() as connection:
            query = select(instances).order_by(instances.c.started_at, instances.c.id)
            rows = connection.execute(query).mappings().all()
        return tuple(Instance(**row) for row in rows)

    def acknowledge(self, ack: KillAck) -> None:
        with self._database.write() as connection:
            statement = upsert(connection.dialect.name, kill_acks).on_conflict_do_nothing()
            connection.execute(
                statement,
                {
                    "instance_id": ack.instance_id,
                    "scope": ack.scope,
                    "epoch": ack.epoch,
                    "applied_at": ack.applied_at,
                },
            )

    def list_acks(self, scope: str, epoch: int) -> tuple[KillAck, ...]:
        mine = (kill_acks.c.scope == scope, kill_acks.c.epoch == epoch)
        query = select(kill_acks).where(*mine).order_by(kill_acks.c.applied_at)
        with self._database.read() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(KillAck(**row) for row in rows)
