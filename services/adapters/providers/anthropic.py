"""Anthropic's dialect: its Messages API, spoken to callers as OpenAI's chat completions."""

from __future__ import annotations

from dataclasses import dataclass

from services.adapters.providers.anthropic_answers import MessageStream, parse_message
from services.adapters.providers.anthropic_requests import render_message_call
from services.adapters.providers.dialects import Access
from services.adapters.providers.wire_faults import Unsupported
from services.domain.calls import Completion, Endpoint, ProviderCall
from services.domain.ports import Clock

API_VERSION = "2023-06-01"
"""The version that the translation is written for; its answers only ever gain fields."""


@dataclass(frozen=True, slots=True)
class AnthropicDialect:
    """Chat alone: Anthropic offers no embeddings and no text completions.

    Source: docs.anthropic.com, "Messages" and "Streaming messages".
    """

    access: Access
    clock: Clock

    def path(self, call: ProviderCall) -> str:
        if call.endpoint is not Endpoint.CHAT:
            raise Unsupported(
                f"Anthropic answers chats and no {call.endpoint.value} calls: use the chat "
                "endpoint, or a model of another provider"
            )
        return "/v1/messages"

    def render(self, call: ProviderCall, *, is_stream: bool) -> bytes:
        return render_message_call(call, is_stream=is_stream)

    def parse(self, call: ProviderCall, raw: bytes) -> Completion:
        return parse_message(raw, self._now())

    def open_stream(self, call: ProviderCall) -> MessageStream:
        return MessageStream(self._now(), call.model)

    def _now(self) -> int:
        return int(self.clock.now().timestamp())


def make_anthropic_dialect(key_setting: str, *, needs_key: bool, clock: Clock) -> AnthropicDialect:
    """Anthropic's dialect with its way of naming the key and the version."""
    access = Access(
        key_setting,
        needs_key,
        header="x-api-key",
        scheme="",
        extra={"anthropic-version": API_VERSION},
        models_path="/v1/models",
    )
    return AnthropicDialect(access, clock)
