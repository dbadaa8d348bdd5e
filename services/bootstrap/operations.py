"""Joins each operation that console, API and command line call; one function a noun."""

from __future__ import annotations

from collections.abc import Collection

from services.adapters.clock import SystemClock, SystemIds
from services.adapters.gateway_client import OpenAIGatewayClient
from services.adapters.journal import SegmentJournal
from services.adapters.passwords import Argon2Passwords
from services.adapters.secrets import derive_key
from services.adapters.sql.accounts import SqlAccounts
from services.adapters.sql.chain import AuditChain
from services.adapters.sql.control import SqlControl
from services.adapters.sql.engine import QUICK_PATIENCE_S, Database
from services.adapters.sql.fleet import SqlFleet
from services.adapters.sql.ledger import SqlLedger
from services.adapters.sql.samples import SqlSamples
from services.bootstrap.base import Base, audit_secret, kill_places
from services.bootstrap.gateway import Gateway
from services.bootstrap.policy import configured_features
from services.bootstrap.providers import configured_models
from services.bootstrap.samples import GatewaySampleSender
from services.domain.errors import SourceDown
from services.domain.kill import KnownNames, scope_names
from services.domain.ports import Call, ControlStore
from services.domain.privacy import hash_user
from services.operations.accounts import Accounts
from services.operations.breakers import Breakers
from services.operations.costs import Costs
from services.operations.events import EventWriter
from services.operations.heart import Heart, InstanceCard
from services.operations.keys import Keys
from services.operations.kill_switch import KillSwitch
from services.operations.limits import Limits
from services.operations.passwords import Passwords
from services.operations.playground import Playground
from services.operations.providers import ProviderChecks
from services.operations.reliability import Reliability
from services.operations.rollouts import JudgeGate, Rollouts
from services.operations.sample_traffic import SampleTraffic
from services.operations.sessions import Sessions
from services.operations.status import StatusBoard
from services.operations.system import System
from services.operations.tokens import Tokens
from services.settings import Settings, describe_settings


def build_heart(base: Base, gateway: Gateway, card: InstanceCard) -> Heart:
    """This instance's heartbeat, with the calls that run at its time."""
    return Heart(
        card=card,
        fleet=base.fleet,
        journal=base.journal,
        clock=base.clock,
        running_calls=lambda: len(gateway.running),
    )


def build_kill_switch(base: Base, gateway: Gateway, heart: Heart) -> KillSwitch:
    """The kill switch of a server, which its heart acknowledges for this instance."""
    live = gateway.live
    return KillSwitch(
        live=live,
        places=kill_places(base.settings, base.quick_database, base.chain),
        journal=base.journal,
        fleet=base.fleet,
        events=base.events,
        clock=base.clock,
        note=heart.note,
        acknowledge=heart.acknowledge,
        known_names=lambda kind: KnownNames(live.snapshot.scope_names(kind)),
    )


