"""Joins ports to adapters; the only place that sees every layer."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog

from services.adapters.clock import SystemClock, SystemIds
from services.adapters.gateway_client import OpenAIGatewayClient
from services.adapters.journal import SegmentJournal
from services.adapters.journal_shipper import JournalShipper
from services.adapters.jwt_tokens import JwtTokens
from services.adapters.kill_file import FileKillPlace
from services.adapters.live import SwappedControl
from services.adapters.logs import log_breaker_change, set_up_logs
from services.adapters.metrics import PrometheusMetrics
from services.adapters.passwords import Argon2Passwords
from services.adapters.prices import GenaiPriceBook
from services.adapters.request_log import RequestLog
from services.adapters.secrets import derive_key, read_or_make_secret
from services.adapters.sql.accounts import SqlAccounts
from services.adapters.sql.audit import SqlAudit
from services.adapters.sql.chain import AuditChain
from services.adapters.sql.control import SqlControl
from services.adapters.sql.engine import QUICK_PATIENCE_S, Database
from services.adapters.sql.fleet import SqlFleet
from services.adapters.sql.kill import SqlKillPlace
from services.adapters.sql.ledger import SqlLedger
from services.adapters.sql.reads import SqlLedgerReader
from services.adapters.sql.retention import prune
from services.adapters.sql.samples import SqlSamples
from services.adapters.tokens import QuickTokenCounter
from services.bootstrap.background import Background
from services.bootstrap.counters import Shared, SharedUpkeep, redis_kill_places
from services.bootstrap.policy import PolicyBuilder, first_features
from services.bootstrap.providers import connect_providers, open_price_book
from services.bootstrap.samples import GatewaySampleSender
from services.bootstrap.spend import read_settlements, read_spend
from services.domain.breakers import BreakerRule, BreakerView
from services.domain.calls import Candidate, Timeouts
from services.domain.errors import SourceDown
from services.domain.limits import BudgetWindow
from services.domain.policy import LEASE_S
from services.domain.ports import (
    BreakerStore,
    Clock,
    ControlStore,
    Counters,
    Ids,
    KillPlace,
    Provider,
)
from services.domain.retries import RetryRule
from services.domain.rollout import Rollout
from services.gateway.dispatch import Dispatcher
from services.gateway.exchange import CURRENT_REQUEST
from services.gateway.lease import Lease
from services.gateway.observers import Observers
from services.gateway.pipeline import Pipeline, Times
from services.gateway.recorder import Recorder, Recording
from services.gateway.running import RunningCalls
from services.operations.accounts import Accounts
from services.operations.audit import Audit
from services.operations.breaker_changes import BreakerChanges
from services.operations.breakers import Breakers
from services.operations.costs import Costs
from services.operations.events import EventWriter
from services.operations.evidence import Evidence
from services.operations.heart import Heart, InstanceCard
from services.operations.keys import Keys
from services.operations.kill_switch import KillSwitch
from services.operations.playground import Playground
from services.operations.prompts import Prompts
from services.operations.providers import ProviderChecks
from services.operations.reliability import Reliability
from services.operations.requests import Requests
from services.operations.rollouts import Rollouts
from services.operations.sample_traffic import SampleTraffic
from services.operations.status import StatusBoard
from services.operations.system import System
from services.operations.tokens import Tokens
from services.settings import Settings, find_unknown_names, public_settings

_log = structlog.get_logger(__name__)
RELEASE = "0.1.0"
CALL_TIMEOUT_S = 2.0
HOST_USER_HEADER = "x-host-user"
"""By which the command line says who runs it, beside the host token."""

Call = Callable[[Coroutine[Any, Any, Any]], Any]


@dataclass(frozen=True)
class Sluice:
    """Everything that one process runs, joined. `host_token` lets this host's own commands in."""

    settings: Settings
    clock: Clock
    live: SwappedControl
    pipeline: Pipeline
    metrics: PrometheusMetrics
    providers: Mapping[str, Provider]
    kill_switch: KillSwitch
    rollouts: Rollouts
    keys: Keys
    tokens: Tokens
    breakers: Breakers
    reliability: Reliability
    provider_checks: ProviderChecks
    accounts: Accounts
    costs: Costs
    evidence: Evidence
    status: StatusBoard
    prompts: Prompts
    requests: Requests
    audit: Audit
    playground: Playground
    sample_traffic: SampleTraffic
    system: System
    host_token: str
    background: Background
    is_ready: Callable[[], bool]
    close: Callable[[], None]
    """Closes what was built, whether or not it was started."""


