"""Any server that speaks OpenAI's HTTP format, over aiohttp: OpenAI, Gemini, vLLM, Ollama."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import aiohttp

from services.adapters.providers.answers import drain, read_answer, read_error
from services.adapters.providers.connections import Connections
from services.adapters.providers.failures import (
    CAUGHT,
    Subject,
    map_exception,
    was_never_written,
)
from services.adapters.providers.replicas import Replicas
from services.adapters.providers.sse import EventDecoder
from services.adapters.providers.statuses import map_reported, map_status
from services.adapters.providers.wire import (
    DONE,
    Malformed,
    Reported,
    parse_chunk,
    parse_completion,
    render_body,
)
from services.domain.calls import (
    Chunk,
    Completion,
    Endpoint,
    Health,
    ProviderCall,
    ProviderInfo,
    Timeouts,
)
from services.domain.errors import ProviderBadAnswer, ProviderError, ProviderRejected
from services.domain.ports import Clock

_PATHS = {
    Endpoint.CHAT: "/chat/completions",
    Endpoint.COMPLETION: "/completions",
    Endpoint.EMBEDDING: "/embeddings",
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one provider differs from the others.

    Args:
        limit_field: its name for the output limit of chat calls.
        key_setting: the setting that holds its key, for the words of errors.
        needs_key: it cannot be called without one.
    """

    limit_field: str = "max_tokens"
    key_setting: str = ""
    needs_key: bool = False


class OpenAICompatibleProvider:
    """The Provider port over one or several replicas of an OpenAI-compatible server."""

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
        body = render_body(call, self._dialect.limit_field, is_stream=False)
        async with self._post(call, body, is_stream=False) as response:
            return parse_completion(call.endpoint, await read_answer(response))

    async def stream(self, call: ProviderCall) -> AsyncIterator[Chunk]:
        body = render_body(call, self._dialect.limit_field, is_stream=True)
        async with self._post(call, body, is_stream=True) as response:
            if response.content_type in ("text/html", "application/json"):
                parse_completion(call.endpoint, await read_answer(response))
                raise Malformed("a whole answer where a stream was asked for")
            decoder, count, is_finished, is_open = EventDecoder(), 0, False, True
            while is_open:
                piece = await response.content.readany()
                is_open = bool(piece)
                for event in decoder.feed(piece) if piece else decoder.end():
                    if event == DONE:
                        is_finished, is_open = True, False
                        break
                    chunk = parse_chunk(call.endpoint, event)
                    count += 1
                    is_finished = is_finished or chunk.finish_reason is not None
                    yield chunk
            _check_end(count, is_finished=is_finished)
            await drain(response)

    async def check_health(self, timeout_s: float) -> Health:
        checks = [self._check_replica(url, timeout_s) for url in self._replicas.base_urls]
        found = await asyncio.gather(*checks)
        return min(found, key=lambda h: (not h.healthy, h.latency_ms))

    async def reset(self) -> None:
        await self._connections.renew()

    async def close(self) -> None:
        await self._connections.close()

    @asynccontextmanager
    async def _post(
        self, call: ProviderCall, body: bytes, *, is_stream: bool
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer to one call, its status checked; leaving closes it at once if unread.

        Whatever goes wrong with it, inside the block too, leaves as a ProviderError.
        """
        url = self._replicas.pick()
        async with self._connections.lend() as (session, key):
            subject = Subject(self._info.name, call.model, self._dialect.key_setting, key)
            headers = self._headers(subject, call.request_id)
            if is_stream:
                # Compression would hold events back until a block is full.
                headers["Accept-Encoding"] = "identity"
            timeout = _timeout(call.timeouts, is_stream=is_stream)
            try:
                response = await _send(session, url + _PATHS[call.endpoint], body, headers, timeout)
                try:
                    await self._check_status(response, subject)
                    yield response
                    self._replicas.succeeded(url)
                finally:
                    response.close()
            except (*CAUGHT, Malformed, Reported, ProviderError) as error:
                failure = _translate(error, subject)
                if failure.counts_for_breaker:
                    self._replicas.failed(url)
                raise failure from (None if failure is error else error)

    async def _check_status(self, response: aiohttp.ClientResponse, subject: Subject) -> None:
        if not 200 <= response.status < 300:
            raw, now = await read_error(response), self._clock.now()
            raise map_status(response.status, response.headers, raw, subject, now)

    def _headers(self, subject: Subject, request_id: str | None) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": "sluice"}
        if request_id is not None:
            headers["x-request-id"] = request_id
        if subject.key is not None and subject.key.isprintable() and " " not in subject.key:
            headers["Authorization"] = f"Bearer {subject.key}"
        elif subject.key is not None or self._dialect.needs_key:
            what = "no key is set" if subject.key is None else "its key holds spaces or line ends"
            raise ProviderRejected(
                f"Provider {subject.provider} was not called: {what}. "
                f"Set {self._dialect.key_setting or 'its key'} and reset the provider.",
                sent=False,
            )
        return headers

    async def _check_replica(self, url: str, timeout_s: float) -> Health:
        began_s = self._clock.monotonic_s()
        failure: ProviderError | None = None
        model = self._info.models[0] if self._info.models else ""
        async with self._connections.lend() as (session, key):
            subject = Subject(self._info.name, model, self._dialect.key_setting, key)
            timeout = aiohttp.ClientTimeout(total=timeout_s, ceil_threshold=timeout_s)
            try:
                headers = self._headers(subject, None)
                async with session.get(
                    f"{url}/models", headers=headers, timeout=timeout, allow_redirects=False
                ) as response:
                    await self._check_status(response, subject)
            except CAUGHT as error:
                failure = map_exception(error, subject)
            except ProviderError as error:
                failure = error
        latency_ms = (self._clock.monotonic_s() - began_s) * 1000
        text = None if failure is None else failure.message
        return Health(failure is None, self._info.name, model, latency_ms, text)


async def _send(
    session: aiohttp.ClientSession,
    url: str,
    body: bytes,
    headers: dict[str, str],
    timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's own, not one for this function
) -> aiohttp.ClientResponse:
    """Post, on a second connection if the first was closed before anything was written."""
    post = partial(
        session.post, url, data=body, headers=headers, timeout=timeout, allow_redirects=False
    )
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
