"""Cool-downs, violations and blocks of users who keep calling while refused."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from services.adapters.memory.expiring import ExpiringMap
from services.adapters.memory.rate_limits import TICK_S
from services.domain.admissions import Denial
from services.domain.blocks import AbuseRule


@dataclass(slots=True)
class _Record:
    """What is remembered of one key.

    Args:
        count: the violations that led to the block, and the calls refused since.
    """

    cooldown_until_s: float = 0.0
    blocked_until_s: float = 0.0
    count: int = 0
    violations: deque[float] = field(default_factory=deque)


class AbuseLog:
    """Who is cooling down, and who is blocked until when."""

    def __init__(self) -> None:
        self._records: ExpiringMap[str, _Record] = ExpiringMap()

    def __len__(self) -> int:
        return len(self._records)

    def judge(self, key: str, rule: AbuseRule, now_s: float) -> tuple[Denial, float] | None:
        """Refusal and seconds to wait of a blocked or cooling user; their call is a violation."""
        record = self._records.get(key)
        if record is None:
            return None
        if record.blocked_until_s > now_s + TICK_S:
            record.count += 1
            return Denial.BLOCKED, record.blocked_until_s - now_s
        if record.cooldown_until_s <= now_s + TICK_S:
            return None
        if self._violate(key, record, rule, now_s):
            return Denial.BLOCKED, rule.block_s
        return Denial.COOLDOWN, record.cooldown_until_s - now_s

    def cool_down(self, key: str, rule: AbuseRule, now_s: float) -> None:
        """Start a cool-down: a limit of the user's own refused them."""
        until = now_s + rule.cooldown_s
        self._records.get_or_add(key, _Record, until).cooldown_until_s = until

    def list_blocked(self, now_s: float) -> list[tuple[str, float, int]]:
        """(key, seconds until the block ends, violations), the block that lasts longest last."""
        blocked = [
            (key, record.blocked_until_s - now_s, record.count)
            for key, record in self._records.items()
            if record.blocked_until_s > now_s
        ]
        return sorted(blocked, key=lambda row: row[1])

    def unblock(self, key: str, now_s: float) -> bool:
        """Forget a user's violations; whether they were blocked."""
        record = self._records.pop(key)
        return record is not None and record.blocked_until_s > now_s

    def forget(self, now_s: float) -> None:
        self._records.forget(now_s)

    def _violate(self, key: str, record: _Record, rule: AbuseRule, now_s: float) -> bool:
        violations = record.violations
        while violations and violations[0] + rule.within_s <= now_s:
            violations.popleft()
        violations.append(now_s)
        if len(violations) < rule.violations:
            self._records.get_or_add(key, _Record, now_s + rule.within_s)
            return False
        record.count = len(violations)
        violations.clear()
        record.blocked_until_s = now_s + rule.block_s
        self._records.get_or_add(key, _Record, record.blocked_until_s)
        return True
