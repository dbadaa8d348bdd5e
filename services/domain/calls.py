"""A call of a model and what comes back, in the terms of the OpenAI wire format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

JSON = Mapping[str, Any]


class Endpoint(StrEnum):
    """What kind of call it is."""

    CHAT = "chat"
    COMPLETION = "completion"
    EMBEDDING = "embedding"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds allowed: to connect, between two reads, for a plain answer, for a whole stream."""

    connect_s: float = 5.0
    read_s: float = 30.0
    total_s: float = 60.0
    stream_s: float = 120.0

    def allowed_s(self, *, is_streamed: bool) -> float:
        """How long a whole call may take."""
        return self.stream_s if is_streamed else self.total_s

    def left(self, elapsed_s: float, *, is_streamed: bool) -> Timeouts:
        """What a call that has run so long may still take; never nothing."""
        left_s = max(self.allowed_s(is_streamed=is_streamed) - elapsed_s, 0.001)
        return Timeouts(self.connect_s, self.read_s, left_s, left_s)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A provider and one of its models."""

    provider: str
    model: str

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}"


@dataclass(frozen=True, slots=True)
class ProviderCall:
    """One attempt's request.

    Args:
        body: the request in OpenAI's format without the gateway's own fields; `model` and the
            output limit are set by the provider's adapter from the fields here.
        max_output_tokens: the limit that was reserved, sent to the provider as its limit.
    """

    request_id: str
    endpoint: Endpoint
    model: str
    body: JSON
    max_output_tokens: int
    timeouts: Timeouts


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one attempt.

    Args:
        input_tokens: all input tokens, cached ones included.
        cached_input_tokens: those of them that the provider read from its cache.
        is_counted: counted by us, because the provider did not report them.
        web_searches: that the provider made for the answer, each at a fee.
        service_tier: in which it was answered; None when none was told.
        audio_tokens: those of input and output that are sound.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    is_counted: bool = False
    web_searches: int = 0
    service_tier: str | None = None
    audio_tokens: int = 0

    @property
    def total_tokens(self) -> int:
        return self.input_tokens + self.output_tokens

    def in_tier(self, service_tier: str | None) -> Self:
        """The same usage, answered in this tier."""
        return replace(self, service_tier=service_tier)


@dataclass(frozen=True, slots=True)
class Chunk:
    """One event of a streamed answer.

    Args:
        data: the event in OpenAI's `chat.completion.chunk` (or `text_completion`) form.
        text: the content it carries, "" for none.
        has_content: whether it carries content or a tool call, so that failover is over.
        raw: the event as the provider wrote it, in one line, where that says no more than `data`;
            empty elsewhere.
    """

    data: JSON
    text: str = ""
    has_content: bool = False
    finish_reason: str | None = None
    usage: Usage | None = None
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole answer in OpenAI's form."""

    data: JSON
    text: str
    finish_reason: str | None
    usage: Usage | None


@dataclass(frozen=True, slots=True)
class ReplicaHealth:
    """One base URL of a provider: what its check found, and whether calls go there.

    Args:
        is_out: it failed so often that calls avoid it for a while.
    """

    base_url: str
    healthy: bool
    latency_ms: float
    error: str | None = None
    running_calls: int = 0
    is_out: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """What a provider's health check found: its best replica, and each of them."""

    healthy: bool
    provider: str
    model: str
    latency_ms: float
    error: str | None = None
    replicas: tuple[ReplicaHealth, ...] = ()


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """What is known of a configured provider without calling it.

    Args:
        models: the models it is asked for; the first is its default.
        is_mock: its answers are invented.
        base_urls: its replicas.
        context_tokens: the longest input and output together, by model, where known.
    """

    name: str
    models: tuple[str, ...]
    is_mock: bool = False
    base_urls: tuple[str, ...] = ()
    context_tokens: Mapping[str, int] = field(default_factory=dict)
