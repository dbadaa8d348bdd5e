"""What the caps of features have left."""

from __future__ import annotations

from dataclasses import dataclass

from services.domain.budgets import Period, window_of
from services.domain.limits import QuotaState, feature_caps
from services.domain.ports import Call, Clock, Counters, LiveControl
from services.domain.readings import Reading, take_reading


@dataclass(frozen=True, slots=True)
class CapView:
    """One cap of a feature in its present window, with what is taken of it."""

    feature: str
    state: QuotaState
    is_shadow: bool


class Limits:
    """The reads on limits; `call` runs a coroutine on the I/O loop."""

    def __init__(self, *, live: LiveControl, counters: Counters, clock: Clock, call: Call) -> None:
        self._live = live
        self._counters = counters
        self._clock = clock
        self._call = call

    def get_caps(self) -> Reading[tuple[CapView, ...]]:
        """Every feature's daily and monthly caps; no data when nothing is capped."""
        return take_reading(
            "counters",
            self._clock.now(),
            lambda: self._list_caps() or None,
            lambda views: not any(v.state.requests for v in views),
        )

    def _list_caps(self) -> tuple[CapView, ...]:
        snapshot, now = self._live.snapshot, self._clock.now()
        windows = (
            window_of(now, Period.DAY, snapshot.zone),
            window_of(now, Period.MONTH, snapshot.zone),
        )
        names = {
            quota: feature
            for feature in sorted(snapshot.control.features)
            for quota in feature_caps(feature, snapshot.limits, windows)
        }
        if not names:
            return ()
        states: tuple[QuotaState, ...] = self._call(self._counters.get_quotas(tuple(names)))
        shadow = snapshot.limits.shadow
        return tuple(CapView(names[s.quota], s, s.quota.name in shadow) for s in states)
