"""Makes the providers that the settings configure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pydantic import SecretStr

from services.adapters.providers.mock import MODELS as MOCK_MODELS
from services.adapters.providers.registry import ProviderKind, ProviderSpec, build_providers
from services.domain.ports import Clock, Provider, TokenCounter
from services.settings import Settings


def connect_providers(
    settings: Settings, clock: Clock, tokens: TokenCounter
) -> dict[str, Provider]:
    """The configured providers by name; nothing is connected before the first call."""
    specs = [spec for spec in _specs(settings) if spec.name in settings.configured_providers]
    delays = (settings.ai_mock_delay_min, settings.ai_mock_delay_max)
    return build_providers(specs, clock, tokens, delays)


def _specs(settings: Settings) -> Iterator[ProviderSpec]:
    yield ProviderSpec("mock", ProviderKind.MOCK, MOCK_MODELS)
    for kind, models, urls in (
        (ProviderKind.OPENAI, settings.openai_models, settings.openai_base_url),
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


def _key_reader(settings: Settings, name: str) -> Callable[[], str | None]:
    def read() -> str | None:
        key: SecretStr | None = getattr(settings, name, None)
        return key.get_secret_value() if key else None

    return read
