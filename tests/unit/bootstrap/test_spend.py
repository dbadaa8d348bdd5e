"""What of the ledger is read for quotas."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.bootstrap.spend import read_taken
from services.domain.limits import LimitSettings
from services.domain.periods import Window
from services.domain.quota_uses import QuotaUse
from services.domain.rollout import FULL_BP, Rollout, Stage
from services.domain.snapshot import Snapshot
from tests.clock import FakeClock
from tests.unit.gateway.gateway_bench import Gateway


class Reader:
    """A ledger with one user's one request, which counts how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def list_quota_uses(self, window: Window) -> tuple[QuotaUse, ...]:
        self.asked.append(window.key)
        return (QuotaUse("ali", "hint", 1, 20),)


def snapshot_with(limits: LimitSettings) -> Snapshot:
    snapshot = Gateway().snapshot
    hint = Rollout("hint", Stage.GENERAL, FULL_BP, FakeClock().now())
    control = replace(snapshot.control, features={"hint": hint})
    return replace(snapshot, control=control, limits=limits)


CAPPED = LimitSettings(feature_daily_requests=5)


@pytest.mark.parametrize(
    ("limits", "only_caps", "named", "asked"),
    [
        (CAPPED, False, {"feature_daily", "user_daily", "user_monthly"}, 2),
        (CAPPED, True, {"feature_daily"}, 2),
        (LimitSettings(), False, {"user_daily", "user_monthly"}, 2),
        # Nothing is capped: a start in a fleet that knows its users reads nothing.
        (LimitSettings(), True, set(), 0),
    ],
)
def test_no_more_is_read_than_is_asked_for(
    limits: LimitSettings, only_caps: bool, named: set[str], asked: int
) -> None:
    reader: Any = Reader()
    states = read_taken(reader, snapshot_with(limits), FakeClock(), only_caps=only_caps)
    assert {state.quota.name for state in states} == named
    assert all((state.requests, state.tokens) == (1, 20) for state in states)
    assert len(reader.asked) == asked
