"""The policy that one request is decided under: an immutable picture of the control state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from services.domain.breakers import BreakerOrder
from services.domain.budgets import Budget
from services.domain.calls import Candidate, ProviderInfo
from services.domain.credentials import hash_token
from services.domain.errors import NotFound, Unauthenticated, Unprocessable
from services.domain.identity import ApiKey
from services.domain.kill import scope_names
from services.domain.limits import LimitSettings
from services.domain.money import Price
from services.domain.provider_limits import ProviderLimit
from services.domain.rollout import Rollout
from services.domain.signed_tokens import TokenClaims, is_signed, key_of
from services.domain.templates import Template


def _refuse_signed(_: str) -> TokenClaims:
    raise Unauthenticated("Signed tokens are not accepted here: use an API key.")


@dataclass(frozen=True, slots=True)
class ControlState:
    """What operators decide, as stored: one revision of it."""

    revision: int
    ceiling: Rollout
    features: Mapping[str, Rollout]
    keys: Mapping[str, ApiKey]
    breakers: Mapping[Candidate, BreakerOrder] = field(default_factory=dict)
    provider: str | None = None

    def feature(self, name: str, param: str = "feature") -> Rollout:
        """The feature's rollout.

        Args:
            param: what named it.

        Raises:
            NotFound: no such feature.
        """
        rollout = self.features.get(name)
        if rollout is None:
            known = ", ".join(sorted(self.features))
            raise NotFound(
                f"Feature {name!r} is not known here. Known features: {known}.",
                code="feature_not_found",
                param=param,
            )
        return rollout


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Control state joined with what the settings and shipped data say.

    Args:
        control: keys in it are by SHA-256 of the key.
        candidates: the default route, best first.
        prices: by candidate; one that is missing is unpriced.
        templates: by file id and by name.
        budgets: of applications' requests; `playground_budget` is the playground's own.
        cached_features: whose answers are cached whatever the temperature.
        max_tokens: output limit for requests that set none.
        provider_limits: of the providers that have any.
        read_signed: checks a signed token; raises Unauthenticated unless we signed it.
    """

    control: ControlState
    providers: Mapping[str, ProviderInfo]
    candidates: tuple[Candidate, ...]
    prices: Mapping[Candidate, Price]
    templates: Mapping[str, Template]
    limits: LimitSettings
    budgets: tuple[Budget, ...]
    playground_budget: Budget
    zone: tzinfo
    max_tokens: int = 500
    content_filter: bool = True
    injection_detection: bool = True
    masks_answers: bool = False
    cached_features: frozenset[str] = frozenset()
    allow_unpriced: bool = True
    read_signed: Callable[[str], TokenClaims] = _refuse_signed
    provider_limits: Mapping[str, ProviderLimit] = field(default_factory=dict)

    @property
    def revision(self) -> int:
        return self.control.revision

    @property
    def is_mock_primary(self) -> bool:
        """Whether inventing answers is what is configured."""
        return self.providers[self.candidates[0].provider].is_mock

    def scope_names(self, kind: str) -> tuple[str, ...]:
        """What there is of a kind of kill scope ("feature", "provider" or "model"), from memory."""
        models = {name: provider.models for name, provider in self.providers.items()}
        return scope_names(kind, self.control.features, models)

    def find_key(self, token: str) -> ApiKey | None:
        """The API key that a bearer token is, or what a signed one stands for; perhaps expired.

        Raises:
            Unauthenticated: it has the form of a signed token, and we did not sign it.
        """
        if is_signed(token):
            return key_of(self.read_signed(token))
        return self.control.keys.get(hash_token(token))

    def feature(self, name: str) -> Rollout:
        """The rollout of the feature that a call names; raises NotFound."""
        return self.control.feature(name, "X-AI-Feature")

    def template(self, id_or_name: str, version: str | None) -> Template:
        """A template by file id or name, at the version named or the only one there is.

        Raises:
            NotFound: no such template or version.
        """
        template = self.templates.get(id_or_name)
        if template is None:
            known = ", ".join(sorted({t.id for t in self.templates.values()}))
            raise NotFound(
                f"Prompt {id_or_name!r} is not known here. Known prompts: {known}.",
                code="prompt_not_found",
                param="prompt.id",
            )
        if version is not None and version != template.version:
            raise NotFound(
                f"Prompt {template.id!r} has no version {version!r}: it has {template.version!r}.",
                code="prompt_version_not_found",
                param="prompt.version",
            )
        return template


def require_reason(reason: str) -> str:
    """The operator's reason, trimmed.

    Raises:
        Unprocessable: there is none, or it is longer than 500 characters.
    """
    text = reason.strip()
    if not text:
        raise Unprocessable("A reason is required: say why in a few words.", param="reason")
    if len(text) > 500:
        raise Unprocessable("The reason is over 500 characters: shorten it.", param="reason")
    return text
