"""Invented answers, clearly marked, for development, tests and the last fallback."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from services.adapters.providers.mock_answers import (
    DIMENSIONS,
    compose,
    embed,
    inputs_of,
    questions_of,
    until_stop,
)
from services.adapters.providers.mock_structures import forced_call, forced_json
from services.adapters.providers.mock_wire import Choice, Reply, render_chunks, render_completion
from services.domain.calls import (
    Chunk,
    Completion,
    Endpoint,
    Health,
    ProviderCall,
    ProviderInfo,
    Usage,
)
from services.domain.errors import (
    ProviderOverloaded,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnreachable,
)
from services.domain.ports import TokenCounter

MODEL, SLOW, ERROR, FLAKY = "mock-model", "mock-slow", "mock-error", "mock-flaky"
BROKEN_STREAM = "mock-broken-stream"
MODELS = (MODEL, SLOW, ERROR, FLAKY, BROKEN_STREAM)

MAX_CHOICES = 1_000
"""A call that asks for more would hold up all others while they are written."""

MOST_DIMENSIONS = 4_096
"""More than any known model gives."""

_SLOWNESS = 10
_FLAKY_EVERY = 3
_BROKEN_AFTER = 3


@dataclass(slots=True)
class MockProvider:
    """The Provider port without a provider.

    The model's name chooses what happens: `mock-model` answers, `mock-slow` takes ten times as
    long, `mock-error` is always overloaded, every third call of `mock-flaky` loses its connection,
    and a stream of `mock-broken-stream` breaks after three events.

    Args:
        tokens: counts what a real provider would report.
        delay_min_s, delay_max_s: a whole answer takes a random time between them.
        rng: chooses delays and answers.
        epoch_s: seconds since 1970, for the answers' `created`.
    """

    tokens: TokenCounter
    delay_min_s: float = 0.3
    delay_max_s: float = 1.0
    rng: random.Random = field(default_factory=random.Random)
    name: str = "mock"
    models: tuple[str, ...] = MODELS
    epoch_s: Callable[[], float] = time.time
    _flaky_calls: Iterator[int] = field(default_factory=lambda: count(1), init=False)

    @property
    def info(self) -> ProviderInfo:
        return ProviderInfo(self.name, self.models, is_mock=True)

    async def complete(self, call: ProviderCall) -> Completion:
        self._fail_on_demand(call.model)
        await self._wait(self._delay_s(call.model), call.timeouts.total_s)
        if call.endpoint is Endpoint.EMBEDDING:
            return self._embed(call)
        return render_completion(call, self._reply(call))

    async def stream(self, call: ProviderCall) -> AsyncGenerator[Chunk, None]:
        self._fail_on_demand(call.model)
        delay_s = self._delay_s(call.model)
        reply = self._reply(call)
        words = sum(len(choice.parts) for choice in reply.choices)
        pause_s, left_s = delay_s / max(words, 1), call.timeouts.stream_s
        for number, chunk in enumerate(render_chunks(call, reply)):
            if call.model == BROKEN_STREAM and number == _BROKEN_AFTER:
                raise ProviderUnreachable(f"Provider {self.name} broke the stream, as asked.")
            if chunk.has_content:
                await self._wait(pause_s, left_s)
                left_s -= pause_s
            yield chunk

    async def check_health(self, timeout_s: float) -> Health:
        return Health(True, self.name, self.models[0], 0.0)

    async def reset(self) -> None:
        """There is no connection to renew."""

    async def close(self) -> None:
        """There is no connection to close."""

    def _fail_on_demand(self, model: str) -> None:
        if model == ERROR:
            text = f"Provider {self.name} is overloaded, as asked."
            raise ProviderOverloaded(text, sent=False)
        if model == FLAKY and next(self._flaky_calls) % _FLAKY_EVERY == 0:
            text = f"Provider {self.name} lost this connection, as asked: every third call does."
            raise ProviderUnreachable(text, sent=False)

    def _delay_s(self, model: str) -> float:
        delay_s = self.rng.uniform(self.delay_min_s, self.delay_max_s)
        return delay_s * _SLOWNESS if model == SLOW else delay_s

    async def _wait(self, delay_s: float, allowed_s: float) -> None:
        await asyncio.sleep(min(delay_s, max(allowed_s, 0.0)))
        if delay_s > allowed_s:
            raise ProviderTimeout(f"Provider {self.name} did not answer in time.")

    def _reply(self, call: ProviderCall) -> Reply:
        questions = questions_of(call.body)
        if len(questions) > MAX_CHOICES:
            raise ProviderRejected(
                f"Provider {self.name} writes at most {MAX_CHOICES} answers to a call, and this "
                f"one asks for {len(questions)}: lower n, or send fewer prompts.",
                sent=False,
            )
        structure = self._structure(call)
        if structure is not None:
            choices = [structure] * len(questions)
        else:
            choices = [self._choose(call, question) for question in questions]
        usage = Usage(
            self.tokens.count_body(call.model, call.body),
            sum(self.tokens.count_text(call.model, choice.written) for choice in choices),
        )
        return Reply(choices, usage, int(self.epoch_s()))

    def _choose(self, call: ProviderCall, question: str) -> Choice:
        choice = self._cut(call, compose(question, self.rng))
        is_echoed = call.endpoint is Endpoint.COMPLETION and call.body.get("echo")
        return replace(choice, echo=question) if is_echoed else choice

    def _structure(self, call: ProviderCall) -> Choice | None:
        """The tool call or JSON that a chat has to be answered with."""
        if call.endpoint is not Endpoint.CHAT:
            return None
        made = forced_call(call.body)
        if made is not None:
            return Choice((), "tool_calls", made)
        text = forced_json(call.body)
        return None if text is None else self._cut(call, (text,))

    def _cut(self, call: ProviderCall, words: tuple[str, ...]) -> Choice:
        """As many of the words as the call's stops and its output limit leave."""
        words = until_stop(words, call.body.get("stop"))
        fitting = self._fit(call.model, words, call.max_output_tokens)
        return Choice(fitting, "stop" if len(fitting) == len(words) else "length")

    def _fit(self, model: str, words: tuple[str, ...], limit: int) -> tuple[str, ...]:
        fitting = len(words)
        while fitting and self.tokens.count_text(model, "".join(words[:fitting])) > limit:
            fitting -= 1
        return words[:fitting]

    def _embed(self, call: ProviderCall) -> Completion:
        is_base64 = call.body.get("encoding_format") == "base64"
        dimensions = call.body.get("dimensions") or DIMENSIONS
        if not 0 < dimensions <= MOST_DIMENSIONS:
            raise ProviderRejected(
                f"Provider {self.name} gives 1 to {MOST_DIMENSIONS} dimensions, not {dimensions}.",
                sent=False,
            )
        vectors = [
            {
                "object": "embedding",
                "index": i,
                "embedding": embed(text, dimensions, is_base64=is_base64),
            }
            for i, text in enumerate(inputs_of(call.body.get("input")))
        ]
        usage = Usage(self.tokens.count_body(call.model, call.body))
        data = {
            "object": "list",
            "model": call.model,
            "data": vectors,
            "usage": {"prompt_tokens": usage.input_tokens, "total_tokens": usage.total_tokens},
        }
        return Completion(data, "", None, usage)
