"""Print how well screening and masking do on the labelled texts.

python -m bench.guardrails > bench/results/guardrails.txt
"""

from __future__ import annotations

from bench.guardrails.figures import (
    count_harmless,
    measure_masking,
    measure_screening,
    print_scores,
)

_NOTE = """Screening and masking on the labelled texts of bench/guardrails, in Turkish and English.

The held-out texts are half of what a stranger wrote who had never seen the rules or a text of ours.
They were measured twice: before the notions were last widened, when 29 of the 60 were found, and
once after, as it stands below; none of the 100 harmless ones, made to be hard, was blocked either
time. The other half is among the development texts, which rules are written with: their figures say
how far that went, no more, and texts that were held out before are among them. With the misses
printed here the held-out texts are unseen no longer; the next rules want new ones. A text counts as
found whichever rule blocks it. The rules know words, not meanings, and are a first fence before
what the provider itself refuses."""


def main() -> None:
    """Measure and print."""
    print(_NOTE)
    for name, title in (("held_out", "held-out texts"), ("development", "development texts")):
        scores = measure_screening(name)
        print_scores(f"Screening, {title} ({count_harmless(name)} harmless ones)", scores)
    print_scores("Masking of personal data", measure_masking())


main()
