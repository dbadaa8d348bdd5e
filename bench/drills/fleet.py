"""What the drills break: a Redis, a PostgreSQL, a fast upstream and gateways, all real processes;
and the load that runs over them."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from services.adapters.journal_format import decode
from services.domain.ledger import AuditEvent, Intent
from tests.postgresql_server import PostgresqlServer
from tests.redis_server import RedisServer
from tests.servers import ROOT, SluiceServer, eventually

CALL_TIMEOUT_S = 15.0
RESTART_PAUSE_S = 0.5
_ALLOW = "1000000000"


@dataclass(frozen=True)
class Outage:
    """When a store is gone, in seconds from the start of the load, and how: stopped, or frozen."""

    begins_s: float
    ends_s: float
    is_frozen: bool


@dataclass
class Call:
    """What a client knows of one call: `status` is None when no answer came, or only a part."""

    sent_s: float
    gateway: int
    is_streamed: bool
    request_id: str | None = None
    status: int | None = None
    code: str | None = None
    ended_s: float = 0.0

    @property
    def seconds(self) -> float:
        return self.ended_s - self.sent_s


class Fleet:
    """Gateways with data folders of their own over one Redis and one PostgreSQL."""

    def __init__(
        self, folder: Path, stack: ExitStack, *, has_redis: bool = True, **environment: object
    ) -> None:
        self._folder = folder
        self._stack = stack
        self.redis = stack.enter_context(redis_server(folder))
        self.postgresql = stack.enter_context(PostgresqlServer(folder))
        self.upstream_log = folder / "upstream.log"
        port = stack.enter_context(_upstream(self.upstream_log))
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

    def create_key(self) -> str:
        """A key that every gateway knows."""
        key = self.gateways[0].create_key(may_assert=["user"])
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


class Load:
    """Calls at a steady rate to each gateway in turn, whatever became of those before."""

    def __init__(self, gateways: list[SluiceServer], key: str, *, streamed_every: int = 0) -> None:
        self._urls = [f"{server.url}/v1/chat/completions" for server in gateways]
        self._headers = {"authorization": f"Bearer {key}"}
        self._streamed_every = streamed_every
        self.calls: list[Call] = []
        self._began_s = time.monotonic()

    async def run(self, per_second: float, seconds: float) -> None:
        """Send for so long, and wait for the last answers."""
        self._began_s = time.monotonic()
        async with _session() as session, asyncio.TaskGroup() as group:
            async for number in _ticks(per_second, seconds):
                group.create_task(self._call(session, number))

    async def run_at_once(self, calls: int) -> None:
        """Send them all together, and wait for the answers."""
        self._began_s = time.monotonic()
        async with _session() as session:
            await asyncio.gather(*(self._call(session, number) for number in range(calls)))

    async def run_through(self, calls: int, *, at_once: int) -> int:
        """Send them as fast as so many callers can, keeping none in mind; how many failed."""
        todo = iter(range(calls))
        failed = 0

        async def caller(session: aiohttp.ClientSession) -> None:
            nonlocal failed
            for number in todo:
                await self._call(session, number)
                failed += self.calls.pop().status != 200

        async with _session() as session:
            await asyncio.gather(*(caller(session) for _ in range(at_once)))
        return failed

    @property
    def now_s(self) -> float:
        return time.monotonic() - self._began_s

    async def _call(self, session: aiohttp.ClientSession, number: int) -> None:
        gateway = number % len(self._urls)
        every = self._streamed_every
        call = Call(self.now_s, gateway, bool(every) and number // len(self._urls) % every == 0)
        body = {
            "model": "auto",
            "user": f"user-{number % 50}",
            "messages": [{"role": "user", "content": f"Soru {number}: 2 + 2 kaç eder?"}],
            "max_tokens": 400,
            "stream": call.is_streamed,
        }
        try:
            async with session.post(self._urls[gateway], json=body, headers=self._headers) as reply:
                call.request_id = reply.headers.get("x-request-id")
                content = await reply.read()
        except (aiohttp.ClientError, TimeoutError, ConnectionError):
            pass
        else:
            call.status = reply.status
            call.code = _code_of(content, reply.status)
        call.ended_s = self.now_s
        self.calls.append(call)


def _session() -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=CALL_TIMEOUT_S)
    return aiohttp.ClientSession(connector=connector, timeout=timeout)


def _code_of(content: bytes, status: int) -> str | None:
    if status != 200:
        return str(json.loads(content)["error"]["code"])
    return "cut" if b'"error"' in content else None


async def _ticks(per_second: float, seconds: float) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    for number in range(int(per_second * seconds)):
        await asyncio.sleep(max(began_s + number / per_second - loop.time(), 0))
        yield number


@contextmanager
def _upstream(log: Path) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "uvicorn", "bench.upstream:app", "--port", str(port)]
    environment = os.environ | {"BENCH_LOG": str(log), "BENCH_DELAY_S": "0.02"}
    process = subprocess.Popen(
        [*command, "--no-access-log", "--log-level", "error"], env=environment, cwd=ROOT
    )
    try:
        eventually(lambda: _listens(port), 20)
        yield port
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
