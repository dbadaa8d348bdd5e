from __future__ import annotations

import time
from typing import Any

import pytest

from services.adapters.tokens import PART_TOKENS, QuickTokenCounter, encoding_name

COUNTER = QuickTokenCounter()


@pytest.mark.parametrize(
    ("model", "encoding"),
    [
        ("gpt-4o-mini", "o200k_base"),
        ("gpt-4.1", "o200k_base"),
        ("gpt-5-mini", "o200k_base"),
        ("o3", "o200k_base"),
        ("gpt-4-turbo", "cl100k_base"),
        ("gpt-3.5-turbo", "cl100k_base"),
        ("text-embedding-3-small", "cl100k_base"),
        ("meta-llama/Llama-3.1-8B-Instruct", "llama3"),
        ("llama3.2:1b", "llama3"),
        ("Qwen/Qwen2.5-7B", "qwen3"),
        ("openai/gpt-oss-20b", "o200k_harmony"),
        ("gemini-2.5-flash", "cl100k_base"),
        ("mock-model", "cl100k_base"),
    ],
)
def test_model_has_its_encoding(model: str, encoding: str) -> None:
    assert encoding_name(model) == encoding


@pytest.mark.parametrize(
    ("model", "text", "tokens"),
    [
        ("gpt-4o", "hello world", 2),
        ("gpt-4", "hello world", 2),
        ("gpt-4o", "tiktoken is great!", 6),
        ("gpt-4", "antidisestablishmentarianism", 6),
        ("gpt-4o", "<|endoftext|>", 7),
        ("gpt-4o", "", 0),
        ("gpt-4o", "x\ud800", 2),
    ],
)
def test_text_is_counted_as_its_encoding_does(model: str, text: str, tokens: int) -> None:
    assert COUNTER.count_text(model, text) == tokens


def test_chat_counts_as_the_cookbook_example_does() -> None:
    # OpenAI cookbook, "How to count tokens with tiktoken": 129 for gpt-4, 124 for gpt-4o.
    lines = [
        ("example_user", "New synergies will help drive top-line growth."),
        ("example_assistant", "Things working well together will increase revenue."),
        (
            "example_user",
            (
                "Let's circle back when we have more bandwidth to touch base on opportunities for "
                "increased leverage."
            ),
        ),
        (
            "example_assistant",
            "Let's talk later when we're less busy about how to do better.",
        ),
    ]
    task = (
        "You are a helpful, pattern-following assistant that translates corporate jargon into "
        "plain English."
    )
    question = (
        "This late pivot means we don't have time to boil the ocean for the client deliverable."
    )
    body = {
        "messages": [
            {"role": "system", "content": task},
            *({"role": "system", "name": name, "content": text} for name, text in lines),
            {"role": "user", "content": question},
        ]
    }
    assert COUNTER.count_body("gpt-4-0613", body) == 129
    assert COUNTER.count_body("gpt-4o", body) == 124


def test_tools_and_schema_are_counted() -> None:
    plain = {"messages": [{"role": "user", "content": "hi"}]}
    tool = {"type": "function", "function": {"name": "solve", "parameters": {"type": "object"}}}
    base = COUNTER.count_body("gpt-4o", plain)
    assert COUNTER.count_body("gpt-4o", {**plain, "tools": [tool]}) > base + 10
    assert COUNTER.count_body("gpt-4o", {**plain, "response_format": tool}) > base + 10
    called = {"role": "assistant", "content": None, "tool_calls": [tool]}
    assert COUNTER.count_body("gpt-4o", {"messages": [called]}) > base + 10


@pytest.mark.parametrize("field", ["prediction", "documents", "chat_template", "whatever"])
def test_any_other_text_that_a_model_may_read_is_counted(field: str) -> None:
    text = "Ankara " * 500
    value = text if field == "chat_template" else [{"content": text}]
    assert COUNTER.count_body("gpt-4o", {"messages": [], field: value}) > 500


def test_settings_and_labels_of_a_call_are_not_counted() -> None:
    settings = {"temperature": 1, "encoding_format": "base64", "metadata": {"a": "b" * 500}}
    counted = COUNTER.count_body("gpt-4o", {"input": "a", **settings, "tool_choice": "auto"})
    assert counted == COUNTER.count_body("gpt-4o", {"input": "a"})


def test_parts_count_as_text_or_as_an_image() -> None:
    parts = [{"type": "text", "text": "hi"}, {"type": "image_url", "image_url": {"url": "data:x"}}]
    plain = COUNTER.count_body("gpt-4o", {"messages": [{"role": "user", "content": "hi"}]})
    mixed = COUNTER.count_body("gpt-4o", {"messages": [{"role": "user", "content": parts}]})
    assert mixed == plain + PART_TOKENS


@pytest.mark.parametrize(
    ("given", "tokens"),
    [
        ("hello world", 2),
        (["hello world", "hello"], 3),
        ([1, 2, 3], 3),
        ([[1, 2], [3]], 3),
        (None, 0),
    ],
)
@pytest.mark.parametrize("field", ["prompt", "input"])
def test_prompts_and_inputs_are_counted_in_every_form(field: str, given: Any, tokens: int) -> None:
    assert COUNTER.count_body("gpt-4o", {field: given}) == tokens


def test_a_kilobyte_is_counted_in_under_100_microseconds() -> None:
    body = {"messages": [{"role": "user", "content": "Bir üçgenin iç açıları nedir? " * 30}]}
    COUNTER.warm(["gpt-4o"])
    best_s = float("inf")
    for _ in range(200):
        began = time.perf_counter()
        COUNTER.count_body("gpt-4o", body)
        best_s = min(best_s, time.perf_counter() - began)
    assert best_s < 100e-6
