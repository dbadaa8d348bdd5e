import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from services.adapters.journal import SegmentJournal
from services.adapters.journal_format import encode
from services.adapters.journal_lock import list_segments, list_writers
from services.adapters.journal_shipper import REJECTED, JournalShipper
from services.adapters.sql.audit import SqlAudit
from services.adapters.sql.chain import AuditChain
from services.adapters.sql.engine import Database
from services.adapters.sql.ledger import SqlLedger
from services.adapters.sql.reads import SqlLedgerReader
from services.domain.audit import AuditFilter
from services.domain.errors import SourceDown
from services.domain.ledger import Status
from services.domain.requests import RequestFilter
from tests.clock import FakeClock
from tests.contract.records import an_event, an_intent, an_outcome

SPAWN = multiprocessing.get_context("spawn")


class Ledger:
    """A SQLite ledger with everything around it that the journal needs."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ledger.db"
        database = Database(f"sqlite:///{self.path}")
        database.migrate()
        chain = AuditChain(b"key")
        self.store = SqlLedger(database, chain, FakeClock())
        self.reader = SqlLedgerReader(database)
        self.audit = SqlAudit(database, chain, folder / "anchor.json")

    def request_ids(self) -> list[str]:
        page = self.reader.list_requests(RequestFilter(), None, 100_000)
        return sorted(outcome.intent.request_id for outcome in page.rows)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def journal(folder: Path) -> Iterator[SegmentJournal]:
    journal = SegmentJournal(folder, "main")
    yield journal
    journal.close()


@pytest.fixture
def shipper(journal: SegmentJournal, ledger: Ledger) -> JournalShipper:
    return JournalShipper(journal, ledger.store, FakeClock())


def test_records_reach_the_ledger_and_their_segment_goes(
    journal: SegmentJournal, shipper: JournalShipper, ledger: Ledger, folder: Path
) -> None:
    journal.write_intent(an_intent(1))
    journal.write_outcome(an_outcome(an_intent(1)))
    journal.write_audit(an_event())
    assert journal.backlog() == (3, an_intent(1).started_at)

    assert shipper.ship_once() == 3
    assert ledger.request_ids() == [an_intent(1).request_id]
    assert ledger.audit.verify().events == 1
    assert journal.backlog() == (0, None)
    assert list_segments(folder, journal.writer) == []


def test_nothing_to_ship_is_no_work(shipper: JournalShipper, ledger: Ledger) -> None:
    assert shipper.ship_once() == 0
    assert ledger.reader.ingested_at() is None


def test_journal_goes_on_while_a_segment_waits(
    journal: SegmentJournal, shipper: JournalShipper, ledger: Ledger
) -> None:
    journal.write_outcome(an_outcome(an_intent(1)))
    journal.rotate()
    journal.write_outcome(an_outcome(an_intent(2)))
    assert journal.backlog()[0] == 2
    assert shipper.ship_once() == 1
    assert shipper.ship_once() == 1
    assert len(ledger.request_ids()) == 2


def test_sql_outage_keeps_the_journal_and_loses_nothing(
    journal: SegmentJournal, shipper: JournalShipper, ledger: Ledger
) -> None:
    away = ledger.path.with_suffix(".away")
    journal.write_outcome(an_outcome(an_intent(1)))
    ledger.path.rename(away)
    with pytest.raises(SourceDown):
        shipper.ship_once()
    journal.write_outcome(an_outcome(an_intent(2)))
    with pytest.raises(SourceDown):
        shipper.ship_once()
    assert journal.backlog() == (2, an_outcome(an_intent(1)).finished_at)

    away.rename(ledger.path)
    assert shipper.ship_once() + shipper.ship_once() == 2
    assert len(ledger.request_ids()) == 2
    assert journal.backlog() == (0, None)


def test_crash_between_commit_and_deletion_counts_nothing_twice(
    journal: SegmentJournal, shipper: JournalShipper, ledger: Ledger, folder: Path
) -> None:
    journal.write_outcome(an_outcome())
    journal.rotate()
    (segment,) = journal.list_closed()
    kept = segment.read_bytes()
    shipper.ship_once()
    (folder / "crashed.00000000.jsonl").write_bytes(kept)
    assert shipper.ship_once() == 1
    assert ledger.reader.sum_requests(RequestFilter()) == (1, an_outcome().cost_nano_usd)


def test_torn_last_line_is_left_out_and_the_rest_is_kept(
    shipper: JournalShipper, ledger: Ledger, folder: Path
) -> None:
    folder.mkdir()
    whole = encode(an_outcome(an_intent(1))) + encode(an_outcome(an_intent(2)))
    torn = encode(an_outcome(an_intent(3)))[:-40]
    (folder / "dead.00000000.jsonl").write_bytes(whole + torn)
    assert shipper.ship_once() == 2
    assert list_writers(folder) == []
    assert not (folder / REJECTED).exists()


def test_damaged_line_is_set_aside_and_the_rest_is_kept(
    shipper: JournalShipper, ledger: Ledger, folder: Path
) -> None:
    folder.mkdir()
    good = encode(an_outcome(an_intent(1)))
    (folder / "dead.00000000.jsonl").write_bytes(b"{damaged}\n" + good)
    assert shipper.ship_once() == 1
    assert (folder / REJECTED).read_bytes() == b"{damaged}\n"
    assert len(ledger.request_ids()) == 1


def test_record_the_ledger_refuses_does_not_hold_up_the_others(
    journal: SegmentJournal, shipper: JournalShipper, ledger: Ledger, folder: Path
) -> None:
    bad = an_outcome(an_intent(3), duration_ms=float("nan"))
    for outcome in (*(an_outcome(an_intent(n)) for n in (1, 2)), bad, an_outcome(an_intent(4))):
        journal.write_outcome(outcome)
    shipper.ship_once()
    assert ledger.request_ids() == [an_intent(n).request_id for n in (1, 2, 4)]
    assert (folder / REJECTED).read_bytes() == encode(bad)


def test_events_of_a_finished_command_arrive(
    shipper: JournalShipper, ledger: Ledger, folder: Path
) -> None:
    command = SegmentJournal(folder, "cli")
    command.write_audit(an_event(5))
    command.close()
    assert shipper.ship_once() == 1
    assert [e.id for e in ledger.audit.list_events(AuditFilter(), None, 5).rows] == ["event-5"]
    assert list_writers(folder) == []


def test_living_writer_is_left_alone(shipper: JournalShipper, ledger: Ledger, folder: Path) -> None:
    other = SegmentJournal(folder, "other")
    other.write_intent(an_intent(1))
    assert shipper.ship_once() == 0
    assert list_writers(folder) == [other.writer]
    other.close()
    assert shipper.ship_once() == 1


def test_dead_writer_is_not_declared_lost_before_all_its_segments_are_in(
    shipper: JournalShipper, ledger: Ledger, folder: Path
) -> None:
    folder.mkdir()
    (folder / "dead.00000000.jsonl").write_bytes(encode(an_intent(1)) + encode(an_intent(2)))
    (folder / "dead.00000001.jsonl").write_bytes(encode(an_outcome(an_intent(1))))
    shipper.ship_once()
    page = ledger.reader.list_requests(RequestFilter(), None, 10)
    assert [row.status for row in page.rows] == [Status.LOST, Status.SUCCESS]


def test_runner_ships_what_was_written_last_when_told_to_stop(
    journal: SegmentJournal, shipper: JournalShipper, ledger: Ledger
) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=shipper.run, args=(stop, 3_600))
    thread.start()
    journal.write_outcome(an_outcome())
    stop.set()
    thread.join()
    assert len(ledger.request_ids()) == 1


def test_runner_outlives_an_outage(
    journal: SegmentJournal,
    shipper: JournalShipper,
    ledger: Ledger,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    journal.write_outcome(an_outcome())
    ledger.path.rename(ledger.path.with_suffix(".away"))
    stop = threading.Event()
    stop.set()
    shipper.run(stop)
    shipper.run(stop)
    assert caplog.text.count("kept until it can be shipped") == 1
    ledger.path.with_suffix(".away").rename(ledger.path)
    shipper.run(stop)
    assert len(ledger.request_ids()) == 1


def _write_for_ever(folder: Path, pipe: Connection) -> None:
    journal = SegmentJournal(folder, "child", segment_bytes=50_000)
    journal.start()
    number = 0
    while True:
        number += 1
        outcome = an_outcome(an_intent(number))
        journal.write_intent(outcome.intent)
        journal.write_outcome(outcome)
        pipe.send(number)


def test_killed_process_loses_no_record_it_was_told_is_kept(
    shipper: JournalShipper, ledger: Ledger, folder: Path
) -> None:
    ours, theirs = SPAWN.Pipe()
    child = SPAWN.Process(target=_write_for_ever, args=(folder, theirs))
    child.start()
    theirs.close()
    acknowledged = [ours.recv() for _ in range(400)]
    assert shipper.ship_once() == 0  # it lives, so its segments are its own

    os.kill(child.pid or 0, signal.SIGKILL)
    child.join()
    try:
        while True:
            acknowledged.append(ours.recv())
    except EOFError:
        pass
    shipper.ship_once()

    ids = ledger.request_ids()
    assert len(ids) == len(set(ids))
    assert {an_intent(number).request_id for number in acknowledged} <= set(ids)
    assert len(ids) - len(acknowledged) <= 1
    lost = ledger.reader.sum_requests(RequestFilter(status="lost"))
    assert lost[0] <= 1
    requests, cost = ledger.reader.sum_requests(RequestFilter())
    assert cost == (requests - lost[0]) * an_outcome().cost_nano_usd
    assert list_writers(folder) == []
