"""What the settings say of single providers and models: Azure's deployments, contexts, limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from services.domain.calls import Candidate
from services.domain.provider_limits import ProviderLimit
from services.settings.values import Settings

_CONTEXT_FORM = "provider/model=tokens, as in vllm/llama=8192"


def read_deployments(settings: Settings) -> dict[str, str]:
    """The model behind each of Azure's deployments, the default deployment first.

    A deployment that is given without its model is taken to be named like it. AI_MODEL names the
    model of AZURE_OPENAI_DEPLOYMENT where Azure is the provider.
    """
    pairs = [entry.partition("=") for entry in settings.azure_openai_models]
    models = {name.strip(): model.strip() or name.strip() for name, _, model in pairs}
    chosen = settings.ai_model if settings.ai_provider == "azure" else None
    first = settings.azure_openai_deployment
    if first:
        models = {first: models.get(first) or chosen or first} | models
    if chosen in models:
        models = {chosen: models[chosen]} | models
    return models


def read_context_tokens(settings: Settings) -> dict[Candidate, int]:
    """The context of each model that AI_CONTEXT_TOKENS tells, as `provider/model=tokens`.

    Raises:
        ValueError: an entry is none of these.
    """
    found = {}
    for name, tokens in _read_numbers(settings.ai_context_tokens, _CONTEXT_FORM):
        provider, _, model = name.partition("/")
        if not provider or not model:
            raise ValueError(f"'{name}={tokens}' is not {_CONTEXT_FORM}")
        found[Candidate(provider, model)] = tokens
    return found


def read_provider_limits(settings: Settings) -> dict[str, ProviderLimit]:
    """The limits of each provider that AI_PROVIDER_RPM and AI_PROVIDER_TPM tell.

    Raises:
        ValueError: an entry is no `provider=number`.
    """
    requests = read_per_minute(settings.ai_provider_rpm)
    tokens = read_per_minute(settings.ai_provider_tpm)
    return {
        name: ProviderLimit(requests.get(name), tokens.get(name)) for name in {**requests, **tokens}
    }


def read_per_minute(entries: Iterable[str]) -> Mapping[str, int]:
    """Numbers by provider, as `provider=number`.

    Raises:
        ValueError: an entry is none of these.
    """
    return dict(_read_numbers(entries, "provider=number, as in openai=500"))


def _read_numbers(entries: Iterable[str], form: str) -> Iterator[tuple[str, int]]:
    """Names with whole numbers from 1; raises ValueError, naming the form, at an entry that is
    none."""
    for entry in entries:
        name, _, number = entry.rpartition("=")
        if not name.strip() or not number.strip().isdecimal() or int(number) < 1:
            raise ValueError(f"{entry!r} is not {form}")
        yield name.strip(), int(number)
