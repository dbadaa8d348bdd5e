"""Show how an OpenAI-compatible server behaves: one line or error a question, asked by openai.

usage: probe_openai.py BASE_URL [KEY] [MODEL]     BASE_URL ends in /v1
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import openai

ASK = [{"role": "user", "content": "Name three colours."}]
SHORT = [{"role": "user", "content": "Say hi."}]
TOO_LONG = [{"role": "user", "content": "word " * 6000}]
TINY_IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
CITY_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "weather of a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "maxLength": 20}},
            "required": ["city"],
        },
    },
}
COLOUR_SCHEMA = {
    "type": "json_schema",
    "json_schema": {
        "name": "colour",
        "schema": {
            "type": "object",
            "properties": {"colour": {"type": "string", "maxLength": 12}},
            "required": ["colour"],
            "additionalProperties": False,
        },
    },
}

Question = tuple[str, Callable[[], Any]]


class Probe:
    """The questions, asked of one server."""

    def __init__(self, base_url: str, key: str, model: str) -> None:
        self.base_url = base_url
        self.model = model
        self.client = self._client(key)

    def _client(self, key: str) -> openai.OpenAI:
        return openai.OpenAI(base_url=self.base_url, api_key=key, max_retries=0, timeout=120)

    def chat(self, client: openai.OpenAI | None = None, **changes: Any) -> Any:
        asked = {"model": self.model, "messages": ASK, "max_tokens": 8, "temperature": 0} | changes
        return (client or self.client).chat.completions.create(**asked)

    def stream(self, **changes: Any) -> dict[str, Any]:
        started_at = time.monotonic()
        first_s = None
        chunks, text, usage = 0, "", None
        for chunk in self.chat(stream=True, max_tokens=40, **changes):
            chunks += 1
            if first_s is None:
                first_s = round(time.monotonic() - started_at, 2)
            text += "".join(choice.delta.content or "" for choice in chunk.choices)
            usage = chunk.usage or usage
        return {"chunks": chunks, "first_s": first_s, "usage": usage, "text": text}

    def embed(self, **changes: Any) -> dict[str, Any]:
        answer = self.client.embeddings.create(model=self.model, **changes)
        return {"vectors": len(answer.data), "dimensions": len(answer.data[0].embedding)}

    def answers(self) -> Iterator[Question]:
        """What a client normally asks for."""
        yield "models", self.client.models.list
        yield "one model", lambda: self.client.models.retrieve(self.model)
        yield "chat", self.chat
        yield "the same again: cached tokens", lambda: self.chat().usage
        yield "stream", self.stream
        yield "stream with usage", lambda: self.stream(stream_options={"include_usage": True})
        yield "two choices", lambda: len(self.chat(n=2).choices)
        yield "log probabilities", lambda: self.chat(max_tokens=2, logprobs=True, top_logprobs=2)
        yield "stop sequence", lambda: self.chat(max_tokens=40, stop=["\n"]).choices[0]
        yield "JSON by schema", lambda: self.chat(max_tokens=60, response_format=COLOUR_SCHEMA)
        yield (
            "required tool call",
            lambda: self.chat(max_tokens=80, tools=[CITY_TOOL], tool_choice="required"),
        )
        yield (
            "completion",
            lambda: self.client.completions.create(model=self.model, prompt="Blue", max_tokens=5),
        )
        yield (
            "response",
            lambda: self.client.responses.create(
                model=self.model, input="Say hi.", max_output_tokens=8
            ),
        )
        yield "embeddings", lambda: self.embed(input=["hello", "goodbye"])
        yield "embedding as floats", lambda: self.embed(input="hello", encoding_format="float")
        yield "no limit of tokens", lambda: self.chat(messages=SHORT, max_tokens=None).usage

    def mistakes(self) -> Iterator[Question]:
        """What a client gets wrong, and what it is told."""
        stranger = self._client("sk-wrong")
        hasty = self.client.with_options(timeout=0.2)
        yield "wrong key", lambda: self.chat(stranger)
        yield "wrong key, models", stranger.models.list
        yield "unknown model", lambda: self.chat(model="no-such-model")
        yield "unknown model, retrieved", lambda: self.client.models.retrieve("no-such-model")
        yield "prompt too long", lambda: self.chat(messages=TOO_LONG)
        yield "prompt too long, streamed", lambda: self.stream(messages=TOO_LONG)
        yield "no messages", lambda: self.chat(messages=[])
        yield "unknown role", lambda: self.chat(messages=[{"role": "wizard", "content": "x"}])
        yield "temperature as a word", lambda: self.chat(temperature="hot")
        yield "negative max_tokens", lambda: self.chat(max_tokens=-5).usage
        yield (
            "image for a text model",
            lambda: self.chat(messages=[{"role": "user", "content": [TINY_IMAGE]}]),
        )
        yield "empty embedding", lambda: self.embed(input="")
        yield "embedding too long", lambda: self.embed(input="word " * 3000)
        yield (
            "body is no JSON",
            lambda: self.client.post(
                "/chat/completions",
                cast_to=object,
                content=b"{nope",
                options={"headers": {"content-type": "application/json"}},
            ),
        )
        yield "unknown path", lambda: self.client.get("/nope", cast_to=object)
        yield "given up after 0.2 s", lambda: self.chat(hasty, max_tokens=200)


def as_text(answer: Any) -> str:
    """Turn an answer into one line, without the fields that are empty."""
    plain = answer.model_dump(exclude_none=True) if hasattr(answer, "model_dump") else answer
    return json.dumps(plain, ensure_ascii=False, default=as_text)[:1200]


def show(title: str, ask: Callable[[], Any]) -> None:
    """Ask, and print the answer or the error with what a client can see of it."""
    started_at = time.monotonic()
    try:
        result = as_text(ask())
    except openai.APIStatusError as error:
        result = f"{type(error).__name__} {error.status_code}: {error.response.text[:600]}"
    except openai.OpenAIError as error:
        result = f"{type(error).__name__}: {error} (cause: {error.__cause__!r})"
    print(f"{title} [{time.monotonic() - started_at:.2f} s]\n    {result}")


def main(base_url: str, key: str = "sk-local-test", model: str = "smollm2-135m-instruct") -> None:
    """Ask everything of one server."""
    print(f"openai {openai.__version__} at {base_url}")
    probe = Probe(base_url, key, model)
    for title, ask in [*probe.answers(), *probe.mistakes()]:
        show(title, ask)


if __name__ == "__main__":
    main(*sys.argv[1:])
