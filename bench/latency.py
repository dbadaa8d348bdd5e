"""How much later an answer comes through the gateway than through a bare forwarder.

    python -m bench.latency [--rate 200] [--seconds 20] [--redis URL] [--console]

Calls come at a fixed rate, streams of 200 events at a twentieth of it, whether or not earlier ones
are answered. The server has one core, load
and upstream the other. With --console it is `python -m console`, 50 calls a second come, and a
browser reloads its Cost page without pause.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import aiohttp
from playwright.sync_api import sync_playwright

from bench.rig import Gateway, Server, call_body, run_gateway, serve

CONSOLE_RATE = 50
DRAWN = (
    '[data-testid="stApp"][data-test-connection-state="CONNECTED"]'
    '[data-test-script-state="notRunning"]'
)
"""Streamlit's own marks of a page that has been drawn."""


@dataclass(frozen=True)
class Times:
    """Milliseconds from a call's due time to its end, or to its first streamed event."""

    p50_ms: float
    p99_ms: float
    failed: int


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--redis", default="")
    parser.add_argument("--console", action="store_true")
    options = parser.parse_args()
    rate = CONSOLE_RATE if options.console else options.rate
    print(f"python -m bench.latency {' '.join(sys.argv[1:])}".rstrip())
    os.sched_setaffinity(0, {1})
    with ExitStack() as stack:
        upstream = stack.enter_context(serve(("uvicorn", "bench.upstream:app"), {}))
        target = {"BENCH_UPSTREAM": f"http://127.0.0.1:{upstream.port}"}
        bare = stack.enter_context(serve(("uvicorn", "bench.forwarder:app"), target))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        own = stack.enter_context(
            run_gateway(folder, upstream.port, redis=options.redis, with_console=options.console)
        )
        for server in (bare, own.server):
            _pin(server, 0)
        visitor = _Visitor(own) if options.console else None
        print(f"{rate} calls a second{'':14}{'p50 ms':>9}{'p99 ms':>9}{'failed':>8}")
        for streamed in (False,) if options.console else (False, True):
            name = "first event" if streamed else "whole answer"
            found = {}
            for label, server, token in (("bare", bare, "x"), ("gateway", own.server, own.key)):
                with visitor if visitor and label == "gateway" else ExitStack():
                    found[label] = asyncio.run(
                        _load(
                            server,
                            token,
                            rate // 20 if streamed else rate,
                            options.seconds,
                            streamed=streamed,
                        )
                    )
                times = found[label]
                print(
                    f"{label + ', ' + name:32}{times.p50_ms:9.2f}{times.p99_ms:9.2f}"
                    f"{times.failed:8}"
                )
            p50 = found["gateway"].p50_ms - found["bare"].p50_ms
            p99 = found["gateway"].p99_ms - found["bare"].p99_ms
            print(f"{'added':32}{p50:9.2f}{p99:9.2f}")
        if visitor:
            print(f"pages reloaded meanwhile: {visitor.reloads}")


def _pin(server: Server, core: int) -> None:
    for thread in Path(f"/proc/{server.pid}/task").iterdir():
        os.sched_setaffinity(int(thread.name), {core})


async def _load(server: Server, token: str, rate: int, seconds: float, *, streamed: bool) -> Times:
    body = call_body(streamed=streamed)
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    url = f"http://127.0.0.1:{server.port}/v1/chat/completions"
    times: list[float] = []
    failed = 0
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def call(due_s: float) -> None:
            nonlocal failed
            async with session.post(url, data=body, headers=headers) as answer:
                failed += answer.status != 200
                if streamed:
                    await answer.content.readuntil(b"\n\n")
                    times.append(time.perf_counter() - due_s)
                await answer.read()
                if not streamed:
                    times.append(time.perf_counter() - due_s)

        for _ in range(2):  # the first round warms up
            times.clear()
            begin_s = time.perf_counter()
            count = int(rate * seconds)
            async with asyncio.TaskGroup() as group:
                for number in range(count):
                    due_s = begin_s + number / rate
                    await asyncio.sleep(max(due_s - time.perf_counter(), 0))
                    group.create_task(call(due_s))
    times.sort()
    return Times(statistics.median(times) * 1000, times[int(len(times) * 0.99)] * 1000, failed)


class _Visitor:
    """A browser that signs in and then reloads the Cost page as soon as it is drawn."""

    def __init__(self, gateway: Gateway) -> None:
        self._base = f"http://127.0.0.1:{gateway.server.port}"
        self._token = gateway.first_start
        self._stop = Event()
        self._is_in = Event()
        self._thread = Thread(target=self._browse)
        self.reloads = 0

    def __enter__(self) -> None:
        self._thread.start()
        if not self._is_in.wait(60):
            raise SystemExit("the browser could not sign in")

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _browse(self) -> None:
        with sync_playwright() as playwright:
            arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=arguments
            )
            page = browser.new_page()
            page.goto(f"{self._base}/auth/first-start?token={self._token}")
            page.locator("input[name=login]").fill("bench")
            for password in page.locator("input[type=password]").all():
                password.fill("a long enough passphrase")
            page.get_by_role("button").click()
            page.locator(DRAWN).wait_for()
            self._is_in.set()
            while not self._stop.is_set():
                page.goto(f"{self._base}/cost")
                page.locator(DRAWN).wait_for()
                self.reloads += 1
            browser.close()


if __name__ == "__main__":
    main()
