"""What no setting can tell by itself: whether settings fit together and their places can be used.

Nothing is connected to and nothing is made.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.domain.price_overrides import PriceListError
from services.settings.models import read_context_tokens, read_per_minute
from services.settings.price_file import read_price_file
from services.settings.values import Settings

_NEEDS = {
    "openai": "OPENAI_API_KEY is not set",
    "azure": "AZURE_OPENAI_API_KEY, AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_DEPLOYMENT (or "
    "AZURE_OPENAI_MODELS) are not all set",
    "anthropic": "ANTHROPIC_API_KEY is not set",
    "gemini": "GEMINI_API_KEY is not set",
    "vllm": "VLLM_BASE_URL and VLLM_MODELS are not both set",
    "ollama": "OLLAMA_BASE_URL is not set",
}
_POSTGRESQL = re.compile(
    # User and password, then host, port, database and options; each may be missing.
    r"(?:[^@]*@)?(?:\[[^\]]+\]|[^@:/?\[\]]*)(?::\d{1,5})?(?:/[^?]*)?(?:\?.*)?"
)
_URL_HELP = "use sqlite:///path/to/ledger.db or postgresql://user:password@host/name"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not fit, and the fields that it is about."""

    fields: frozenset[str]
    message: str


def find_problems(settings: Settings) -> Iterator[Problem]:
    """Everything that does not fit; no message holds a secret."""
    yield from _find_unusable_providers(settings)
    yield from _find_contradictions(settings)
    yield from _find_unusable_places(settings)
    yield from _find_unusable_models(settings)
    yield from _find_unusable_limits(settings)


def _find_unusable_providers(settings: Settings) -> Iterator[Problem]:
    for field, names in (
        ("ai_provider", (settings.ai_provider,)),
        ("ai_fallback_providers", settings.ai_fallback_providers),
    ):
        for name in names:
            if name not in settings.configured_providers:
                message = f"{field.upper()} names {name!r}, but {_missing(name)}"
                yield Problem(frozenset({field}), message)


def _missing(provider: str) -> str:
    known = ", ".join(["mock", *_NEEDS])
    return _NEEDS.get(provider, f"there is no such provider: use one of {known}")


def _find_unusable_limits(settings: Settings) -> Iterator[Problem]:
    for field in ("ai_provider_rpm", "ai_provider_tpm"):
        name = field.upper()
        try:
            limits = read_per_minute(getattr(settings, field))
        except ValueError as error:
            yield Problem(frozenset({field}), f"{name}: {error}")
            continue
        for provider in limits:
            if provider not in ("mock", *_NEEDS):
                message = f"{name} names {provider!r}, but {_missing(provider)}"
                yield Problem(frozenset({field}), message)


def _find_unusable_models(settings: Settings) -> Iterator[Problem]:
    try:
        read_context_tokens(settings)
    except ValueError as error:
        yield Problem(frozenset({"ai_context_tokens"}), f"AI_CONTEXT_TOKENS: {error}")
    try:
        read_price_file(settings.ai_prices_file)
    except PriceListError as error:
        file = str(settings.ai_prices_file)
        for problem in error.problems:
            message = f"AI_PRICES_FILE (it is {file!r}): {problem}"
            yield Problem(frozenset({"ai_prices_file"}), message)


def _find_contradictions(settings: Settings) -> Iterator[Problem]:
    if settings.ai_mock_delay_min > settings.ai_mock_delay_max:
        yield Problem(
            frozenset({"ai_mock_delay_min", "ai_mock_delay_max"}),
            "AI_MOCK_DELAY_MIN is above AI_MOCK_DELAY_MAX: swap or equal them",
        )
    both = set(settings.ai_enabled_features) & set(settings.ai_disabled_features)
    if both and "ai_enabled_features" in settings.model_fields_set:
        yield Problem(
            frozenset({"ai_enabled_features", "ai_disabled_features"}),
            "AI_ENABLED_FEATURES and AI_DISABLED_FEATURES both name "
            f"{', '.join(sorted(both))}: leave each in one of them",
        )


def _find_unusable_places(settings: Settings) -> Iterator[Problem]:
    folder = settings.ai_data_dir
    if (cause := _cannot_be_written(folder)) is not None:
        message = f"AI_DATA_DIR (it is {str(folder)!r}): {cause}"
        yield Problem(frozenset({"ai_data_dir"}), message)
    url = settings.database_url
    if url is not None and (cause := _is_malformed(url.get_secret_value())) is not None:
        yield Problem(frozenset({"database_url"}), f"DATABASE_URL: {cause}")


def _cannot_be_written(folder: Path) -> str | None:
    """Why a folder, or the one it would be made in, cannot be written to."""
    whole = folder.absolute()
    place = next((p for p in (whole, *whole.parents) if os.access(p, os.F_OK)), whole)
    if not place.is_dir():
        return f"{str(place)!r} is no folder: name one that Sluice may write to"
    if not os.access(place, os.W_OK | os.X_OK):
        return f"{str(place)!r} may not be written to: give this user the right, or name another"
    return None


def _is_malformed(url: str) -> str | None:
    scheme, separator, rest = url.partition("://")
    kind = scheme.partition("+")[0].lower()
    if not separator or kind not in {"sqlite", "postgresql", "postgres"}:
        return f"it is not the address of a database that Sluice knows: {_URL_HELP}"
    if kind == "sqlite":
        path = rest.partition("?")[0]
        if not path.startswith("/") or path[1:] in {"", ":memory:"}:
            return f"it names no SQLite file, so nothing would be kept: {_URL_HELP}"
        return None
    if _POSTGRESQL.fullmatch(rest) is None:
        return f"its host or port cannot be read: {_URL_HELP}"
    return None
