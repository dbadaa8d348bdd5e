"""The one object that console, API and command line work with, and how it is joined."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.adapters.live import SwappedControl
from services.adapters.metrics import PrometheusMetrics
from services.adapters.secrets import read_or_make_secret
from services.bootstrap import operations as parts
from services.bootstrap.background import Background
from services.bootstrap.base import Base, build_base
from services.bootstrap.evidence import judge_by_ledger
from services.bootstrap.gateway import build_gateway, build_pipeline
from services.bootstrap.upkeep import build_background
from services.domain.ports import (
    Call,
    Clock,
    Provider,
)
from services.gateway.pipeline import Pipeline
from services.operations.accounts import Accounts
from services.operations.audit import Audit
from services.operations.breakers import Breakers
from services.operations.costs import Costs
from services.operations.evidence import Evidence
from services.operations.heart import InstanceCard
from services.operations.keys import Keys
from services.operations.kill_switch import KillSwitch
from services.operations.limits import Limits
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
from services.settings import Settings

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
    heart = parts.build_heart(
        base, gateway, InstanceCard(base.instance_id, kind, RELEASE, base.clock.now())
    )
    kill_switch = parts.build_kill_switch(base, gateway, heart)
    costs = parts.build_costs(base, gateway, call)
    evidence = Evidence(live=gateway.live, log=base.shared.evidence, clock=base.clock, call=call)
    # A command has counted nothing itself.
    is_command = kind == "cli"
    judge_gate = judge_by_ledger(base, gateway.live, call) if is_command else evidence.judge_gate
    limits = parts.build_limits(base, gateway, call)
    accounts, sessions = parts.build_people(base)
    background = build_background(base, gateway, kill_switch, heart, costs, call)
    return Sluice(
        settings=settings,
        clock=base.clock,
        live=gateway.live,
        pipeline=build_pipeline(base, gateway),
        metrics=gateway.metrics,
        providers=gateway.providers,
        kill_switch=kill_switch,
        rollouts=parts.build_rollouts(base, gateway, judge_gate),
        keys=parts.build_keys(base, gateway),
        tokens=parts.build_tokens(base),
        breakers=parts.build_breakers(base, gateway, call),
        reliability=parts.build_reliability(base),
        provider_checks=parts.build_provider_checks(base, gateway, call),
        accounts=accounts,
        sessions=sessions,
        costs=costs,
        evidence=evidence,
        limits=limits,
        status=parts.build_status(base, gateway, costs, limits),
        prompts=Prompts(live=gateway.live),
        requests=Requests(reader=base.reader),
        audit=Audit(store=base.audit, events=base.events),
        playground=parts.build_playground(base, gateway),
        sample_traffic=parts.build_sample_traffic(base, gateway),
        system=parts.build_system(base, gateway, RELEASE),
        host_token=read_or_make_secret(settings.ai_data_dir / "host.token"),
        background=background,
        is_ready=lambda: background.is_ready,
        close=lambda: close_all(base, kill_switch),
    )


def close_all(base: Base, kill_switch: KillSwitch) -> None:
    """Give back what was opened, at the end."""
    kill_switch.close()
    base.database.close()
    base.quick_database.close()
