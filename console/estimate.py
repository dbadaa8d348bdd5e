"""What a playground run can cost, guessed before it is sent. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from console.format import escape_markdown, money_text
from services.domain.calls import Candidate
from services.domain.money import Price, price_estimate

CHARACTERS_PER_TOKEN = 2
"""On the safe side: English has about four to a token, Turkish about three."""


def estimate_text(
    texts: Iterable[str],
    output_tokens: int,
    targets: Sequence[Candidate],
    prices: Mapping[Candidate, Price],
) -> str:
    """The most that one run can cost; models without a price are named, not counted as free."""
    input_tokens = sum(len(text) for text in texts) // CHARACTERS_PER_TOKEN
    known = [prices[target] for target in targets if target in prices]
    total = sum(price_estimate(input_tokens, output_tokens, price) for price in known)
    unpriced = [str(target) for target in targets if target not in prices]
    text = f"at most about {escape_markdown(money_text(total))}"
    if unpriced:
        text += f", and {escape_markdown(', '.join(unpriced))} at an unknown price"
    return text
