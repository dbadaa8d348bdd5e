"""Which of a provider's base URLs is called next: the one with the fewest running calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from services.domain.ports import Clock

FAILURES_TO_LEAVE = 3
OUT_S = 30.0


@dataclass(slots=True)
class Replica:
    """One base URL and what is known of it; within `with`, one call runs on it.

    Args:
        failures: in a row, up to now.
        out_until_s: on the monotonic clock; not called before unless all are out.
        last_turn: when it was last chosen, counted in choices.
    """

    base_url: str
    running_calls: int = 0
    failures: int = 0
    out_until_s: float | None = None
    last_turn: int = 0

    def __enter__(self) -> Self:
        self.running_calls += 1
        return self

    def __exit__(self, *_: object) -> None:
        self.running_calls -= 1


class Replicas:
    """Least connections; a replica leaves for 30 s after 3 failures in a row.

    One that comes back leaves again at its first failure. When all are out they are called all the
    same: the breaker decides about the provider.
    """

    def __init__(self, base_urls: tuple[str, ...], clock: Clock) -> None:
        self.all = tuple(Replica(url.rstrip("/")) for url in base_urls)
        self._clock = clock
        self._turn = 0

    def lend(self) -> Replica:
        """The replica for one call, to be entered at once."""
        replica = self._choose()
        self._turn += 1
        replica.last_turn = self._turn
        return replica

    def is_out(self, replica: Replica) -> bool:
        """Whether calls avoid it now."""
        until_s = replica.out_until_s
        return until_s is not None and self._clock.monotonic_s() < until_s

    def succeeded(self, replica: Replica) -> None:
        """Forget its failures."""
        replica.failures = 0
        replica.out_until_s = None

    def failed(self, replica: Replica) -> None:
        """Count a failure that says something about the server, not about the request."""
        replica.failures += 1
        if replica.failures >= FAILURES_TO_LEAVE:
            replica.out_until_s = self._clock.monotonic_s() + OUT_S

    def _choose(self) -> Replica:
        if len(self.all) == 1:
            return self.all[0]
        ready = [replica for replica in self.all if not self.is_out(replica)]
        # Equally busy ones take turns.
        return min(ready or self.all, key=lambda r: (r.running_calls, r.last_turn))
