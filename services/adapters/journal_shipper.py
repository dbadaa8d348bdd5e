"""Takes journal segments to SQL: this process's own, and those that dead processes left."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from services.adapters.journal import SegmentJournal
from services.adapters.journal_format import Record, decode
from services.adapters.journal_lock import list_segments, list_writers, lock_path, take_lock
from services.domain.audit import AuditEvent
from services.domain.errors import Unprocessable
from services.domain.ledger import Intent, Outcome
from services.domain.ports import Clock, LedgerStore

BATCH_RECORDS = 300
BATCH_BYTES = 2 * 1024 * 1024
"""About what comes together between two shipments, so that the backlog of an outage takes no more
memory than a busy second."""

REJECTED = "rejected.jsonl"
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Batch:
    lines: list[bytes] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    size: int = 0

    @property
    def is_full(self) -> bool:
        return len(self.records) >= BATCH_RECORDS or self.size >= BATCH_BYTES

    def add(self, line: bytes, record: Record) -> None:
        self.lines.append(line)
        self.records.append(record)
        self.size += len(line)

    def halves(self) -> Iterator[_Batch]:
        middle = len(self.records) // 2
        yield _Batch(self.lines[:middle], self.records[:middle])
        yield _Batch(self.lines[middle:], self.records[middle:])


class JournalShipper:
    """Ships one journal folder. A segment is deleted only after its records are committed."""

    def __init__(self, journal: SegmentJournal, store: LedgerStore, clock: Clock) -> None:
        self._journal = journal
        self._store = store
        self._clock = clock
        self._trouble: str | None = None

    def run(self, stop_event: threading.Event, interval_s: float = 0.5) -> None:
        """Ship again and again, and once more when told to stop."""
        while not stop_event.wait(interval_s):
            self._ship_or_log()
        self._ship_or_log()

    def ship_once(self) -> int:
        """Ship what is there now; how many records.

        Raises:
            SourceDown: SQL does not answer: what it did not take is kept for the next time.
            OSError: the folder cannot be read or written; nothing is lost.
        """
        shipped = 0
        if not self._journal.list_closed():
            self._journal.rotate()
        for segment in self._journal.list_closed():
            shipped += self._ship(segment, self._journal.writer)
            self._journal.discard(segment)
        for writer in list_writers(self._journal.folder):
            if writer != self._journal.writer:
                shipped += self._take_over(writer)
        return shipped

    def _take_over(self, writer: str) -> int:
        folder = self._journal.folder
        lock = take_lock(folder, writer)
        if lock is None:
            return 0
        try:
            shipped = 0
            for segment in list_segments(folder, writer):
                shipped += self._ship(segment, writer)
                segment.unlink()
            self._store.mark_lost(writer, self._clock.now())
            lock_path(folder, writer).unlink()
        finally:
            os.close(lock)
        return shipped

    def _ship(self, segment: Path, writer: str) -> int:
        shipped = 0
        for batch in self._batches(segment):
            self._ingest(batch, writer)
            shipped += len(batch.records)
        return shipped

    def _batches(self, segment: Path) -> Iterator[_Batch]:
        batch = _Batch()
        with segment.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break  # the process died while writing it, so nobody was told it is there
                try:
                    batch.add(line, decode(line))
                except ValueError as error:
                    self._set_aside(line, str(error))
                if batch.is_full:
                    yield batch
                    batch = _Batch()
        if batch.records:
            yield batch

    def _ingest(self, batch: _Batch, writer: str) -> None:
        intents = [record for record in batch.records if isinstance(record, Intent)]
        outcomes = [record for record in batch.records if isinstance(record, Outcome)]
        events = [record for record in batch.records if isinstance(record, AuditEvent)]
        try:
            self._store.ingest(intents, outcomes, events, writer)
        except Unprocessable as error:
            if len(batch.records) == 1:
                self._set_aside(batch.lines[0], error.message)
                return
            for half in batch.halves():
                self._ingest(half, writer)

    def _set_aside(self, line: bytes, cause: str) -> None:
        path = self._journal.folder / REJECTED
        with path.open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        _log.error("A journal record was set aside in %s: %s", path, cause)

    def _ship_or_log(self) -> None:
        try:
            self.ship_once()
        except Exception as error:  # noqa: BLE001 - a shipper that ends would fill the disk unseen
            if str(error) != self._trouble:
                _log.warning("The journal is kept until it can be shipped: %s", error)
            self._trouble = str(error)
        else:
            if self._trouble is not None:
                _log.info("The journal is shipped again")
            self._trouble = None
