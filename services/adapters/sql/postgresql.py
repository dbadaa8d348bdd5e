"""PostgreSQL by psycopg: connections that wait for an answer only so long."""

from __future__ import annotations

from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import URL, Engine, create_engine, event

_GRACE_S = 0.5
_RV = TypeVar("_RV")


def make_engine(url: URL, patience_s: float) -> Engine:
    """A small pool of connections to one database."""
    # The server gives up first where it can: then the connection stays good.
    server_ms = int(patience_s * 1000)
    lock_ms = min(server_ms, 5000)
    arguments: dict[str, Any] = {
        "connect_timeout": 2,
        "options": f"-c statement_timeout={server_ms} -c lock_timeout={lock_ms} -c timezone=UTC",
        "application_name": "sluice",
    }
    engine = create_engine(
        url,
        pool_size=2,
        max_overflow=1,
        pool_timeout=2,
        pool_pre_ping=True,
        connect_args=arguments,
    )

    def connect(_dialect: object, _record: object, args: list[Any], named: dict[str, Any]) -> Any:
        connection = _PatientConnection.connect(*args, **named)
        connection.patience_s = patience_s + _GRACE_S
        return connection

    event.listen(engine, "do_connect", connect)
    return engine


def is_silence(error: BaseException | None) -> bool:
    """Whether the server said nothing at all, rather than no."""
    return isinstance(error, (_Silence, psycopg.errors.ConnectionTimeout))


class _Silence(psycopg.OperationalError):
    """A server took the question and said nothing; the connection is closed."""


class _PatientConnection(psycopg.Connection[Any]):
    """Waits for an answer only so long. A server that is stopped keeps its connections open, so
    without a limit of one's own nothing would ever end the wait."""

    patience_s = 0.0

    def wait(self, gen: PQGen[_RV], interval: float = 0.1, timeout: float | None = None) -> _RV:
        try:
            return super().wait(gen, interval, self.patience_s if timeout is None else timeout)
        except psycopg.errors._WaitTimeout as error:  # noqa: SLF001 - `wait` documents it
            self.pgconn.finish()
            raise _Silence(f"no answer within {self.patience_s:g} s") from error
