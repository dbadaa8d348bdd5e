"""What a server of these tests stores in; the same HTTP suite passes over both."""

from __future__ import annotations

EMBEDDED = "embedded"
FLEET = "fleet"
BOTH = (EMBEDDED, FLEET)
