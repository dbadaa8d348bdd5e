"""Which requests are harmful in content: the rules of all topics, in the order of asking."""

from __future__ import annotations

from services.domain.content import drugs, malware, minors, self_harm, violence, weapons

CONTENT_RULES = (
    minors.RULE,
    weapons.RULE,
    drugs.RULE,
    malware.RULE,
    violence.RULE,
    self_harm.RULE,
)
