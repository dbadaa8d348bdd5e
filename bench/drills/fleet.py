"""What the drills break: a Redis, a PostgreSQL, a fast upstream and gateways, all of them real
processes."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.adapters.journal_format import decode
from services.domain.audit import AuditEvent
from services.domain.ledger import Intent
from tests.postgresql_server import PostgresqlServer
from tests.redis_server import RedisServer
from tests.servers import ROOT, SluiceServer, eventually

RESTART_PAUSE_S = 0.5
_ALLOW = "1000000000"


@dataclass(frozen=True)
class Outage:
    """When a store is gone, in seconds from the start of the load, and how: stopped, or frozen."""

    begins_s: float
    ends_s: float
    is_frozen: bool


@dataclass(frozen=True)
class Arrival:
    """A call that reached the upstream, and when, by the machine's monotonic clock."""

    request_id: str
    at_s: float


class Fleet:
    """Gateways with data folders of their own over one Redis and one PostgreSQL.

    Args:
        pause_s: what their upstream waits between two events of a stream.
    """

    def __init__(
        self,
        folder: Path,
        stack: ExitStack,
        *,
        has_redis: bool = True,
        pause_s: float = 0.0,
        **environment: object,
    ) -> None:
        self._folder = folder
        self._stack = stack
        self.redis = stack.enter_context(redis_server(folder))
        self.postgresql = stack.enter_context(PostgresqlServer(folder))
        self.upstream_log = folder / "upstream.log"
        port = stack.enter_context(upstream(self.upstream_log, pause_s))
        self._environment = {
            "DATABASE_URL": self.postgresql.new_database(is_migrated=True),
            **({"REDIS_URL": self.redis.url} if has_redis else {}),
            "AI_AUDIT_KEY": "the drills' own key, long enough",
            "AI_PROVIDER": "openai",
            "AI_FALLBACK_PROVIDERS": "openai",
            "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1",
            "OPENAI_API_KEY": "sk-upstream-0123456789",
            "AI_STREAM_TIMEOUT": "5",
            "AI_TOTAL_TIMEOUT": "5",
            "AI_DAILY_BUDGET_USD": "100000",
            "AI_MONTHLY_BUDGET_USD": "100000",
            "LOG_LEVEL": "WARNING",
            **dict.fromkeys(
                (
                    "AI_USER_DAILY_TOKENS", "AI_USER_DAILY_REQUESTS",
                    "AI_USER_MONTHLY_TOKENS", "AI_USER_MONTHLY_REQUESTS",
                ),
                _ALLOW,
            ),
            **environment,
        }  # fmt: skip
        self.gateways: list[SluiceServer] = []

    def start_gateway(self) -> SluiceServer:
        """One more gateway."""
        folder = self._folder / f"gateway{len(self.gateways)}"
        folder.mkdir()
        server = self._stack.enter_context(SluiceServer(folder, **self._environment))
        self.gateways.append(server)
        return server

    def create_key(self, feature: str = "question_hint") -> str:
        """A key that every gateway knows."""
        key = self.gateways[0].create_key(name=feature, feature=feature, may_assert=["user"])
        revision = self.gateways[0].http.get("/health/ready").json()["revision"]
        for server in self.gateways:
            ready = server.http
            eventually(lambda r=ready: r.get("/health/ready").json()["revision"] >= revision)
        return key

    async def break_store(self, store: RedisServer | PostgresqlServer, outage: Outage) -> None:
        """Let it be gone for that time, counted from now."""
        await asyncio.sleep(outage.begins_s)
        stop = store.kill if isinstance(store, RedisServer) else store.stop
        await asyncio.to_thread(store.pause if outage.is_frozen else stop)
        await asyncio.sleep(outage.ends_s - outage.begins_s)
        await asyncio.to_thread(store.resume if outage.is_frozen else store.start)

    async def kill_and_restart(self, number: int, at_s: float, until_s: float) -> set[str]:
        """`kill -9`, then start it again and again, as a supervisor does, until it is ready; gives
        the ids that its journal held when it died."""
        await asyncio.sleep(at_s)
        server = self.gateways[number]
        await asyncio.to_thread(server.kill9)
        journaled = journaled_ids(server.data_dir)
        deadline_s = time.monotonic() + until_s
        while True:
            try:
                await asyncio.to_thread(server.start)
            except AssertionError:
                # Without SQL it ends by itself; one that is only slow must not live on beside the
                # next.
                await asyncio.to_thread(server.kill9)
                if time.monotonic() > deadline_s:
                    raise
                await asyncio.sleep(RESTART_PAUSE_S)
            else:
                return journaled


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    """A Redis of the drill's own, that keeps what it holds over a restart."""
    program = shutil.which("redis-server")
    if program is None:
        raise SystemExit("redis-server is not installed; `make test-tools` installs it")
    place = folder / "redis"
    place.mkdir()
    with RedisServer(Path(program), place, is_kept=True) as server:
        yield server


def journaled_ids(data_dir: Path) -> set[str]:
    """The requests that the journal of a dead gateway tells of."""
    found = set()
    for path in (data_dir / "journal").glob("*.jsonl"):
        for line in path.read_bytes().splitlines(keepends=True):
            if line.endswith(b"\n"):
                record = decode(line)
                if isinstance(record, AuditEvent):
                    continue
                intent = record if isinstance(record, Intent) else record.intent
                found.add(intent.request_id)
    return found


@contextmanager
def upstream(log: Path, pause_s: float = 0.0) -> Iterator[int]:
    """The fast upstream, writing down what reaches it; gives its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "uvicorn", "bench.upstream:app", "--port", str(port)]
    environment = os.environ | {
        "BENCH_LOG": str(log),
        "BENCH_DELAY_S": "0.02",
        "BENCH_PAUSE_S": str(pause_s),
    }
    process = subprocess.Popen(
        [*command, "--no-access-log", "--log-level", "error"], env=environment, cwd=ROOT
    )
    try:
        eventually(lambda: _listens(port), 20)
        yield port
    finally:
        process.terminate()
        process.wait()


def read_arrivals(log: Path) -> list[Arrival]:
    """What an upstream wrote down so far."""
    if not log.exists():
        return []
    rows = (line.split() for line in log.read_text().splitlines())
    return [Arrival(request_id, float(at_s)) for request_id, at_s in rows]


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