def build_lone_kill_switch(settings: Settings) -> KillSwitch:
    """The kill switch for a command that must work while SQL, or the server, is down.

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
        known_names=lambda kind: _names_without_server(kind, settings, control),
    )


def _names_without_server(kind: str, settings: Settings, control: ControlStore) -> KnownNames:
    """What there is of a kind of kill scope, as SQL and the settings have it; without SQL, as a
    server would first make it from the settings, and perhaps more."""
    features: Collection[str] = configured_features(settings)
    problem = None
    if kind == "feature":
        try:
            features = control.read_state().features or features
        except SourceDown as error:
            problem = error.message
    return KnownNames(scope_names(kind, features, configured_models(settings)), problem)


def build_rollouts(base: Base, gateway: Gateway, judge_gate: JudgeGate) -> Rollouts:
    """The rollouts, which change the live policy of this instance at once."""
    return Rollouts(
        store=base.store,
        live=gateway.live,
        judge_gate=judge_gate,
        events=base.events,
        clock=base.clock,
    )


def build_keys(base: Base, gateway: Gateway) -> Keys:
    """The API keys, which this instance knows at once."""
    return Keys(
        store=base.store, live=gateway.live, events=base.events, clock=base.clock, ids=base.ids
    )


def build_tokens(base: Base) -> Tokens:
    """The signed tokens of the admin API."""
    return Tokens(signed=base.signed, audit=base.audit, events=base.events, clock=base.clock)


def build_people(base: Base) -> tuple[Accounts, Sessions]:
    """The two that share one count of wrong passwords and one memory of who is signed in."""
    store = SqlAccounts(base.database, base.chain)
    passwords = Passwords(hasher=Argon2Passwords(), clock=base.clock)
    sessions = Sessions(
        store=store,
        passwords=passwords,
        audit=base.audit,
        events=base.events,
        clock=base.clock,
        ids=base.ids,
    )
    accounts = Accounts(
        store=store,
        sessions=sessions,
        passwords=passwords,
        events=base.events,
        clock=base.clock,
        ids=base.ids,
    )
    return accounts, sessions


def build_breakers(base: Base, gateway: Gateway, call: Call) -> Breakers:
    """The breakers as operators see and move them, here and in SQL for the fleet."""
    return Breakers(
        breakers=gateway.breakers,
        store=base.store,
        audit=base.audit,
        live=gateway.live,
        clock=base.clock,
        events=base.events,
        call=call,
    )


def build_reliability(base: Base) -> Reliability:
    """The figures of reliability, read from the ledger."""
    return Reliability(reader=base.reader, audit=base.audit, journal=base.journal, clock=base.clock)


def build_provider_checks(base: Base, gateway: Gateway, call: Call) -> ProviderChecks:
    """The checks of providers, sent by this process."""
    return ProviderChecks(
        providers=gateway.providers, journal=base.journal, events=base.events, call=call
    )


def build_costs(base: Base, gateway: Gateway, call: Call) -> Costs:
    """The costs, with every budget that the settings set, the playground's too."""
    policy = gateway.policy
    return Costs(
        reader=base.reader,
        counters=gateway.counters,
        journal=base.journal,
        clock=base.clock,
        zone=base.settings.zone,
        budgets=(*policy.budgets, policy.playground_budget),
        alert_share=base.settings.ai_alert_threshold,
        call=call,
        shadow=policy.limits.shadow,
    )


def build_limits(base: Base, gateway: Gateway, call: Call) -> Limits:
    """The limits, which name users as the records do."""
    user_key = derive_key(base.secret, "users")
    return Limits(
        live=gateway.live,
        counters=gateway.counters,
        reader=base.reader,
        journal=base.journal,
        events=base.events,
        clock=base.clock,
        name_user=lambda user: hash_user(user, user_key),
        call=call,
    )


def build_status(base: Base, gateway: Gateway, costs: Costs, limits: Limits) -> StatusBoard:
    """The overview, drawn from the other reads."""
    return StatusBoard(
        live=gateway.live,
        breakers=gateway.breakers,
        reader=base.reader,
        audit=base.audit,
        costs=costs,
        limits=limits,
        journal=base.journal,
        clock=base.clock,
    )


def build_playground(base: Base, gateway: Gateway) -> Playground:
    """The playground, a client of this process's own API like any other."""
    policy = gateway.policy
    return Playground(
        live=gateway.live,
        client=OpenAIGatewayClient(f"{base.settings.own_url}/v1", lambda: policy.playground_token),
        clock=base.clock,
        ids=base.ids,
    )


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


def build_system(base: Base, gateway: Gateway, release: str) -> System:
    """What the System page shows of this process and its fleet."""
    return System(
        live=gateway.live,
        store=base.store,
        reader=base.reader,
        fleet=base.fleet,
        journal=base.journal,
        clock=base.clock,
        settings=lambda: describe_settings(base.settings),
        release=release,
    )
