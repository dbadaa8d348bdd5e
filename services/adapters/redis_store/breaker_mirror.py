"""One instance's copy of a breaker of the fleet, and how it meets what is stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from services.domain.breakers import Breaker, BreakerRule, BreakerState


@dataclass(frozen=True, slots=True)
class BreakerMirror:
    """A breaker as of a version of it.

    Args:
        version: of what is stored; 0 before anybody stored it.
        is_ahead: it changed here while the fleet's state could not be reached.
    """

    shared: Breaker
    version: int = 0
    is_ahead: bool = False

    def meets(self, stored: BreakerMirror | None) -> BreakerMirror:
        """What to go on with: what is stored, unless this instance alone follows a later order or
        changed the state later, or what was stored is lost."""
        if stored is None:
            is_worth_telling = self.shared.state is not BreakerState.CLOSED
            return BreakerMirror(self.shared, is_ahead=is_worth_telling)
        if self.is_ahead and _age(self.shared) > _age(stored.shared):
            return BreakerMirror(self.shared, stored.version, is_ahead=True)
        return stored


def has_failures(breaker: Breaker, rule: BreakerRule, now_s: float) -> bool:
    """Whether calls failed within the rule's window, so that successes weigh against them."""
    return any(row[2] and row[0] > now_s - rule.window_s for row in breaker.recent)


def encode_breaker(breaker: Breaker) -> bytes:
    """The breaker as JSON."""
    return orjson.dumps(breaker)


def decode_breaker(version: int, content: bytes) -> BreakerMirror | None:
    """The breaker that `encode_breaker` wrote; None when nothing is stored."""
    if not content:
        return None
    fields = orjson.loads(content)
    rows: Iterable[Iterable[int]] = fields.pop("recent")
    recent = tuple((at, calls, failures) for at, calls, failures in rows)
    for name in ("state", "before"):
        fields[name] = BreakerState(fields[name])
    return BreakerMirror(Breaker(**fields, recent=recent), version)


def _age(breaker: Breaker) -> tuple[float, float]:
    return breaker.ordered_at_s, breaker.since_s
