"""The one object that console, API and command line work with, and how it is joined."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.adapters.clock import SystemClock, SystemIds
from services.adapters.gateway_client import OpenAIGatewayClient
from services.adapters.journal import SegmentJournal
from services.adapters.live import SwappedControl
from services.adapters.metrics import PrometheusMetrics
from services.adapters.passwords import Argon2Passwords
from services.adapters.secrets import derive_key, read_or_make_secret
from services.adapters.sql.accounts import SqlAccounts
from services.adapters.sql.chain import AuditChain
from services.adapters.sql.control import SqlControl
from services.adapters.sql.engine import QUICK_PATIENCE_S, Database
from services.adapters.sql.fleet import SqlFleet
from services.adapters.sql.ledger import SqlLedger
from services.adapters.sql.samples import SqlSamples
from services.bootstrap.background import Background
from services.bootstrap.base import Base, audit_secret, build_base, kill_places
from services.bootstrap.gateway import Gateway, build_gateway, build_pipeline
from services.bootstrap.samples import GatewaySampleSender
from services.bootstrap.upkeep import build_background
from services.domain.ports import (
    Call,
    Clock,
    Provider,
)
from services.domain.privacy import hash_user
from services.gateway.pipeline import Pipeline
from services.operations.accounts import Accounts
from services.operations.audit import Audit
from services.operations.breakers import Breakers
from services.operations.costs import Costs
from services.operations.events import EventWriter
from services.operations.evidence import Evidence
from services.operations.heart import Heart, InstanceCard
from services.operations.keys import Keys
from services.operations.kill_switch import KillSwitch
from services.operations.limits import Limits
from services.operations.passwords import Passwords
from services.operations.playground import Playground
from services.operations.prompts import Prompts
from services.operations.providers import ProviderChecks
from services.operations.reliability import Reliability
from services.operations.requests import Requests
from services.operations.rollouts import Rollouts
from services.operations.sample_traffic import SampleTraffic
from services.operations.sessions import Sessions
from services.operations.status import StatusBoard
from services.operations.system import System
from services.operations.tokens import Tokens
from services.settings import Settings, public_settings

RELEASE = "0.1.0"


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
    sessions: Sessions
    costs: Costs
    evidence: Evidence
    limits: Limits
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


def build(settings: Settings, *, kind: str, call: Call) -> Sluice:
    """A Sluice with nothing started yet; migrates the database.

    Args:
        kind: "console", "gateway" or "cli".
        call: runs a coroutine on the I/O loop and returns its result.

    Raises:
        SourceDown: the database does not answer.
    """
    base = build_base(settings, kind)
    gateway = build_gateway(base)
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
        places=kill_places(settings, base.quick_database, base.chain),
        journal=base.journal,
        fleet=base.fleet,
        events=events,
        clock=clock,
        note=heart.note,
        acknowledge=heart.acknowledge,
        known_names=lambda kind: live.snapshot.scope_names(kind),  # noqa: PLW0108 - is swapped
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
    user_key = derive_key(base.secret, "users")
    limits = Limits(
        live=live,
        counters=gateway.counters,
        journal=base.journal,
        events=events,
        clock=clock,
        name_user=lambda user: hash_user(user, user_key),
        call=call,
    )
    people = SqlAccounts(base.database, base.chain)
    passwords = Passwords(hasher=Argon2Passwords(), clock=clock)
    sessions = Sessions(
        store=people,
        passwords=passwords,
        audit=base.audit,
        events=events,
        clock=clock,
        ids=ids,
    )
    background = build_background(base, gateway, kill_switch, heart, costs, call)
    return Sluice(
        settings=settings,
        clock=clock,
        live=live,
        pipeline=build_pipeline(base, gateway),
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
            store=people,
            sessions=sessions,
            passwords=passwords,
            events=events,
            clock=clock,
            ids=ids,
        ),
        sessions=sessions,
        costs=costs,
        evidence=Evidence(live=live, log=base.shared.evidence, clock=clock, call=call),
        limits=limits,
        status=StatusBoard(
            live=live,
            breakers=gateway.breakers,
            reader=base.reader,
            audit=base.audit,
            costs=costs,
            limits=limits,
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
        sample_traffic=build_sample_traffic(base, gateway),
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
        close=lambda: close_all(base, kill_switch),
    )


def build_kill_switch(settings: Settings) -> KillSwitch:
    """The kill switch alone, for a command that must work while SQL, or the server, is down.

    Changes that SQL cannot take wait in the journal until a server ships it.
    """
    clock = SystemClock()
    chain = AuditChain(derive_key(audit_secret(settings), "audit"))
    database = Database(settings.sql_url, patience_s=QUICK_PATIENCE_S)
    control = SqlControl(database, chain)
    return KillSwitch(
        live=None,
        places=kill_places(settings, database, chain),
        journal=SegmentJournal(settings.ai_data_dir / "journal", "cli"),
        fleet=SqlFleet(database),
        events=EventWriter(clock, SystemIds()),
        clock=clock,
        # What SQL does not know, providers and models, is known to a server only.
        known_names=lambda kind: sorted(control.read_state().features) if kind == "feature" else (),
    )


def close_all(base: Base, kill_switch: KillSwitch) -> None:
    """Give back what was opened, at the end."""
    kill_switch.close()
    base.database.close()
    base.quick_database.close()


def build_sample_traffic(base: Base, gateway: Gateway) -> SampleTraffic:
    """The sample traffic, sent through a gateway of its own."""
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


def _own_url(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/v1"
