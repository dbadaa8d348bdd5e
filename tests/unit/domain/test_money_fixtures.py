"""What answers of real providers cost: their usage as reported, the cost computed by hand.

Dollars per million tokens are nano-dollars per token times 1000, so each cost below is a plain sum
of tokens times the price list's rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from services.adapters.model_list import ListedModels
from services.adapters.prices import GenaiPriceBook
from services.adapters.providers.anthropic_answers import parse_message_usage
from services.adapters.providers.usages import parse_usage
from services.domain.calls import Candidate, Usage
from services.domain.money import Price, price_usage
from services.domain.price_overrides import PriceOverride

AT = datetime(2026, 11, 21, tzinfo=UTC)
BOOK = GenaiPriceBook(
    overrides=[
        PriceOverride("openai", "o3", datetime(2026, 11, 1, tzinfo=UTC),
                      Price(2_000_000_000, 8_000_000_000, 500_000_000, 2_000_000_000, "contract",
                            reasoning_nano_usd=4_000_000_000)),
        PriceOverride("vllm", "llama", datetime(2026, 11, 1, tzinfo=UTC),
                      Price(1_500_000, 2_500_000, 500_000, 1_500_000, "electricity")),
    ],
    models=ListedModels({Candidate("azure", "pupils"): "gpt-4o-mini",
                         Candidate("azure", "teachers"): "gpt-4o"}),
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One answer's usage, the tokens it means, and its cost in nano-dollars."""

    name: str
    candidate: str
    reported: dict[str, Any]
    usage: Usage
    cost: int


def openai(
    inputs: int, outputs: int, cached: int = 0, written: int = 0, reasoning: int = 0
) -> dict[str, Any]:
    return {
        "prompt_tokens": inputs,
        "completion_tokens": outputs,
        "total_tokens": inputs + outputs,
        "prompt_tokens_details": {"cached_tokens": cached, "cache_write_tokens": written},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }


def bare(inputs: int, outputs: int, **fields: Any) -> dict[str, Any]:
    return {"prompt_tokens": inputs, "completion_tokens": outputs, **fields}


def anthropic(
    inputs: int, outputs: int, read: int | None = None, written: int | None = None, **fields: Any
) -> dict[str, Any]:
    return {
        "input_tokens": inputs,
        "output_tokens": outputs,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
        **fields,
    }


def thinking(tokens: int) -> dict[str, Any]:
    return {"output_tokens_details": {"thinking_tokens": tokens}}


MINI, BIG, GPT5 = "openai/gpt-4o-mini", "openai/gpt-4o", "openai/gpt-5-mini"
HAIKU, SONNET, OPUS = (
    "anthropic/claude-haiku-4-5", "anthropic/claude-sonnet-4-5", "anthropic/claude-opus-4-5",
)  # fmt: skip
FLASH, PRO = "gemini/gemini-2.5-flash", "gemini/gemini-2.5-pro"