@dataclass(frozen=True)
class _Base:
    """What everything else stands on."""

    settings: Settings
    clock: Clock
    ids: Ids
    instance_id: str
    secret: str
    chain: AuditChain
    database: Database
    quick_database: Database
    store: ControlStore
    shared: Shared
    fleet: SqlFleet
    audit: SqlAudit
    reader: SqlLedgerReader
    journal: SegmentJournal
    breaker_changes: BreakerChanges
    events: EventWriter
    signed: JwtTokens


@dataclass(frozen=True)
class _Gateway:
    """The parts on the way of a request."""

    live: SwappedControl
    lease: Lease
    policy: PolicyBuilder
    providers: Mapping[str, Provider]
    tokens: QuickTokenCounter
    counters: Counters
    breakers: BreakerStore
    metrics: PrometheusMetrics
    observer: Observers
    running: RunningCalls
    prices: GenaiPriceBook


def build(settings: Settings, *, kind: str, call: Call) -> Sluice:
    """A Sluice with nothing started yet; migrates the database.

    Args:
        kind: "console", "gateway" or "cli".
        call: runs a coroutine on the I/O loop and returns its result.

    Raises:
        SourceDown: the database does not answer.
    """
    base = _build_base(settings, kind)
    gateway = _build_gateway(base)
    live, clock, ids, events = gateway.live, base.clock, base.ids, base.events
    card = InstanceCard(base.instance_id, kind, RELEASE, clock.now())
    heart = Heart(
        card=card,
        fleet=base.fleet,
        journal=base.journal,
        clock=clock,
        running_calls=lambda: len(gateway.running),
    )
    kill_switch = KillSwitch(
        live=live,
        places=_kill_places(settings, base.quick_database, base.chain),
        journal=base.journal,
        fleet=base.fleet,
        events=events,
        clock=clock,
        note=heart.note,
        acknowledge=heart.acknowledge,
    )
    costs = Costs(
        reader=base.reader,
        counters=gateway.counters,
        journal=base.journal,
        clock=clock,
        zone=settings.zone,
        budgets=(*gateway.policy.budgets, gateway.policy.playground_budget),
        alert_share=settings.ai_alert_threshold,
        call=call,
        shadow=gateway.policy.limits.shadow,
    )
    background = _build_background(base, gateway, kill_switch, heart, costs, call)
    return Sluice(
        settings=settings,
        clock=clock,
        live=live,
        pipeline=_build_pipeline(base, gateway),
        metrics=gateway.metrics,
        providers=gateway.providers,
        kill_switch=kill_switch,
        rollouts=Rollouts(store=base.store, live=live, events=events, clock=clock),
        keys=Keys(store=base.store, live=live, events=events, clock=clock, ids=ids),
        tokens=Tokens(signed=base.signed, audit=base.audit, events=events, clock=clock),
        breakers=Breakers(
            breakers=gateway.breakers,
            store=base.store,
            audit=base.audit,
            live=live,
            clock=clock,
            events=events,
            call=call,
        ),
        reliability=Reliability(
            reader=base.reader, audit=base.audit, journal=base.journal, clock=clock
        ),
        provider_checks=ProviderChecks(
            providers=gateway.providers, journal=base.journal, events=events, call=call
        ),
        accounts=Accounts(
            store=SqlAccounts(base.database, base.chain),
            audit=base.audit,
            hasher=Argon2Passwords(),
            events=events,
            clock=clock,
            ids=ids,
        ),
        costs=costs,
        evidence=Evidence(live=live, log=base.shared.evidence, clock=clock, call=call),
        status=StatusBoard(
            live=live,
            breakers=gateway.breakers,
            reader=base.reader,
            audit=base.audit,
            costs=costs,
            journal=base.journal,
            clock=clock,
        ),
        prompts=Prompts(live=live),
        requests=Requests(reader=base.reader),
        audit=Audit(store=base.audit, events=events),
        playground=Playground(
            live=live,
            client=OpenAIGatewayClient(_own_url(settings), lambda: gateway.policy.playground_token),
            clock=clock,
            ids=ids,
        ),
        sample_traffic=_build_sample_traffic(base, gateway),
        system=System(
            live=live,
            store=base.store,
            reader=base.reader,
            fleet=base.fleet,
            journal=base.journal,
            clock=clock,
            settings=lambda: public_settings(settings),
            release=RELEASE,
        ),
        host_token=read_or_make_secret(settings.ai_data_dir / "host.token"),
        background=background,
        is_ready=lambda: background.is_ready,
        close=lambda: _close(base, kill_switch),
    )


