"""What this instance told the counters lately, to be said again after an outage."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from services.adapters.memory.budgets import UNSETTLED_S
from services.adapters.memory.expiring import ExpiringMap
from services.adapters.redis_store.books import encode_settlements
from services.adapters.redis_store.demands import DemandArgs
from services.adapters.redis_store.keys import micros
from services.domain.admissions import Demand
from services.domain.settlements import Settlement

RESEND_S = 60.0
"""A request is said again so long after its end."""

OWED_S = 3600.0
"""What never reached the counters is kept so long for their return."""

ADMISSION = -1
"""The admission itself among a request's attempts."""


@dataclass(slots=True)
class RecentCall:
    """One request: a minute's worth of them is kept, so what is empty takes no room.

    Args:
        hold: what it held before any settlement, in nano-dollars.
        is_void: it was refused because the counters did not answer, but they may have admitted it.
        unconfirmed: attempts (or ADMISSION) that the counters have not confirmed.
    """

    request_id: str
    budgets: bytes
    quotas: bytes
    tokens: int
    hold: int
    hold_s: float
    lapses_s: float
    is_void: bool = False
    ended_s: float | None = None
    unconfirmed: tuple[int, ...] = ()
    settlements: tuple[Settlement, ...] = ()

    def restore_args(self, now_s: float) -> tuple[str | bytes | int, ...]:
        """What restore.lua is told, after the time."""
        return (
            self.request_id,
            b"" if self.is_void else self.budgets,
            self.quotas,
            self.tokens,
            micros(self.hold_s),
            self.hold,
            micros(self.lapses_s - now_s),
            "" if self.ended_s is None else micros(now_s - self.ended_s),
            encode_settlements(self.settlements),
        )


class RecentCalls:
    """Requests that run, ended within a minute, or are not confirmed yet."""

    def __init__(self) -> None:
        self._calls: ExpiringMap[str, RecentCall] = ExpiringMap()
        self._owed: set[str] = set()

    def __len__(self) -> int:
        return len(self._calls)

    def add(
        self, demand: Demand, args: DemandArgs, now_s: float, *, is_owed: bool = False
    ) -> RecentCall:
        """Remember an admitted request."""
        self._calls.forget(now_s)
        call = RecentCall(
            demand.request_id,
            args.budgets,
            args.quotas,
            demand.tokens,
            demand.hold_nano_usd,
            demand.hold_s,
            now_s + demand.hold_s,
        )
        self._calls.get_or_add(call.request_id, lambda: call, call.lapses_s + UNSETTLED_S)
        if is_owed:
            self._owe(call, ADMISSION)
        return call

    def add_void(self, demand: Demand, args: DemandArgs, now_s: float) -> None:
        """Remember a request that must not stay admitted."""
        call = self.add(demand, args, now_s)
        call.is_void = True
        self.settle(Settlement(call.request_id, 0, 0, 0, is_final=True), now_s)

    def top_up(self, request_id: str, amount_nano_usd: int, tokens: int, now_s: float) -> None:
        """Remember a raised hold and estimate."""
        call = self._calls.get(request_id)
        if call is not None:
            call.hold += amount_nano_usd
            call.tokens += tokens
            call.lapses_s = now_s + call.hold_s

    def settle(self, settlement: Settlement, now_s: float) -> RecentCall | None:
        """Remember an attempt's settlement, as owed; None when the request is not known here."""
        call = self._calls.get(settlement.request_id)
        if call is None:
            return None
        if all(known.attempt != settlement.attempt for known in call.settlements):
            call.settlements += (settlement,)
        if settlement.is_final and call.ended_s is None:
            call.ended_s = now_s
        self._owe(call, settlement.attempt)
        if call.ended_s is not None:
            self._calls.expire_at(call.request_id, now_s + OWED_S)
        return call

    def confirm(self, call: RecentCall, attempts: Collection[int], now_s: float) -> None:
        """The counters have these attempts."""
        call.unconfirmed = tuple(n for n in call.unconfirmed if n not in attempts)
        if call.unconfirmed:
            return
        self._owed.discard(call.request_id)
        if call.ended_s is not None:
            self._calls.expire_at(call.request_id, max(call.ended_s + RESEND_S, now_s))

    def list_calls(self, now_s: float, *, only_owed: bool) -> list[RecentCall]:
        """What an outage may have lost, or only what the counters have not confirmed."""
        self._calls.forget(now_s)
        if not only_owed:
            return [call for _, call in self._calls.items()]
        owed = {request_id: self._calls.get(request_id) for request_id in self._owed}
        self._owed = {request_id for request_id, call in owed.items() if call is not None}
        return [call for call in owed.values() if call is not None]

    def _owe(self, call: RecentCall, attempt: int) -> None:
        if attempt not in call.unconfirmed:
            call.unconfirmed += (attempt,)
        self._owed.add(call.request_id)
