"""What is told of limits, on the counters of one process."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC
from typing import Any

import pytest

from services.adapters.memory.counters import MemoryCounters
from services.domain.budgets import Budget, Period, window_of
from services.domain.errors import SourceDown
from services.domain.kill import KillRegister
from services.domain.limits import Demand, LimitSettings, feature_caps
from services.domain.readings import ReadingState
from services.domain.rollout import CEILING, FULL_BP, Rollout, Stage
from services.domain.snapshot import ControlState, Snapshot
from services.operations.limits import Limits
from tests.clock import FakeClock


class StillControl:
    """A policy that nobody changes."""

    def __init__(self, clock: FakeClock, limits: LimitSettings) -> None:
        now, names = clock.now(), ("question_hint", "evaluation")
        features = {name: Rollout(name, Stage.GENERAL, FULL_BP, now) for name in names}
        self.register = KillRegister({})
        self.snapshot = Snapshot(
            control=ControlState(1, Rollout(CEILING, Stage.GENERAL, FULL_BP, now), features, {}),
            providers={},
            candidates=(),
            prices={},
            templates={},
            limits=limits,
            budgets=(),
            playground_budget=Budget("playground", Period.DAY, 1),
            zone=UTC,
        )

    def apply_kills(self, entries: Any) -> KillRegister:
        raise NotImplementedError(entries)

    def refresh(self) -> None:
        raise NotImplementedError


class Desk:
    """The operations on limits, joined to counters in memory; `is_down` takes these away."""

    def __init__(self, **limits: Any) -> None:
        self.clock = FakeClock()
        self.settings = LimitSettings(**limits)
        self.counters = MemoryCounters(self.clock)
        self.is_down = False
        self.limits = Limits(
            live=StillControl(self.clock, self.settings),
            counters=self.counters,
            clock=self.clock,
            call=self.call,
        )

    def call(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        if self.is_down:
            coroutine.close()
            raise SourceDown("Redis does not answer.")
        return asyncio.run(coroutine)

    def use(self, feature: str, tokens: int) -> None:
        """Admit one call of a feature."""
        now = self.clock.now()
        windows = window_of(now, Period.DAY, UTC), window_of(now, Period.MONTH, UTC)
        quotas = feature_caps(feature, self.settings, windows)
        asyncio.run(self.counters.admit(Demand("r", quotas=quotas, tokens=tokens), None))


def test_caps_of_every_feature_are_told_with_what_is_used() -> None:
    desk = Desk(
        feature_daily_requests=5,
        feature_monthly_tokens=90,
        shadow=frozenset({"feature_monthly"}),
    )
    assert desk.limits.get_caps().state is ReadingState.ZERO
    desk.use("question_hint", 7)
    reading = desk.limits.get_caps()
    assert (reading.state, reading.source) == (ReadingState.VALUE, "counters")
    told = [
        (v.feature, v.state.quota.name, v.state.requests, v.state.tokens, v.is_shadow)
        for v in reading.value or ()
    ]
    assert told == [
        ("evaluation", "feature_daily", 0, 0, False),
        ("evaluation", "feature_monthly", 0, 0, True),
        ("question_hint", "feature_daily", 1, 7, False),
        ("question_hint", "feature_monthly", 1, 7, True),
    ]


def test_without_caps_there_is_no_data_and_nobody_is_asked() -> None:
    desk = Desk()
    desk.is_down = True
    assert desk.limits.get_caps().state is ReadingState.NO_DATA


def test_counters_that_are_away_are_said_to_be() -> None:
    desk = Desk(feature_daily_requests=5)
    desk.is_down = True
    reading = desk.limits.get_caps()
    assert (reading.state, reading.value) == (ReadingState.DOWN, None)
    assert reading.problem == "Redis does not answer."


@pytest.mark.parametrize(
    ("limits", "names"),
    [
        ({}, []),
        ({"feature_daily_tokens": 1}, ["feature_daily"]),
        ({"feature_monthly_requests": 1}, ["feature_monthly"]),
        ({"feature_daily_requests": 1, "feature_monthly_tokens": 1},
         ["feature_daily", "feature_monthly"]),
    ],
)  # fmt: skip
def test_only_what_is_set_is_capped(limits: dict[str, int], names: list[str]) -> None:
    now = FakeClock().now()
    windows = window_of(now, Period.DAY, UTC), window_of(now, Period.MONTH, UTC)
    caps = feature_caps("question_hint", LimitSettings(**limits), windows)
    assert [q.name for q in caps] == names
