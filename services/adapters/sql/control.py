"""The control state in SQL: every change is one transaction with its audit event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from services.adapters.sql.chain import AuditChain, with_revision
from services.adapters.sql.codec import decode_set, encode_set
from services.adapters.sql.columns import Row
from services.adapters.sql.dialect import upsert
from services.adapters.sql.engine import Database
from services.adapters.sql.schema import api_keys, breaker_overrides, control, rollouts
from services.domain.audit import AuditEvent
from services.domain.breakers import BreakerOrder, BreakerState
from services.domain.calls import Candidate
from services.domain.errors import Conflict
from services.domain.identity import ApiKey
from services.domain.rollout import CEILING, Rollout, Stage
from services.domain.snapshot import ControlState

_NOTHING_STORED = Rollout(CEILING, Stage.DISABLED, 0, datetime(1970, 1, 1, tzinfo=UTC), version=0)


class SqlControl:
    """ControlStore over SQL."""

    def __init__(self, database: Database, chain: AuditChain) -> None:
        self._database = database
        self._chain = chain

    def read_revision(self) -> int:
        with self._database.read() as connection:
            return int(connection.execute(select(control.c.revision)).scalar_one())

    def read_state(self) -> ControlState:
        with self._database.read() as connection:
            head = connection.execute(select(control.c.revision, control.c.provider)).one()
            stored = _read(connection, rollouts)
            keys = _read(connection, api_keys)
            breakers = _read(connection, breaker_overrides)
        subjects = {row["subject"]: _rollout(row) for row in stored}
        return ControlState(
            revision=head.revision,
            ceiling=subjects.pop(CEILING, _NOTHING_STORED),
            features=subjects,
            keys={row["hash"]: _key(row) for row in keys},
            breakers={Candidate(row["provider"], row["model"]): _order(row) for row in breakers},
            provider=head.provider,
        )

    def create_features(self, features: Iterable[Rollout]) -> None:
        with self._database.write() as connection:
            known = set(connection.execute(select(rollouts.c.subject)).scalars())
            fresh = [_rollout_row(f) for f in features if f.subject not in known]
            if fresh:
                raise_revision(connection)
                connection.execute(
                    upsert(connection.dialect.name, rollouts).on_conflict_do_nothing(), fresh
                )

    def save_rollouts(
        self, rollouts: Sequence[Rollout], event: AuditEvent, provider: str | None = None
    ) -> int:
        with self._database.write() as connection:
            revision = raise_revision(connection, provider)
            for rollout in rollouts:
                _save_rollout(connection, rollout, event)
            return self._seal(connection, event, revision)

    def save_key(self, key: ApiKey, event: AuditEvent, replaces: str | None = None) -> int:
        with self._database.write() as connection:
            revision = raise_revision(connection)
            if key.version == 1:
                _require_free_name(connection, key, replaces)
            row = {**_key_row(key), **_changed(event)}
            save_versioned(connection, api_keys, "id", row, f"API key {key.name!r}")
            return self._seal(connection, event, revision)

    def save_breaker(self, candidate: Candidate, state: BreakerState, event: AuditEvent) -> int:
        with self._database.write() as connection:
            revision = raise_revision(connection)
            row = {
                "provider": candidate.provider,
                "model": candidate.model,
                "state": state.value,
                "version": revision,
                **_changed(event),
            }
            statement = upsert(connection.dialect.name, breaker_overrides).values(row)
            changed = {name: row[name] for name in ("state", "version", "changed_at", "changed_by")}
            connection.execute(
                statement.on_conflict_do_update(index_elements=["provider", "model"], set_=changed)
            )
            return self._seal(connection, event, revision)

    def _seal(self, connection: Connection, event: AuditEvent, revision: int) -> int:
        self._chain.append(connection, (with_revision(event, revision),))
        return revision


def raise_revision(connection: Connection, provider: str | None = None) -> int:
    """The next revision; until the transaction ends, other writers wait here."""
    values: dict[str, Any] = {"revision": control.c.revision + 1}
    if provider is not None:
        values["provider"] = provider
    statement = update(control).values(values).returning(control.c.revision)
    return int(connection.execute(statement).scalar_one())


def save_versioned(
    connection: Connection, table: Table, key: str, row: Mapping[str, Any], what: str
) -> None:
    """Insert version 1 of a thing, or replace its version before.

    Raises:
        Conflict: another version is stored; names who changed it and when.
    """
    same = table.c[key] == row[key]
    before = table.c.version == row["version"] - 1
    if connection.execute(update(table).where(same, before).values(row)).rowcount:
        return
    stored = connection.execute(
        select(table.c.version, table.c.changed_at, table.c.changed_by).where(same)
    ).first()
    if stored is None and row["version"] == 1:
        connection.execute(insert(table).values(row))
        return
    if stored is None:
        raise Conflict(f"{what} is no longer stored: reload and decide again.")
    who = f" by {stored.changed_by}" if stored.changed_by else ""
    when = f" at {stored.changed_at:%Y-%m-%d %H:%M:%S} UTC" if stored.changed_at else ""
    raise Conflict(
        f"{what} was changed{who}{when}, after you read it, so your change was not made: "
        "reload, look at what changed, and decide again."
    )


def _require_free_name(connection: Connection, key: ApiKey, replaces: str | None) -> None:
    named = connection.execute(select(api_keys).where(api_keys.c.name == key.name)).mappings()
    for other in (_key(row) for row in named):
        if other.is_live(key.created_at) and other.id != replaces:
            raise Conflict(
                f"A live API key is called {key.name!r} already (id {other.id}, made "
                f"{other.created_at:%Y-%m-%d %H:%M} UTC by {other.created_by}), so no other was "
                "made: nobody could tell the two apart. Choose another name, revoke that key "
                "first, or say that the new one is to replace it (replaces in the admin API, "
                "--replaces on the command line, Replaces on the Access page).",
                code="key_name_taken",
                param="name",
            )


def _save_rollout(connection: Connection, rollout: Rollout, event: AuditEvent) -> None:
    what = "The ceiling of all AI" if rollout.subject == CEILING else f"Feature {rollout.subject}"
    row = {**_rollout_row(rollout), **_changed(event)}
    save_versioned(connection, rollouts, "subject", row, what)


def _changed(event: AuditEvent) -> dict[str, Any]:
    return {"changed_at": event.at, "changed_by": event.actor}


def _read(connection: Connection, table: Table) -> Sequence[Row]:
    return connection.execute(select(table)).mappings().all()


def _rollout_row(rollout: Rollout) -> dict[str, Any]:
    return {
        "subject": rollout.subject,
        "stage": rollout.stage.value,
        "percentage_bp": rollout.percentage_bp,
        "stage_entered_at": rollout.stage_entered_at,
        "is_enabled": rollout.is_enabled,
        "version": rollout.version,
        "allowed_users": encode_set(rollout.allowed_users),
        "denied_users": encode_set(rollout.denied_users),
        "segments": encode_set(rollout.segments),
    }


def _rollout(row: Row) -> Rollout:
    return Rollout(
        subject=row["subject"],
        stage=Stage(row["stage"]),
        percentage_bp=row["percentage_bp"],
        stage_entered_at=row["stage_entered_at"],
        is_enabled=row["is_enabled"],
        version=row["version"],
        allowed_users=decode_set(row["allowed_users"]),
        denied_users=decode_set(row["denied_users"]),
        segments=decode_set(row["segments"]),
    )


def _order(row: Row) -> BreakerOrder:
    reason = f"set by {row['changed_by']}"
    return BreakerOrder(BreakerState(row["state"]), reason, row["changed_at"])


def _key_row(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "hash": key.hash,
        "scopes": encode_set(key.scopes),
        "created_at": key.created_at,
        "created_by": key.created_by,
        "feature": key.feature,
        "role": key.role,
        "may_assert": encode_set(key.may_assert),
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "version": key.version,
    }


def _key(row: Row) -> ApiKey:
    return ApiKey(
        id=row["id"],
        name=row["name"],
        hash=row["hash"],
        scopes=decode_set(row["scopes"]),
        created_at=row["created_at"],
        created_by=row["created_by"],
        feature=row["feature"],
        role=row["role"],
        may_assert=decode_set(row["may_assert"]),
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        version=row["version"],
    )