def _close(base: _Base, kill_switch: KillSwitch) -> None:
    kill_switch.close()
    base.database.close()
    base.quick_database.close()


def _build_base(settings: Settings, kind: str) -> _Base:
    clock, ids = SystemClock(), SystemIds()
    # Nobody else on the machine shall read what users wrote.
    settings.ai_data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = _audit_secret(settings)
    chain = AuditChain(derive_key(secret, "audit"))
    database = Database(settings.sql_url)
    database.migrate()
    quick_database = Database(settings.sql_url, patience_s=QUICK_PATIENCE_S)
    instance_id = ids.request_id()
    journal = SegmentJournal(settings.ai_data_dir / "journal", kind)
    changes = BreakerChanges(journal, clock, "redis" if settings.redis_url else journal.writer)

    def tell(candidate: Candidate, view: BreakerView) -> None:
        log_breaker_change(candidate, view)
        changes.record(candidate, view)

    shared = Shared(settings, clock, instance_id, _breaker_rule(settings), tell)
    store = shared.ringing(SqlControl(quick_database, chain))
    store.create_features(first_features(settings, clock.now()))
    return _Base(
        settings=settings,
        clock=clock,
        ids=ids,
        instance_id=instance_id,
        secret=secret,
        chain=chain,
        database=database,
        quick_database=quick_database,
        store=store,
        shared=shared,
        fleet=SqlFleet(quick_database),
        audit=SqlAudit(database, chain, settings.ai_data_dir / "audit.anchor"),
        reader=SqlLedgerReader(database),
        journal=journal,
        breaker_changes=changes,
        events=EventWriter(clock, ids),
        signed=JwtTokens(derive_key(secret, "jwt")),
    )


def _build_gateway(base: _Base) -> _Gateway:
    settings, clock = base.settings, base.clock
    running = RunningCalls()
    tokens = QuickTokenCounter()
    providers = connect_providers(settings, clock, tokens)
    infos = {name: provider.info for name, provider in providers.items()}
    tokens.warm(info.models[0] for info in infos.values())
    prices = open_price_book(settings)
    policy = PolicyBuilder(settings, infos, prices, clock, base.ids.token(), base.signed.read)
    live = SwappedControl(base.store, policy.build, running.cut, policy.is_outdated)
    metrics = PrometheusMetrics()
    breakers = base.shared.breakers
    metrics.watch_control(breakers.list_views, lambda: _rollouts(live))
    return _Gateway(
        live=live,
        lease=Lease(clock, LEASE_S if settings.redis_url else None),
        policy=policy,
        providers=providers,
        tokens=tokens,
        counters=base.shared.counters,
        breakers=breakers,
        metrics=metrics,
        observer=Observers(metrics, _request_log(settings, clock)),
        running=running,
        prices=prices,
    )


def _request_log(settings: Settings, clock: Clock) -> RequestLog:
    return RequestLog(
        sys.stderr.buffer,
        settings.log_level,
        clock,
        shows_tokens=settings.ai_log_tokens,
        shows_costs=settings.ai_log_costs,
    )


def _build_sample_traffic(base: _Base, gateway: _Gateway) -> SampleTraffic:
    sender = GatewaySampleSender(
        store=SqlLedger(base.database, base.chain, base.clock),
        tokens=gateway.tokens,
        prices=gateway.prices,
        clock=base.clock,
        ids=base.ids,
        zone=base.settings.zone,
        user_key=derive_key(base.secret, "users"),
    )
    store = SqlSamples(base.database, base.chain)
    return SampleTraffic(sender=sender, store=store, events=base.events)


def _build_background(
    base: _Base,
    gateway: _Gateway,
    kill_switch: KillSwitch,
    heart: Heart,
    costs: Costs,
    call: Call,
) -> Background:
    def read_spent() -> tuple[tuple[BudgetWindow, int], ...]:
        return read_spend(base.reader, costs.budgets, base.settings, base.clock)

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
        shared=SharedUpkeep(
            base.shared,
            base.fleet,
            base.clock,
            read_spent,
            lambda request_id: read_settlements(base.reader, request_id),
            call,
        ),
        providers=gateway.providers,
    )


