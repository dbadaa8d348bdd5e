"""Calls our own gateway as any application does, with the official openai package."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from services.domain.ports import ModelCall, ModelEvent

if TYPE_CHECKING:
    import openai

_TIMEOUT_S = 150.0


class OpenAIGatewayClient:
    """The ModelClient of the playground.

    Args:
        base_url: of the gateway, ending in /v1.
        token: returns the playground's key.
    """

    def __init__(self, base_url: str, token: Callable[[], str]) -> None:
        self._base_url = base_url
        self._token = token

    def stream(self, call: ModelCall, stopped: Callable[[], bool]) -> Iterator[ModelEvent]:
        """Events of one streamed chat; leaving early closes the connection and so the call."""
        import openai  # noqa: PLC0415 - half the start-up time, for a playground run alone

        with openai.OpenAI(
            base_url=self._base_url, api_key=self._token(), max_retries=0, timeout=_TIMEOUT_S
        ) as client:
            try:
                yield from self._events(client, call, stopped)
            except openai.APIStatusError as error:
                yield _failure(error.code or str(error.status_code), _message(error), error)
            except openai.APIError as error:
                yield _failure(error.code or "stream_error", _message(error), None)

    def _events(
        self, client: openai.OpenAI, call: ModelCall, stopped: Callable[[], bool]
    ) -> Iterator[ModelEvent]:
        body: dict[str, Any] = {"messages": [], **call.body, "stream": True}
        extra = {"prompt": body.pop("prompt")} if "prompt" in body else {}
        stream = client.chat.completions.create(
            **body,
            model=str(call.target),
            user=call.user,
            extra_body=extra,
            extra_headers={"X-AI-Feature": call.feature, "X-AI-Role": "staff"},
        )
        request_id = stream.response.headers.get("x-request-id")
        finish, usage = None, None
        figures: dict[str, Any] = {}
        with stream:
            for chunk in stream:
                if stopped():
                    break
                usage = chunk.usage or usage
                figures = (chunk.model_extra or {}).get("sluice") or figures
                for choice in chunk.choices[:1]:
                    finish = choice.finish_reason or finish
                    if choice.delta.content:
                        yield ModelEvent(text=choice.delta.content)
        yield ModelEvent(
            is_end=True,
            finish_reason=finish,
            request_id=request_id,
            input_tokens=usage.prompt_tokens if usage else 0,
            output_tokens=usage.completion_tokens if usage else 0,
            cost_usd=figures.get("cost_usd"),
            duration_ms=figures.get("duration_ms"),
            first_token_ms=figures.get("first_token_ms"),
            decision="stopped" if stopped() and finish is None else None,
        )


def _failure(code: str, message: str, error: openai.APIStatusError | None) -> ModelEvent:
    request_id = error.response.headers.get("x-request-id") if error else None
    return ModelEvent(is_end=True, decision=code, problem=message, request_id=request_id)


def _message(error: openai.APIError) -> str:
    body = error.body
    if isinstance(body, dict) and isinstance(body.get("message"), str):
        return str(body["message"])
    return error.message
