"""kill -9 with a hundred calls in flight: a short run of the drill in bench/drills/phantom.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.drills.phantom import CALLERS, run_alone, run_fleet


async def test_fleet_books_what_its_dead_instance_did_not_say(
    find_tool: Callable[[str], Path], tmp_path: Path
) -> None:
    find_tool("redis-server")
    trial = await run_fleet(1, tmp_path)
    assert trial.is_good, trial
    assert trial.in_flight == CALLERS
    assert trial.lost > 0


async def test_one_machine_starts_again_with_the_money_of_its_ledger(tmp_path: Path) -> None:
    trial = await run_alone(1, tmp_path)
    assert trial.is_good, trial
    assert trial.in_flight == CALLERS
