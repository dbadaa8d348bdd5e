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

The held-out texts were written before the rules were last improved, and no rule was written or
changed for one of them; the development texts were there to improve rules with. One author wrote
the texts and the rules, so expect less of strangers: the rules know phrases, not meanings, and are
a first fence before what the provider itself refuses."""


def main() -> None:
    """Measure and print."""
    print(_NOTE)
    for name, title in (("held_out", "held-out texts"), ("development", "development texts")):
        scores = measure_screening(name)
        print_scores(f"Screening, {title} ({count_harmless(name)} harmless ones)", scores)
    print_scores("Masking of personal data", measure_masking())


main()
