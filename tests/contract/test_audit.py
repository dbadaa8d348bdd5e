import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from services.adapters.sql.audit import SqlAudit
from services.adapters.sql.chain import AuditChain
from services.adapters.sql.engine import Database
from services.domain.audit import AuditFilter
from tests.contract.records import START, an_event

DELETE_LAST = "DELETE FROM audit_events WHERE sequence > 3"


@pytest.fixture
def audit(database: Database, chain: AuditChain, tmp_path: Path) -> SqlAudit:
    return SqlAudit(database, chain, tmp_path / "anchor.json")


@pytest.fixture
def tamper(database: Database) -> Callable[[str], None]:
    def run(*statements: str) -> None:
        with database.write() as connection:
            for statement in statements:
                connection.execute(sql(statement))

    return run


def test_chain_of_untouched_events_holds(audit: SqlAudit) -> None:
    assert audit.append([an_event(n) for n in range(1, 6)]) == 5
    check = audit.verify()
    assert (check.events, check.is_intact, check.problem) == (5, True, None)


def test_empty_chain_holds(audit: SqlAudit) -> None:
    assert audit.verify().is_intact
    assert audit.anchor()


def test_event_is_appended_once(audit: SqlAudit) -> None:
    assert audit.append([an_event(1), an_event(2), an_event(1)]) == 2
    assert audit.append([an_event(2), an_event(3)]) == 1
    assert audit.verify().events == 3


def test_odd_values_come_back_and_verify(audit: SqlAudit) -> None:
    odd = an_event(1, reason="çok\0iyi 🚦", after={"stages": frozenset({"beta"}), "n": 1.5})
    audit.append([odd])
    (row,) = audit.list_events(AuditFilter(), None, 5).rows
    assert (row.reason, row.after) == ("çok\ufffdiyi 🚦", {"stages": ["beta"], "n": 1.5})
    assert row.at == odd.at
    assert audit.verify().is_intact


@pytest.mark.parametrize(
    ("statements", "first_bad", "problem"),
    [
        (["UPDATE audit_events SET reason = 'other' WHERE sequence = 2"], 2, "was changed"),
        (["UPDATE audit_events SET at = at + 1 WHERE sequence = 5"], 5, "was changed"),
        (["UPDATE audit_events SET after = NULL WHERE sequence = 1"], 1, "was changed"),
        (["DELETE FROM audit_events WHERE sequence = 3"], 3, "is missing"),
        (["DELETE FROM audit_events WHERE sequence = 1"], 1, "is missing"),
        (
            [
                "DELETE FROM audit_events WHERE sequence = 3",
                "UPDATE audit_events SET sequence = 3 WHERE sequence = 4",
                "UPDATE audit_events SET sequence = 4 WHERE sequence = 5",
            ],
            3,
            "the order was changed",
        ),
        (
            [
                "UPDATE audit_events SET sequence = 99 WHERE sequence = 2",
                "UPDATE audit_events SET sequence = 2 WHERE sequence = 3",
                "UPDATE audit_events SET sequence = 3 WHERE sequence = 99",
            ],
            2,
            "the order was changed",
        ),
        ([DELETE_LAST], 4, "are gone"),
        (["DELETE FROM audit_events"], 1, "are gone"),
    ],
)
def test_tampering_is_found_where_it_begins(
    audit: SqlAudit,
    tamper: Callable[..., None],
    statements: list[str],
    first_bad: int,
    problem: str,
) -> None:
    audit.append([an_event(n) for n in range(1, 6)])
    audit.anchor()
    tamper(*statements)
    check = audit.verify()
    assert (check.is_intact, check.first_bad_sequence) == (False, first_bad)
    assert problem in (check.problem or "")


def test_cut_chain_cannot_be_anchored_anew(audit: SqlAudit, tamper: Callable[..., None]) -> None:
    audit.append([an_event(n) for n in range(1, 6)])
    audit.anchor()
    tamper(DELETE_LAST)
    assert audit.anchor() is False
    audit.append([an_event(n) for n in range(6, 9)])
    assert audit.anchor() is False
    assert audit.verify().first_bad_sequence == 5


def test_chain_rewritten_with_the_key_does_not_fit_its_anchor(
    audit: SqlAudit, tamper: Callable[..., None]
) -> None:
    audit.append([an_event(n) for n in range(1, 4)])
    audit.anchor()
    tamper("DELETE FROM audit_events")
    audit.append([replace(an_event(n), reason="rewritten") for n in range(1, 4)])
    assert audit.verify().first_bad_sequence == 3


def test_other_key_does_not_verify(audit: SqlAudit, database: Database, tmp_path: Path) -> None:
    audit.append([an_event(1)])
    other = SqlAudit(database, AuditChain(b"another key"), tmp_path / "none.json")
    assert other.verify().first_bad_sequence == 1


@pytest.mark.parametrize("content", ["", "{}", '{"sequence": 9, "mac": "x", "seal": "y"}'])
def test_damaged_anchor_is_told_and_not_replaced(
    audit: SqlAudit, tmp_path: Path, content: str
) -> None:
    audit.append([an_event(1)])
    (tmp_path / "anchor.json").write_text(content)
    assert audit.anchor() is False
    assert "cannot be trusted" in (audit.verify().problem or "")


def test_anchor_follows_the_chain(audit: SqlAudit, tamper: Callable[..., None]) -> None:
    audit.append([an_event(1)])
    assert audit.anchor()
    audit.append([an_event(2)])
    assert audit.anchor()
    tamper("DELETE FROM audit_events WHERE sequence = 2")
    assert audit.verify().first_bad_sequence == 2


def test_writers_at_once_make_one_chain(audit: SqlAudit) -> None:
    ready = threading.Barrier(3)

    def write(writer: int) -> None:
        ready.wait()
        for number in range(8):
            audit.append([an_event(writer * 100 + number)])

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check = audit.verify()
    assert (check.events, check.is_intact) == (24, True)


def test_events_are_listed_newest_first_by_pages(audit: SqlAudit) -> None:
    audit.append([an_event(n) for n in range(1, 6)])
    first = audit.list_events(AuditFilter(), None, 2)
    second = audit.list_events(AuditFilter(), first.next_cursor, 2)
    third = audit.list_events(AuditFilter(), second.next_cursor, 2)
    pages = [[row.sequence for row in page.rows] for page in (first, second, third)]
    assert pages == [[5, 4], [3, 2], [1]]
    assert third.next_cursor is None


def test_filters_choose_events(audit: SqlAudit) -> None:
    audit.append([an_event(1), an_event(2, actor="can"), an_event(3, target="feature:x")])
    audit.append([an_event(4, action="kill.activate")])

    def ids(where: AuditFilter) -> list[str]:
        return [row.id for row in audit.list_events(where, None, 9).rows]

    assert ids(AuditFilter(actor="can")) == ["event-2"]
    assert ids(AuditFilter(target="feature:x")) == ["event-3"]
    assert ids(AuditFilter(action="kill.activate")) == ["event-4"]
    between = AuditFilter(start=START + timedelta(seconds=2), end=START + timedelta(seconds=4))
    assert ids(between) == ["event-3", "event-2"]
