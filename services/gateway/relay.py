"""Streams an answer to its client: a provider's events, or those of the equal call it shares."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

import orjson

from services.domain.errors import as_problem
from services.domain.messages import Answer
from services.gateway.answer_cache import AnswerCache
from services.gateway.answer_screen import AnswerScreen
from services.gateway.answers import DONE, EVENT_TYPE, common_headers, error_event, event
from services.gateway.dispatch import Dispatcher
from services.gateway.exchange import Exchange
from services.gateway.finaliser import Finaliser
from services.gateway.interruption import Abandoned
from services.gateway.large_texts import LARGE, LargeTexts
from services.gateway.recorder import Recorder
from services.gateway.single_flight import read_along
from services.gateway.stored_answers import play_answer
from services.gateway.streams import Outlet, closing_events, played


class Relay:
    """Passes events on as they come; a stream's last steps run when its events have ended."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        cache: AnswerCache,
        finaliser: Finaliser,
        recorder: Recorder,
        texts: LargeTexts,
    ) -> None:
        self._dispatcher = dispatcher
        self._cache = cache
        self._finaliser = finaliser
        self._recorder = recorder
        self._texts = texts

    async def open(self, exchange: Exchange) -> Answer:
        """The stream's answer once its first event is there, so that a failure before it still
        has its own status."""
        events, flight = self._events(exchange), exchange.flight
        if flight is not None and flight.leader is exchange:
            events = flight.read_out(events)
        first = await anext(events)
        return Answer(200, (EVENT_TYPE, *common_headers(exchange)), first, events)

    def play(self, exchange: Exchange, body: bytes) -> Answer:
        """An answer that is there whole, as a stream; its exchange is finished."""
        content, ending = play_answer(orjson.loads(body))
        events = [*map(event, content), *closing_events(exchange, ending), DONE]
        return Answer(200, (EVENT_TYPE, *common_headers(exchange)), stream=played(events))

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
            await self._finaliser.finish(exchange)
            yield error_event(exchange.problem)
        finally:
            if sent and not exchange.is_finished:
                await self._finaliser.abandon(exchange)

    async def _relay(self, exchange: Exchange) -> AsyncGenerator[bytes, None]:
        """The provider's events as they come, then those with the closing figures."""
        screen, outlet = AnswerScreen(exchange), Outlet(exchange)
        is_raw = screen.changes_nothing
        with exchange.step("dispatch") as step:
            async with aclosing(self._dispatcher.stream(exchange)) as chunks:
                async for chunk in chunks:
                    step.decision = step.decision or str(exchange.answered_by)
                    size = screen.size_of(chunk)
                    if size <= LARGE:
                        passed = screen.feed(chunk)
                    else:
                        passed = await self._texts.read(size, screen.feed, chunk)
                    for data in passed:
                        for shown in outlet.let_out(data, chunk.raw if is_raw else b""):
                            yield shown
            outlet.end(screen.end())
        if outlet.gathered is not None:
            await self._cache.keep_stream(exchange, outlet.gathered, outlet.held)
        text = "".join(exchange.text_parts)
        await self._texts.read(len(text), self._recorder.keep_response, exchange, text)
        await self._finaliser.finish(exchange)
        for last in closing_events(exchange, outlet.held):
            yield last
        yield DONE

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
        await self._finaliser.finish(exchange)
        for last in closing_events(exchange, [dict(data) for data in flight.ending]):
            yield last
        yield DONE
