"""Which texts are attempts at the model's instructions: the rules of all kinds, in the order of
asking."""

from __future__ import annotations

from services.domain.injection import disclosures, markers, overrides, takeovers

_KINDS = (overrides, disclosures, takeovers, markers)

INJECTION_RULES = tuple(kind.RULE for kind in _KINDS)
INJECTION_COMBINATIONS = tuple(one for kind in _KINDS for one in kind.COMBINATIONS)
