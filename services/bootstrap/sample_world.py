"""The world that sample traffic plays in: its providers, prices, keys, rollout and limits."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo

from services.adapters.providers.mock import MockProvider
from services.adapters.providers.sample import Outage, SampleProvider
from services.adapters.template_files import read_shipped_templates
from services.domain.budgets import Budget
from services.domain.calls import Candidate, ProviderInfo
from services.domain.credentials import hash_token
from services.domain.identity import ApiKey, Scope
from services.domain.limits import LimitSettings
from services.domain.money import Price, nano_from_usd
from services.domain.periods import Period
from services.domain.ports import Clock, PriceBook, Provider, TokenCounter
from services.domain.rollout import CEILING, FULL_BP, STAGES, Rollout, Stage
from services.domain.snapshot import ControlState, Snapshot
from services.settings import ALL_FEATURES

APPLICATIONS = {"school-web": None, "school-mobile": None, "teacher-desk": "teacher"}
"""The applications of the samples, and the role of each one's calls."""

_MODELS = {
    "openai": ("gpt-4o-mini", "gpt-4o"),
    "anthropic": ("claude-haiku-4-5",),
    "gemini": ("gemini-2.5-flash",),
}
_DELAYS_S = {"openai": (0.4, 1.6), "anthropic": (0.6, 2.2), "gemini": (0.3, 1.1)}
_ROUTE = ("openai", "anthropic", "gemini")
_SWITCHED_OFF = "evaluation"
_RELEASED_TO_SOME = "question_gen"
_LIMIT = 10_000
_BUDGET_USD = 10_000
_OUTAGE = timedelta(minutes=50)
_OUTAGE_EVERY = timedelta(days=4)
_GENEROUS = LimitSettings(
    address_rpm=_LIMIT,
    global_rpm=_LIMIT,
    global_rph=_LIMIT,
    user_rpm=_LIMIT,
    user_rph=_LIMIT,
    feature_per_minute=_LIMIT,
    feature_burst=_LIMIT,
)


def build_sample_providers(
    clock: Clock, tokens: TokenCounter, rng: random.Random, start: datetime, end: datetime
) -> dict[str, Provider]:
    """Well-known names with the mock behind them; the first of the route is out now and then."""
    outages = {_ROUTE[0]: _outages(start, end, rng)}
    return {
        name: SampleProvider(
            MockProvider(tokens, *_DELAYS_S[name], rng, name),
            models,
            clock,
            rng,
            outages.get(name, ()),
        )
        for name, models in _MODELS.items()
    }


def build_sample_snapshot(
    providers: Mapping[str, ProviderInfo],
    prices: PriceBook,
    tokens: Mapping[str, str],
    zone: tzinfo,
    at: datetime,
) -> Snapshot:
    """Everything is released and affordable, but for one feature that is off and one at 25%.

    Args:
        tokens: the key of each application.
        at: when the world begins.
    """
    budget = Budget("sample", Period.DAY, nano_from_usd(_BUDGET_USD))
    every = [Candidate(info.name, model) for info in providers.values() for model in info.models]
    found: dict[Candidate, Price | None] = {c: prices.find(c, at) for c in every}
    return Snapshot(
        control=_control(tokens, at),
        providers=providers,
        candidates=tuple(Candidate(name, providers[name].models[0]) for name in _ROUTE),
        prices={candidate: price for candidate, price in found.items() if price is not None},
        templates=read_shipped_templates(),
        limits=_GENEROUS,
        budgets=(budget,),
        playground_budget=budget,
        zone=zone,
    )


def _control(tokens: Mapping[str, str], at: datetime) -> ControlState:
    features = {name: Rollout(name, Stage.GENERAL, FULL_BP, at) for name in ALL_FEATURES}
    off, beta = _SWITCHED_OFF, Stage.BETA
    features[off] = Rollout(off, Stage.GENERAL, FULL_BP, at, is_enabled=False)
    some = STAGES[beta].percentage_bp
    features[_RELEASED_TO_SOME] = Rollout(_RELEASED_TO_SOME, beta, some, at)
    return ControlState(
        revision=0,
        ceiling=Rollout(CEILING, Stage.GENERAL, FULL_BP, at),
        features=features,
        keys={key.hash: key for key in (_key(n, t, at) for n, t in tokens.items())},
    )


def _key(name: str, token: str, at: datetime) -> ApiKey:
    return ApiKey(
        id=name,
        name=name,
        hash=hash_token(token),
        scopes=frozenset({Scope.SAMPLE.value}),
        created_at=at,
        created_by="sluice",
        role=APPLICATIONS[name],
    )


def _outages(start: datetime, end: datetime, rng: random.Random) -> list[Outage]:
    """One in every few days, the first within the first of them."""
    found: list[Outage] = []
    period_start = start
    while period_start < end:
        begins = period_start + rng.random() * min(_OUTAGE_EVERY, end - period_start)
        found.append((begins, begins + _OUTAGE))
        period_start += _OUTAGE_EVERY
    return found
