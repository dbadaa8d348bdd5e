"""What the parts of a request cost by themselves, beside the whole and a bare forwarder.

    python -m bench.parts [--requests 3000]

Each part does for one plain call what every call needs: the gateway's own code in a loop of its
own, with warm caches and nothing around it. So bare forwarder and parts together are a floor: the
least that a gateway with these controls takes on this interpreter. The rest is the way itself, from
step to step, the records of the steps, the breaker, the waits, and caches that are cold.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson

from bench.admission import Demands
from bench.ingest import make_records, store
from bench.overhead import load
from bench.rig import call_body, run_gateway, serve
from bench.upstream import PLAIN
from services.adapters.clock import SystemClock
from services.adapters.journal_format import decode, encode
from services.adapters.memory.counters import MemoryCounters
from services.adapters.metrics import PrometheusMetrics
from services.adapters.providers.wire import parse_completion, render_body
from services.adapters.request_log import RequestLog
from services.adapters.sql.engine import Database
from services.adapters.tokens import QuickTokenCounter
from services.bootstrap.process import settle_process
from services.domain.calls import Endpoint, ProviderCall, Timeouts
from services.domain.guardrails import screen_input
from services.domain.messages import Incoming
from services.domain.privacy import mask_value
from services.domain.settlements import Settlement
from services.gateway.requests import parse_body

MODEL = "bench"


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=3000)
    count = parser.parse_args().requests
    print(f"python -m bench.parts {' '.join(sys.argv[1:])}".rstrip())
    bare_us, whole_us = _measure_whole(count)
    settle_process()
    parts = {
        "the call: read, screened, masked": _measure_texts(count),
        "its tokens, counted": _measure_tokens(count),
        "limits, quotas, budgets": asyncio.run(_measure_counters(count)),
        "the provider's body, and its answer": _measure_wire(count),
        "journal and ledger": _measure_records(count),
        "metrics and log": _measure_observers(count),
    }
    floor_us = bare_us + sum(parts.values())
    print(f"{'':38}{'CPU µs/request':>16}{'x bare':>9}")
    rows = {
        "bare forwarder": bare_us,
        **parts,
        "bare forwarder and parts": floor_us,
        "the gateway": whole_us,
    }
    for name, us in rows.items():
        print(f"{name:38}{us:16.1f}{us / bare_us:9.2f}")


def _measure_whole(count: int) -> tuple[float, float]:
    """A bare forwarder and the gateway, as bench.overhead measures them, in µs a request."""
    with ExitStack() as stack:
        upstream = stack.enter_context(serve(("uvicorn", "bench.upstream:app"), {}))
        target = {"BENCH_UPSTREAM": f"http://127.0.0.1:{upstream.port}"}
        bare = stack.enter_context(serve(("uvicorn", "bench.forwarder:app"), target))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        own = stack.enter_context(run_gateway(folder, upstream.port))
        loads = ((bare, "x"), (own.server, own.key))
        figures = [asyncio.run(load(s, key, count, streamed=False)) for s, key in loads]
    return figures[0].cpu_ms * 1000, figures[1].cpu_ms * 1000


def _measure(count: int, work: Callable[[], Any]) -> float:
    work()
    began_s = time.process_time()
    for _ in range(count):
        work()
    return (time.process_time() - began_s) / count * 1e6


def _measure_texts(count: int) -> float:
    incoming = Incoming(Endpoint.CHAT, {}, call_body(streamed=False), "127.0.0.1")

    def work() -> None:
        body = parse_body(incoming)
        screen_input([body["messages"][0]["content"]])
        orjson.dumps(mask_value(body)).decode()

    return _measure(count, work)


def _measure_tokens(count: int) -> float:
    counter, body = QuickTokenCounter(), orjson.loads(call_body(streamed=False))
    return _measure(count, lambda: counter.count_body(MODEL, body))


async def _measure_counters(count: int) -> float:
    counters, demands = MemoryCounters(SystemClock()), Demands()

    async def work(number: int) -> None:
        demand = demands.make(number)
        admission = await counters.admit(demand, None)
        assert admission.denial is None, admission
        await counters.settle(Settlement(demand.request_id, 1, 900, 450, is_final=True))

    return await _measure_each(count, work)


async def _measure_each(count: int, work: Callable[[int], Awaitable[None]]) -> float:
    await work(count)
    began_s = time.process_time()
    for number in range(count):
        await work(number)
    return (time.process_time() - began_s) / count * 1e6


def _measure_wire(count: int) -> float:
    body = orjson.loads(call_body(streamed=False))
    call = ProviderCall("request", Endpoint.CHAT, MODEL, body, 500, Timeouts())

    def work() -> None:
        render_body(call, "max_tokens", is_stream=False)
        orjson.dumps(parse_completion(Endpoint.CHAT, PLAIN).data)

    return _measure(count, work)


def _measure_records(count: int) -> float:
    """Two lines written, as the journal does, read back, and stored in SQLite."""
    records = [record for _ in range(count) for record in make_records()]
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/ledger.db")
        database.migrate()
        segment = os.open(Path(folder) / "segment", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        began_s = time.process_time()
        lines = [encode(record) for record in records]
        for line in lines:
            os.write(segment, line)
        store(database, [decode(line) for line in lines])
        took_s = time.process_time() - began_s
        os.close(segment)
        database.close()
    return took_s / count * 1e6


def _measure_observers(count: int) -> float:
    outcome = make_records()[1]
    observers = (PrometheusMetrics(), RequestLog(io.BytesIO(), "INFO", SystemClock()))

    def work() -> None:
        for observer in observers:
            observer.attempt_started(MODEL)
            observer.attempt_ended(outcome.attempts[0])
            observer.request_ended(outcome)

    return _measure(count, work)


if __name__ == "__main__":
    main()
