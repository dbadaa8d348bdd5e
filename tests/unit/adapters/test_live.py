"""A kill that two threads of an instance learn of at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from datetime import UTC, datetime
from typing import Any

from services.adapters.live import SwappedControl
from services.domain.kill import KillEntry, KillRegister

KILL = KillEntry("all", True, 1, "a", "b", datetime(2026, 11, 21, tzinfo=UTC))


class _Store:
    def read_state(self) -> None:
        return None


def test_a_kill_is_applied_for_nobody_before_the_running_calls_were_told() -> None:
    telling, told = threading.Event(), threading.Event()

    def tell(register: KillRegister) -> None:
        telling.set()
        told.wait(5)

    store: Any = _Store()
    live = SwappedControl(store, lambda state: state, tell, lambda snapshot: False)  # type: ignore[arg-type,return-value]
    with ThreadPoolExecutor(2) as pool:
        pulling = pool.submit(live.apply_kills, (KILL,))
        telling.wait()
        # What is sent from now on is stopped already; what ran before has not been told yet.
        assert live.register.active == (KILL,)
        polling = pool.submit(live.apply_kills, ())
        assert not wait_for([polling], timeout=0.05).done
        told.set()
        assert pulling.result().active == polling.result().active == (KILL,)
