from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.adapters.memory.breakers import MemoryBreakers
from services.domain.breakers import BreakerOrder, BreakerRule, BreakerState, BreakerView
from services.operations.breaker_changes import BreakerChanges
from tests.clock import FakeClock
from tests.contract.breaker_bench import OPENAI, Bench
from tests.unit.operations.full_journal import FullJournal

OPENED = BreakerView(
    "openai", "gpt-4o-mini", BreakerState.OPEN, "5 failures in a row: x", 4.0, 4.0, 56.0, 5,
    number=1, since_s=1234.5678,
)  # fmt: skip


def test_change_is_an_event_with_why_and_when_it_began() -> None:
    journal, clock = FullJournal(), FakeClock()
    BreakerChanges(journal, clock, "redis").record(OPENAI, OPENED)
    (event,) = journal.events
    assert (event.actor, event.action, event.target) == (
        "rule:circuit_breaker",
        "breaker.changed",
        "openai/gpt-4o-mini",
    )
    assert (event.before, event.after) == ({"state": "closed"}, {"state": "open"})
    assert event.reason == "5 failures in a row: x"
    assert event.at == clock.now() - timedelta(seconds=4)


def test_instances_that_share_breakers_tell_of_one_change_under_one_id() -> None:
    first, second, alone = FullJournal(), FullJournal(), FullJournal()
    BreakerChanges(first, FakeClock(), "redis").record(OPENAI, OPENED)
    BreakerChanges(second, FakeClock(), "redis").record(OPENAI, replace(OPENED, for_s=9.0))
    BreakerChanges(alone, FakeClock(), "console-1").record(OPENAI, OPENED)
    ids = [journal.events[0].id for journal in (first, second, alone)]
    assert ids[0] == ids[1] != ids[2]
    BreakerChanges(first, FakeClock(), "redis").record(OPENAI, replace(OPENED, number=4))
    assert len({event.id for event in first.events}) == 2


def test_change_waits_for_a_journal_that_is_full() -> None:
    journal = FullJournal()
    changes = BreakerChanges(journal, FakeClock(), "redis")
    journal.is_full = True
    for number in (1, 2):
        changes.record(OPENAI, replace(OPENED, number=number))
    changes.flush()
    assert journal.events == []
    journal.is_full = False
    changes.flush()
    changes.flush()
    assert len(journal.events) == 2


async def test_what_an_operator_sets_is_left_to_the_operators_own_event() -> None:
    journal, clock = FullJournal(), FakeClock()
    changes = BreakerChanges(journal, clock, "redis")
    bench = Bench(clock)
    bench.breakers = MemoryBreakers(BreakerRule(), clock, changes.record)
    for state in (BreakerState.FORCED_OPEN, BreakerState.CLOSED):
        await bench.breakers.force(OPENAI, BreakerOrder(state, "a test", clock.now()))
    assert journal.events == []
    await bench.half_open()
    await bench.succeed(3)
    assert [event.after for event in journal.events] == [
        {"state": "open"},
        {"state": "half_open"},
        {"state": "closed", "returning_percent": 25},
    ]
