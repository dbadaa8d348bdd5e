"""What the official client reads of the mock, with which applications are developed."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from pydantic import BaseModel

from tests.servers import SluiceServer

ASK: Any = [{"role": "user", "content": "2 + 2 kaç eder?"}]
TOOL: Any = {
    "type": "function",
    "function": {"name": "add", "parameters": {"properties": {"a": {"type": "integer"}}}},
}


class Answer(BaseModel):
    """What a pupil is told."""

    value: int
    steps: list[str]


@pytest.fixture(scope="module")
def client(start_server: Any) -> openai.OpenAI:
    server: SluiceServer = start_server(AI_MOCK_DELAY_MIN="0", AI_MOCK_DELAY_MAX="0")
    return server.client(server.create_key())


def test_three_choices_are_streamed_and_billed(client: openai.OpenAI) -> None:
    texts, usage = {0: "", 1: "", 2: ""}, None
    options = {"include_usage": True}
    for chunk in client.chat.completions.create(
        model="auto", messages=ASK, n=3, stream=True, stream_options=options
    ):
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
        usage = chunk.usage or usage
    assert all(text.startswith("[MOCK]") for text in texts.values())
    assert usage is not None
    one = client.chat.completions.create(model="auto", messages=ASK).usage
    assert one is not None
    assert usage.prompt_tokens == one.prompt_tokens
    assert usage.completion_tokens > 2 * one.completion_tokens


def test_a_required_tool_is_called_and_its_answer_is_read(client: openai.OpenAI) -> None:
    made = client.chat.completions.create(
        model="auto", messages=ASK, tools=[TOOL], tool_choice="required"
    ).choices[0]
    assert made.finish_reason == "tool_calls"
    (call,) = made.message.tool_calls or ()
    assert (call.function.name, call.function.arguments) == ("add", '{"a":0}')
    told = {"role": "tool", "tool_call_id": call.id, "content": "4"}
    messages = [*ASK, made.message.model_dump(exclude_none=True), told]
    answer = client.chat.completions.create(model="auto", messages=messages, tools=[TOOL])
    assert answer.choices[0].finish_reason == "stop"


def test_a_structured_answer_is_parsed(client: openai.OpenAI) -> None:
    made = client.chat.completions.parse(model="auto", messages=ASK, response_format=Answer)
    assert made.choices[0].message.parsed == Answer(value=0, steps=[])


def test_a_stop_ends_the_answer_before_it(client: openai.OpenAI) -> None:
    chosen = {"model": "auto", "messages": ASK, "stop": ["kaç", "eder"]}
    (choice,) = client.chat.completions.create(**chosen).choices
    text = choice.message.content or ""
    assert text.startswith("[MOCK]")
    assert ("kaç" in text, choice.finish_reason) == (False, "stop")
    said, reasons = "", []
    for chunk in client.chat.completions.create(**chosen, stream=True):
        for part in chunk.choices:
            said += part.delta.content or ""
            reasons += [part.finish_reason] if part.finish_reason else []
    assert said.startswith("[MOCK]")
    assert ("kaç" in said, reasons) == (False, ["stop"])


def test_a_prompt_is_scored_without_writing_to_it(client: openai.OpenAI) -> None:
    scored = client.completions.create(model="auto", prompt="elma", max_tokens=0, echo=True)
    assert [(c.text, c.finish_reason) for c in scored.choices] == [("elma", "length")]
    assert scored.usage is not None
    assert scored.usage.completion_tokens == 0
    nothing = client.completions.create(model="auto", prompt="elma", max_tokens=0, stream=True)
    assert "".join(c.text for chunk in nothing for c in chunk.choices) == ""


def test_a_completion_may_begin_a_document_of_its_own(client: openai.OpenAI) -> None:
    (choice,) = client.completions.create(model="auto", prompt=None).choices
    assert choice.text.startswith("[MOCK]")
