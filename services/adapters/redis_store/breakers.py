"""The BreakerStore port for a fleet: the pure state machine, its state swapped in one Redis."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping

from services.adapters.redis_store.breaker_mirror import (
    BreakerMirror,
    decode_breaker,
    encode_breaker,
    has_failures,
)
from services.adapters.redis_store.connection import RedisConnection
from services.adapters.redis_store.keys import MICRO
from services.adapters.redis_store.scripts import read_script
from services.domain.breaker_counts import SuccessTally
from services.domain.breaker_rules import (
    ask_breaker,
    follow_order,
    force_breaker,
    is_uneventful,
    record_failure,
    record_success,
    release_probe,
    with_counts,
)
from services.domain.breakers import (
    Breaker,
    BreakerOrder,
    BreakerRule,
    BreakerView,
    OnTransition,
    Permit,
    view_breaker,
)
from services.domain.calls import Candidate
from services.domain.errors import SourceDown
from services.domain.ports import Clock

Change = Callable[[Breaker, float], Breaker]
_TRIES = 20


class RedisBreakers:
    """Breakers that all instances share, mirrored in memory; semantics as MemoryBreakers.

    A call that succeeds while nothing fails costs no trip. Failures, a success after failures and
    permits for probes swap the stored state, so that one probe runs at a time over all instances.
    Successes count against failures of other instances within a second. While Redis is away the
    mirror goes on alone, with one probe at a time on each instance; afterwards the later order, or
    else the later change of a state, wins.

    Args:
        on_transition: called with the new state whenever this instance learns of a change.
        time_us: replaces the clock of Redis in tests; production leaves it out.
    """

    def __init__(
        self,
        rule: BreakerRule,
        connection: RedisConnection,
        clock: Clock,
        on_transition: OnTransition,
        *,
        time_us: Callable[[], int] | None = None,
    ) -> None:
        self._rule = rule
        self._connection = connection
        self._clock = clock
        self._on_transition = on_transition
        self._time_us = time_us
        self._mirrors: dict[Candidate, BreakerMirror] = {}
        # Successes that only this instance counted.
        self._unsent: defaultdict[Candidate, SuccessTally] = defaultdict(
            lambda: SuccessTally(rule.window_s)
        )
        self._returning: set[asyncio.Task[None]] = set()
        self._locks: defaultdict[Candidate, asyncio.Lock] = defaultdict(asyncio.Lock)
        # Until Redis has told its time, the machine's is the best guess.
        self._ahead_s = clock.now().timestamp() - clock.monotonic_s()
        connection.add_keeper(self.synchronise)

    async def ask(self, candidate: Candidate, request_id: str) -> Permit:
        known = self._get(candidate).shared
        changed, permit = ask_breaker(known, self._rule, self._now_s(), request_id)
        if changed is known:
            return permit

        def ask(breaker: Breaker, now_s: float) -> Breaker:
            nonlocal permit
            breaker, permit = ask_breaker(breaker, self._rule, now_s, request_id)
            return breaker

        asking = asyncio.ensure_future(self._change(candidate, ask))
        try:
            asked = await asyncio.shield(asking)
        except asyncio.CancelledError:
            self._give_back(candidate, asking, lambda: permit)
            raise
        return Permit(False) if asked is None else permit

    async def record_success(self, candidate: Candidate, permit: Permit) -> None:
        mirror = self._get(candidate)
        if is_uneventful(mirror.shared, permit):
            self._mirrors.setdefault(candidate, mirror)
            self._unsent[candidate].add(self._now_s())
            return
        await self._change(
            candidate, lambda breaker, now_s: record_success(breaker, self._rule, now_s, permit)
        )

    async def record_failure(self, candidate: Candidate, permit: Permit, cause: str) -> None:
        await self._change(
            candidate,
            lambda breaker, now_s: record_failure(breaker, self._rule, now_s, permit, cause),
        )

    async def release(self, candidate: Candidate, permit: Permit) -> None:
        if permit.is_probe:
            await self._change(candidate, lambda breaker, _: release_probe(breaker, permit))

    async def force(self, candidate: Candidate, order: BreakerOrder) -> None:
        await self._change(candidate, lambda breaker, now_s: force_breaker(breaker, order, now_s))

    async def follow(self, candidate: Candidate, order: BreakerOrder) -> None:
        await self._change(candidate, lambda breaker, now_s: follow_order(breaker, order, now_s))

    def list_views(self) -> tuple[BreakerView, ...]:
        return tuple(self._view(c, m.shared) for c, m in list(self._mirrors.items()))

    async def synchronise(self, is_back: bool = False) -> None:
        """Learn what other instances changed, and tell what they do not know; raises SourceDown."""
        before = dict(self._mirrors)
        (reply,) = await self._connection.run_each(read_script("read_breakers"), [(self._time(),)])
        self._learn_time(reply[0])
        stored = {_candidate(reply[i]): reply[i + 1] for i in range(1, len(reply), 2)}
        for candidate in {*stored, *self._mirrors}:
            version, _, content = stored.get(candidate, b"0 ").partition(b" ")
            async with self._locks[candidate]:
                mirror = self._get(candidate)
                # What this instance stored while it read is newer than what it read.
                is_older = _version(self._mirrors, candidate) != _version(before, candidate)
                if not is_older and (mirror.is_ahead or int(version) != mirror.version):
                    mirror = mirror.meets(decode_breaker(int(version), content))
                    self._put(candidate, mirror)
            if mirror.is_ahead or self._weighs(candidate, mirror):
                await self._change(candidate, lambda breaker, _: breaker, is_telling=True)

    def _weighs(self, candidate: Candidate, mirror: BreakerMirror) -> bool:
        """Whether successes counted here are needed against failures of other instances."""
        is_counted = candidate in self._unsent and bool(self._unsent[candidate])
        return is_counted and has_failures(mirror.shared, self._rule, self._now_s())

    def _give_back(
        self,
        candidate: Candidate,
        asking: asyncio.Future[Breaker | None],
        asked: Callable[[], Permit],
    ) -> None:
        """Release the probe that may have been granted to a call cancelled meanwhile."""

        async def give_back() -> None:
            if await asking is not None:
                await self.release(candidate, asked())

        task = asyncio.create_task(give_back(), name="breaker-give-back")
        self._returning.add(task)
        task.add_done_callback(self._returning.discard)

    async def _change(
        self, candidate: Candidate, change: Change, *, is_telling: bool = False
    ) -> Breaker | None:
        """Apply a change to the fleet's breaker, or to this instance's alone while Redis is away;
        None when other instances were always faster. What changes nothing costs no trip, unless it
        is to tell the others what only this instance knows."""
        async with self._locks[candidate]:
            tally = self._unsent[candidate]
            for _ in range(_TRIES):
                mirror, unsent = self._get(candidate), tally.take()
                known = with_counts(mirror.shared, unsent)
                breaker = change(known, self._now_s())
                if breaker is known and not is_telling:
                    tally.give_back(unsent)
                    return breaker
                is_taken, mirror = await self._offer(candidate, mirror, breaker)
                if not is_taken:
                    tally.give_back(unsent)
                self._put(candidate, mirror)
                if is_taken:
                    return breaker
        return None

    async def _offer(
        self, candidate: Candidate, mirror: BreakerMirror, breaker: Breaker
    ) -> tuple[bool, BreakerMirror]:
        """Swap what is stored for a breaker; whether it rules now, by this instance alone while
        Redis is away, and the mirror to go on with."""
        try:
            is_stored, found_version, content, now_us = await self._connection.run(
                read_script("swap_breaker"),
                self._time(),
                str(candidate),
                mirror.version,
                encode_breaker(breaker),
            )
        except SourceDown:
            return True, BreakerMirror(breaker, mirror.version, is_ahead=True)
        self._learn_time(now_us)
        if is_stored:
            return True, BreakerMirror(breaker, mirror.version + 1)
        return False, mirror.meets(decode_breaker(found_version, content))

    def _get(self, candidate: Candidate) -> BreakerMirror:
        mirror = self._mirrors.get(candidate)
        return BreakerMirror(Breaker(since_s=self._now_s())) if mirror is None else mirror

    def _put(self, candidate: Candidate, mirror: BreakerMirror) -> None:
        before = self._get(candidate).shared
        self._mirrors[candidate] = mirror
        if mirror.shared.number != before.number:
            # What was counted in another state is no measure of this one.
            self._unsent[candidate].take()
        if mirror.shared.state is not before.state:
            self._on_transition(candidate, self._view(candidate, mirror.shared))

    def _view(self, candidate: Candidate, breaker: Breaker) -> BreakerView:
        return view_breaker(candidate.provider, candidate.model, breaker, self._rule, self._now_s())

    def _now_s(self) -> float:
        """Now, in seconds of Redis's clock."""
        return self._clock.monotonic_s() + self._ahead_s

    def _learn_time(self, now_us: int) -> None:
        self._ahead_s = now_us / MICRO - self._clock.monotonic_s()

    def _time(self) -> int | str:
        return "" if self._time_us is None else self._time_us()


def _version(mirrors: Mapping[Candidate, BreakerMirror], candidate: Candidate) -> int:
    mirror = mirrors.get(candidate)
    return 0 if mirror is None else mirror.version


def _candidate(field: bytes) -> Candidate:
    provider, _, model = field.decode().partition("/")
    return Candidate(provider, model)
