"""The way of one request, step by step; the only place that knows their order.

authenticate → decide → prepare → screen → route → look up and admit → share → write the intent →
dispatch → screen the answer → keep → record and settle → answer
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson

from services.domain.calls import Completion
from services.domain.errors import GuardrailBlocked, SluiceError, as_problem
from services.domain.guardrails import ScreenDecision, screen_input
from services.domain.ledger import Source
from services.domain.messages import Answer, Incoming
from services.domain.ports import Clock, Counters, Ids, LiveControl, TokenCounter
from services.domain.privacy import mask_value
from services.domain.rollout_access import decide_access
from services.domain.routes import rank_candidates
from services.gateway.admission import (
    LimitBook,
    dearest_nano_usd,
    demand_of,
    estimated_tokens,
)
from services.gateway.answer_cache import AnswerCache
from services.gateway.answer_screen import AnswerScreen
from services.gateway.answers import error_answer, model_answer, models_answer, plain_answer
from services.gateway.callers import provisional_caller, read_caller, read_key
from services.gateway.dispatch import Dispatcher
from services.gateway.exchange import CURRENT_REQUEST, Caller, Exchange, Prepared
from services.gateway.finaliser import Finaliser
from services.gateway.interruption import (
    CLIENT_GONE_STATUS,
    Abandoned,
    refuse_interrupted,
    refuse_killed,
)
from services.gateway.large_texts import LargeTexts
from services.gateway.lease import Lease
from services.gateway.recorder import Recorder
from services.gateway.refusals import refusal_of, refusal_of_access, refusal_of_top_up
from services.gateway.relay import Relay
from services.gateway.requests import parse_body, prepare
from services.gateway.routing import Router
from services.gateway.running import RunningCalls
from services.gateway.single_flight import SingleFlight
from services.gateway.stored_answers import unpack_answer
from services.gateway.times import Times


class Pipeline:
    """Answers requests. Nothing here reads SQL: the snapshot is pinned for the request."""

    def __init__(
        self,
        *,
        live: LiveControl,
        lease: Lease,
        dispatcher: Dispatcher,
        counters: Counters,
        recorder: Recorder,
        tokens: TokenCounter,
        running: RunningCalls,
        times: Times,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._limits = LimitBook(recorder.name_user)
        self._texts = LargeTexts()
        self._live = live
        self._lease = lease
        self._dispatcher = dispatcher
        self._counters = counters
        self._recorder = recorder
        self._router = Router(live, tokens)
        self._running = running
        self._flights = SingleFlight(times.calls)
        self._cache = AnswerCache(counters, self._flights, self._texts, times.cache_ttl_s)
        self._finaliser = Finaliser(recorder, running, self._flights)
        self._relay = Relay(dispatcher, self._cache, self._finaliser, recorder, self._texts)
        self._times = times
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

    def list_models(self, incoming: Incoming, model: str | None = None) -> Answer:
        """Answer with `auto` and every provider's models, or with the one model asked for."""
        exchange = self.begin(incoming)
        try:
            read_key(exchange)
            if model is None:
                return models_answer(exchange)
            rank_candidates(model, exchange.snapshot.candidates, exchange.snapshot.providers)
            return model_answer(exchange, model)
        except SluiceError as error:
            return error_answer(exchange, error)

    async def answer(self, exchange: Exchange) -> Answer:
        """Answer the request; whatever its end, it is recorded and settled."""
        try:
            return await self._run(exchange)
        except Abandoned:
            await self._finaliser.finish(exchange)
            return Answer(CLIENT_GONE_STATUS, ())
        except asyncio.CancelledError:
            await self._finaliser.abandon(exchange)
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, the call must be recorded
            exchange.problem = as_problem(error)
            await self._finaliser.finish(exchange)
            return error_answer(exchange, exchange.problem)

    async def _run(self, exchange: Exchange) -> Answer:
        """The steps in their order; those of a stream after this go on in the relay."""
        caller, body = self._authenticate(exchange)
        self._decide(exchange, caller)
        prepared = self._prepare(exchange, body)

        # A large request is read in a thread: everybody else would wait for it.
        size = len(exchange.incoming.body)
        await self._texts.read(size, self._screen, exchange, prepared)
        await self._texts.read(size, self._route, exchange, caller, prepared)

        stored = await self._look_up_and_admit(exchange, caller, prepared)
        if stored is not None:
            # Where nothing is sent no attempt asks the kill switch, and it stops this too.
            refuse_killed(self._live.register, exchange, exchange.route.candidates[0])
        else:
            self._running.add(exchange)
            stored = await self._share(exchange)
        self._write_intent(exchange, caller)
        if stored is not None:
            return await self._answer_stored(exchange, stored)
        if prepared.is_streamed:
            return await self._relay.open(exchange)

        completion = await self._dispatch(exchange)
        answer = orjson.dumps(completion.data)
        data = await self._texts.read(len(answer), self._screen_answer, exchange, completion)
        if data is not completion.data:
            answer = orjson.dumps(data)
        # While an answer is screened or stored, a kill or a client that leaves is only noted.
        refuse_interrupted(exchange)
        await self._cache.keep(exchange, data, answer)
        refuse_interrupted(exchange)
        await self._finaliser.finish(exchange)
        return plain_answer(exchange, answer)

    def _authenticate(self, exchange: Exchange) -> tuple[Caller, dict[str, Any]]:
        with exchange.step("authenticate") as step:
            key = read_key(exchange)
            step.decision = key.name
            headers = exchange.incoming.headers
            try:
                body = parse_body(exchange.incoming)
                exchange.caller = caller = read_caller(key, headers, body)
            except Exception:
                exchange.caller = provisional_caller(key, headers)
                raise
            return caller, body

    def _decide(self, exchange: Exchange, caller: Caller) -> None:
        with exchange.step("decide") as step:
            self._lease.check()
            refuse_killed(self._live.register, exchange)
            feature = exchange.snapshot.feature(caller.feature)
            if caller.source is Source.PLAYGROUND:
                step.decision = "playground"
                return
            ceiling = exchange.snapshot.control.ceiling
            access = decide_access(ceiling, feature, caller.subject)
            step.decision = access.decision
            if not access.is_allowed:
                raise refusal_of_access(access, ceiling, feature, caller)

    def _prepare(self, exchange: Exchange, body: dict[str, Any]) -> Prepared:
        with exchange.step("prepare") as step:
            prepared = prepare(exchange.snapshot, exchange.incoming, body)
            exchange.prepared = prepared
            template = prepared.template
            step.decision = f"{template.id}@{template.version}" if template else "messages"
            return prepared

    def _screen(self, exchange: Exchange, prepared: Prepared) -> None:
        with exchange.step("screen") as step:
            verdict = screen_input(
                prepared.texts,
                content_filter=exchange.snapshot.content_filter,
                injection_detection=exchange.snapshot.injection_detection,
            )
            if self._recorder.keeps_requests:
                exchange.payload = orjson.dumps(mask_value(dict(prepared.body))).decode()
            if verdict.decision is ScreenDecision.BLOCK:
                raise GuardrailBlocked(verdict.explanation, code=verdict.rule)
            step.decision = verdict.decision

    def _route(self, exchange: Exchange, caller: Caller, prepared: Prepared) -> None:
        with exchange.step("route") as step:
            exchange.route = self._router.route(exchange, caller, prepared)
            step.decision = " → ".join(str(c) for c in exchange.route.candidates)

    async def _look_up_and_admit(
        self, exchange: Exchange, caller: Caller, prepared: Prepared
    ) -> bytes | None:
        with exchange.step("admit") as step:
            exchange.cache_key = self._cache.key_of(exchange, caller, prepared)
            self._flights.join(exchange)
            limits = self._limits.find(
                exchange.snapshot, caller, exchange.incoming.address, exchange.started_at
            )
            demand = demand_of(exchange, caller, limits, self._times.hold_s)
            exchange.demand = demand
            admission = await self._counters.admit(demand, exchange.cache_key)
            exchange.admission = admission
            refusal = refusal_of(admission, demand, caller.plain_role)
            if refusal is not None:
                raise refusal
            exchange.hold_nano_usd = 0 if exchange.is_cached else demand.hold_nano_usd
            step.decision = "cache_hit" if exchange.is_cached else "admitted"
            exchange.passed_limits += admission.shadow
            if admission.shadow:
                step.decision += f"; in shadow: {', '.join(admission.shadow)}"
            return admission.cached

    async def _share(self, exchange: Exchange) -> bytes | None:
        """The whole answer of the equal call under way; None to read its events, or to call.

        A follower was admitted without money or tokens: before it calls on its own, it takes them.
        """
        if not exchange.follows:
            return None
        with exchange.step("share") as step:
            refuse_killed(self._live.register, exchange)
            stored = await self._flights.wait(exchange)
            step.decision = "shared" if exchange.is_shared else "alone"
            if exchange.is_shared:
                return stored
            hold = dearest_nano_usd(exchange)
            tokens = estimated_tokens(exchange)
            short = await self._counters.top_up(exchange.demand, hold, tokens)
            if short is not None:
                cause = "The equal call under way gave no answer"
                raise refusal_of_top_up(short, exchange.demand, cause, tokens)
            exchange.hold_nano_usd = hold
            return None

    def _write_intent(self, exchange: Exchange, caller: Caller) -> None:
        with exchange.step("write_intent"):
            self._recorder.write_intent(exchange, caller)

    async def _dispatch(self, exchange: Exchange) -> Completion:
        with exchange.step("dispatch") as step:
            completion = await self._dispatcher.complete(exchange)
            step.decision = str(exchange.answered_by)
            return completion

    def _screen_answer(self, exchange: Exchange, completion: Completion) -> Mapping[str, Any]:
        with exchange.step("screen_answer") as step:
            data = AnswerScreen(exchange).check(completion)
            self._recorder.keep_response(exchange, completion.text)
            step.decision = "allow"
            return data

    async def _answer_stored(self, exchange: Exchange, stored: bytes) -> Answer:
        """What is stored as this call wants it: whole, or as a stream."""
        exchange.usage, body = unpack_answer(stored)
        if exchange.is_cached:
            exchange.answered_by = exchange.route.candidates[0]
            self._flights.land(exchange, stored)
        await self._finaliser.finish(exchange)
        if exchange.call.is_streamed:
            return self._relay.play(exchange, body)
        return plain_answer(exchange, body)
