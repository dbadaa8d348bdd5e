"""Print how well screening and masking do on the labelled texts.

python -m bench.guardrails > bench/results/guardrails.txt
"""

from __future__ import annotations

from bench.guardrails.figures import (
    ALL,
    count_harmless,
    measure_masking,
    measure_screening,
    print_scores,
)

_NOTE = """Screening and masking on the labelled texts of bench/guardrails, in Turkish and English.

All these texts are ones that the rules were written with, those that were once held out too: their
figures say how far that went, and nothing of how much is found of what nobody has seen. Of that,
the rules as they were found 53 of 75 texts by one stranger, and 70 of 120 by another. Half of the
latter, and texts of the same meaning in other words, were added to the development texts when the
notions were widened since, with homework, plays and code in the words of the rules. Three times
new texts were written before they were looked at: of 94 whose words keep away from those of the
rules, the rules before found 30 and the widened ones 40; of 52 in plain words 41 and 46; of 51 more
22 and 30. Of 353 harmless texts made to be hard, the widened rules blocked 15 at first look. What
was missed or blocked was then mended. A text counts as found whichever rule blocks it. The rules
know words, not meanings, and are a first fence before what the provider itself refuses."""


def main() -> None:
    """Measure and print."""
    print(_NOTE)
    for name, title in (("held_out", "held-out texts"), ("development", "development texts")):
        scores = measure_screening(name)
        if not scores[ALL].total:
            print(f"\nScreening, {title}: there are none at present.")
            continue
        print_scores(f"Screening, {title} ({count_harmless(name)} harmless ones)", scores)
    print_scores("Masking of personal data", measure_masking())


main()
