"""The dialect of OpenAI and of all who speak it: Gemini, vLLM, Ollama, and others."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.adapters.providers.dialects import Access
from services.adapters.providers.wire import DONE, parse_chunk, parse_completion, render_body
from services.domain.calls import Chunk, Completion, Endpoint, ProviderCall

PATHS = {
    Endpoint.CHAT: "/chat/completions",
    Endpoint.COMPLETION: "/completions",
    Endpoint.EMBEDDING: "/embeddings",
}


@dataclass(frozen=True, slots=True)
class OpenAIDialect:
    """OpenAI's format, with the provider's own name for the output limit of chat calls.

    Args:
        is_own: a server of one's own, which can report its tokens while it streams.
    """

    access: Access = field(default_factory=Access)
    limit_field: str = "max_tokens"
    is_own: bool = False

    def path(self, call: ProviderCall) -> str:
        return PATHS[call.endpoint]

    def render(self, call: ProviderCall, *, is_stream: bool) -> bytes:
        return render_body(call, self.limit_field, is_stream=is_stream, is_own=self.is_own)

    def parse(self, call: ProviderCall, raw: bytes) -> Completion:
        return parse_completion(call.endpoint, raw)

    def open_stream(self, call: ProviderCall) -> OpenAIStream:
        return OpenAIStream(call.endpoint)


@dataclass(slots=True)
class OpenAIStream:
    """A stream that ends with [DONE], or after a finish reason."""

    endpoint: Endpoint
    is_finished: bool = False
    is_over: bool = False

    def read(self, event: bytes) -> Chunk | None:
        if event == DONE:
            self.is_finished = self.is_over = True
            return None
        chunk = parse_chunk(self.endpoint, event)
        self.is_finished = self.is_finished or chunk.finish_reason is not None
        return chunk
