"""What happened in the drill of the breakers, and which promises of a fleet it did not keep."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field

PROCESSES = 4
RESET_S = 0.5


@dataclass
class Phase:
    """What happened in one part of the drill.

    Args:
        hits: calls that reached the provider; `at_once`: the most of them at one time.
        by: calls by who answered.
    """

    name: str
    seconds: float = 0.0
    calls: int = 0
    hits: int = 0
    at_once: int = 0
    by: Counter[str] = field(default_factory=Counter)

    @property
    def refused(self) -> int:
        """Calls without an answer."""
        return sum(calls for who, calls in self.by.items() if who.isdecimal())

    @property
    def share(self) -> float:
        return self.hits / self.calls if self.calls else 0.0


@dataclass(frozen=True)
class Drill:
    """What happened.

    Args:
        changes: the stored changes of the breaker as (before, after), oldest first.
        redis_down: how often a gateway found Redis too slow, as on a busy machine; it then goes on
            with its own breakers, so that the promises of a fleet are not put to the test.
    """

    phases: dict[str, Phase]
    changes: tuple[tuple[str, str], ...]
    redis_down: int

    def problems(self) -> list[str]:
        """What was not kept; nothing, when all is well."""
        healthy, opening, down, hanging, quarter, half, whole = self.phases.values()
        found = {
            "a healthy provider gets all calls": healthy.share == 1,
            "five failures open it": 5 <= opening.hits <= 5 + _in_flight(opening),
            "probes are rare and one at a time": down.at_once <= 1
            and 1 <= down.hits <= _most(down),
            "hanging probes are one at a time": hanging.at_once <= 1
            and 1 <= hanging.hits <= _most(hanging),
            "a quarter of the calls comes back": abs(quarter.share - 0.25) < _margin(quarter),
            "then half": abs(half.share - 0.5) < _margin(half),
            "then all": whole.share == 1,
            "users get their answers": not any(p.refused for p in self.phases.values()),
            "every change is stored, and once": _is_chain(self.changes),
        }
        return [promise for promise, is_kept in found.items() if not is_kept]


def _in_flight(phase: Phase) -> int:
    """Calls on their way at the fifth failure, and one of each gateway that has not heard yet."""
    return phase.at_once + PROCESSES


def _most(phase: Phase) -> int:
    """Breaks are never shorter than the first one."""
    return int(phase.seconds / RESET_S) + 2


def _margin(phase: Phase) -> float:
    """Four times the spread of a fair draw, and the calls at the edges of the phase."""
    return 4 * (0.25 / max(phase.calls, 1)) ** 0.5 + 0.03


def _is_chain(changes: tuple[tuple[str, str], ...]) -> bool:
    links = itertools.pairwise([("", "closed"), *changes])
    return (
        bool(changes)
        and changes[-1][1] == "closed"
        and all(earlier[1] == later[0] for earlier, later in links)
    )
