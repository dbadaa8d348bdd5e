"""The way of one request, step by step; the only place that knows their order.

authenticate → decide → prepare → screen → route → look up and admit → write the intent →
dispatch → screen the answer → record → settle → answer
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import orjson

from services.domain.calls import Completion
from services.domain.errors import (
    BudgetHeld,
    GuardrailBlocked,
    NotInRollout,
    ProviderBadAnswer,
    SluiceError,
    as_problem,
)
from services.domain.guardrails import ScreenDecision, screen_input
from services.domain.ledger import Source
from services.domain.messages import Answer, Incoming
from services.domain.ports import (
    Clock,
    Counters,
    Ids,
    LiveControl,
    TokenCounter,
)
from services.domain.privacy import mask_value
from services.domain.rollout import decide_access
from services.gateway.admission import LimitBook, dearest_nano_usd, demand_of, refusal_of
from services.gateway.answer_cache import AnswerCache
from services.gateway.answer_screen import AnswerScreen
from services.gateway.answers import (
    DONE,
    EVENT_TYPE,
    common_headers,
    error_answer,
    error_event,
    event,
    models_answer,
    plain_answer,
)
from services.gateway.dispatch import Dispatcher
from services.gateway.exchange import CURRENT_REQUEST, Caller, Exchange, Prepared
from services.gateway.interruption import Abandoned, refuse_killed
from services.gateway.lease import Lease
from services.gateway.recorder import Recorder
from services.gateway.requests import (
    prepare,
    provisional_caller,
    read_body,
    read_caller,
    read_key,
)
from services.gateway.routing import Router
from services.gateway.running import RunningCalls
from services.gateway.single_flight import SingleFlight, read_along
from services.gateway.stored_answers import GatheredAnswer, play_answer, unpack_answer
from services.gateway.streams import chain, closing_events, hold_back, played

HOLD_MARGIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Times:
    """How long a call may take, plain or streamed, and how long answers are kept."""

    longest_call_s: float
    cache_ttl_s: float = 3600.0

    @property
    def hold_s(self) -> float:
        """When an unsettled hold lapses: no call lives so long."""
        return self.longest_call_s + min(self.longest_call_s, HOLD_MARGIN_S)


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
        self._limits = LimitBook()
        self._live = live
        self._lease = lease
        self._dispatcher = dispatcher
        self._counters = counters
        self._recorder = recorder
        self._router = Router(live, tokens)
        self._running = running
        self._flights = SingleFlight()
        self._cache = AnswerCache(counters, self._flights, times.cache_ttl_s)
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
            stored = await self._admit(exchange)
            if stored is not None:
                return await self._answer_stored(exchange, stored)
            if exchange.call.is_streamed:
                return await self._open_stream(exchange)
            return await self._answer_plain(exchange)
        except Abandoned:
            await self._finish(exchange)
            return Answer(499, ())
        except asyncio.CancelledError:
            exchange.is_abandoned = True
            await asyncio.shield(self._finish(exchange))
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, the call must be recorded
            exchange.problem = as_problem(error)
            await self._finish(exchange)
            return error_answer(exchange, exchange.problem)

    async def _admit(self, exchange: Exchange) -> bytes | None:
        """Steps 1 to 8; the stored answer when there is one."""
        caller, body = self._authenticate(exchange)
        self._decide(exchange, caller)
        prepared = self._prepare(exchange, body)
        self._screen(exchange, caller, prepared)
        self._route(exchange, caller, prepared)
        stored = await self._look_up_and_admit(exchange, caller, prepared)
        if stored is None:
            self._running.add(exchange)
            if exchange.follows:
                stored = await self._share(exchange, caller)
        self._write_intent(exchange, caller)
        return stored

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
            self._lease.check()
            refuse_killed(self._live.register, caller.feature)
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
            admission = await self._counters.admit(demand, exchange.cache_key)
            exchange.admission = admission
            refusal = refusal_of(admission)
            if refusal is not None:
                raise refusal
            exchange.hold_nano_usd = 0 if exchange.is_cached else demand.hold_nano_usd
            step.decision = "cache_hit" if exchange.is_cached else "admitted"
            if admission.shadow:
                step.decision += f"; in shadow: {', '.join(admission.shadow)}"
            return admission.cached

    async def _share(self, exchange: Exchange, caller: Caller) -> bytes | None:
        """The answer of the equal call under way, if it is whole; one that goes on alone holds
        what its own call can cost."""
        with exchange.step("share") as step:
            refuse_killed(self._live.register, caller.feature)
            stored = await self._flights.wait(exchange)
            step.decision = "shared" if exchange.is_shared else "alone"
            if exchange.is_shared:
                return stored
            hold = dearest_nano_usd(exchange)
            if hold and not await self._counters.top_up(exchange.request_id, hold):
                raise BudgetHeld(
                    "The equal call under way gave no answer, and the budget has no room for a "
                    "call of this one's own now: nothing was sent. Try again.",
                    retry_after_s=1.0,
                )
            exchange.hold_nano_usd = hold
            return None

    def _write_intent(self, exchange: Exchange, caller: Caller) -> None:
        with exchange.step("write_intent"):
            self._recorder.write_intent(exchange, caller)

    async def _answer_plain(self, exchange: Exchange) -> Answer:
        completion: Completion | None = None
        with exchange.step("dispatch") as step:
            async with aclosing(self._dispatcher.dispatch(exchange)) as items:
                async for item in items:
                    completion = item if isinstance(item, Completion) else completion
            if completion is None:
                raise ProviderBadAnswer("The provider sent no answer. Try again.")
            step.decision = str(exchange.answered_by)
        data = self._screen_answer(exchange, completion)
        body = orjson.dumps(data)
        await self._cache.keep(exchange, data, body)
        await self._finish(exchange, completion.text)
        return plain_answer(exchange, body)

    async def _answer_stored(self, exchange: Exchange, stored: bytes) -> Answer:
        """What is stored as this call wants it: whole, or as a stream."""
        exchange.usage, body = unpack_answer(stored)
        if exchange.is_cached:
            exchange.answered_by = exchange.route.candidates[0]
            self._flights.land(exchange, stored)
        await self._finish(exchange)
        if not exchange.call.is_streamed:
            return plain_answer(exchange, body)
        content, ending = play_answer(orjson.loads(body))
        events = [*map(event, content), *closing_events(exchange, ending), DONE]
        return Answer(200, (EVENT_TYPE, *common_headers(exchange)), stream=played(events))

    async def _open_stream(self, exchange: Exchange) -> Answer:
        """The stream's answer once its first event is there, so that a failure before it still
        has its own status."""
        events = self._events(exchange)
        first = await anext(events)
        headers = (EVENT_TYPE, *common_headers(exchange))
        return Answer(200, headers, stream=chain(first, events))

    async def _events(self, exchange: Exchange) -> AsyncGenerator[bytes, None]:
        """The stream's events; ends on an error, a kill, or when the client goes away."""
        sent = False
        try:
            relay = self._relay_shared if exchange.is_shared else self._relay
            async with aclosing(relay(exchange)) as events:
                async for data in events:
                    sent = True
                    yield data
        except Abandoned:
            if not sent:
                raise
        except Exception as error:
            if not sent:
                raise
            exchange.problem = as_problem(error)
            await self._finish(exchange)
            yield error_event(exchange.problem)
        finally:
            if sent and not exchange.is_finished:
                exchange.is_abandoned = exchange.problem is None
                await asyncio.shield(self._finish(exchange))

    async def _relay(self, exchange: Exchange) -> AsyncGenerator[bytes, None]:
        """The provider's events as they come, then those with the closing figures."""
        held: list[dict[str, Any]] = []
        screen = AnswerScreen(exchange)
        gathered = GatheredAnswer() if exchange.cache_key is not None else None
        with exchange.step("dispatch") as step:
            async with aclosing(self._dispatcher.dispatch(exchange)) as items:
                async for item in items:
                    step.decision = str(exchange.answered_by)
                    for data in screen.feed(item):
                        if gathered is not None:
                            gathered.add(data)
                        for due in hold_back(held, data):
                            shown = event(due)
                            if exchange.flight is not None:
                                exchange.flight.publish(shown)
                            yield shown
            for data in screen.end():
                held.append(data)
                if gathered is not None:
                    gathered.add(data)
        if gathered is not None:
            await self._cache.keep_stream(exchange, gathered, held)
        await self._finish(exchange, "".join(exchange.text_parts))
        for last in closing_events(exchange, held):
            yield last
        yield DONE

    def _screen_answer(self, exchange: Exchange, completion: Completion) -> Mapping[str, Any]:
        with exchange.step("screen_answer") as step:
            data = AnswerScreen(exchange).check(completion)
            step.decision = "allow"
            return data

    async def _relay_shared(self, exchange: Exchange) -> AsyncGenerator[bytes, None]:
        """The events of the equal call under way, then its end with this one's figures."""
        flight = exchange.flight
        if flight is None:
            raise RuntimeError("The request shares an answer, but follows nobody.")
        with exchange.step("follow") as step:
            step.decision = flight.leader.request_id
            async with aclosing(read_along(exchange, flight)) as events:
                async for data in events:
                    exchange.first_token_s = exchange.first_token_s or exchange.elapsed_s()
                    yield data
        exchange.usage = flight.leader.usage
        await self._finish(exchange)
        for last in closing_events(exchange, [dict(data) for data in flight.ending]):
            yield last
        yield DONE

    async def _finish(self, exchange: Exchange, response: str | None = None) -> None:
        """Record and settle, once, whatever the end."""
        if exchange.is_finished:
            return
        exchange.is_finished = True
        self._flights.leave(exchange)
        self._running.remove(exchange)
        if exchange.masked:
            with exchange.step("mask_answer") as step:
                step.decision = ", ".join(f"{n} {kind}" for kind, n in exchange.masked.items())
        self._recorder.record(exchange, response)
        await self._recorder.settle(exchange)
