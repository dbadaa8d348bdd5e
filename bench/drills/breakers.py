"""Does a fleet spare a provider that fails, and bring its calls back gently?

    python -m bench.drills.breakers [--scale 4]

Four gateways share one Redis. Their provider answers, fails, hangs and answers again, while callers
go on at one rate; what reaches it is counted on its own side. A failing provider may get the five
calls that show it fails and then one probe at a time over all four; once it answers, a quarter of
the calls, then half, then all. Every change of the breaker must be stored, and once.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from aiohttp import ClientSession, web

from bench.drills.breaker_promises import PROCESSES, RESET_S, Drill, Phase
from tests.redis_server import RedisServer
from tests.servers import SluiceServer, eventually

CALLS_PER_S = 20
"""Of each gateway."""

READ_S = 0.5

_ANSWER = {
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "ok"},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 4, "completion_tokens": 1, "total_tokens": 5},
}


class ScriptedUpstream:
    """The provider: it does what `mode` says, and counts into `phase`."""

    def __init__(self) -> None:
        self.mode = "healthy"
        self.phase = Phase("")
        self._running = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="upstream")
        self._runner: web.AppRunner | None = None
        self.base_url = ""

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Serve on a free port; gives the base URL."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        try:
            yield self.base_url
        finally:
            assert self._runner is not None
            asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"

    async def _handle(self, request: web.Request) -> web.Response:
        await request.read()
        phase, self._running = self.phase, self._running + 1
        phase.hits += 1
        phase.at_once = max(phase.at_once, self._running)
        try:
            if self.mode == "hanging":
                await asyncio.Event().wait()
            await asyncio.sleep(0.005)
            if self.mode == "down":
                return web.json_response({"error": {"message": "overloaded"}}, status=503)
            return web.json_response(_ANSWER)
        finally:
            self._running -= 1


class Callers:
    """Calls of applications at one rate on every gateway, none like another."""

    def __init__(self, gateways: list[SluiceServer], key: str, upstream: ScriptedUpstream) -> None:
        self._gateways = gateways
        self._headers = {"authorization": f"Bearer {key}"}
        self._upstream = upstream
        self._numbers = itertools.count()

    async def play(self, phase: Phase, until: Callable[[float], bool]) -> Phase:
        """Call until told to stop; calls and hits are counted into the phase."""
        self._upstream.phase = phase
        began_s, every_s = time.monotonic(), 1 / CALLS_PER_S / len(self._gateways)
        async with ClientSession(headers=self._headers) as session, asyncio.TaskGroup() as calls:
            while not until(time.monotonic() - began_s):
                gateway = self._gateways[phase.calls % len(self._gateways)]
                calls.create_task(self._call(session, gateway, phase))
                phase.calls += 1
                await asyncio.sleep(every_s)
        phase.seconds = time.monotonic() - began_s
        return phase

    async def _call(self, session: ClientSession, gateway: SluiceServer, phase: Phase) -> None:
        message = {"role": "user", "content": f"Question {next(self._numbers)}?"}
        body = {"model": "auto", "messages": [message]}
        async with session.post(f"{gateway.url}/v1/chat/completions", json=body) as answer:
            provider = answer.headers.get("x-ai-provider", str(answer.status))
            phase.by[provider.partition("/")[0]] += 1


def run_drill(redis_server: Path, folder: Path, scale: float = 1.0) -> Drill:
    """All phases, on a fleet of its own.

    Args:
        scale: how many times as long as the shortest drill.
    """
    with ExitStack() as stack:
        redis = stack.enter_context(RedisServer(redis_server, folder))
        upstream = ScriptedUpstream()
        base_url = stack.enter_context(upstream.serving())
        gateways = _start_gateways(stack, folder, base_url, redis.url, scale)
        key = gateways[0].create_key()
        revision = gateways[0].http.get("/health/ready").json()["revision"]
        for gateway in gateways:
            eventually(lambda g=gateway: g.http.get("/health/ready").json()["revision"] >= revision)
        callers = Callers(gateways, key, upstream)
        phases = asyncio.run(_play(callers, upstream, gateways, scale))
        eventually(lambda: all(_is_shipped(gateway) for gateway in gateways))
        found = gateways[0].admin("GET", "/breakers/changes?limit=1000").json()["changes"]
        changes = tuple((c["before"], c["after"]) for c in reversed(found))
        redis_down = gateways[0].read_log().count('"redis_down"')
        return Drill({phase.name: phase for phase in phases}, changes, redis_down)


def _start_gateways(
    stack: ExitStack, folder: Path, base_url: str, redis_url: str, scale: float
) -> list[SluiceServer]:
    gateways = [
        SluiceServer(
            folder,
            REDIS_URL=redis_url,
            AI_PROVIDER="vllm",
            VLLM_BASE_URL=base_url,
            VLLM_MODELS="small",
            AI_FALLBACK_PROVIDERS="mock",
            AI_MAX_RETRIES=0,
            AI_READ_TIMEOUT=READ_S,
            AI_CB_TIMEOUT=RESET_S,
            AI_CB_MAX_TIMEOUT=2 * RESET_S,
            AI_CB_RETURN=3 * scale,
            AI_USER_DAILY_REQUESTS=1_000_000,
            AI_BUDGET_WHEN_REDIS_DOWN="share",
        )
        for _ in range(PROCESSES)
    ]
    # The first one makes the ledger.
    stack.enter_context(gateways[0])
    with ThreadPoolExecutor() as pool:
        for gateway in gateways[1:]:
            stack.push(gateway)
        list(pool.map(lambda gateway: gateway.start(), gateways[1:]))
    return gateways


async def _play(
    callers: Callers, upstream: ScriptedUpstream, gateways: list[SluiceServer], scale: float
) -> list[Phase]:
    def for_(seconds: float) -> Callable[[float], bool]:
        return lambda passed_s: passed_s >= seconds * scale

    phases = [await callers.play(Phase("healthy"), for_(0.5))]
    upstream.mode = "down"
    phases.append(await callers.play(Phase("begins to fail"), lambda s: s >= RESET_S * 0.8))
    phases.append(await callers.play(Phase("down"), for_(1.5)))
    upstream.mode = "hanging"
    phases.append(await callers.play(Phase("hanging"), for_(1.5)))
    upstream.mode = "healthy"
    await callers.play(Phase("recovers"), lambda _: _is_returning(gateways[0]))
    # The quarter began with the look that found it, at most one call earlier.
    phases.append(await callers.play(Phase("returns: 25%"), lambda s: s >= 1.5 * scale - 0.2))
    await callers.play(Phase("edge"), lambda s: s >= 0.4)
    phases.append(await callers.play(Phase("returns: 50%"), lambda s: s >= 1.5 * scale - 0.5))
    await callers.play(Phase("edge"), lambda s: s >= 0.6)
    phases.append(await callers.play(Phase("all back"), for_(0.5)))
    return phases


def _is_returning(gateway: SluiceServer) -> bool:
    found = gateway.admin("GET", "/breakers").json()["breakers"]
    return any(b["model"] == "small" and b["returning_percent"] for b in found)


def _is_shipped(gateway: SluiceServer) -> bool:
    return bool(gateway.admin("GET", "/status").json()["journal_backlog"] == 0)


def main() -> None:
    """Run the drill and print its table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=4.0)
    options = parser.parse_args()
    program = shutil.which("redis-server")
    if program is None:
        raise SystemExit("redis-server is not installed.")
    with tempfile.TemporaryDirectory() as folder:
        drill = run_drill(Path(program), Path(folder), options.scale)
    print("phase           seconds  calls  reached the provider  share  most at once  answered by")
    for p in drill.phases.values():
        by = ", ".join(f"{who} {n}" for who, n in sorted(p.by.items()))
        print(
            f"{p.name:14}  {p.seconds:7.1f}  {p.calls:5}  {p.hits:20}  {p.share:5.1%}  "
            f"{p.at_once:12}  {by}"
        )
    print(f"\nRedis too slow: {drill.redis_down} times")
    print("stored changes: " + " ".join(["closed", *(f"→ {after}" for _, after in drill.changes)]))
    problems = drill.problems()
    print("\n" + ("; ".join(f"NOT KEPT: {p}" for p in problems) or "all promises kept"))
    assert not problems


if __name__ == "__main__":
    main()
