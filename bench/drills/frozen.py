"""What does a frozen Redis or PostgreSQL add to a request, and how soon is service back?

    python -m bench.drills.frozen [--short]

One gateway answers 100 requests a second, and 50 more at once: first with every store healthy, then
at the moment a store is frozen (SIGSTOP: its connections stay open and nothing answers). What the
freeze adds is the difference of the two, percentile by percentile: it must stay within 50 ms. The
longest calls are told as well, but two single calls of a machine that others use differ by more
than a freeze adds: none may hang. With both stores frozen for longer than the lease, requests are
refused with `lease_expired`; when both go on, service must be back within two seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import astuple, dataclass
from pathlib import Path

from bench.drills.fleet import Fleet
from bench.drills.load import Call, Load
from services.domain.policy import LEASE_S
from tests.postgresql_server import PostgresqlServer
from tests.redis_server import RedisServer

RATE = 100.0
BURST = 50
ROUNDS = 10
MOST_ADDED_S = 0.05
LONGEST_S = 1.0
MOST_BACK_S = 2.0

Store = RedisServer | PostgresqlServer


@dataclass(frozen=True)
class Spread:
    """How long calls took, in seconds."""

    p50: float
    p95: float
    p99: float
    longest: float


@dataclass(frozen=True)
class Freeze:
    """The same calls with every store healthy and with one frozen.

    Args:
        when: "first" has the burst and the load of the second from its start, "later" the load
            after that.
    """

    store: str
    when: str
    healthy: Sequence[Call]
    frozen: Sequence[Call]

    @property
    def added(self) -> Spread:
        frozen, healthy = astuple(spread_of(self.frozen)), astuple(spread_of(self.healthy))
        return Spread(*(a - b for a, b in zip(frozen, healthy, strict=True)))

    @property
    def is_good(self) -> bool:
        added = self.added
        return (
            all(call.status == 200 and call.seconds <= LONGEST_S for call in self.frozen)
            and max(added.p50, added.p95, added.p99) <= MOST_ADDED_S
        )


def spread_of(calls: Sequence[Call]) -> Spread:
    """The percentiles of their times."""
    seconds = sorted(call.seconds for call in calls)
    return Spread(*(seconds[int(len(seconds) * share)] for share in (0.5, 0.95, 0.99)), seconds[-1])


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


def freeze_each(folder: Path, *, seconds: float, rounds: int = 1) -> list[Freeze]:
    """Freeze PostgreSQL and Redis in turn; while Redis is frozen, the gateway spends its share."""
    with ExitStack() as stack:
        fleet = Fleet(folder, stack, AI_BUDGET_WHEN_REDIS_DOWN="share")
        fleet.start_gateway()
        key = fleet.create_key()
        asyncio.run(Load(fleet.gateways, key).run(RATE, 2))
        stores: tuple[Store, ...] = (fleet.postgresql, fleet.redis)
        return [
            freeze
            for store in stores
            for freeze in asyncio.run(_freeze(fleet, key, store, seconds, rounds))
        ]


async def _freeze(
    fleet: Fleet, key: str, store: Store, seconds: float, rounds: int
) -> list[Freeze]:
    calls: dict[str, tuple[list[Call], list[Call]]] = {"first": ([], []), "later": ([], [])}
    for _ in range(rounds):
        for place, frozen in enumerate((None, store)):
            first, later = await _burst(fleet, key, seconds, frozen)
            calls["first"][place].extend(first)
            calls["later"][place].extend(later)
    name = "Redis" if isinstance(store, RedisServer) else "PostgreSQL"
    return [Freeze(name, when, *pair) for when, pair in calls.items()]


async def _burst(
    fleet: Fleet, key: str, seconds: float, frozen: Store | None
) -> tuple[list[Call], list[Call]]:
    """Let the load run for three times so long, with the burst and perhaps a frozen store from the
    end of the first third to that of the second; the calls of its first second, and later ones."""
    load, burst = (Load(fleet.gateways, key) for _ in range(2))
    async with asyncio.TaskGroup() as group:
        group.create_task(load.run(RATE, 3 * seconds))
        await asyncio.sleep(seconds)
        if frozen is not None:
            frozen.pause()
        at_s = load.now_s
        await burst.run_at_once(BURST)
        await asyncio.sleep(max(at_s + seconds - load.now_s, 0))
        if frozen is not None:
            frozen.resume()
        back_s = load.now_s
    during = [call for call in load.calls if call.ended_s >= at_s and call.sent_s < back_s]
    first = [call for call in during if call.sent_s < at_s + 1]
    return burst.calls + first, [call for call in during if call.sent_s >= at_s + 1]


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


def print_freezes(freezes: Sequence[Freeze]) -> None:
    """Three lines each: healthy, frozen, and what the freeze added."""
    print("ms          second  stores     calls     p50     p95     p99  longest  answered")
    for freeze in freezes:
        for stores, calls in (("healthy", freeze.healthy), ("frozen", freeze.frozen)):
            answered = sum(call.status == 200 for call in calls) / len(calls)
            head = f"{freeze.store:12}{freeze.when:8}{stores:8}{len(calls):8,}"
            print(f"{head}{_in_ms(spread_of(calls))}{answered:10.1%}")
        print(f"{freeze.store:12}{freeze.when:8}{'added':16}{_in_ms(freeze.added)}")


def _in_ms(spread: Spread) -> str:
    ms = [1000 * seconds for seconds in astuple(spread)]
    return "{:8.1f}{:8.1f}{:8.1f}{:9.1f}".format(*ms)


def main() -> None:
    """Run the drill and print its tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        each, both = Path(folder) / "each", Path(folder) / "both"
        each.mkdir()
        both.mkdir()
        freezes = freeze_each(each, seconds=3, rounds=1 if options.short else ROUNDS)
        print_freezes(freezes)
        expiry = freeze_both(both, seconds=LEASE_S + (2 if options.short else 10))
    print(
        f"\nboth frozen: lease_expired after {expiry.expired_after:.1f} s, "
        f"{'every' if expiry.is_steady else 'NOT every'} call refused so from then on, "
        f"back {expiry.back_after:.2f} s after both went on"
    )
    assert all(freeze.is_good for freeze in freezes)
    assert expiry.is_good


if __name__ == "__main__":
    main()
