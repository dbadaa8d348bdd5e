"""Which providers there are, made from what the settings say of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from services.adapters.providers.anthropic import make_anthropic_dialect
from services.adapters.providers.azure import make_azure_dialect
from services.adapters.providers.dialects import Access, Dialect
from services.adapters.providers.http_provider import HttpProvider
from services.adapters.providers.mock import MODELS, MockProvider
from services.adapters.providers.openai_compatible import OpenAIDialect
from services.domain.calls import ProviderInfo
from services.domain.ports import Clock, Provider, TokenCounter


class ProviderKind(StrEnum):
    """The ways to call a provider."""

    MOCK = "mock"
    OPENAI = "openai"
    AZURE = "azure"
    ANTHROPIC = "anthropic"
    GEMINI = "gemini"
    VLLM = "vllm"
    OLLAMA = "ollama"


DEFAULT_BASE_URLS = {
    ProviderKind.OPENAI: "https://api.openai.com/v1",
    ProviderKind.ANTHROPIC: "https://api.anthropic.com",
    ProviderKind.GEMINI: "https://generativelanguage.googleapis.com/v1beta/openai",
    ProviderKind.VLLM: "http://localhost:8000/v1",
    ProviderKind.OLLAMA: "http://localhost:11434/v1",
}

_KEY_REQUIRED = frozenset({ProviderKind.OPENAI, ProviderKind.ANTHROPIC, ProviderKind.GEMINI})


def _no_key() -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """One provider as configured.

    Args:
        base_urls: its replicas; the kind's usual address when empty (Azure has none).
        key_setting: the setting that holds the key, named in errors.
        read_key: the key as it is now; asked at the first call and after each reset.
        models: the first is the default; Azure's are the names of deployments.
        context_tokens: the longest input and output together, by model.
        api_version: Azure's; the last dated one when empty.
    """

    name: str
    kind: ProviderKind
    models: tuple[str, ...]
    base_urls: tuple[str, ...] = ()
    key_setting: str = ""
    read_key: Callable[[], str | None] = _no_key
    context_tokens: Mapping[str, int] = field(default_factory=dict)
    api_version: str = ""


def build_providers(
    specs: Iterable[ProviderSpec],
    clock: Clock,
    tokens: TokenCounter,
    mock_delay_s: tuple[float, float] = (0.3, 1.0),
    rng: random.Random | None = None,
) -> dict[str, Provider]:
    """The providers by name; nothing is connected before the first call.

    Args:
        mock_delay_s: the shortest and the longest time a mock answer takes.
        rng: the mock's choices; unpredictable when left out.
    """
    return {s.name: _build(s, clock, tokens, mock_delay_s, rng) for s in specs}


def _build(
    spec: ProviderSpec,
    clock: Clock,
    tokens: TokenCounter,
    mock_delay_s: tuple[float, float],
    rng: random.Random | None,
) -> Provider:
    if spec.kind is ProviderKind.MOCK:
        # The mock's choices guard nothing.
        chooser = rng or random.Random()  # noqa: S311
        return MockProvider(tokens, *mock_delay_s, chooser, spec.name, spec.models or MODELS)
    base_urls = spec.base_urls or (DEFAULT_BASE_URLS[spec.kind],)
    if spec.kind is ProviderKind.ANTHROPIC:
        # Its paths begin with /v1, which people add to a base URL out of habit.
        base_urls = tuple(url.rstrip("/").removesuffix("/v1") for url in base_urls)
    info = ProviderInfo(
        spec.name, spec.models, base_urls=base_urls, context_tokens=spec.context_tokens
    )
    return HttpProvider(info, spec.read_key, clock, _dialect(spec, clock))


def _dialect(spec: ProviderSpec, clock: Clock) -> Dialect:
    # A server of one's own at another address may do without.
    needs_key = spec.kind in _KEY_REQUIRED and not spec.base_urls
    if spec.kind is ProviderKind.AZURE:
        return make_azure_dialect(spec.key_setting, spec.api_version)
    if spec.kind is ProviderKind.ANTHROPIC:
        return make_anthropic_dialect(spec.key_setting, needs_key=needs_key, clock=clock)
    is_openai = spec.kind is ProviderKind.OPENAI
    limit_field = "max_completion_tokens" if is_openai else "max_tokens"
    is_own = spec.kind in {ProviderKind.VLLM, ProviderKind.OLLAMA}
    return OpenAIDialect(Access(spec.key_setting, needs_key), limit_field, is_own)
