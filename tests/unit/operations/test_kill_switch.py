"""What the kill switch stores and says: of names nobody knows, and of releases of what runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from services.adapters.clock import SystemIds
from services.domain.audit import AuditEvent
from services.domain.errors import Unprocessable
from services.domain.fleet import Instance
from services.domain.identity import host_actor
from services.domain.kill import KillEntry, KnownNames
from services.operations.events import EventWriter
from services.operations.kill_switch import KillSwitch
from tests.clock import FakeClock

HOST = host_actor("tests")
FEATURES = ("question_hint", "study_plan")


class Place:
    """Keeps entries and events."""

    def __init__(self, name: str, *entries: KillEntry) -> None:
        self.name = name
        self.entries = {entry.scope: entry for entry in entries}
        self.events: list[AuditEvent] = []

    def read(self) -> tuple[KillEntry, ...]:
        return tuple(self.entries.values())

    def write(self, entry: KillEntry, event: AuditEvent | None) -> bool:
        self.entries[entry.scope] = entry
        self.events += [event] if event else []
        return event is not None


class NoFleet:
    """No instance runs."""

    def list_instances(self) -> tuple[Instance, ...]:
        return ()

    def list_acks(self, scope: str, epoch: int) -> tuple[object, ...]:
        return ()


def entry(scope: str, epoch: int, *, active: bool = True) -> KillEntry:
    return KillEntry(scope, active, epoch, "ayse", "odd", datetime(2026, 5, 1, tzinfo=UTC))


def known(kind: str) -> KnownNames:
    return KnownNames(FEATURES if kind == "feature" else ())


def known_in_part(kind: str) -> KnownNames:
    return KnownNames(FEATURES, "The ledger does not answer.")


def build(*places: Place, names: Callable[[str], KnownNames] = known) -> KillSwitch:
    clock = FakeClock()
    return KillSwitch(
        live=None,
        places=places,
        journal=None,  # type: ignore[arg-type]
        fleet=NoFleet(),  # type: ignore[arg-type]
        events=EventWriter(clock, SystemIds()),
        clock=clock,
        known_names=names,
    )


def test_a_name_that_nobody_knows_is_stopped_with_a_warning_that_names_the_others() -> None:
    place = Place("file")
    result = build(place).pull(HOST, "feature:question_hnt", "it lies")
    assert place.entries["feature:question_hnt"].is_active
    assert result.warning is not None
    assert "No feature of that name is known here" in result.warning
    assert "known: question_hint, study_plan" in result.warning


@pytest.mark.parametrize("scope", ["all", "feature:study_plan", "provider:mock"])
def test_what_is_known_or_cannot_be_told_has_no_warning(scope: str) -> None:
    assert build(Place("file")).pull(HOST, scope, "it lies").warning is None


def test_a_name_that_could_not_be_looked_up_is_stopped_and_not_called_unknown() -> None:
    place = Place("file")
    switch = build(place, names=known_in_part)
    warning = switch.pull(HOST, "feature:poems", "it lies").warning
    assert warning is not None
    assert "feature poems could not be looked up. The ledger does not answer." in warning
    assert "Known without it: question_hint, study_plan." in warning
    assert "No feature" not in warning
    assert place.entries["feature:poems"].is_active
    assert switch.pull(HOST, "feature:study_plan", "it lies").warning is None


def test_releasing_what_runs_writes_nothing_and_names_what_is_stopped() -> None:
    place = Place("sql", entry("feature:study_plan", 5), entry("all", 6, active=False))
    result = build(place).release(HOST, "all", "mended")
    assert (result.entry, result.still_stopped) == (None, ("feature:study_plan",))
    assert result.warning == "all was not stopped; still stopped: feature:study_plan."
    assert (place.events, place.entries["all"].epoch) == ([], 6)


def test_releasing_where_nothing_is_stopped_says_so() -> None:
    place = Place("sql")
    result = build(place).release(HOST, "all", "mended")
    assert result.warning == "all was not stopped, nor is anything else: nothing changed."
    assert (place.events, place.entries) == ([], {})


def test_a_release_of_what_runs_needs_its_reason_too() -> None:
    with pytest.raises(Unprocessable, match="reason"):
        build(Place("sql")).release(HOST, "all", " ")


def test_a_scope_that_one_place_alone_holds_as_stopped_is_released_everywhere() -> None:
    # The other place has a later release: merged, nothing would be stopped.
    lagging, ahead = Place("file", entry("all", 5)), Place("sql", entry("all", 6, active=False))
    result = build(lagging, ahead).release(HOST, "all", "mended")
    assert (result.was_active, result.warning) == (True, None)
    assert result.entry is not None
    assert [p.entries["all"].is_active for p in (lagging, ahead)] == [False, False]
    assert lagging.entries["all"].epoch > 6
    assert [event.action for event in ahead.events] == ["kill.release"]


def test_a_release_says_what_is_still_stopped() -> None:
    place = Place("sql", entry("all", 5), entry("provider:mock", 6))
    result = build(place).release(HOST, "all", "mended")
    assert (result.was_active, result.still_stopped) == (True, ("provider:mock",))
    assert result.entry == place.entries["all"]
