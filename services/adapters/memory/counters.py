"""The Counters port in one process: no method awaits inside, so each is atomic on its loop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.adapters.memory.answers import AnswerBook
from services.adapters.memory.blocks import AbuseLog
from services.adapters.memory.budgets import BudgetBook, Reservation
from services.adapters.memory.near_callers import NearBook
from services.adapters.memory.provider_limits import ProviderLog
from services.adapters.memory.quotas import QuotaBook
from services.adapters.memory.rate_limits import BucketLog, RateLog
from services.adapters.memory.shadow import Shadow, split_shadow
from services.domain.admissions import GONE, HELD_RETRY_S, Admission, Demand, Denial
from services.domain.blocks import ABUSE, Block
from services.domain.budgets import BudgetState, BudgetWindow
from services.domain.limit_use import LimitUse, SharedLimits
from services.domain.near_callers import CallerUse, OwnLimits
from services.domain.ports import Clock
from services.domain.provider_limits import ProviderDemand, ProviderRoom, provider_uses
from services.domain.quotas import Quota, QuotaState
from services.domain.settlements import Settlement

_Refusal = tuple[Denial, str, int, float]
"""The kind of limit, its name, its allowance, and seconds until it has room."""


class MemoryCounters:
    """Limits, quotas, abuse, holds and cached answers of one process.

    A demand is refused by the first kind of limit that has no room, in the order blocks, rates,
    buckets, quotas, budgets; within a kind by the limit that lasts longest, so that whoever waits
    as told gets past that kind. What costs nothing (hold 0) is never refused by a budget.

    Args:
        cache_bytes: room for cached answers.
    """

    def __init__(self, clock: Clock, cache_bytes: int = 64 * 2**20) -> None:
        self._clock = clock
        self._rates = RateLog()
        self._buckets = BucketLog()
        self._quotas = QuotaBook(clock)
        self._abuse = AbuseLog()
        self._budgets = BudgetBook(clock)
        self._answers = AnswerBook(cache_bytes)
        self._providers = ProviderLog()
        self._near = NearBook(self._rates, self._quotas, clock)

    async def admit(self, demand: Demand, cache_key: str | None) -> Admission:
        now_s = self._forget()
        cached = self._answers.find(cache_key, now_s)
        shadow = Shadow(demand.shadow)
        refusal = (
            self._judge_abuse(demand, now_s, shadow)
            or self._judge_rates(demand, now_s, shadow)
            or self._judge_quotas(demand, 0 if cached else demand.tokens, shadow)
            or (None if cached else self._judge_budgets(demand, shadow))
        )
        if refusal is None:
            self._take(demand, now_s, shadow, is_cached=cached is not None)
        remaining = {
            r.name: self._rates.remaining(r, now_s)
            for r in demand.rates
            if r.name not in demand.shadow
        }
        self._near.note(demand, remaining, now_s)
        if refusal is None:
            return Admission(remaining=remaining, cached=cached, shadow=tuple(shadow.passed))
        denial, limit, allowance, retry_after_s = refusal
        return Admission(denial, limit, allowance, retry_after_s, remaining)

    async def settle(self, settlement: Settlement) -> None:
        now_s = self._forget()
        reservation = self._budgets.reservation(settlement.request_id)
        if reservation is None or settlement.attempt in reservation.attempts:
            return
        reservation.attempts += (settlement.attempt,)
        reservation.tokens += settlement.tokens
        self._budgets.book(reservation, settlement.cost_nano_usd)
        correction = 0
        if reservation.is_over:
            correction = settlement.tokens
        elif settlement.is_final:
            correction = reservation.tokens - reservation.estimate
            self._budgets.end(reservation, now_s)
        for quota in reservation.demand.quotas:
            self._quotas.correct(quota, correction)

    async def top_up(
        self, demand: Demand, amount_nano_usd: int, tokens: int = 0
    ) -> Admission | None:
        now_s = self._forget()
        reservation = self._budgets.reservation(demand.request_id)
        if reservation is None or reservation.is_over:
            return GONE
        refusal = self._judge_more(reservation, amount_nano_usd, tokens)
        if refusal is not None:
            return Admission(*refusal)
        self._budgets.top_up(reservation, amount_nano_usd, now_s)
        reservation.estimate += tokens
        for quota in reservation.demand.quotas:
            self._quotas.correct(quota, tokens)
        return None

    async def take_provider(self, demand: ProviderDemand) -> ProviderRoom:
        return self._providers.take(demand, self._clock.monotonic_s())

    async def correct_provider(self, provider: str, attempt: str, tokens: int) -> None:
        self._providers.correct(provider, attempt, tokens)

    async def store_answer(self, key: str, value: bytes, ttl_s: float) -> None:
        if ttl_s > 0:
            self._answers.store(key, value, self._clock.monotonic_s() + ttl_s)

    async def get_budgets(self, budgets: Sequence[BudgetWindow]) -> tuple[BudgetState, ...]:
        self._forget()
        return tuple(self._budgets.state(b) for b in budgets)

    async def get_quotas(self, quotas: Sequence[Quota]) -> tuple[QuotaState, ...]:
        self._forget()
        return tuple(self._quotas.state(q) for q in quotas)

    async def get_use(self, asked: SharedLimits) -> tuple[LimitUse, ...]:
        now_s = self._forget()
        rates, buckets = self._rates, self._buckets
        found = [LimitUse(r.name, r.key, rates.used(r, now_s), r.requests) for r in asked.rates]
        found += [LimitUse(b.name, b.key, buckets.used(b, now_s), b.burst) for b in asked.buckets]
        for name, limit in asked.providers:
            sent = self._providers.used(name, now_s)
            found += [LimitUse(n, name, *use) for n, *use in provider_uses(name, limit, *sent)]
        return tuple(found)

    async def list_near(self, asked: OwnLimits) -> tuple[CallerUse, ...]:
        return tuple(self._near.list_near(asked, self._forget()))

    async def seed_quotas(self, taken: Sequence[QuotaState]) -> None:
        """Add what the ledger says was taken, once a window; of requests as `seed_spend`."""
        for state in taken:
            self._quotas.seed(state)

    async def seed_spend(
        self, spent: Sequence[tuple[BudgetWindow, int]], age_s: float = 0.0
    ) -> None:
        """Add what the ledger says was spent, once a window.

        The sums are of requests that began before these counters did: what was admitted here since
        then is counted already, and stays.
        """
        for budget, amount in spent:
            self._budgets.seed(budget, amount)

    async def list_blocked(self) -> tuple[Block, ...]:
        blocked = self._abuse.list_blocked(self._forget())
        now = self._clock.now()
        return tuple(Block(key, now + timedelta(seconds=s), count) for key, s, count in blocked)

    async def unblock(self, abuse_key: str) -> bool:
        return self._abuse.unblock(abuse_key, self._forget())

    def _judge_abuse(self, demand: Demand, now_s: float, shadow: Shadow) -> _Refusal | None:
        if demand.abuse_key is None:
            return None
        found = self._abuse.judge(demand.abuse_key, demand.abuse, now_s)
        if found is None or shadow.lets_pass(ABUSE):
            return None
        denial, wait_s = found
        return denial, denial.value, demand.abuse.violations, wait_s

    def _judge_rates(self, demand: Demand, now_s: float, shadow: Shadow) -> _Refusal | None:
        rate_waits = [
            (wait_s, rate)
            for rate in demand.rates
            if (wait_s := self._rates.wait_s(rate, now_s)) > 0 and not shadow.lets_pass(rate.name)
        ]
        if rate_waits:
            wait_s, rate = max(rate_waits, key=lambda w: w[0])
            is_own = demand.abuse_key is not None and any(r.starts_cool_down for _, r in rate_waits)
            if is_own and ABUSE not in shadow.passed:
                self._abuse.cool_down(str(demand.abuse_key), demand.abuse, now_s)
                # Whoever waits as told has cooled down as well.
                if ABUSE not in demand.shadow:
                    wait_s = max(wait_s, demand.abuse.cooldown_s)
            return Denial.RATE, rate.name, rate.requests, wait_s
        bucket_waits = [
            (wait_s, bucket)
            for bucket in demand.buckets
            if (wait_s := self._buckets.wait_s(bucket, now_s)) > 0
            and not shadow.lets_pass(bucket.name)
        ]
        if bucket_waits:
            wait_s, bucket = max(bucket_waits, key=lambda w: w[0])
            return Denial.BUCKET, bucket.name, bucket.per_minute, wait_s
        return None

    def _judge_quotas(self, demand: Demand, tokens: int, shadow: Shadow) -> _Refusal | None:
        refusing = [
            (quota, allowance)
            for quota in demand.quotas
            if (allowance := self._quotas.exceeded(quota, tokens)) is not None
            and not shadow.lets_pass(quota.name)
        ]
        if not refusing:
            return None
        quota, allowance = max(refusing, key=lambda r: r[0].window.ends_at)
        return Denial.QUOTA, quota.name, allowance, self._until(quota.window.ends_at)

    def _judge_budgets(self, demand: Demand, shadow: Shadow) -> _Refusal | None:
        amount = demand.hold_nano_usd
        if amount <= 0:
            return None
        enforced, watched = split_shadow(demand)
        for row in watched:
            if self._budgets.state(row).available_nano_usd < amount:
                shadow.lets_pass(row.budget.name)
        return self._refuse_money(*self._budgets.short_of(enforced, amount))

    def _judge_more(self, reservation: Reservation, amount: int, tokens: int) -> _Refusal | None:
        demand = reservation.demand
        lacking = [
            quota
            for quota in demand.quotas
            if quota.name not in demand.shadow and self._quotas.lacks_tokens(quota, tokens)
        ]
        if lacking:
            quota = max(lacking, key=lambda q: q.window.ends_at)
            wait_s = self._until(quota.window.ends_at)
            return Denial.QUOTA, quota.name, quota.tokens or 0, wait_s
        if amount <= 0:
            return None
        budgets, _ = split_shadow(demand)
        return self._refuse_money(*self._budgets.short_of(budgets, amount, reservation.hold))

    def _refuse_money(self, spent: BudgetState | None, held: BudgetState | None) -> _Refusal | None:
        state = spent or held
        if state is None:
            return None
        name, limit = state.budget.name, state.budget.limit_nano_usd
        if spent is None:
            return Denial.BUDGET_HELD, name, limit, HELD_RETRY_S
        return Denial.BUDGET_SPENT, name, limit, self._until(state.window.ends_at)

    def _take(self, demand: Demand, now_s: float, shadow: Shadow, *, is_cached: bool) -> None:
        # What a limit in shadow would have refused is not taken from it: so the refusals it
        # reports are those that it would make. Quotas and budgets count what really happens.
        for rate in demand.rates:
            if rate.name not in shadow.passed:
                self._rates.take(rate, now_s)
        for bucket in demand.buckets:
            if bucket.name not in shadow.passed:
                self._buckets.take(bucket, now_s)
        for quota in demand.quotas:
            self._quotas.take(quota, 0 if is_cached else demand.tokens)
        if not is_cached:
            self._budgets.hold(demand, now_s)

    def _until(self, at: datetime) -> float:
        return max((at - self._clock.now()).total_seconds(), 0.0)

    def _forget(self) -> float:
        """Let what is over go; the time now."""
        now_s = self._clock.monotonic_s()
        parts = (self._rates, self._buckets, self._quotas, self._abuse, self._budgets, self._near)
        for part in parts:
            part.forget(now_s)
        return now_s
