"""What the gateway adds to a call: CPU per request and per chunk, against a bare forwarder.

    python -m bench.overhead [--requests 2000] [--redis URL]

All controls are on: key, rollout, kill register, limits, quotas, budget, masking, screening,
journal, ledger, metrics, log. Upstream, forwarder and gateway are processes of their own. Streams
come as models send them, a chunk every few milliseconds, so that each is read and sent by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.upstream import EVENTS
from services import bootstrap
from services.domain.identity import host_actor
from services.settings import load_settings

TEXT = (
    "Öğretmenim, şu soruda takıldım: bir trenin hızı saatte 80 km ise 3 saatte kaç km gider? " * 11
)[:980] + " ali.veli@okul.com.tr"
CHUNK_PAUSE_S = 0.003
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Figures:
    """One run: CPU in milliseconds per request, latency in milliseconds."""

    cpu_ms: float
    p50_ms: float
    p99_ms: float
    rss_mb: float


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--redis", default="")
    options = parser.parse_args()
    print(f"python -m bench.overhead {' '.join(sys.argv[1:])}".rstrip())
    with ExitStack() as stack:
        pause = {"BENCH_PAUSE_S": str(CHUNK_PAUSE_S)}
        upstream = stack.enter_context(_serve("bench.upstream:app", pause))
        bare = stack.enter_context(
            _serve("bench.forwarder:app", {"BENCH_UPSTREAM": f"http://127.0.0.1:{upstream.port}"})
        )
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        gateway, key = stack.enter_context(_gateway(folder, upstream.port, options.redis))
        print(f"{'':22}{'CPU ms/request':>16}{'p50 ms':>9}{'p99 ms':>9}{'RSS MB':>9}")
        results: dict[tuple[str, bool], Figures] = {}
        for streamed in (False, True):
            count = options.requests // (10 if streamed else 1)
            for name, server, token in (("bare", bare, "x"), ("gateway", gateway, key)):
                figures = asyncio.run(_load(server, token, count, streamed=streamed))
                results[name, streamed] = figures
                label = f"{name} {'streamed' if streamed else 'plain'}"
                print(
                    f"{label:22}{figures.cpu_ms:16.3f}{figures.p50_ms:9.2f}"
                    f"{figures.p99_ms:9.2f}{figures.rss_mb:9.0f}"
                )
        for streamed in (False, True):
            bare_ms, own_ms = (results[name, streamed].cpu_ms for name in ("bare", "gateway"))
            print(f"gateway / bare, {'streamed' if streamed else 'plain'}: {own_ms / bare_ms:.2f}")
        chunks = len(EVENTS)
        rest = [results[n, True].cpu_ms - results[n, False].cpu_ms for n in ("bare", "gateway")]
        each = [f"{ms / chunks * 1000:.1f}" for ms in rest]
        print(f"a chunk: bare {each[0]} µs, gateway {each[1]} µs, ratio {rest[1] / rest[0]:.2f}")


@dataclass(frozen=True)
class Server:
    """A running process."""

    port: int
    pid: int

    def cpu_s(self) -> float:
        """CPU seconds it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def rss_mb(self) -> float:
        """Resident memory in MB."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * 4096 / 1e6


@contextmanager
def _serve(app: str, env: dict[str, str], *extra: str) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--log-level", "error"]
    command += ["--no-access-log", *extra]
    environment = os.environ | env | {"PORT": str(port)}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _gateway(folder: Path, upstream_port: int, redis: str) -> Iterator[tuple[Server, str]]:
    env = {
        "AI_DATA_DIR": str(folder),
        "AI_PROVIDER": "vllm",
        "VLLM_BASE_URL": f"http://127.0.0.1:{upstream_port}/v1",
        "VLLM_MODELS": "bench",
        "AI_ROLLOUT_STAGE": "general",
        "AI_LOG_RESPONSES": "false",
        **dict.fromkeys(("AI_RPM", "AI_RPH", "AI_USER_RPM", "AI_USER_RPH"), "100000000"),
        **dict.fromkeys(("AI_ADDRESS_RPM", "AI_FEATURE_RPM", "AI_FEATURE_BURST"), "100000000"),
        **dict.fromkeys(
            (
                "AI_USER_DAILY_TOKENS", "AI_USER_DAILY_REQUESTS",
                "AI_USER_MONTHLY_TOKENS", "AI_USER_MONTHLY_REQUESTS",
            ),
            "1000000000000",
        ),
        **({"REDIS_URL": redis} if redis else {}),
    }  # fmt: skip
    os.environ.update(env)
    sluice = bootstrap.build(load_settings(), kind="cli", call=asyncio.run)
    made = sluice.keys.create(
        host_actor("bench"),
        name="bench",
        scopes=["ai:generate"],
        feature="question_hint",
        may_assert=["user"],
    )
    with _serve("services.api:create_app", env, "--factory") as server:
        yield server, made.token


async def _load(server: Server, token: str, count: int, *, streamed: bool) -> Figures:
    """`count` requests, ten at a time, after a warm-up."""
    body = json.dumps(
        {
            "model": "auto",
            "user": "user-1",
            "temperature": 0.7,
            "messages": [{"role": "user", "content": TEXT}],
            **({"stream": True} if streamed else {}),
        },
        separators=(",", ":"),
        ensure_ascii=False,
    ).encode()
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    url = f"http://127.0.0.1:{server.port}/v1/chat/completions"
    times: list[float] = []
    async with aiohttp.ClientSession() as session:

        async def worker(todo: Iterator[int]) -> None:
            for _ in todo:
                began = time.perf_counter()
                async with session.post(url, data=body, headers=headers) as answer:
                    content = await answer.read()
                    if answer.status != 200:
                        raise SystemExit(f"{answer.status}: {content[:300]!r}")
                times.append((time.perf_counter() - began) * 1000)

        warm = iter(range(max(count // 10, 20)))
        await asyncio.gather(*(worker(warm) for _ in range(10)))
        times.clear()
        before = server.cpu_s()
        todo = iter(range(count))
        await asyncio.gather(*(worker(todo) for _ in range(10)))
        await asyncio.sleep(1.2)
        used = server.cpu_s() - before
    times.sort()
    return Figures(
        used / count * 1000,
        statistics.median(times),
        times[int(len(times) * 0.99)],
        server.rss_mb(),
    )


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=1):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    main()
