"""What a playground run can cost, guessed before it is sent. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from console.format import escape_markdown, money_text
from services.domain.calls import Candidate
from services.domain.money import price_estimate
from services.domain.snapshot import Snapshot

CHARACTERS_PER_TOKEN = 2
"""On the safe side: English has about four to a token, Turkish about three."""


def estimate_text(
    snapshot: Snapshot, prompt: Mapping[str, Any], targets: Sequence[Candidate]
) -> str:
    """The most that one run can cost; models without a price are named, not counted as free.

    Args:
        prompt: `template_id` and `variables`, or `messages`.
    """
    texts, output_tokens = _measure(snapshot, prompt)
    input_tokens = sum(map(len, texts)) // CHARACTERS_PER_TOKEN
    known = [snapshot.prices[target] for target in targets if target in snapshot.prices]
    total = sum(price_estimate(input_tokens, output_tokens, price) for price in known)
    unpriced = [str(target) for target in targets if target not in snapshot.prices]
    text = f"at most about {escape_markdown(money_text(total))}"
    if unpriced:
        text += f", and {escape_markdown(', '.join(unpriced))} at an unknown price"
    return text


def _measure(snapshot: Snapshot, prompt: Mapping[str, Any]) -> tuple[list[str], int]:
    if "template_id" not in prompt:
        return [str(message["content"]) for message in prompt["messages"]], snapshot.max_tokens
    template = snapshot.template(prompt["template_id"], None)
    texts = [template.system_prompt, template.user_template]
    texts += map(str, prompt["variables"].values())
    return texts, template.parameters.max_tokens or snapshot.max_tokens
