"""The drill of breakers, short: four gateways, one Redis, and what reached the provider."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.drills.breakers import run_drill


def test_fleet_spares_a_failing_provider_and_returns_gently(
    find_tool: Callable[[str], Path], tmp_path: Path
) -> None:
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        drill = run_drill(find_tool("redis-server"), folder)
        if not drill.redis_down:
            break
    assert drill.problems() == [], drill
    assert max(drill.phases["down"].at_once, drill.phases["hanging"].at_once) == 1
    assert drill.changes[0] == ("closed", "open")
