"""Does the kill switch stop all of a fleet, each time? 1,000 pulls and releases under traffic.

    python -m bench.drills.kill [--flips 1000]

Four gateways on one Redis and one PostgreSQL, two applications on each: the calls of one go to
`openai` and, where that is stopped, to `vllm`; the other one pins `vllm`. Each has a caller that
goes on and on, and a stream that always runs. Every scope is pulled in turn on one gateway and
released on another. From the acknowledgement by all four to the release no call of the scope may
reach a provider; its streams are cut within a second of the pull, and those of others go on; no
gateway may be a straggler.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bench.drills.fleet import Arrival, Fleet, read_arrivals, upstream
from bench.drills.kill_traffic import Application, Stream, Traffic
from tests.servers import ADMIN_TOKEN

GATEWAYS = 4
STOPPED_S = 0.15
"""A scope stays stopped so long after the acknowledgement."""

EVENT_S = 0.05
MOST_CUT_S = 1.0
PATIENCE_S = 20.0
STOPPED, OTHER = "question_hint", "topic_explanation"
MODEL = "openai/gpt-4o-mini"
SCOPES = ("all", f"feature:{STOPPED}", "provider:openai", f"model:{MODEL}")


@dataclass(frozen=True)
class Flip:
    """One pull and its release; what is in seconds counts from the pull.

    Args:
        stopped_s: when the operator was told who had applied it, by the monotonic clock.
        releasing_s: when it was released.
        acknowledged: until the operator was told so.
        applied: until the last gateway had applied it, by that gateway's own word.
        cut: until the last stream of the scope had ended.
        cut_wrongly: streams of others that ended with it.
        stragglers: gateways missing in the proof of the pull or of the release.
        calls: of the application in the scope that ended while all were stopped.
    """

    scope: str
    stopped_s: float
    releasing_s: float
    acknowledged: float
    applied: float
    cut: float
    cut_wrongly: int
    stragglers: int
    calls: int


@dataclass(frozen=True)
class Outcome:
    """What became of all flips of a scope.

    Args:
        late: calls of the scope that reached a provider although all had applied the pull.
    """

    scope: str
    flips: Sequence[Flip]
    late: int

    @property
    def is_good(self) -> bool:
        return (
            not self.late
            and all(flip.calls for flip in self.flips)
            and not any(flip.stragglers or flip.cut_wrongly for flip in self.flips)
            and max(flip.cut for flip in self.flips) <= MOST_CUT_S
        )


def run_drill(folder: Path, flips: int) -> list[Outcome]:
    """Flip so often, each scope in turn."""
    with ExitStack() as stack:
        second_log = folder / "second.log"
        port = stack.enter_context(upstream(second_log, EVENT_S))
        fleet = Fleet(
            folder,
            stack,
            pause_s=EVENT_S,
            AI_FALLBACK_PROVIDERS="openai,vllm",
            VLLM_BASE_URL=f"http://127.0.0.1:{port}/v1",
            VLLM_MODELS="second",
            AI_STREAM_TIMEOUT="60",
        )
        for _ in range(GATEWAYS):
            fleet.start_gateway()
        stopped = Application(fleet.create_key(STOPPED), "auto", MODEL)
        other = Application(fleet.create_key(OTHER), "vllm/second", "vllm/second")
        made = asyncio.run(_run(fleet, (stopped, other), flips))
        first, second = read_arrivals(fleet.upstream_log), read_arrivals(second_log)
    outcomes = []
    for scope in SCOPES:
        mine = [flip for flip in made if flip.scope == scope]
        # A call of nobody known counts.
        others = set() if scope == "all" else other.request_ids
        reached = first if scope.startswith(("provider:", "model:")) else first + second
        outcomes.append(Outcome(scope, mine, _count_late(mine, reached, others)))
    return outcomes


def _count_late(flips: Iterable[Flip], reached: Iterable[Arrival], others: set[str]) -> int:
    times = sorted(call.at_s for call in reached if call.request_id not in others)
    spans = [(flip.stopped_s, flip.releasing_s) for flip in flips if not flip.stragglers]
    return sum(begins < at_s < ends for begins, ends in spans for at_s in times)


async def _run(fleet: Fleet, applications: Sequence[Application], flips: int) -> list[Flip]:
    urls = [server.url for server in fleet.gateways]
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        traffic = Traffic(session, urls, applications)
        operator = Operator(session, traffic, applications[0])
        async with traffic.running():
            made = []
            for number in range(flips):
                turn, place = divmod(number, len(SCOPES))
                on = urls[turn % GATEWAYS], urls[(turn + 1) % GATEWAYS]
                made.append(await operator.flip(SCOPES[place], *on))
    return made


class Operator:
    """Pulls and releases, and looks at what comes of it."""

    def __init__(
        self, session: aiohttp.ClientSession, traffic: Traffic, stopped: Application
    ) -> None:
        self._session = session
        self._traffic = traffic
        self._stopped = stopped

    async def flip(self, scope: str, pulled_on: str, released_on: str) -> Flip:
        streams = await self._traffic.open_streams(PATIENCE_S)
        wanted = {"scope": scope, "reason": "drill"}
        began_s = time.monotonic()
        pulled = await self._change("POST", pulled_on, json=wanted)
        stopped_s = time.monotonic()
        mine = [s for s in streams if scope == "all" or s.application is self._stopped]
        cut_s = await _last_end(mine)
        await asyncio.sleep(max(stopped_s + STOPPED_S - time.monotonic(), 0))
        releasing_s = time.monotonic()
        released = await self._change("DELETE", released_on, params=wanted)
        return Flip(
            scope=scope,
            stopped_s=stopped_s,
            releasing_s=releasing_s,
            acknowledged=stopped_s - began_s,
            applied=pulled["seconds"],
            cut=cut_s - began_s,
            cut_wrongly=sum(s.is_killed for s in streams if s not in mine),
            stragglers=2 * GATEWAYS - pulled["applied"] - released["applied"],
            calls=sum(
                application is self._stopped and stopped_s < ended_s < releasing_s
                for application, ended_s in self._traffic.ended
            ),
        )

    async def _change(self, method: str, url: str, **options: Any) -> dict[str, Any]:
        path = f"{url}/api/v1/admin/ai/kill-switch"
        headers = {"authorization": f"Bearer {ADMIN_TOKEN}"}
        async with self._session.request(method, path, headers=headers, **options) as reply:
            body = await reply.json()
        assert reply.status == 200, body
        assert set(body["places"].values()) == {"written"}, body
        return dict(body)


async def _last_end(streams: Sequence[Stream]) -> float:
    """When all of them had ended."""
    async with asyncio.timeout(PATIENCE_S):
        for stream in streams:
            await stream.has_ended.wait()
    return max(stream.ended_s for stream in streams)


def print_outcomes(outcomes: Iterable[Outcome]) -> None:
    """One line a scope."""
    print("milliseconds from the pull        acknowledged      applied by all    last stream cut")
    print(
        f"{'scope':26}{'flips':>6}{'   p50   p99   max' * 3}"
        f"{'late':>6}{'stragglers':>12}{'others cut':>12}{'calls':>9}"
    )
    for outcome in outcomes:
        flips = outcome.flips
        spreads = "".join(
            _spread_ms([getattr(flip, name) for flip in flips])
            for name in ("acknowledged", "applied", "cut")
        )
        print(
            f"{outcome.scope:26}{len(flips):6}{spreads}{outcome.late:6}"
            f"{sum(f.stragglers for f in flips):12}{sum(f.cut_wrongly for f in flips):12}"
            f"{sum(f.calls for f in flips):9,}"
        )


def _spread_ms(seconds: Iterable[float]) -> str:
    ordered = sorted(seconds)
    picked = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)], ordered[-1]
    return "".join(f"{1000 * value:6.0f}" for value in picked)


def main() -> None:
    """Run the drill and print its table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--flips", type=int, default=1_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcomes = run_drill(Path(folder), options.flips)
    print_outcomes(outcomes)
    assert all(outcome.is_good for outcome in outcomes)


if __name__ == "__main__":
    main()
