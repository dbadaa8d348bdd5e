"""What does a frozen Redis or PostgreSQL add to a request, and how soon is service back?

    python -m bench.drills.frozen [--short]

One gateway answers 100 requests a second, and 50 more at once at the moment a store is frozen
(SIGSTOP: its connections stay open and nothing answers). Added is the latency above the median
before; it must stay within 50 ms, and no request may hang. With both stores frozen for longer than
the lease, requests are refused with `lease_expired`; when both go on, service must be back within
two seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import statistics
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.drills.fleet import Call, Fleet, Load
from services.domain.policy import LEASE_S
from tests.postgresql_server import PostgresqlServer
from tests.redis_server import RedisServer

RATE = 100.0
BURST = 50
MOST_ADDED_S = 0.05
MOST_BACK_S = 2.0

Store = RedisServer | PostgresqlServer


@dataclass(frozen=True)
class Freeze:
    """What one store's freeze did to requests; seconds.

    Args:
        median: before it.
        calm: the longest over the median while nothing was frozen: what the machine itself adds.
        first: the 99th percentile over the median of calls that ran at its first second.
        later: of those after that.
        longest: the most that any call took over the median.
    """

    store: str
    calls: int
    median: float
    calm_p99: float
    calm: float
    first: float
    later: float
    longest: float
    answered: float
    answered_calm: float

    @property
    def is_good(self) -> bool:
        return max(self.first, self.later) - self.calm_p99 <= MOST_ADDED_S


@dataclass(frozen=True)
class Expiry:
    """What happened with both stores frozen.

    Args:
        expired_after: from the freeze to the first `lease_expired`.
        is_steady: every call from then on was refused so.
        back_after: from the moment that both went on to the first of the answers that no refusal
            followed.
    """

    expired_after: float
    is_steady: bool
    back_after: float

    @property
    def is_good(self) -> bool:
        # The lease was renewed up to a second before the freeze.
        in_time = LEASE_S - 1 <= self.expired_after <= LEASE_S + 1
        return in_time and self.is_steady and self.back_after <= MOST_BACK_S


def freeze_each(folder: Path, *, seconds: float) -> list[Freeze]:
    """Freeze PostgreSQL, then Redis; while it is frozen, each instance spends its share."""
    with ExitStack() as stack:
        fleet = Fleet(folder, stack, AI_BUDGET_WHEN_REDIS_DOWN="share")
        fleet.start_gateway()
        key = fleet.create_key()
        asyncio.run(Load(fleet.gateways, key).run(RATE, 2))
        found = []
        stores: tuple[Store, ...] = (fleet.postgresql, fleet.redis)
        for store in stores:
            load, burst = (Load(fleet.gateways, key) for _ in range(2))
            found.append(asyncio.run(_freeze(store, load, burst, seconds)))
        return found


async def _freeze(store: Store, load: Load, burst: Load, seconds: float) -> Freeze:
    async with asyncio.TaskGroup() as group:
        group.create_task(load.run(RATE, 3 * seconds))
        await asyncio.sleep(seconds)
        store.pause()
        at_s = load.now_s
        await burst.run_at_once(BURST)
        await asyncio.sleep(max(at_s + seconds - load.now_s, 0))
        store.resume()
        back_s = load.now_s
    before = [c for c in load.calls if c.ended_s < at_s]
    during = [c for c in load.calls if c.ended_s >= at_s and c.sent_s < back_s]
    median = statistics.median(c.seconds for c in before)
    first = [c for c in during if c.sent_s < at_s + 1] + burst.calls
    return Freeze(
        "Redis" if isinstance(store, RedisServer) else "PostgreSQL",
        len(during) + BURST,
        median,
        _p99(before) - median,
        max(c.seconds for c in before) - median,
        _p99(first) - median,
        _p99([c for c in during if c.sent_s >= at_s + 1]) - median,
        max(c.seconds for c in [*during, *burst.calls]) - median,
        sum(c.status == 200 for c in during) / len(during),
        sum(c.status == 200 for c in before) / len(before),
    )


def _p99(calls: Sequence[Call]) -> float:
    return sorted(c.seconds for c in calls)[int(len(calls) * 0.99)]


def freeze_both(folder: Path, *, seconds: float, rate: float = 20.0) -> Expiry:
    """Freeze both for longer than the lease."""
    with ExitStack() as stack:
        fleet = Fleet(folder, stack)
        fleet.start_gateway()
        load = Load(fleet.gateways, fleet.create_key())
        frozen_s, back_s = asyncio.run(_freeze_both(fleet, load, seconds, rate))
    expired = (c.sent_s for c in load.calls if c.code == "lease_expired")
    began_s = min(expired, default=math.inf)
    refused = [c for c in load.calls if began_s <= c.sent_s < back_s]
    last_s = max(c.ended_s for c in load.calls if c.status != 200)
    return Expiry(
        began_s - frozen_s,
        all(c.code == "lease_expired" for c in refused),
        min(c.ended_s for c in load.calls if c.status == 200 and c.ended_s > last_s) - back_s,
    )


async def _freeze_both(
    fleet: Fleet, load: Load, seconds: float, rate: float
) -> tuple[float, float]:
    async with asyncio.TaskGroup() as group:
        group.create_task(load.run(rate, seconds + 8))
        await asyncio.sleep(2)
        fleet.redis.pause()
        fleet.postgresql.pause()
        frozen_s = load.now_s
        await asyncio.sleep(seconds)
        fleet.redis.resume()
        fleet.postgresql.resume()
        back_s = load.now_s
    return frozen_s, back_s


def main() -> None:
    """Run the drill and print its tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        freezes = []
        for number in range(1 if options.short else 5):
            place = Path(folder) / f"each{number}"
            place.mkdir()
            freezes += freeze_each(place, seconds=3 if options.short else 10)
        both = Path(folder) / "both"
        both.mkdir()
        expiry = freeze_both(both, seconds=LEASE_S + (2 if options.short else 10))
    print("milliseconds over the median of the calm time before")
    print(
        f"{'frozen':12}{'calls':>7}{'median':>8}{'calm p99':>10}{'calm max':>10}"
        f"{'p99 in 1st s':>14}{'p99 later':>11}{'max':>8}{'answered':>10}"
    )
    for f in freezes:
        ms = [1000 * v for v in (f.median, f.calm_p99, f.calm, f.first, f.later, f.longest)]
        print(
            f"{f.store:12}{f.calls:7}{ms[0]:8.1f}{ms[1]:10.1f}{ms[2]:10.1f}{ms[3]:14.1f}"
            f"{ms[4]:11.1f}{ms[5]:8.1f}{f.answered:10.1%}"
        )
    print(
        f"\nboth frozen: lease_expired after {expiry.expired_after:.1f} s, "
        f"{'every' if expiry.is_steady else 'NOT every'} call refused so from then on, "
        f"back {expiry.back_after:.2f} s after both went on"
    )
    assert all(f.is_good for f in freezes)
    assert expiry.is_good


if __name__ == "__main__":
    main()