def build_kill_switch(settings: Settings) -> KillSwitch:
    """The kill switch alone, for a command that must work while SQL, or the server, is down.

    Changes that SQL cannot take wait in the journal until a server ships it.
    """
    clock = SystemClock()
    chain = AuditChain(derive_key(_audit_secret(settings), "audit"))
    database = Database(settings.sql_url, patience_s=QUICK_PATIENCE_S)
    return KillSwitch(
        live=None,
        places=_kill_places(settings, database, chain),
        journal=SegmentJournal(settings.ai_data_dir / "journal", "cli"),
        fleet=SqlFleet(database),
        events=EventWriter(clock, SystemIds()),
        clock=clock,
    )


@asynccontextmanager
async def running(settings: Settings, *, kind: str) -> AsyncIterator[Sluice]:
    """A started Sluice; stops everything at the end, with nothing left unwritten."""
    set_up_logs(settings.log_level, CURRENT_REQUEST.get)
    for unknown in find_unknown_names():
        _log.warning("unknown_setting", name=unknown.name, problem=str(unknown))
    loop = asyncio.get_running_loop()
    thread = threading.get_ident()

    def call(work: Coroutine[Any, Any, Any]) -> Any:
        if threading.get_ident() == thread:
            work.close()
            raise RuntimeError("Operations run in threads: this one was called on the I/O loop.")
        future = asyncio.run_coroutine_threadsafe(work, loop)
        try:
            return future.result(CALL_TIMEOUT_S)
        except TimeoutError:
            future.cancel()
            raise SourceDown(
                f"The gateway's counters did not answer within {CALL_TIMEOUT_S:g} s: this process "
                "is overloaded. Try again in a moment."
            ) from None

    sluice = await asyncio.to_thread(build, settings, kind=kind, call=call)
    await sluice.background.start()
    _CURRENT.append(sluice)
    try:
        yield sluice
    finally:
        _CURRENT.remove(sluice)
        sluice.playground.close()
        await sluice.background.stop()
        sluice.close()


_CURRENT: list[Sluice] = []


def current() -> Sluice:
    """The Sluice that runs in this process; raises RuntimeError when none does."""
    if not _CURRENT:
        raise RuntimeError("Sluice is not running in this process: start python -m console.")
    return _CURRENT[-1]


def _audit_secret(settings: Settings) -> str:
    if settings.ai_audit_key is not None:
        return settings.ai_audit_key.get_secret_value()
    return read_or_make_secret(settings.ai_data_dir / "audit.key")


def _kill_places(
    settings: Settings, database: Database, chain: AuditChain
) -> tuple[KillPlace, ...]:
    places = (FileKillPlace(settings.ai_data_dir), SqlKillPlace(database, chain))
    return (*places, *redis_kill_places(settings))


def _breaker_rule(settings: Settings) -> BreakerRule:
    return BreakerRule(
        failure_threshold=settings.ai_cb_failure_threshold,
        success_threshold=settings.ai_cb_success_threshold,
        reset_timeout_s=settings.ai_cb_timeout,
        max_reset_timeout_s=settings.ai_cb_max_timeout,
        return_s=settings.ai_cb_return,
    )


def _build_pipeline(base: _Base, gateway: _Gateway) -> Pipeline:
    settings = base.settings
    dispatcher = Dispatcher(
        providers=gateway.providers,
        live=gateway.live,
        breakers=gateway.breakers,
        counters=gateway.counters,
        tokens=gateway.tokens,
        observer=gateway.observer,
        retry=RetryRule(
            settings.ai_max_retries, settings.ai_retry_initial_delay, settings.ai_retry_max_delay
        ),
        timeouts=Timeouts(
            settings.ai_connect_timeout,
            settings.ai_read_timeout,
            settings.ai_total_timeout,
            settings.ai_stream_timeout,
        ),
        clock=base.clock,
        ids=base.ids,
    )
    return Pipeline(
        live=gateway.live,
        lease=gateway.lease,
        dispatcher=dispatcher,
        counters=gateway.counters,
        recorder=Recorder(
            journal=base.journal,
            counters=gateway.counters,
            evidence=base.shared.evidence,
            observer=gateway.observer,
            recording=Recording(
                requests=settings.ai_log_requests,
                responses=settings.ai_log_responses,
                user_key=derive_key(base.secret, "users"),
            ),
            clock=base.clock,
        ),
        tokens=gateway.tokens,
        running=gateway.running,
        times=Times(
            max(settings.ai_stream_timeout, settings.ai_total_timeout), settings.ai_cache_ttl
        ),
        clock=base.clock,
        ids=base.ids,
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


def _rollouts(live: SwappedControl) -> tuple[Rollout, ...]:
    control = live.snapshot.control
    return (control.ceiling, *control.features.values())


def _own_url(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/v1"
