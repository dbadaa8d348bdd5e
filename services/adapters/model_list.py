"""The list of models that genai-prices ships: no network, ever."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from genai_prices.data import providers as SHIPPED  # noqa: N812 - a constant of that package
from genai_prices.data_snapshot import DataSnapshot
from genai_prices.types import ModelInfo

from services.domain.calls import Candidate

LISTED_AS = MappingProxyType(
    {"openai": "openai", "gemini": "google", "azure": "azure", "anthropic": "anthropic"}
)
"""Our providers' names to the list's."""


class ListedModels:
    """Finds our candidates in the list.

    Args:
        stands_for: the list's name of a model that we call by another: a deployment's, say.
    """

    def __init__(
        self,
        stands_for: Mapping[Candidate, str] = MappingProxyType({}),
        listed_as: Mapping[str, str] = LISTED_AS,
    ) -> None:
        self._stands_for = stands_for
        self._listed_as = listed_as
        self._list = DataSnapshot(providers=SHIPPED, from_auto_update=False)
        self.find = lru_cache(maxsize=1024)(self._find)

    def context_tokens(self, candidate: Candidate) -> int | None:
        """The longest input and output together; None where the list does not say."""
        model = self.find(candidate)
        return None if model is None else model.context_window

    def _find(self, candidate: Candidate) -> ModelInfo | None:
        listed = self._listed_as.get(candidate.provider)
        if listed is None:
            return None
        name = self._stands_for.get(candidate, candidate.model)
        try:
            return self._list.find_provider_model(name, None, listed, None)[1]
        except LookupError:
            return None
