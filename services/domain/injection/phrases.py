"""Phrases that the rules of several kinds are made of, for folded text."""

from __future__ import annotations

from services.domain.screening_rules import NOTHING_SENT

INJECTION_FOUND = (
    f"The input was blocked because it {{}}; {NOTHING_SENT}. Remove that part and ask only your "
    "question."
)
MAKER = r"(?:developers?|creators?|makers?|owners?|designers?|company|programmers?)"
