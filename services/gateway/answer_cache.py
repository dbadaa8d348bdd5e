"""Which answers are kept for equal calls to come, under which key, and given to those that wait."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from services.domain.ports import Counters
from services.gateway.exchange import Caller, Exchange, Prepared
from services.gateway.large_texts import LargeTexts
from services.gateway.single_flight import SingleFlight
from services.gateway.stored_answers import MAX_BYTES, GatheredAnswer, may_store, pack_answer

_CACHEABLE_TEMPERATURE = 0.3


class AnswerCache:
    """Keeps answers that are finished, genuine and without personal data.

    Args:
        ttl_s: how long; 0 for no cache, and no calls that share an answer.
    """

    def __init__(
        self, counters: Counters, flights: SingleFlight, texts: LargeTexts, ttl_s: float
    ) -> None:
        self._counters = counters
        self._texts = texts
        self._flights = flights
        self._ttl_s = ttl_s

    def key_of(self, exchange: Exchange, caller: Caller, prepared: Prepared) -> str | None:
        """The key of the request's answer; None when it is never cached."""
        if self._ttl_s <= 0:
            return None
        first, names = exchange.route.candidates[0], exchange.snapshot.cached_features
        return cache_key(caller, prepared, str(first), names)

    async def keep(
        self,
        exchange: Exchange,
        data: Mapping[str, Any],
        body: bytes,
        ending: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Give an answer to those who wait for it, and store it if equal calls may have it.

        Args:
            body: the data as they go out.
            ending: of a streamed answer, the events that close it.
        """
        key = exchange.cache_key
        if key is None:
            return
        stored = pack_answer(exchange.usage, body)
        is_genuine = exchange.answered_by == exchange.route.candidates[0] and not exchange.masked
        if (
            is_genuine
            and len(body) <= MAX_BYTES
            and await self._texts.read(len(body), may_store, exchange.call.endpoint, data)
        ):
            await self._counters.store_answer(key, stored, self._ttl_s)
        self._flights.land(exchange, stored, ending)

    async def keep_stream(
        self,
        exchange: Exchange,
        gathered: GatheredAnswer,
        ending: Sequence[Mapping[str, Any]],
    ) -> None:
        """The same for a stream that has ended."""
        data = gathered.body(exchange.usage)
        if data is None:
            self._flights.land(exchange, None, ending)
        else:
            await self.keep(exchange, data, orjson.dumps(data), ending)


def cache_key(
    caller: Caller, prepared: Prepared, model: str, cached_features: frozenset[str]
) -> str | None:
    """Under which key an equal answer is stored; None for calls that are never cached.

    Never across applications, features, models or prompt versions; the same whether the answer is
    streamed or not.
    """
    if prepared.choices > 1 or not _is_cacheable(caller.feature, prepared, cached_features):
        return None
    template = prepared.template
    parts = [
        caller.source.value,
        caller.key.name,
        caller.feature,
        model,
        [template.id, template.version] if template else None,
        prepared.endpoint.value,
        prepared.max_output_tokens,
        prepared.body,
    ]
    text = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)
    return "ai:cache:response:" + hashlib.sha256(text).hexdigest()


def _is_cacheable(feature: str, prepared: Prepared, cached_features: frozenset[str]) -> bool:
    if feature in cached_features:
        return True
    temperature = prepared.body.get("temperature")
    return temperature is not None and temperature <= _CACHEABLE_TEMPERATURE
