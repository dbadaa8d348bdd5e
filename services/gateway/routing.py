"""The candidates that may answer one request: not stopped, priced, and long enough for it."""

from __future__ import annotations

from services.domain.calls import Candidate, Endpoint
from services.domain.errors import NoRoute
from services.domain.ports import LiveControl, TokenCounter
from services.domain.routes import Route, fit_context, rank_candidates
from services.domain.snapshot import Snapshot
from services.domain.surcharges import is_covered
from services.gateway.exchange import Caller, Exchange, Prepared
from services.gateway.interruption import kill_refusal


class Router:
    """Ranks candidates under the request's policy and the kills of this moment."""

    def __init__(self, live: LiveControl, tokens: TokenCounter) -> None:
        self._live = live
        self._tokens = tokens

    def route(self, exchange: Exchange, caller: Caller, prepared: Prepared) -> Route:
        """The request's route; counts its input.

        Raises:
            NotFound: the pinned provider or model is not configured here.
            KillSwitchActive: every candidate is stopped.
            NoRoute: none has a price.
            InvalidRequest: none has a context long enough.
        """
        snapshot = exchange.snapshot
        route = rank_candidates(prepared.requested_model, snapshot.candidates, snapshot.providers)
        live = self._without_killed(route, caller.feature)
        priced = tuple(c for c in live if _may_be_billed(snapshot, c, prepared))
        if not priced:
            raise NoRoute(
                "No price is known for any model of the route, or for what the call asks for "
                "beside tokens (service_tier, web search, tools of the provider, audio), and the "
                "setting AI_ALLOW_UNPRICED refuses such calls: leave it out, set a price or allow "
                "them."
            )
        return Route(self._fitting(exchange, priced, prepared), route.is_pinned)

    def _without_killed(self, route: Route, feature: str) -> tuple[Candidate, ...]:
        register = self._live.register
        entries = [register.blocking(feature, c.provider, c.model) for c in route.candidates]
        live = [c for c, entry in zip(route.candidates, entries, strict=True) if entry is None]
        if not live:
            raise kill_refusal(next(entry for entry in entries if entry is not None))
        return tuple(live)

    def _fitting(
        self, exchange: Exchange, candidates: tuple[Candidate, ...], prepared: Prepared
    ) -> tuple[Candidate, ...]:
        exchange.input_tokens = self._tokens.count_body(candidates[0].model, prepared.body)
        if prepared.endpoint is Endpoint.EMBEDDING:
            # Each of its texts has a context of its own.
            return candidates
        return fit_context(
            candidates,
            exchange.snapshot.providers,
            exchange.input_tokens,
            prepared.max_output_tokens,
        )


def _may_be_billed(snapshot: Snapshot, candidate: Candidate, prepared: Prepared) -> bool:
    """Whether a call's price is known in full, or need not be."""
    if snapshot.allow_unpriced:
        return True
    price = snapshot.prices.get(candidate)
    return price is not None and is_covered(prepared.body, candidate.model, price)
