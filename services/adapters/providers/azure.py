"""Azure's dialect: OpenAI's format, a deployment in the path, the API's version in the query."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from services.adapters.providers.dialects import Access
from services.adapters.providers.openai_compatible import PATHS, OpenAIDialect
from services.domain.calls import ProviderCall

DEFAULT_API_VERSION = "2024-10-21"
"""The last dated version that is no preview."""

UNDATED = frozenset({"v1", "preview", "latest"})
"""Versions of Azure's newer paths, where the deployment stands in the body."""


@dataclass(frozen=True, slots=True)
class AzureDialect(OpenAIDialect):
    """Calls `{endpoint}/openai/deployments/{deployment}/…?api-version=…`.

    With the API version "v1" it calls `{endpoint}/openai/v1/…`.

    Source: learn.microsoft.com, "Azure OpenAI REST API reference".
    """

    api_version: str = DEFAULT_API_VERSION

    def path(self, call: ProviderCall) -> str:
        if self.api_version in UNDATED:
            return f"/openai/v1{PATHS[call.endpoint]}{_undated_query(self.api_version)}"
        deployment = quote(call.model, safe="")
        path = f"/openai/deployments/{deployment}{PATHS[call.endpoint]}"
        return f"{path}?api-version={quote(self.api_version, safe='')}"


def make_azure_dialect(key_setting: str, api_version: str) -> AzureDialect:
    """Azure's dialect at an API version; the last dated one when "" is given."""
    version = api_version or DEFAULT_API_VERSION
    models_path = f"/openai/models?api-version={quote(version, safe='')}"
    if version in UNDATED:
        models_path = f"/openai/v1/models{_undated_query(version)}"
    access = Access(
        key_setting, needs_key=True, header="api-key", scheme="", models_path=models_path
    )
    return AzureDialect(access, "max_completion_tokens", api_version=version)


def _undated_query(version: str) -> str:
    return "" if version == "v1" else f"?api-version={version}"
