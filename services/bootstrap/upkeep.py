"""Joins what runs beside the requests."""

from __future__ import annotations

from services.adapters.journal_shipper import JournalShipper
from services.adapters.live import SwappedControl
from services.adapters.sql.ledger import SqlLedger
from services.adapters.sql.retention import prune
from services.bootstrap.background import Background
from services.bootstrap.base import Base
from services.bootstrap.counters import SharedUpkeep
from services.bootstrap.evidence import read_evidence
from services.bootstrap.gateway import Gateway
from services.bootstrap.spend import read_settlements, read_spend, read_taken
from services.domain.budgets import BudgetWindow
from services.domain.calls import Candidate
from services.domain.ports import (
    BreakerStore,
    Call,
)
from services.domain.quotas import QuotaState
from services.operations.costs import Costs
from services.operations.heart import Heart
from services.operations.kill_switch import KillSwitch


def build_background(
    base: Base,
    gateway: Gateway,
    kill_switch: KillSwitch,
    heart: Heart,
    costs: Costs,
    call: Call,
) -> Background:
    """What runs beside the requests."""

    def look_for_kills() -> None:
        if kill_switch.synchronise():
            gateway.lease.renew()

    def look() -> None:
        gateway.live.refresh_if_stale()
        _follow_orders(gateway.live, gateway.breakers, call)
        base.breaker_changes.flush()

    ledger = SqlLedger(base.database, base.chain, base.clock)
    return Background(
        live=gateway.live,
        look_for_kills=look_for_kills,
        look=look,
        heart=heart,
        journal=base.journal,
        shipper=JournalShipper(base.journal, ledger, base.clock),
        anchor=base.audit.anchor,
        prune=lambda: prune(base.database, base.clock.now()),
        shared=_build_shared_upkeep(base, gateway, costs, call),
        providers=gateway.providers,
    )


def _build_shared_upkeep(base: Base, gateway: Gateway, costs: Costs, call: Call) -> SharedUpkeep:
    """The upkeep of what instances share, with what the ledger knows of the time before."""

    def read_spent() -> tuple[tuple[BudgetWindow, int], ...]:
        return read_spend(base.reader, costs.budgets, base.settings, base.clock)

    def read_quotas(only_caps: bool) -> tuple[QuotaState, ...]:
        return read_taken(base.past, gateway.live.snapshot, base.clock, only_caps=only_caps)

    return SharedUpkeep(
        shared=base.shared,
        fleet=base.fleet,
        clock=base.clock,
        read_spent=read_spent,
        read_taken=read_quotas,
        read_evidence=lambda: read_evidence(base.past, gateway.live.snapshot, base.clock),
        read_settlements=lambda request_id: read_settlements(base.reader, request_id),
        call=call,
    )


def _follow_orders(live: SwappedControl, breakers: BreakerStore, call: Call) -> None:
    """Set this instance's breakers as operators have stored them, also while Redis is away."""
    orders = live.snapshot.control.breakers
    if not orders:
        return
    followed = {Candidate(v.provider, v.model): v.ordered_at_s for v in breakers.list_views()}
    for candidate, order in orders.items():
        if followed.get(candidate, 0.0) < order.at.timestamp():
            call(breakers.follow(candidate, order))
