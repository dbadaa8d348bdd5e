"""Joins the stored control state with settings, prices and shipped templates to a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from services.adapters.template_files import read_shipped_templates
from services.domain.blocks import AbuseRule
from services.domain.budgets import Budget
from services.domain.calls import Candidate, ProviderInfo
from services.domain.credentials import hash_token
from services.domain.identity import ApiKey, Assertion, Scope
from services.domain.limits import LimitSettings
from services.domain.money import Price, nano_from_usd
from services.domain.periods import Period
from services.domain.ports import Clock, PriceBook
from services.domain.rollout import (
    CEILING,
    FULL_BP,
    STAGES,
    Rollout,
    Stage,
    resolve_target,
)
from services.domain.signed_tokens import TokenClaims
from services.domain.snapshot import ControlState, Snapshot
from services.settings import ALL_FEATURES, Settings, read_provider_limits


class PolicyBuilder:
    """Builds snapshots; what settings and shipped data say is read once.

    Args:
        playground_token: the key the console's playground calls the gateway with; it lives in
            this process only.
        read_signed: checks a signed token.
    """

    def __init__(
        self,
        settings: Settings,
        providers: Mapping[str, ProviderInfo],
        prices: PriceBook,
        clock: Clock,
        playground_token: str,
        read_signed: Callable[[str], TokenClaims],
    ) -> None:
        self._settings = settings
        self._providers = providers
        self._prices = prices
        self._clock = clock
        self._templates = read_shipped_templates()
        self.limits = limits_of(settings)
        self._provider_limits = read_provider_limits(settings)
        self._read_signed = read_signed
        self.playground_token = playground_token
        self._playground_key = _playground_key(playground_token, clock.now())
        self.budgets = (
            Budget("global", Period.DAY, nano_from_usd(settings.ai_daily_budget_usd)),
            Budget("global", Period.MONTH, nano_from_usd(settings.ai_monthly_budget_usd)),
        )
        self.playground_budget = Budget(
            "playground", Period.DAY, nano_from_usd(settings.ai_playground_budget_usd)
        )

    def build(self, control: ControlState) -> Snapshot:
        """The snapshot of one revision of the control state."""
        key = self._playground_key
        by_hash = {k.hash: k for k in control.keys.values()} | {key.hash: key}
        settings = self._settings
        return Snapshot(
            control=replace(control, keys=by_hash),
            providers=self._providers,
            candidates=self._candidates(control.provider),
            prices=self._known_prices(),
            templates=self._templates,
            limits=self.limits,
            budgets=self.budgets,
            playground_budget=self.playground_budget,
            zone=settings.zone,
            max_tokens=settings.ai_max_tokens,
            content_filter=settings.ai_content_filter,
            injection_detection=settings.ai_prompt_injection_detection,
            masks_answers=settings.ai_anonymize_output,
            cached_features=frozenset(settings.ai_cache_features),
            allow_unpriced=settings.ai_allow_unpriced,
            read_signed=self._read_signed,
            provider_limits=self._provider_limits,
        )

    def is_outdated(self, snapshot: Snapshot) -> bool:
        """Whether a price has begun or ended since the snapshot was built: prices have dates."""
        return self._known_prices() != snapshot.prices

    def _candidates(self, chosen: str | None) -> tuple[Candidate, ...]:
        """The default route: the primary provider, then the fallbacks."""
        settings = self._settings
        primary = settings.ai_provider
        if chosen is not None and chosen in self._providers:
            primary = chosen
        names = dict.fromkeys([primary, *settings.ai_fallback_providers])
        return tuple(Candidate(name, self._providers[name].models[0]) for name in names)

    def _known_prices(self) -> dict[Candidate, Price]:
        now = self._clock.now()
        every = (Candidate(p.name, m) for p in self._providers.values() for m in p.models)
        found = {candidate: self._prices.find(candidate, now) for candidate in every}
        return {candidate: price for candidate, price in found.items() if price is not None}


def configured_features(settings: Settings) -> tuple[str, ...]:
    """The shipped features and those that the settings name."""
    named = [*ALL_FEATURES, *settings.ai_enabled_features, *settings.ai_disabled_features]
    return tuple(dict.fromkeys(named))


def first_features(settings: Settings, now: datetime) -> Iterable[Rollout]:
    """The ceiling and the features as they are on first start; later the stored state rules."""
    percentage = settings.ai_rollout_percentage
    bp = None if percentage is None else int(percentage * Decimal(100))
    stage, ceiling_bp = resolve_target(settings.ai_rollout_stage, bp)
    yield Rollout(CEILING, stage, ceiling_bp, now)
    enabled = set(settings.ai_enabled_features) - set(settings.ai_disabled_features)
    for name in configured_features(settings):
        shipped = name in ALL_FEATURES
        first = Stage.GENERAL if shipped else Stage.DISABLED
        yield Rollout(
            name,
            first,
            FULL_BP if shipped else STAGES[first].percentage_bp,
            now,
            is_enabled=name in enabled,
        )


def limits_of(settings: Settings) -> LimitSettings:
    """The limits that settings configure."""
    return LimitSettings(
        address_rpm=settings.ai_address_rpm,
        global_rpm=settings.ai_rpm,
        global_rph=settings.ai_rph,
        user_rpm=settings.ai_user_rpm,
        user_rph=settings.ai_user_rph,
        feature_per_minute=settings.ai_feature_rpm,
        feature_burst=settings.ai_feature_burst,
        feature_daily_tokens=settings.ai_feature_daily_tokens,
        feature_daily_requests=settings.ai_feature_daily_requests,
        feature_monthly_tokens=settings.ai_feature_monthly_tokens,
        feature_monthly_requests=settings.ai_feature_monthly_requests,
        user_daily_tokens=settings.ai_user_daily_tokens,
        user_daily_requests=settings.ai_user_daily_requests,
        user_monthly_tokens=settings.ai_user_monthly_tokens,
        user_monthly_requests=settings.ai_user_monthly_requests,
        raised_factor=settings.ai_raised_limit_factor,
        abuse=AbuseRule(
            cooldown_s=settings.ai_cooldown,
            violations=settings.ai_abuse_violations,
            within_s=settings.ai_abuse_window,
            block_s=settings.ai_abuse_block,
        ),
        shadow=frozenset(settings.ai_shadow_limits),
    )


def _playground_key(token: str, now: datetime) -> ApiKey:
    return ApiKey(
        id="playground",
        name="playground",
        hash=hash_token(token),
        scopes=frozenset({Scope.PLAYGROUND.value}),
        created_at=now,
        created_by="sluice",
        may_assert=frozenset({Assertion.USER.value, Assertion.ROLE.value}),
    )
