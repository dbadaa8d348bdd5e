"""The Provider port over HTTP, for one or several replicas of a server in any dialect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import aiohttp

from services.adapters.providers.answers import drain, read_answer, read_error
from services.adapters.providers.connections import Connections
from services.adapters.providers.dialects import Dialect
from services.adapters.providers.failures import (
    CAUGHT,
    Subject,
    map_exception,
    was_never_written,
)
from services.adapters.providers.replicas import Replica, Replicas
from services.adapters.providers.silence import PatientReader
from services.adapters.providers.sse import EventDecoder
from services.adapters.providers.statuses import map_reported, map_status
from services.adapters.providers.wire_faults import Malformed, Reported, Unsupported
from services.domain.calls import (
    Chunk,
    Completion,
    Health,
    ProviderCall,
    ProviderInfo,
    ReplicaHealth,
    Timeouts,
)
from services.domain.errors import ProviderBadAnswer, ProviderError, ProviderRejected
from services.domain.ports import Clock


class HttpProvider:
    """Calls, streams and checks a provider; whatever goes wrong leaves as a ProviderError."""

    def __init__(
        self,
        info: ProviderInfo,
        read_key: Callable[[], str | None],
        clock: Clock,
        dialect: Dialect,
    ) -> None:
        self._info = info
        self._clock = clock
        self._dialect = dialect
        self._replicas = Replicas(info.base_urls, clock)
        self._connections = Connections(read_key)

    @property
    def info(self) -> ProviderInfo:
        return self._info

    async def complete(self, call: ProviderCall) -> Completion:
        async with self._post(call, is_stream=False) as response:
            return self._dialect.parse(call, await read_answer(response))

    async def stream(self, call: ProviderCall) -> AsyncGenerator[Chunk, None]:
        async with self._post(call, is_stream=True) as response:
            if response.content_type in ("text/html", "application/json"):
                self._dialect.parse(call, await read_answer(response))
                raise Malformed("a whole answer where a stream was asked for")
            reader, decoder, count = self._dialect.open_stream(call), EventDecoder(), 0
            is_open = True
            with PatientReader(response, call.timeouts.read_s) as body:
                while is_open:
                    piece = await body.read()
                    is_open = bool(piece)
                    for event in decoder.feed(piece) if piece else decoder.end():
                        chunk = reader.read(event)
                        if chunk is not None:
                            count += 1
                            yield chunk
                        if reader.is_over:
                            is_open = False
                            break
            _check_end(count, is_finished=reader.is_finished)
            await drain(response)

    async def check_health(self, timeout_s: float) -> Health:
        checks = [self._check_replica(replica, timeout_s) for replica in self._replicas.all]
        found = tuple(await asyncio.gather(*checks))
        best = min(found, key=lambda r: (not r.healthy, r.latency_ms))
        return Health(
            best.healthy, self._info.name, self._model, best.latency_ms, best.error, found
        )

    async def reset(self) -> None:
        await self._connections.renew()

    async def close(self) -> None:
        await self._connections.close()

    @asynccontextmanager
    async def _post(
        self, call: ProviderCall, *, is_stream: bool
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer to one call, its status checked; leaving closes it at once if unread.

        Whatever goes wrong with it, inside the block too, leaves as a ProviderError.
        """
        with self._replicas.lend() as replica:
            async with self._connections.lend() as connections:
                subject = self._subject(call.model, connections.key)
                try:
                    send = self._prepare(
                        connections.session, replica, subject, call, is_stream=is_stream
                    )
                    response = await _send(send)
                    try:
                        await self._check_status(response, subject)
                        yield response
                        self._replicas.succeeded(replica)
                    finally:
                        response.close()
                except (*CAUGHT, Malformed, Reported, Unsupported, ProviderError) as error:
                    failure = _translate(error, subject)
                    if failure.counts_for_breaker:
                        self._replicas.failed(replica)
                    raise failure from (None if failure is error else error)

    def _prepare(
        self,
        session: aiohttp.ClientSession,
        replica: Replica,
        subject: Subject,
        call: ProviderCall,
        *,
        is_stream: bool,
    ) -> Callable[[], Awaitable[aiohttp.ClientResponse]]:
        headers = self._dialect.access.headers(subject)
        headers["x-request-id"] = call.request_id
        if is_stream:
            # Compression would hold events back until a block is full.
            headers["Accept-Encoding"] = "identity"
        return partial(
            session.post,
            replica.base_url + self._dialect.path(call),
            data=self._dialect.render(call, is_stream=is_stream),
            headers=headers,
            timeout=_timeout(call.timeouts, is_stream=is_stream),
            allow_redirects=False,
        )

    async def _check_status(self, response: aiohttp.ClientResponse, subject: Subject) -> None:
        if not 200 <= response.status < 300:
            raw, now = await read_error(response), self._clock.now()
            raise map_status(response.status, response.headers, raw, subject, now)

    async def _check_replica(self, replica: Replica, timeout_s: float) -> ReplicaHealth:
        access, began_s = self._dialect.access, self._clock.monotonic_s()
        failure: ProviderError | None = None
        async with self._connections.lend() as connections:
            subject = self._subject(self._model, connections.key)
            try:
                async with connections.session.get(
                    replica.base_url + access.models_path,
                    headers=access.headers(subject),
                    timeout=aiohttp.ClientTimeout(total=timeout_s, ceil_threshold=timeout_s),
                    allow_redirects=False,
                ) as response:
                    await self._check_status(response, subject)
            except CAUGHT as error:
                failure = map_exception(error, subject)
            except ProviderError as error:
                failure = error
        return ReplicaHealth(
            base_url=replica.base_url,
            healthy=failure is None,
            latency_ms=(self._clock.monotonic_s() - began_s) * 1000,
            error=None if failure is None else failure.message,
            running_calls=replica.running_calls,
            is_out=self._replicas.is_out(replica),
        )

    def _subject(self, model: str, key: str | None) -> Subject:
        return Subject(self._info.name, model, self._dialect.access.key_setting, key)

    @property
    def _model(self) -> str:
        return self._info.models[0] if self._info.models else ""


async def _send(
    post: Callable[[], Awaitable[aiohttp.ClientResponse]],
) -> aiohttp.ClientResponse:
    """Post, on a second connection if the first was closed before anything was written."""
    try:
        return await post()
    except aiohttp.ClientError as error:
        if not was_never_written(error):
            raise
    return await post()


def _check_end(count: int, *, is_finished: bool) -> None:
    if count == 0:
        raise Malformed("a stream without any event", "empty_stream")
    if not is_finished:
        raise Malformed("a stream that ended before its answer did", "stream_truncated")


def _translate(error: BaseException, subject: Subject) -> ProviderError:
    if isinstance(error, ProviderError):
        return error
    if isinstance(error, Reported):
        return map_reported(error.answer, subject)
    if isinstance(error, Unsupported):
        text = f"Provider {subject.provider} was not called: {error}."
        return ProviderRejected(text, code="not_supported_by_provider", sent=False)
    if isinstance(error, Malformed):
        text = f"Provider {subject.provider} answered {error}. If it goes on, check its base URL."
        return ProviderBadAnswer(text, code=error.code)
    return map_exception(error, subject)


def _timeout(timeouts: Timeouts, *, is_stream: bool) -> aiohttp.ClientTimeout:
    total_s = timeouts.stream_s if is_stream else timeouts.total_s
    return aiohttp.ClientTimeout(
        total=total_s,
        connect=timeouts.connect_s,
        sock_read=timeouts.read_s,
        # Beyond this aiohttp rounds a time up to whole seconds.
        ceil_threshold=total_s + 1,
    )
