"""The way of one request, step by step; the only place that knows their order.

authenticate → decide → prepare → screen → route → look up and admit → write the intent →
dispatch → screen the answer → record → settle → answer
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any

import orjson

from services.domain.calls import Candidate, Chunk, Completion, Endpoint
from services.domain.errors import (
    GuardrailBlocked,
    LedgerUnavailable,
    NoRoute,
    NotInRollout,
    ProviderBadAnswer,
    SluiceError,
)
from services.domain.guardrails import ScreenDecision, screen_input
from services.domain.ledger import Intent, Source
from services.domain.limits import Settlement
from services.domain.messages import Answer, Incoming
from services.domain.money import price_estimate, price_usage
from services.domain.ports import (
    Clock,
    Counters,
    Ids,
    Journal,
    LiveControl,
    RequestObserver,
    TokenCounter,
)
from services.domain.privacy import hash_user, mask_value
from services.domain.prompts import check_answer
from services.domain.rollout import decide_access
from services.domain.routes import Route, fit_context, rank_candidates
from services.gateway.admission import build_demand, cache_key, refusal_of
from services.gateway.answers import (
    DONE,
    EVENT_TYPE,
    closing_figures,
    common_headers,
    error_answer,
    error_event,
    event,
    models_answer,
    plain_answer,
)
from services.gateway.dispatch import Abandoned, Dispatcher, kill_refusal
from services.gateway.exchange import CURRENT_REQUEST, Caller, Exchange, Prepared
from services.gateway.outcome import outcome_of
from services.gateway.requests import (
    prepare,
    provisional_caller,
    read_body,
    read_caller,
    read_key,
)
from services.gateway.running import RunningCalls
from services.gateway.stored_answers import pack_answer, unpack_answer

HOLD_MARGIN_S = 30.0
UNKNOWN_FEATURE = "unknown"


@dataclass(frozen=True, slots=True)
class Recording:
    """What may be stored of a request, and the key that turns users into hashes."""

    requests: bool
    responses: bool
    user_key: bytes
    stream_timeout_s: float
    cache_ttl_s: float = 3600.0


class Pipeline:
    """Answers requests. Nothing here reads SQL: the snapshot is pinned for the request."""

    def __init__(
        self,
        *,
        live: LiveControl,
        dispatcher: Dispatcher,
        counters: Counters,
        journal: Journal,
        tokens: TokenCounter,
        observer: RequestObserver,
        running: RunningCalls,
        recording: Recording,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._live = live
        self._dispatcher = dispatcher
        self._counters = counters
        self._journal = journal
        self._tokens = tokens
        self._observer = observer
        self._running = running
        self._recording = recording
        self._clock = clock
        self._ids = ids

    def begin(self, incoming: Incoming) -> Exchange:
        """A request that has just arrived, under the policy of this moment.

        From here on, the log lines of the task that carries it name its id.
        """
        request_id = self._ids.request_id()
        CURRENT_REQUEST.set(request_id)
        return Exchange(
            incoming=incoming,
            request_id=request_id,
            started_at=self._clock.now(),
            began_s=self._clock.monotonic_s(),
            clock=self._clock,
            snapshot=self._live.snapshot,
        )

    def list_models(self, incoming: Incoming) -> Answer:
        """`auto` and every provider's models, for a caller with a key."""
        exchange = self.begin(incoming)
        try:
            read_key(exchange)
        except SluiceError as error:
            return error_answer(exchange, error)
        return models_answer(exchange)

    async def answer(self, exchange: Exchange) -> Answer:
        """The whole way of the request; a stream's last steps run when its events have ended."""
        try:
            cached = await self._admit(exchange)
            if cached is not None:
                return await self._answer_cached(exchange, cached)
            self._running.add(exchange)
            if exchange.call.is_streamed:
                return await self._open_stream(exchange)
            return await self._answer_plain(exchange)
        except SluiceError as error:
            exchange.problem = error
            await self._finish(exchange)
            return error_answer(exchange, error)
        except Abandoned:
            await self._finish(exchange)
            return Answer(499, ())
        except asyncio.CancelledError:
            exchange.is_abandoned = True
            await asyncio.shield(self._finish(exchange))
            raise

    async def _admit(self, exchange: Exchange) -> bytes | None:
        """Steps 1 to 8; the stored answer when there is one."""
        caller, body = self._authenticate(exchange)
        self._decide(exchange, caller)
        prepared = self._prepare(exchange, body)
        self._screen(exchange, caller, prepared)
        self._route(exchange, caller, prepared)
        cached = await self._look_up_and_admit(exchange, caller, prepared)
        self._write_intent(exchange, caller, prepared)
        return cached

    def _authenticate(self, exchange: Exchange) -> tuple[Caller, dict[str, Any]]:
        with exchange.step("authenticate") as step:
            key = read_key(exchange)
            step.decision = key.name
            headers = exchange.incoming.headers
            exchange.caller = provisional_caller(key, headers)
            body = read_body(exchange.incoming)
            caller = read_caller(key, headers, body)
            exchange.caller = caller
            return caller, body

    def _decide(self, exchange: Exchange, caller: Caller) -> None:
        with exchange.step("decide") as step:
            blocked = self._live.register.blocking(caller.feature)
            if blocked is not None:
                raise kill_refusal(blocked)
            feature = exchange.snapshot.feature(caller.feature)
            if caller.source is Source.PLAYGROUND:
                step.decision = "playground"
                return
            access = decide_access(exchange.snapshot.control.ceiling, feature, caller.subject)
            step.decision = access.decision
            if not access.is_allowed:
                raise NotInRollout(
                    f"AI is not released for this call: {access.explanation}. Show your users "
                    "the feature without AI.",
                    code=access.decision,
                )

    def _prepare(self, exchange: Exchange, body: dict[str, Any]) -> Prepared:
        with exchange.step("prepare") as step:
            prepared = prepare(exchange.snapshot, exchange.incoming, body)
            exchange.prepared = prepared
            template = prepared.template
            step.decision = f"{template.id}@{template.version}" if template else "messages"
            return prepared

    def _screen(self, exchange: Exchange, caller: Caller, prepared: Prepared) -> None:
        with exchange.step("screen") as step:
            verdict = screen_input(
                prepared.texts,
                content_filter=exchange.snapshot.content_filter,
                injection_detection=exchange.snapshot.injection_detection,
            )
            if self._recording.requests:
                exchange.payload = orjson.dumps(mask_value(dict(prepared.body))).decode()
            if verdict.decision is ScreenDecision.BLOCK:
                raise GuardrailBlocked(verdict.explanation, code=verdict.rule)
            step.decision = verdict.decision

    def _route(self, exchange: Exchange, caller: Caller, prepared: Prepared) -> None:
        with exchange.step("route") as step:
            snapshot = exchange.snapshot
            route = rank_candidates(
                prepared.requested_model, snapshot.candidates, snapshot.providers
            )
            live = self._without_killed(route, caller.feature)
            priced = tuple(c for c in live if snapshot.allow_unpriced or c in snapshot.prices)
            if not priced:
                raise NoRoute(
                    "No price is known for any model of the route, and the setting "
                    "AI_ALLOW_UNPRICED refuses such calls: set a price or allow them."
                )
            fitting = self._fitting(exchange, priced, prepared)
            exchange.route = Route(fitting, route.is_pinned)
            step.decision = " → ".join(str(c) for c in fitting)

    def _fitting(
        self, exchange: Exchange, candidates: tuple[Candidate, ...], prepared: Prepared
    ) -> tuple[Candidate, ...]:
        """The candidates whose context is long enough; counts the input."""
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

    def _without_killed(self, route: Route, feature: str) -> tuple[Candidate, ...]:
        register = self._live.register
        entries = [register.blocking(feature, c.provider, c.model) for c in route.candidates]
        live = [c for c, entry in zip(route.candidates, entries, strict=True) if entry is None]
        if not live:
            raise kill_refusal(next(entry for entry in entries if entry is not None))
        return tuple(live)

    async def _look_up_and_admit(
        self, exchange: Exchange, caller: Caller, prepared: Prepared
    ) -> bytes | None:
        with exchange.step("admit") as step:
            first = exchange.route.candidates[0]
            output = prepared.max_output_tokens * prepared.choices
            hold = self._dearest(exchange, output)
            demand = build_demand(
                exchange.request_id,
                exchange.started_at,
                exchange.snapshot,
                caller,
                exchange.incoming.address,
                tokens=exchange.input_tokens + output,
                hold_nano_usd=hold,
                hold_s=self._recording.stream_timeout_s + HOLD_MARGIN_S,
            )
            key = cache_key(caller, prepared, str(first))
            admission = await self._counters.admit(demand, key)
            exchange.admission = admission
            refusal = refusal_of(admission)
            if refusal is not None:
                raise refusal
            exchange.is_cached = admission.cached is not None
            exchange.is_admitted = True
            exchange.hold_nano_usd = 0 if exchange.is_cached else hold
            step.decision = "cache_hit" if exchange.is_cached else "admitted"
            return admission.cached

    def _dearest(self, exchange: Exchange, output_tokens: int) -> int:
        """What the dearest candidate can cost at most; the unpriced hold nothing."""
        prices = exchange.snapshot.prices
        return max(
            (
                price_estimate(exchange.input_tokens, output_tokens, prices[c])
                for c in exchange.route.candidates
                if c in prices
            ),
            default=0,
        )

    def _write_intent(self, exchange: Exchange, caller: Caller, prepared: Prepared) -> None:
        with exchange.step("write_intent"):
            exchange.intent = self._intent(exchange, caller, prepared)
            self._journal.write_intent(exchange.intent)

    async def _answer_plain(self, exchange: Exchange) -> Answer:
        completion: Completion | None = None
        with exchange.step("dispatch") as step:
            async with aclosing(self._dispatcher.dispatch(exchange)) as items:
                async for item in items:
                    completion = item if isinstance(item, Completion) else completion
            if completion is None:
                raise ProviderBadAnswer("The provider sent no answer. Try again.")
            step.decision = str(exchange.answered_by)
        self._screen_answer(exchange, completion.text)
        body = orjson.dumps(completion.data)
        await self._store_answer(exchange, completion, body)
        await self._finish(exchange, completion.text)
        return plain_answer(exchange, body)

    async def _answer_cached(self, exchange: Exchange, stored: bytes) -> Answer:
        exchange.usage, body = unpack_answer(stored)
        first = exchange.route.candidates[0]
        exchange.answered_by = first
        price = exchange.snapshot.prices.get(first)
        exchange.saved_nano_usd = price_usage(exchange.usage, price) if price else 0
        await self._finish(exchange)
        return plain_answer(exchange, body)

    async def _open_stream(self, exchange: Exchange) -> Answer:
        """The stream's answer once its first event is there, so that a failure before it still
        has its own status."""
        events = self._events(exchange)
        first = await anext(events)
        headers = (EVENT_TYPE, *common_headers(exchange))
        return Answer(200, headers, stream=_chain(first, events))

    async def _events(self, exchange: Exchange) -> AsyncGenerator[bytes, None]:
        """The stream's events; ends on an error, a kill, or when the client goes away."""
        sent = False
        try:
            closing: list[dict[str, Any]] = []
            with exchange.step("dispatch") as step:
                async with aclosing(self._dispatcher.dispatch(exchange)) as items:
                    async for item in items:
                        step.decision = str(exchange.answered_by)
                        data = self._screened(exchange, item)
                        if closing or item.finish_reason is not None or _is_usage_only(item):
                            closing.append(data)
                            continue
                        sent = True
                        yield event(data)
            await self._finish(exchange, "".join(exchange.text_parts))
            for last in self._closing_events(exchange, closing):
                yield last
            yield DONE
        except SluiceError as error:
            exchange.problem = error
            if not sent:
                raise
            await self._finish(exchange)
            yield error_event(error)
        except Abandoned:
            if not sent:
                raise
        finally:
            if sent and not exchange.is_finished:
                exchange.is_abandoned = exchange.problem is None
                await asyncio.shield(self._finish(exchange))

    def _screened(self, exchange: Exchange, item: Chunk | Completion) -> dict[str, Any]:
        if item.text:
            exchange.text_parts.append(item.text)
            template = exchange.call.template
            if template is not None and template.constraints.forbidden_topics:
                check_answer(template.constraints, "".join(exchange.text_parts))
        return dict(item.data)

    def _closing_events(self, exchange: Exchange, closing: list[dict[str, Any]]) -> list[bytes]:
        """The events after the content, the last of them with cost and overhead."""
        content = [data for data in closing if data.get("choices")]
        kept = content or closing[:1] or [_empty_chunk(exchange)]
        if exchange.call.wants_usage:
            kept.append(_usage_chunk(exchange, kept[-1]))
        kept[-1]["sluice"] = closing_figures(exchange)
        return [event(data) for data in kept]

    def _screen_answer(self, exchange: Exchange, text: str) -> None:
        with exchange.step("screen_answer") as step:
            template = exchange.call.template
            if template is not None:
                check_answer(template.constraints, text)
            step.decision = "allow"

    async def _store_answer(self, exchange: Exchange, completion: Completion, body: bytes) -> None:
        """Keep a finished, genuine answer for equal calls."""
        caller, prepared = exchange.caller, exchange.call
        if caller is None or exchange.is_degraded:
            return
        if completion.finish_reason != "stop" or _has_tool_call(completion):
            return
        key = cache_key(caller, prepared, str(exchange.route.candidates[0]))
        if key is not None and exchange.answered_by == exchange.route.candidates[0]:
            stored = pack_answer(exchange.usage, body)
            await self._counters.store_answer(key, stored, self._recording.cache_ttl_s)

    async def _finish(self, exchange: Exchange, response: str | None = None) -> None:
        """Record and settle, once, whatever the end."""
        if exchange.is_finished:
            return
        exchange.is_finished = True
        self._running.remove(exchange)
        if exchange.caller is None:
            decision = exchange.problem.decision if exchange.problem else "client_gone"
            self._observer.stranger_refused(exchange.request_id, decision)
            return
        self._record(exchange, exchange.caller, response)
        await self._settle(exchange)

    def _record(self, exchange: Exchange, caller: Caller, response: str | None) -> None:
        intent = exchange.intent or self._intent(exchange, caller, exchange.prepared)
        stored = None
        if self._recording.responses and response:
            stored = mask_value(response)
        outcome = outcome_of(exchange, intent, self._clock.now(), stored)
        self._observer.request_ended(outcome)
        # Without an outcome a written intent becomes "lost"; the answer is still the caller's.
        with suppress(LedgerUnavailable):
            self._journal.write_outcome(outcome)

    async def _settle(self, exchange: Exchange) -> None:
        if not exchange.is_admitted:
            return
        open_attempts = [a for a in exchange.attempts if a.number not in exchange.settled_attempts]
        for attempt in open_attempts[:-1]:
            await self._counters.settle(
                Settlement(
                    exchange.request_id, attempt.number, attempt.cost_nano_usd,
                    attempt.usage.total_tokens, False,
                )
            )  # fmt: skip
        last = open_attempts[-1] if open_attempts else None
        await self._counters.settle(
            Settlement(
                exchange.request_id,
                last.number if last else 0,
                last.cost_nano_usd if last else 0,
                last.usage.total_tokens if last else 0,
                True,
            )
        )

    def _intent(self, exchange: Exchange, caller: Caller, prepared: Prepared | None) -> Intent:
        template = prepared.template if prepared else None
        user = caller.subject.user
        return Intent(
            request_id=exchange.request_id,
            started_at=exchange.started_at,
            source=caller.source,
            endpoint=exchange.incoming.endpoint,
            application=caller.key.name,
            feature=_known_feature(exchange, caller.feature),
            user=hash_user(user, self._recording.user_key) if user else None,
            requested_model=(prepared.requested_model if prepared else "")[:200],
            is_streamed=prepared.is_streamed if prepared else False,
            held_nano_usd=exchange.hold_nano_usd,
            revision=exchange.snapshot.revision,
            prompt=template.id if template else None,
            prompt_version=template.version if template else None,
            payload=exchange.payload,
        )


async def _chain(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    try:
        yield first
        async for data in rest:
            yield data
    finally:
        await rest.aclose()


def _known_feature(exchange: Exchange, name: str) -> str:
    """Names that callers invent must not become labels."""
    return name if name in exchange.snapshot.control.features else UNKNOWN_FEATURE


def _is_usage_only(item: Chunk | Completion) -> bool:
    return item.usage is not None and not item.data.get("choices")


def _has_tool_call(completion: Completion) -> bool:
    choices = completion.data.get("choices") or []
    return any((c.get("message") or {}).get("tool_calls") for c in choices)


def _empty_chunk(exchange: Exchange) -> dict[str, Any]:
    return {"id": exchange.request_id, "object": "chat.completion.chunk", "choices": []}


def _usage_chunk(exchange: Exchange, like: dict[str, Any]) -> dict[str, Any]:
    usage = exchange.usage
    return {
        **{name: like[name] for name in ("id", "object", "created", "model") if name in like},
        "choices": [],
        "usage": {
            "prompt_tokens": usage.input_tokens,
            "completion_tokens": usage.output_tokens,
            "total_tokens": usage.total_tokens,
            "prompt_tokens_details": {"cached_tokens": usage.cached_input_tokens},
        },
    }
