"""What the settings say of single models: Azure's deployments, and how long a context may be."""

from __future__ import annotations

from services.domain.calls import Candidate
from services.settings.values import Settings


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
    for entry in settings.ai_context_tokens:
        name, _, tokens = entry.rpartition("=")
        provider, _, model = name.strip().partition("/")
        if not provider or not model or not tokens.strip().isdecimal() or int(tokens) < 1:
            raise ValueError(f"{entry!r} is not provider/model=tokens, as in vllm/llama=8192")
        found[Candidate(provider, model)] = int(tokens)
    return found
