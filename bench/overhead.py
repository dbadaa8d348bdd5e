"""What the gateway adds to a call: CPU per request and per chunk, against a bare forwarder.

    python -m bench.overhead [--requests 2000] [--redis URL]

All controls are on: key, rollout, kill register, limits, quotas, budget, masking, screening,
journal, ledger, metrics, log. Upstream, forwarder and gateway are processes of their own. Streams
come as models send them, a chunk every few milliseconds, so that each is read and sent by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.rig import Server, call_body, run_gateway, serve
from bench.upstream import EVENTS

CHUNK_PAUSE_S = 0.003


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
        upstream = stack.enter_context(serve(("uvicorn", "bench.upstream:app"), pause))
        target = {"BENCH_UPSTREAM": f"http://127.0.0.1:{upstream.port}"}
        bare = stack.enter_context(serve(("uvicorn", "bench.forwarder:app"), target))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        own = stack.enter_context(run_gateway(folder, upstream.port, redis=options.redis))
        gateway, key = own.server, own.key
        print(f"{'':22}{'CPU ms/request':>16}{'p50 ms':>9}{'p99 ms':>9}{'RSS MB':>9}")
        results: dict[tuple[str, bool], Figures] = {}
        for streamed in (False, True):
            count = options.requests // (10 if streamed else 1)
            for name, server, token in (("bare", bare, "x"), ("gateway", gateway, key)):
                figures = asyncio.run(load(server, token, count, streamed=streamed))
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


async def load(server: Server, token: str, count: int, *, streamed: bool) -> Figures:
    """`count` requests, ten at a time, after a warm-up."""
    body = call_body(streamed=streamed)
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


if __name__ == "__main__":
    main()
