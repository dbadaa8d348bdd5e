"""The state of everything on one screen: the Overview, `ai-status` and the admin API's status."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.domain.audit import AuditFilter, AuditRow
from services.domain.breakers import BreakerState, BreakerView
from services.domain.budgets import BudgetState, BudgetView
from services.domain.calls import Candidate
from services.domain.exhaustion import (
    Exhausted,
    UsualCall,
    exhausted_budgets,
    exhausted_caps,
    usual_call,
)
from services.domain.identity import Actor, Permission, require
from services.domain.kill import KillEntry
from services.domain.limit_refusals import RefusalRow, RefusalView
from services.domain.ports import (
    AuditStore,
    BreakerStore,
    Clock,
    Journal,
    LedgerReader,
    LiveControl,
)
from services.domain.quotas import CapView
from services.domain.readings import Reading, take_reading
from services.domain.rollout import Rollout
from services.domain.rollups import Dimension, Grain, RollupQuery
from services.domain.traffic import Traffic, sum_traffic
from services.operations.backlog import complete_up_to
from services.operations.costs import Costs
from services.operations.limits import Limits

_NO_CHANGES = ("session.", "page.")
_LOOKED_AT, _SHOWN_CHANGES = 100, 8
_WORST_FIRST = (
    BreakerState.FORCED_OPEN,
    BreakerState.OPEN,
    BreakerState.HALF_OPEN,
    BreakerState.CLOSED,
    BreakerState.DISABLED,
)


@dataclass(frozen=True, slots=True)
class StatusView:
    """Everything an operator must see within ten seconds.

    Args:
        route: the models that calls may go to, the primary first.
        usual_call: what must be left of a budget or cap that is not used up.
        shadow_limits: names of limits that are counted but refuse nobody.
    """

    taken_at: datetime
    revision: int
    primary: str
    is_mock: bool
    ceiling: Rollout
    features: tuple[Rollout, ...]
    kills: tuple[KillEntry, ...]
    breakers: tuple[BreakerView, ...]
    budgets: Reading[tuple[BudgetView, ...]]
    traffic: Reading[Traffic]
    changes: Reading[tuple[AuditRow, ...]]
    journal_backlog: int
    caps: Reading[tuple[CapView, ...]]
    route: tuple[Candidate, ...]
    usual_call: UsualCall
    refusals: Reading[RefusalView]
    shadow_limits: tuple[str, ...] = ()

    @property
    def routed_breakers(self) -> tuple[BreakerView, ...]:
        """Those of models that the route asks: what nobody asks can trouble nobody."""
        return tuple(b for b in self.breakers if Candidate(b.provider, b.model) in self.route)

    @property
    def breaker_state(self) -> BreakerState:
        """The worst state of the breakers that the route may meet."""
        states = {breaker.state for breaker in self.routed_breakers}
        return next((s for s in _WORST_FIRST if s in states), BreakerState.CLOSED)

    @property
    def lasting_refusals(self) -> tuple[RefusalRow, ...]:
        """What quotas, caps and budgets refused in the last hour besides the exhausted ones."""
        told = {(e.limit, e.scope) for e in self.exhausted}
        return tuple(
            row
            for row in (self.refusals.value.lasting() if self.refusals.value else ())
            if told.isdisjoint((row.limit, scope) for scope in _scopes_of(row.feature))
        )

    @property
    def exhausted(self) -> tuple[Exhausted, ...]:
        """Budgets and caps that are used up, as far as their sources answer.

        Of a budget what the counters say counts too: they decide, and are ahead of the ledger.
        """
        budgets = [
            BudgetState(
                v.budget, v.window, max(v.spent_nano_usd, v.counted_nano_usd), v.held_nano_usd
            )
            for v in self.budgets.value or ()
        ]
        shadow = frozenset(self.shadow_limits)
        return (
            *exhausted_budgets(budgets, shadow, self.usual_call),
            *exhausted_caps(self.caps.value or (), self.usual_call),
        )


class StatusBoard:
    """Gathers the status."""

    def __init__(
        self,
        *,
        live: LiveControl,
        breakers: BreakerStore,
        reader: LedgerReader,
        audit: AuditStore,
        costs: Costs,
        limits: Limits,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self._live = live
        self._breakers = breakers
        self._reader = reader
        self._audit = audit
        self._costs = costs
        self._limits = limits
        self._journal = journal
        self._clock = clock

    def get_status(self, actor: Actor) -> StatusView:
        """The state now, a source that is down in its own reading only; raises Forbidden."""
        require(actor, Permission.VIEW)
        snapshot = self._live.snapshot
        control = snapshot.control
        primary = snapshot.candidates[0]
        return StatusView(
            taken_at=self._clock.now(),
            revision=control.revision,
            primary=str(primary),
            is_mock=snapshot.providers[primary.provider].is_mock,
            ceiling=control.ceiling,
            features=tuple(sorted(control.features.values(), key=lambda f: f.subject)),
            kills=self._live.register.active,
            breakers=self._breakers.list_views(),
            budgets=self._costs.get_budgets(),
            traffic=self.get_traffic(timedelta(hours=24)),
            changes=take_reading(
                "audit",
                self._clock.now(),
                lambda: self._changes() or None,
                lambda rows: False,
            ),
            journal_backlog=self._journal.backlog()[0],
            route=snapshot.candidates,
            usual_call=usual_call(snapshot),
            refusals=self._limits.get_refusals(actor),
            caps=self._limits.get_caps(actor),
            shadow_limits=tuple(sorted(snapshot.limits.shadow)),
        )

    def get_traffic(self, span: timedelta) -> Reading[Traffic]:
        """Applications' requests of the last hours; no data when there were none at all."""
        end = self._clock.now()
        return take_reading(
            "ledger",
            complete_up_to(self._journal, end),
            lambda: self._traffic(end - span, end),
            lambda traffic: traffic.quality.requests == 0,
        )

    def _changes(self) -> tuple[AuditRow, ...]:
        """The latest changes; who signed in or looked where is for the Audit page."""
        rows = self._audit.list_events(AuditFilter(), None, _LOOKED_AT).rows
        changes = [row for row in rows if not row.action.startswith(_NO_CHANGES)]
        return tuple(changes[:_SHOWN_CHANGES])

    def _traffic(self, start: datetime, end: datetime) -> Traffic | None:
        query = RollupQuery(start, end, (Dimension.STATUS,), by_time=True, grain=Grain.QUARTER)
        rows = self._reader.list_rollups(query)
        return sum_traffic(rows) if rows else None


def _scopes_of(feature: str) -> tuple[str, ...]:
    return f"feature:{feature}", "global", "playground"
