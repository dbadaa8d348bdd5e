"""A real Sluice in a process of its own: a free port, a data folder, and the library beside it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx2
import openai
from prometheus_client.parser import text_string_to_metric_families

from services import bootstrap
from services.adapters.sql.engine import Database
from services.adapters.sql.reads import SqlLedgerReader
from services.bootstrap import Sluice
from services.domain.audit import AuditFilter, AuditRow
from services.domain.identity import Scope, host_actor
from services.domain.requests import RequestDetail
from services.domain.rollout import Stage
from services.settings import Settings, load_settings

ROOT = Path(__file__).parents[1]
ADMIN_TOKEN = "admin-token-of-the-tests"
GATEWAY = ("-m", "uvicorn", "--factory", "services.api:create_app", "--no-access-log")
CONSOLE = ("-m", "console")
TESTER = host_actor("tester")

_READY_WITHIN_S = 30.0
_STOP_WITHIN_S = 20.0
_POLL_S = 0.02
_HIGH = "1000000"
_ENVIRONMENT = {
    "AI_ADMIN_TOKEN": ADMIN_TOKEN,
    "AI_ROLLOUT_STAGE": "general",
    "AI_MOCK_DELAY_MIN": "0",
    "AI_MOCK_DELAY_MAX": "0",
    **dict.fromkeys(
        (
            *("AI_ADDRESS_RPM", "AI_RPM", "AI_RPH", "AI_USER_RPM", "AI_USER_RPH"),
            *("AI_FEATURE_RPM", "AI_FEATURE_BURST"),
        ),
        _HIGH,
    ),
}
_SHARED = ("DATABASE_URL", "REDIS_URL", "AI_AUDIT_KEY")
T = TypeVar("T")


def eventually(look: Callable[[], T | None], within_s: float = 5.0) -> T:
    """The first thing found that is true; fails the test when the time is over."""
    deadline = time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"still {found!r} after {within_s:g} s"
        time.sleep(_POLL_S)


class SluiceServer:
    """One server: `with SluiceServer(folder, AI_PROVIDER="mock") as server: ...`.

    Nothing of the environment of the tests reaches it. Limits are off, the mock answers at once
    and everybody is let in, unless the settings given say otherwise.

    Args:
        folder: of its own, kept over restarts: its data folder and its log.
        command: what Python runs: GATEWAY or CONSOLE.
        environment: settings by their names.
    """

    def __init__(
        self, folder: Path, command: Iterable[str] = GATEWAY, **environment: object
    ) -> None:
        self.data_dir = folder / "data"
        self.log_path = folder / "server.log"
        self._folder = folder
        self._command = tuple(command)
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "AI_DATA_DIR": str(self.data_dir),
            "PORT": str(self._port),
            **_ENVIRONMENT,
            **{name: str(value) for name, value in environment.items()},
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.http = httpx2.Client(base_url=self.url, timeout=30)
        self._clients: list[openai.OpenAI] = []
        self._keys_made = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.close()

    def start(self) -> None:
        """Start it, again if need be, and wait until it is ready."""
        port = ("--port", str(self._port)) if self._command == GATEWAY else ()
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self._command, *port],
                env=self.environment,
                # The console's configuration is found here; elsewhere no .env is read.
                cwd=ROOT if self._command == CONSOLE else self._folder,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        eventually(self._is_ready, _READY_WITHIN_S)

    def stop(self) -> None:
        """End it as an operator does; does nothing when it has ended."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(_STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                self.kill9()
                raise

    def kill9(self) -> None:
        """End it as the kernel does when memory runs out."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(_STOP_WITHIN_S)

    def close(self) -> None:
        """Close this side's connections."""
        self.http.close()
        for client in self._clients:
            client.close()
        if "library" in self.__dict__:
            self.library.close()
        if "_database" in self.__dict__:
            self._database.close()

    def client(self, key: str, **options: Any) -> openai.OpenAI:
        """The official client with a key; it tries nothing twice unless told to."""
        options = {"max_retries": 0, "timeout": 30.0} | options
        client = openai.OpenAI(base_url=f"{self.url}/v1", api_key=key, **options)
        self._clients.append(client)
        return client

    def admin(
        self, method: str, path: str, token: str | None = ADMIN_TOKEN, **options: Any
    ) -> httpx2.Response:
        """A call of the admin API; `path` follows /api/v1/admin/ai."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return self.http.request(method, f"/api/v1/admin/ai{path}", headers=headers, **options)

    def run_cli(self, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command of `python -m services` on the server's host."""
        return subprocess.run(
            [sys.executable, "-m", "services", *args],
            env=self.environment | environment,
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def create_key(self, **changes: Any) -> str:
        """A new API key that the server knows; by default one that may call question_hint."""
        wanted: dict[str, Any] = {
            "name": self._next_name(),
            "scopes": [Scope.GENERATE.value],
            "feature": "question_hint",
        }
        made = self.library.keys.create(TESTER, **wanted | changes)
        self._await_revision()
        return made.token

    def _next_name(self) -> str:
        """ "app" for the first key, "app-2" for the next: two live keys share no name."""
        self._keys_made += 1
        return "app" if self._keys_made == 1 else f"app-{self._keys_made}"

    def set_rollout(
        self, subject: str = "all", stage: Stage | None = None, percentage: float | None = None
    ) -> None:
        """Move the ceiling or a feature, and wait until the server has seen it."""
        bp = None if percentage is None else round(percentage * 100)
        self.library.rollouts.set_target(
            TESTER, subject, reason="for a test", stage=stage, percentage_bp=bp
        )
        self._await_revision()

    def request(self, request_id: str) -> RequestDetail:
        """A request as the ledger has it, once its record has got there."""
        return eventually(lambda: self.ledger.get_request(request_id))

    def audit_events(self, action: str) -> list[AuditRow]:
        """The events of one kind, newest first."""
        page = self.library.audit.list_events(TESTER, AuditFilter(action=action))
        return list(page.rows)

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric's samples that have these labels."""
        text = self.http.get("/metrics").text
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def read_log(self) -> str:
        """What it wrote to its output so far."""
        return self.log_path.read_text("utf-8", "replace") if self.log_path.exists() else ""

    @cached_property
    def settings(self) -> Settings:
        """The settings of a library on what the server uses."""
        shared = {n.lower(): self.environment[n] for n in _SHARED if n in self.environment}
        return load_settings(ai_data_dir=self.data_dir, _env_file=None, **shared)

    @cached_property
    def library(self) -> Sluice:
        """A second process's view of what the server uses: this one's."""
        return bootstrap.build(self.settings, kind="cli", call=asyncio.run)

    @cached_property
    def ledger(self) -> SqlLedgerReader:
        """Reads the server's ledger."""
        return SqlLedgerReader(self._database)

    @cached_property
    def _database(self) -> Database:
        return Database(self.settings.sql_url)

    def _await_revision(self) -> None:
        stored = self.library.rollouts.get_state().revision
        eventually(lambda: self.http.get("/health/ready").json()["revision"] >= stored)

    def _is_ready(self) -> bool:
        assert self.process is not None
        ended = self.process.poll()
        assert ended is None, f"the server ended with {ended}:\n{self.read_log()}"
        try:
            return bool(self.http.get("/health/ready").status_code == 200)
        except httpx2.TransportError:
            return False


StartServer = Callable[..., SluiceServer]
"""Starts one with settings by their names."""


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
