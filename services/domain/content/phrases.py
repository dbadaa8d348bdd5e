"""What a caller is told whose text asks for something harmful."""

from __future__ import annotations

from services.domain.screening_rules import NOTHING_SENT

CONTENT_FOUND = f"The input was blocked because it asks {{}}; {NOTHING_SENT}. {{}}"
