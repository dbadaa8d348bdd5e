import multiprocessing
import os
import resource
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from services.adapters.journal import SegmentJournal
from services.adapters.journal_format import Record, decode, encode
from services.adapters.journal_lock import create_lock, list_segments, take_lock
from services.domain.errors import LedgerUnavailable
from tests.contract.records import START, an_event, an_intent, an_outcome

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SegmentJournal]:
    journal = SegmentJournal(tmp_path, "main")
    yield journal
    journal.close()


def records_in(folder: Path, writer: str) -> list[Record]:
    lines = b"".join(path.read_bytes() for path in list_segments(folder, writer))
    return [decode(line) for line in lines.splitlines()]


def test_records_are_in_the_file_as_soon_as_they_are_written(
    journal: SegmentJournal, tmp_path: Path
) -> None:
    written = [an_intent(1), an_outcome(an_intent(1)), an_event(1)]
    journal.write_intent(an_intent(1))
    journal.write_outcome(an_outcome(an_intent(1)))
    journal.write_audit(an_event(1))
    assert records_in(tmp_path, journal.writer) == written


def test_backlog_counts_what_is_not_discarded_yet(journal: SegmentJournal) -> None:
    assert journal.backlog() == (0, None)
    journal.write_intent(an_intent(1))
    journal.rotate()
    journal.write_intent(an_intent(2))
    assert journal.backlog() == (2, an_intent(1).started_at)
    journal.discard(journal.list_closed()[0])
    assert journal.backlog() == (1, an_intent(2).started_at)


def test_rotating_an_empty_journal_makes_no_segment(journal: SegmentJournal) -> None:
    journal.rotate()
    assert journal.list_closed() == ()


def test_record_that_cannot_be_made_durable_stops_the_next_ones_until_it_can(
    journal: SegmentJournal,
) -> None:
    journal.write_intent(an_intent(1))
    assert journal._open is not None
    file, (out, into) = journal._open.descriptor, os.pipe()
    journal._open.descriptor = into  # a pipe takes writes and cannot be synced
    journal.sync()
    with pytest.raises(LedgerUnavailable, match="Without a record no call is made"):
        journal.write_intent(an_intent(2))

    journal._open.descriptor = file
    journal.sync()
    journal.write_intent(an_intent(3))
    assert journal.backlog()[0] == 2
    os.close(out)
    os.close(into)


def test_lock_is_taken_only_from_the_dead_and_once(tmp_path: Path) -> None:
    held = create_lock(tmp_path, "w")
    assert take_lock(tmp_path, "w") is None
    os.close(held)
    taken = take_lock(tmp_path, "w")
    assert taken is not None
    assert take_lock(tmp_path, "w") is None
    os.close(taken)


def test_segment_that_is_full_makes_room_for_the_next(tmp_path: Path) -> None:
    journal = SegmentJournal(tmp_path, "main", segment_bytes=2_000)
    for number in range(12):
        journal.write_intent(an_intent(number))
    journal.sync()
    closed = journal.list_closed()
    assert len(closed) > 1
    assert all(path.stat().st_size <= 2_000 for path in closed)
    assert journal.backlog() == (12, START)
    journal.close()


def test_background_sync_makes_records_durable(journal: SegmentJournal) -> None:
    journal.start()
    journal.write_intent(an_intent())
    journal.close()
    assert journal.list_closed()[0].read_bytes() == encode(an_intent())


def test_folder_that_cannot_be_made_refuses_records(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    journal = SegmentJournal(tmp_path / "file" / "journal", "main")
    with pytest.raises(LedgerUnavailable, match="Without a record no call is made"):
        journal.write_intent(an_intent())


@pytest.mark.parametrize("name", ["", "a/b", "a.b", "../x"])
def test_name_that_would_not_name_files_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot name journal files"):
        SegmentJournal(tmp_path, name)


def _fill_until_full(folder: Path, pipe: Connection) -> None:
    no_limit = resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, no_limit))
    journal = SegmentJournal(folder, "child")
    accepted, refused = [], []
    for number in range(60):
        try:
            journal.write_intent(an_intent(number))
            accepted.append(number)
        except LedgerUnavailable:
            refused.append(number)
    resource.setrlimit(resource.RLIMIT_FSIZE, (no_limit, no_limit))
    journal.write_intent(an_intent(99))
    pipe.send((journal.writer, accepted, refused))
    journal.close()


def test_full_disk_refuses_records_until_there_is_room_and_tears_none(tmp_path: Path) -> None:
    ours, theirs = SPAWN.Pipe()
    child = SPAWN.Process(target=_fill_until_full, args=(tmp_path, theirs))
    child.start()
    theirs.close()  # so that a child that dies is an error here, and no wait
    writer, accepted, refused = ours.recv()
    child.join()
    assert accepted
    assert refused
    kept = [an_intent(number) for number in (*accepted, 99)]
    assert records_in(tmp_path, writer) == kept
