"""Does a gateway grow? 200,000 requests through one process, then 200,000 streams through another,
with PostgreSQL gone in the middle of both.

    python -m bench.drills.soak [--requests 200000] [--streams 200000] [--redis] [--short]

Of the requests every fiftieth is streamed too; 0 leaves a part out. Resident memory is sampled all
along. Growth is the slope of the line through the samples after a warm-up of a tenth, per 10,000
requests, and must stay within 1 MB.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bench.drills.fleet import Fleet
from bench.drills.load import Load
from tests.servers import SluiceServer

AT_ONCE = 16
SAMPLES = 100
MOST_MB = 1.0
STREAMED_EVERY = MappingProxyType({"requests": 50, "streams": 1})
OUTAGE = (0.45, 0.6)
"""PostgreSQL is gone between these shares of the requests."""


@dataclass(frozen=True)
class Soak:
    """Memory over the run.

    Args:
        kind: of the requests: "requests" or "streams".
        samples: (requests answered, megabytes, whether PostgreSQL was gone).
        failed: calls without a 200.
    """

    kind: str
    requests: int
    seconds: float
    failed: int
    samples: tuple[tuple[int, float, bool], ...]

    @property
    def growth_mb(self) -> float:
        """Per 10,000 requests."""
        rows = [(n, mb) for n, mb, _ in self.samples if n >= self.requests / 10]
        return statistics.linear_regression(*zip(*rows, strict=True)).slope * 10_000


def soak(folder: Path, kind: str, requests: int, *, redis: bool) -> Soak:
    """Send them, as fast as sixteen callers can."""
    folder.mkdir()
    with ExitStack() as stack:
        fleet = Fleet(folder, stack, has_redis=redis)
        server = fleet.start_gateway()
        every = STREAMED_EVERY[kind]
        load = Load(fleet.gateways, fleet.create_key(), streamed_every=every)
        began_s = time.monotonic()
        samples, failed = asyncio.run(_soak(fleet, server, load, requests))
        return Soak(kind, requests, time.monotonic() - began_s, failed, tuple(samples))


async def _soak(
    fleet: Fleet, server: SluiceServer, load: Load, requests: int
) -> tuple[list[tuple[int, float, bool]], int]:
    samples: list[tuple[int, float, bool]] = []
    is_gone, failed = False, 0
    every = requests // SAMPLES
    for answered in range(0, requests, every):
        share = answered / requests
        if (OUTAGE[0] <= share < OUTAGE[1]) is not is_gone:
            await asyncio.to_thread(fleet.postgresql.start if is_gone else fleet.postgresql.stop)
            is_gone = not is_gone
        samples.append((answered, _rss_mb(server), is_gone))
        failed += await load.run_through(every, at_once=AT_ONCE)
    samples.append((requests, _rss_mb(server), is_gone))
    return samples, failed


def _rss_mb(server: SluiceServer) -> float:
    assert server.process is not None
    pages = Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]
    return int(pages) * 4096 / 1e6


def print_table(found: Soak, every: int) -> None:
    """Every so many samples, and the verdict."""
    print(f"{found.kind:>8}      MB  PostgreSQL")
    rows: Sequence[tuple[int, float, bool]] = found.samples
    for number, (answered, mb, is_gone) in enumerate(rows):
        if number % every == 0:
            print(f"{answered:8} {mb:7.1f}  {'gone' if is_gone else 'there'}")
    print(
        f"\n{found.requests} {found.kind} in {found.seconds:.0f} s, {found.failed} failed; "
        f"growth {found.growth_mb:+.2f} MB per 10,000\n",
        flush=True,
    )


def main() -> None:
    """Run the drill and print its tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--streams", type=int, default=200_000)
    parser.add_argument("--redis", action="store_true", help="with the counters in Redis")
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for kind, count in (("requests", options.requests), ("streams", options.streams)):
            if count:
                sent = min(count, 10_000) if options.short else count
                found = soak(Path(folder) / kind, kind, sent, redis=options.redis)
                print_table(found, every=max(len(found.samples) // 40, 1))
                results.append(found)
    assert not any(found.failed for found in results)
    assert options.short or all(found.growth_mb <= MOST_MB for found in results)


if __name__ == "__main__":
    main()
