"""Which requests are harmful in content: the rules of all topics, in the order of asking."""

from __future__ import annotations

from services.domain.content import (
    drugs,
    farewells,
    malware,
    minors,
    self_harm,
    threats,
    violence,
    weapons,
)

_TOPICS = (minors, weapons, drugs, malware, violence, self_harm)

CONTENT_RULES = tuple(topic.RULE for topic in _TOPICS)
CONTENT_COMBINATIONS = tuple(
    one for topic in (*_TOPICS, threats, farewells) for one in topic.COMBINATIONS
)