CASES = [
    # gpt-4o-mini: 150 in, 75 cached, 600 out
    Case("plain", MINI, openai(1000, 500), Usage(1000, 500), 450_000),
    Case("one token each", MINI, openai(1, 1), Usage(1, 1), 750),
    Case("nothing", MINI, openai(0, 0), Usage(), 0),
    Case("without details", MINI, bare(200, 10), Usage(200, 10), 36_000),
    Case("no total", MINI, bare(40, 2, total_tokens=None), Usage(40, 2), 7_200),
    Case("half cached", MINI, openai(2048, 100, 1024), Usage(2048, 100, 1024), 290_400),
    Case("all cached", MINI, openai(1024, 1, 1024), Usage(1024, 1, 1024), 77_400),
    Case("more cached than sent", MINI, openai(10, 1, 50), Usage(10, 1, 10), 1_350),
    Case("details null", MINI, bare(10, 1, prompt_tokens_details=None), Usage(10, 1), 2_100),
    Case("no output", MINI, openai(77, 0), Usage(77), 11_550),
    # gpt-4o: 2500 in, 1250 cached, 10000 out
    Case("dearer model", BIG, openai(1000, 500), Usage(1000, 500), 7_500_000),
    Case("dearer, cached", BIG, openai(3000, 20, 2000), Usage(3000, 20, 2000), 5_200_000),
    # gpt-5-mini: 250 in, 25 cached, 2000 out; reasoning is output
    Case("reasoning is in the output", GPT5, openai(100, 900, reasoning=800),
         Usage(100, 900, reasoning_tokens=800), 1_825_000),
    Case("reasoning, cached", GPT5, openai(5000, 64, 4608, reasoning=64),
         Usage(5000, 64, 4608, reasoning_tokens=64), 341_200),
    Case("writes cost as input", GPT5, openai(2000, 10, 0, 1500), Usage(2000, 10, 0, 1500),
         520_000),
    # o3 by contract: 2000 in, 500 cached, 8000 out, 4000 reasoning
    Case("reasoning by contract", "openai/o3", openai(10, 100, reasoning=75),
         Usage(10, 100, reasoning_tokens=75), 520_000),
    Case("no reasoning by contract", "openai/o3", openai(10, 100), Usage(10, 100), 820_000),
    # text-embedding-3-small: 20 in
    Case("embedding", "openai/text-embedding-3-small", {"prompt_tokens": 8, "total_tokens": 8},
         Usage(8), 160),
    Case("embeddings", "openai/text-embedding-3-small",
         {"prompt_tokens": 8191, "total_tokens": 8191}, Usage(8191), 163_820),
    # Azure: deployments at the price of the model behind them
    Case("deployment", "azure/pupils", openai(1000, 500), Usage(1000, 500), 450_000),
    Case("deployment, cached", "azure/pupils", openai(2048, 100, 1024), Usage(2048, 100, 1024),
         290_400),
    Case("dearer deployment", "azure/teachers", openai(1000, 500), Usage(1000, 500), 7_500_000),
    Case("deployment named as its model", "azure/gpt-4o-mini", openai(10, 10), Usage(10, 10),
         7_500),
    # claude-haiku-4-5: 1000 in, 100 read, 1250 written, 5000 out
    Case("message", HAIKU, anthropic(1000, 500), Usage(1000, 500), 3_500_000),
    Case("message, fields missing", HAIKU, {"input_tokens": 3, "output_tokens": 4}, Usage(3, 4),
         23_000),
    Case("cache read", HAIKU, anthropic(50, 10, 4000, 0), Usage(4050, 10, 4000), 500_000),
    Case("cache written", HAIKU, anthropic(50, 10, 0, 4000), Usage(4050, 10, 0, 4000), 5_100_000),
    Case("cache read and written", HAIKU, anthropic(1, 1, 2000, 3000),
         Usage(5001, 1, 2000, 3000), 3_956_000),
    Case("all from the cache", HAIKU, anthropic(0, 1, 1024), Usage(1024, 1, 1024), 107_400),
    Case("thinking is in the output", HAIKU, anthropic(10, 700, **thinking(650)),
         Usage(10, 700, reasoning_tokens=650), 3_510_000),
    Case("message without output", HAIKU, anthropic(12, 0), Usage(12), 12_000),
    # claude-sonnet-4-5: 3000 in, 300 read, 3750 written, 15000 out; twice, 1.5 times beyond 200,000
    Case("sonnet", SONNET, anthropic(100, 200), Usage(100, 200), 3_300_000),
    Case("sonnet, cache", SONNET, anthropic(10, 20, 1000, 100), Usage(1110, 20, 1000, 100),
         1_005_000),
    Case("long context reached", SONNET, anthropic(200_000, 1), Usage(200_000, 1), 600_015_000),
    Case("long context passed", SONNET, anthropic(200_001, 1), Usage(200_001, 1), 1_200_028_500),
    Case("cached tokens make it long", SONNET, anthropic(1, 10, 200_000),
         Usage(200_001, 10, 200_000), 120_231_000),
    # claude-opus-4-5: 5000 in, 500 read, 6250 written, 25000 out
    Case("opus", OPUS, anthropic(1000, 100), Usage(1000, 100), 7_500_000),
    Case("opus, cache", OPUS, anthropic(8, 4, 12, 16), Usage(36, 4, 12, 16), 246_000),
    # gemini-2.5-flash: 300 in, 30 cached, 2500 out; thinking stands outside the completion
    Case("gemini", FLASH, bare(1000, 500, total_tokens=1500), Usage(1000, 500), 1_550_000),
    Case("gemini thinking", FLASH, bare(10, 5, total_tokens=45),
         Usage(10, 35, reasoning_tokens=30), 90_500),
    Case("gemini thought only", FLASH, bare(10, 0, total_tokens=110),
         Usage(10, 100, reasoning_tokens=100), 253_000),
    Case("gemini cached", FLASH,
         bare(4000, 10, total_tokens=4010, prompt_tokens_details={"cached_tokens": 3000}),
         Usage(4000, 10, 3000), 415_000),
    # gemini-2.5-pro: 1250 in, 125 cached, 10000 out; 2500, 250, 15000 beyond 200,000
    Case("pro", PRO, bare(100, 10, total_tokens=110), Usage(100, 10), 225_000),
    Case("pro, long", PRO, bare(300_000, 10, total_tokens=300_010), Usage(300_000, 10),
         750_150_000),
    Case("pro, long and cached", PRO,
         bare(300_000, 0, total_tokens=300_000, prompt_tokens_details={"cached_tokens": 200_000}),
         Usage(300_000, 0, 200_000), 300_000_000),
    # own hardware: nothing, or what it was given: 1.5 in, 0.5 cached, 2.5 out
    Case("own hardware", "ollama/llama3.2", openai(1000, 1000), Usage(1000, 1000), 0),
    Case("half a nano-dollar up to the even", "vllm/llama", openai(1, 0), Usage(1), 2),
    Case("half a nano-dollar down to the even", "vllm/llama", openai(0, 1), Usage(0, 1), 2),
    Case("parts of nano-dollars add up", "vllm/llama", openai(4, 1, 1), Usage(4, 1, 1), 8),
]  # fmt: skip


def parse(case: Case) -> Usage | None:
    if case.candidate.startswith("anthropic/"):
        return parse_message_usage(case.reported)
    return parse_usage(case.reported)


def test_there_are_enough_cases_and_each_has_its_name() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 40


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_answer_costs_what_its_provider_bills(case: Case) -> None:
    usage = parse(case)
    assert usage == case.usage
    price = BOOK.find(Candidate(*case.candidate.split("/", 1)), AT)
    assert price is not None
    assert price_usage(usage, price) == case.cost


@pytest.mark.parametrize(
    "candidate", ["openai/gpt-99", "azure/unnamed", "anthropic/claude-9", "gemini/g", "other/m"]
)
def test_unknown_price_is_never_nothing(candidate: str) -> None:
    assert BOOK.find(Candidate(*candidate.split("/", 1)), AT) is None
