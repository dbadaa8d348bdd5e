"""Makes the providers that the settings configure, and the book of what their models cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from pydantic import SecretStr

from services.adapters.model_list import ListedModels
from services.adapters.prices import GenaiPriceBook
from services.adapters.providers.mock import MODELS as MOCK_MODELS
from services.adapters.providers.registry import ProviderKind, ProviderSpec, build_providers
from services.domain.calls import Candidate
from services.domain.ports import Clock, Provider, TokenCounter
from services.settings import Settings, read_context_tokens, read_deployments, read_price_file


def connect_providers(
    settings: Settings, clock: Clock, tokens: TokenCounter
) -> dict[str, Provider]:
    """The configured providers by name; nothing is connected before the first call."""
    models = _listed_models(settings)
    ready = [spec for spec in _specs(settings) if spec.name in settings.configured_providers]
    specs = [_with_context(spec, settings, models) for spec in ready]
    delays = (settings.ai_mock_delay_min, settings.ai_mock_delay_max)
    return build_providers(specs, clock, tokens, delays)


def configured_models(settings: Settings) -> dict[str, tuple[str, ...]]:
    """The models of each provider that a server with these settings can call."""
    return {s.name: s.models for s in _specs(settings) if s.name in settings.configured_providers}


def open_price_book(settings: Settings) -> GenaiPriceBook:
    """The prices agreed on in AI_PRICES_FILE, then those of the shipped list."""
    return GenaiPriceBook(read_price_file(settings.ai_prices_file), _listed_models(settings))


def _listed_models(settings: Settings) -> ListedModels:
    deployments = read_deployments(settings)
    return ListedModels({Candidate("azure", name): m for name, m in deployments.items()})


def _specs(settings: Settings) -> Iterator[ProviderSpec]:
    yield ProviderSpec("mock", ProviderKind.MOCK, MOCK_MODELS)
    yield ProviderSpec(
        name="azure",
        kind=ProviderKind.AZURE,
        models=tuple(read_deployments(settings)),
        base_urls=settings.azure_openai_endpoint,
        key_setting="AZURE_OPENAI_API_KEY",
        read_key=_key_reader(settings, "azure_openai_api_key"),
        api_version=settings.azure_openai_api_version,
    )
    for kind, models, urls in (
        (ProviderKind.OPENAI, settings.openai_models, settings.openai_base_url),
        (ProviderKind.ANTHROPIC, settings.anthropic_models, settings.anthropic_base_url),
        (ProviderKind.GEMINI, settings.gemini_models, settings.gemini_base_url),
        (ProviderKind.VLLM, settings.vllm_models, settings.vllm_base_url),
        (ProviderKind.OLLAMA, settings.ollama_models, settings.ollama_base_url),
    ):
        key_setting = f"{kind.value}_api_key"
        chosen = settings.ai_model if kind.value == settings.ai_provider else None
        yield ProviderSpec(
            name=kind.value,
            kind=kind,
            models=tuple(dict.fromkeys(([chosen] if chosen else []) + list(models))),
            base_urls=urls,
            key_setting=key_setting.upper(),
            read_key=_key_reader(settings, key_setting),
        )


def _with_context(spec: ProviderSpec, settings: Settings, listed: ListedModels) -> ProviderSpec:
    """The spec with each model's context, as the settings tell it or else the shipped list."""
    told = read_context_tokens(settings)
    found = {}
    for model in spec.models:
        candidate = Candidate(spec.name, model)
        tokens = told.get(candidate) or listed.context_tokens(candidate)
        if tokens is not None:
            found[model] = tokens
    return replace(spec, context_tokens=found)


def _key_reader(settings: Settings, name: str) -> Callable[[], str | None]:
    def read() -> str | None:
        key: SecretStr | None = getattr(settings, name, None)
        return key.get_secret_value() if key else None

    return read
