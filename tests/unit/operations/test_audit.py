"""Reading, verifying and exporting the audit chain."""

import pytest
from sqlalchemy import update

from services.adapters.sql.schema import audit_events
from services.domain.audit import AuditFilter
from services.domain.errors import Forbidden, SourceDown
from services.domain.identity import Role, actor_for
from services.domain.rollout import CEILING
from services.operations import audit
from tests.unit.operations.conftest import HOST, Bench

OPERATOR = actor_for("ayse", Role.OPERATOR)
VIEWER = actor_for("can", Role.VIEWER)


def write_events(bench: Bench, count: int) -> None:
    for number in range(count):
        bench.rollouts.set_target(
            HOST, CEILING, percentage_bp=100 + number, reason=f"step {number}"
        )
        bench.clock.advance(60)


def test_pages_walk_the_whole_log_without_gap_or_repeat(bench: Bench) -> None:
    write_events(bench, 7)
    seen, cursor = [], None
    while True:
        page = bench.audit.list_events(OPERATOR, AuditFilter(), cursor, limit=3)
        seen += [row.sequence for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [7, 6, 5, 4, 3, 2, 1]


def test_kinds_of_actions_are_found_by_how_they_begin(bench: Bench) -> None:
    write_events(bench, 1)
    bench.rollouts.set_enabled(HOST, "study_plan", enabled=False, reason="too long")
    bench.keys.create(HOST, name="shop", scopes=["ai:generate"])
    where = AuditFilter(action_prefixes=("rollout.", "feature."))
    rows = bench.audit.list_events(OPERATOR, where).rows
    assert [row.action for row in rows] == ["feature.disable", "rollout.set"]


@pytest.mark.parametrize("prefix", ["rollout_", "%", "rollout.%"])
def test_a_prefix_has_no_wildcards(bench: Bench, prefix: str) -> None:
    write_events(bench, 1)
    assert bench.audit.list_events(OPERATOR, AuditFilter(action_prefixes=(prefix,))).rows == ()


def test_export_is_the_filter_in_full_and_is_itself_recorded(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "EXPORT_PAGE", 2)
    write_events(bench, 5)
    bench.keys.create(HOST, name="shop", scopes=["ai:generate"])
    where = AuditFilter(target=CEILING, start=bench.clock.now().replace(hour=0, minute=0))
    rows = list(bench.audit.export(OPERATOR, where))
    assert [row.sequence for row in rows] == [5, 4, 3, 2, 1]
    (event,) = bench.events("audit.export")
    assert (event.actor, event.target) == ("ayse", "audit")
    assert event.after == {"target": "all", "start": "2026-11-21T00:00:00+00:00"}


def test_who_may_not_see_the_log_may_not_export_it_either(bench: Bench) -> None:
    write_events(bench, 1)
    with pytest.raises(Forbidden):
        bench.audit.export(VIEWER, AuditFilter())
    with pytest.raises(Forbidden):
        bench.audit.list_events(VIEWER, AuditFilter())
    with pytest.raises(Forbidden):
        bench.audit.verify(VIEWER)
    assert bench.events("audit.export") == []


def test_a_changed_event_is_found(bench: Bench) -> None:
    write_events(bench, 3)
    assert bench.audit.verify(OPERATOR).is_intact
    with bench.database.write() as connection:
        forged = update(audit_events).where(audit_events.c.sequence == 2)
        connection.execute(forged.values(reason="somebody else did it"))
    check = bench.audit.verify(OPERATOR)
    assert (check.is_intact, check.first_bad_sequence) == (False, 2)


def test_no_export_without_its_event(bench: Bench) -> None:
    write_events(bench, 1)
    bench.take_away()
    with pytest.raises(SourceDown):
        bench.audit.export(OPERATOR, AuditFilter())
