"""A run of the playground tells the times that the ledger has."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from services.adapters.clock import SystemIds
from services.domain.identity import Role, actor_for
from services.domain.playground import RunView
from services.domain.ports import ModelCall, ModelEvent
from services.operations.playground import Playground
from tests.clock import FakeClock
from tests.unit.gateway.gateway_bench import ONE, Gateway

AUTHOR = actor_for("author", Role.AUTHOR)


@dataclass
class SlowWay:
    """A ModelClient whose own way to the gateway takes a second."""

    clock: FakeClock
    end: ModelEvent

    def stream(self, call: ModelCall, stopped: Callable[[], bool]) -> Iterator[ModelEvent]:
        self.clock.advance(1)
        yield ModelEvent(text="Dört.")
        yield self.end


def run(end: ModelEvent) -> RunView:
    clock = FakeClock()
    playground = Playground(
        live=Gateway().live, client=SlowWay(clock, end), clock=clock, ids=SystemIds()
    )
    run_id = playground.start_run(
        AUTHOR, targets=[ONE], messages=[{"role": "user", "content": "2 + 2?"}]
    )
    deadline = time.monotonic() + 5
    while not (view := playground.get_run(AUTHOR, run_id)).is_done:
        assert time.monotonic() < deadline
    playground.close()
    return view


@pytest.mark.parametrize(
    ("end", "times"),
    [
        (ModelEvent(is_end=True, duration_ms=310.5, first_token_ms=120.0), (310.5, 120.0)),
        (ModelEvent(is_end=True, decision="provider_timeout"), (1000.0, 1000.0)),
    ],
    ids=["as-the-gateway-measured", "own-clock-where-it-did-not-say"],
)
def test_times_are_the_gateways_own(end: ModelEvent, times: tuple[float, float]) -> None:
    (column,) = run(end).columns
    assert (column.total_ms, column.first_token_ms) == pytest.approx(times)
