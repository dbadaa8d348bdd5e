"""An action counts once, however often and from wherever it is asked for."""

import threading

from console.components import Once
from services.domain.errors import SourceDown


def test_a_second_run_of_the_script_waits_for_the_action_and_does_nothing_itself() -> None:
    lock = threading.RLock()
    state: Once[str] = Once(lock)
    began, go_on = threading.Event(), threading.Event()

    def act() -> str:
        began.set()
        assert go_on.wait(10)
        return "first"

    first = threading.Thread(target=state.take, args=(0, act))
    first.start()
    assert began.wait(10)
    second = threading.Thread(target=state.take, args=(0, lambda: "second"))
    second.start()
    go_on.set()
    first.join(10)
    second.join(10)
    assert (state.outcome, state.turn) == ("first", 1)


def test_a_turn_that_is_over_is_over() -> None:
    state: Once[str] = Once()
    state.take(0, lambda: "first")
    state.take(0, lambda: "replayed")
    assert state.outcome == "first"
    state.take(1, lambda: "second")
    assert state.outcome == "second"


def test_a_failure_is_kept_and_the_next_turn_forgets_it() -> None:
    state: Once[str] = Once()

    def fail() -> str:
        raise SourceDown("no disk")

    state.take(0, fail)
    assert state.problem is not None
    assert state.outcome is None
    state.take(1, lambda: "done")
    assert state.problem is None
