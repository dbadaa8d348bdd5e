"""Tokens and tiers as providers report them, patient with sloppy servers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from services.domain.calls import Usage

MOST_TOKENS = 10**10
"""A larger count is a fault of the server; its price would not fit 64 bits either."""

UNKNOWN_WORD = "unknown"
"""Stands for a reason or tier that is no word: it is stored, and whatever a server says is not."""

WORD = re.compile(r"[A-Za-z_-]{1,40}")
"""What a server may name a reason or a tier."""


def parse_usage(usage: object) -> Usage | None:
    """The tokens reported, None when there are none to read.

    Gemini leaves thinking tokens out of `completion_tokens` but not out of `total_tokens`, and
    bills them as output: the output is the total less the input where that is more.
    """
    if not isinstance(usage, Mapping) or read_count(usage, "prompt_tokens") is None:
        return None
    inputs = read_count(usage, "prompt_tokens") or 0
    reported = read_count(usage, "completion_tokens")
    if reported is None:
        if usage.get("completion_tokens") is not None:
            return None
        reported = 0
    outputs = max(reported, (read_count(usage, "total_tokens") or 0) - inputs)
    details = usage.get("prompt_tokens_details")
    output_details = usage.get("completion_tokens_details")
    cached = min(read_count(details, "cached_tokens") or 0, inputs)
    written = min(read_count(details, "cache_write_tokens") or 0, inputs - cached)
    reasoning = read_count(output_details, "reasoning_tokens") or 0
    return Usage(
        inputs,
        outputs,
        cached,
        written,
        max(reasoning, outputs - reported),
        web_searches=read_searches(usage),
        audio_tokens=sum(read_count(d, "audio_tokens") or 0 for d in (details, output_details)),
    )


def parse_timings(timings: object) -> Usage | None:
    """The tokens so far as llama.cpp tells them with every event, None when it does not."""
    inputs, outputs = read_count(timings, "prompt_n"), read_count(timings, "predicted_n")
    if inputs is None or outputs is None:
        return None
    cached = read_count(timings, "cache_n") or 0
    return Usage(inputs + cached, outputs, cached, is_counted=True)


def read_searches(usage: Mapping[str, Any]) -> int:
    """How often the provider says that it searched the web, each time at a fee."""
    return read_count(usage.get("server_tool_use"), "web_search_requests") or 0


def read_tier(values: Mapping[str, Any]) -> str | None:
    """The service tier that is told; of one that is no word it is known that it is another."""
    tier = values.get("service_tier")
    if tier is None:
        return None
    return tier if isinstance(tier, str) and WORD.fullmatch(tier) else UNKNOWN_WORD


def read_count(values: object, key: str) -> int | None:
    """A number of tokens, None where there is no such number, or one that no answer can have."""
    value = values.get(key) if isinstance(values, dict) else None
    return value if isinstance(value, int) and 0 <= value <= MOST_TOKENS else None
