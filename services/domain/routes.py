"""Which provider and model are asked, in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.domain.calls import Candidate, ProviderInfo
from services.domain.errors import InvalidRequest, NotFound

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Route:
    """The candidates of one request, best first.

    Args:
        is_pinned: the caller named provider and model, so nothing else may answer.
    """

    candidates: tuple[Candidate, ...]
    is_pinned: bool = False


class RouteUse(StrEnum):
    """Who can call a model."""

    ROUTE = "route"
    PINNED = "pinned"
    NOBODY = "nobody"


def route_use(
    candidate: Candidate, default: Sequence[Candidate], providers: Mapping[str, ProviderInfo]
) -> RouteUse:
    """Whether the default route asks a model, only calls that pin it, or nobody any more."""
    if candidate in default:
        return RouteUse.ROUTE
    info = providers.get(candidate.provider)
    is_configured = info is not None and candidate.model in info.models
    return RouteUse.PINNED if is_configured else RouteUse.NOBODY


def rank_candidates(
    requested: str, default: Sequence[Candidate], providers: Mapping[str, ProviderInfo]
) -> Route:
    """The route for `auto` (the default order) or for a pinned `provider/model`.

    Raises:
        NotFound: the provider or model is not configured here.
    """
    if requested == AUTO:
        return Route(tuple(default))
    provider, _, model = requested.partition("/")
    info = providers.get(provider)
    if info is None or not model:
        known = ", ".join(sorted(f"{p.name}/{m}" for p in providers.values() for m in p.models))
        raise NotFound(
            f"Model {requested!r} is not known here. Use {AUTO!r} to let the route decide, "
            f"or pin one of: {known}.",
            code="model_not_found",
            param="model",
        )
    if model not in info.models:
        raise NotFound(
            f"Provider {provider} is not set up for model {model!r}. It has: "
            f"{', '.join(info.models)}.",
            code="model_not_found",
            param="model",
        )
    return Route((Candidate(provider, model),), is_pinned=True)


def fit_context(
    candidates: Sequence[Candidate],
    providers: Mapping[str, ProviderInfo],
    input_tokens: int,
    max_output_tokens: int,
) -> tuple[Candidate, ...]:
    """The candidates whose context holds the call, as far as contexts are known.

    A mock holds any call, but never takes one over for being too long: what is wrong with it is
    the caller's to know.

    Raises:
        InvalidRequest: `context_length_exceeded`, when none is left.
    """
    needed = input_tokens + max_output_tokens
    rooms = {c: providers[c.provider].context_tokens.get(c.model) for c in candidates}
    fitting = tuple(c for c, room in rooms.items() if room is None or needed <= room)
    if any(c == candidates[0] or not providers[c.provider].is_mock for c in fitting):
        return fitting
    longest = max(room for room in rooms.values() if room is not None)
    raise InvalidRequest(
        f"This call needs {needed} tokens ({input_tokens} of input as counted here and up to "
        f"{max_output_tokens} of output), and the longest context of its route is {longest} "
        "tokens: nothing was sent. Shorten the messages or lower max_tokens.",
        code="context_length_exceeded",
        param="messages",
    )
