"""The local journal: append-only segments of records that survive the process.

A writer's files are `WRITER.lock`, locked as long as its process lives, and its segments
`WRITER.NUMBER.jsonl`; journal_shipper takes them to SQL.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.adapters.files import sync_folder
from services.adapters.journal_format import Record, encode, time_of
from services.adapters.journal_lock import create_lock
from services.domain.audit import AuditEvent
from services.domain.errors import LedgerUnavailable
from services.domain.ledger import Intent, Outcome

SYNC_INTERVAL_S = 0.1
SEGMENT_BYTES = 32 * 1024 * 1024
_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Segment:
    """A file of records; `size` counts whole records only, `descriptor` is None once finished."""

    path: Path
    descriptor: int | None
    records: int = 0
    size: int = 0
    oldest_at: datetime | None = None
    is_dirty: bool = True


class SegmentJournal:
    """Journal in a folder of this machine.

    Args:
        writer_id: names the process in file names; a random part makes it unique.
    """

    def __init__(self, folder: Path, writer_id: str, *, segment_bytes: int = SEGMENT_BYTES) -> None:
        if not _NAME.fullmatch(writer_id):
            raise ValueError(f"{writer_id!r} cannot name journal files: use letters, digits, _, -")
        self.folder = folder
        self.writer = f"{writer_id}-{secrets.token_hex(4)}"
        self._segment_bytes = segment_bytes
        self._lock = threading.Lock()  # the segments; held for one write at most
        self._finishing = threading.Lock()  # syncing and closing their files; may take long
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._writer_lock: int | None = None
        self._open: _Segment | None = None
        self._closed: list[_Segment] = []
        self._number = 0
        self._sync_error: OSError | None = None

    def start(self) -> None:
        """Make records durable every 100 ms from now on."""
        self._thread = threading.Thread(target=self._sync_regularly, name="journal-sync")
        self._thread.start()

    def close(self) -> None:
        """Make everything durable and give up the lock; what SQL lacks waits for a shipper."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        self.rotate()
        with self._lock:
            if self._writer_lock is not None:
                os.close(self._writer_lock)
                self._writer_lock = None

    def write_intent(self, intent: Intent) -> None:
        self._write(intent)

    def write_outcome(self, outcome: Outcome) -> None:
        self._write(outcome)

    def write_audit(self, event: AuditEvent) -> None:
        self._write(event)

    def backlog(self) -> tuple[int, datetime | None]:
        with self._lock:
            segments = [*self._closed, *([self._open] if self._open else [])]
        times = [s.oldest_at for s in segments if s.oldest_at is not None]
        return sum(s.records for s in segments), min(times, default=None)

    def rotate(self) -> None:
        """Close the segment being written, so that it can be shipped; the next write opens one."""
        with self._lock:
            self._retire()
        self.sync()

    def list_closed(self) -> tuple[Path, ...]:
        """This process's segments that wait to be shipped, oldest first."""
        with self._lock:
            return tuple(s.path for s in self._closed if s.descriptor is None)

    def discard(self, path: Path) -> None:
        """Delete a closed segment whose records are all in SQL."""
        path.unlink(missing_ok=True)
        with self._lock:
            self._closed = [segment for segment in self._closed if segment.path != path]

    def sync(self) -> None:
        """Make what was written durable; while that fails, writes are refused."""
        with self._finishing:
            with self._lock:
                unfinished = [s for s in self._closed if s.descriptor is not None]
                segment = self._open
                is_due = segment is not None and (segment.is_dirty or self._sync_error is not None)
                if segment is not None:
                    segment.is_dirty = False
            error = _make_durable(segment) if segment is not None and is_due else None
            for closed in unfinished:
                error = _make_durable(closed) or error
                _close(closed)
            if is_due or unfinished:
                self._note(error)

    def _note(self, error: OSError | None) -> None:
        if error is not None and self._sync_error is None:
            _log.error("The journal in %s cannot be made durable: %s", self.folder, error)
        self._sync_error = error

    def _write(self, record: Record) -> None:
        line = encode(record)
        try:
            with self._lock:
                if self._sync_error is not None and self._open is not None:
                    raise self._sync_error
                segment = self._segment_for(len(line))
                self._append(segment, line)
                segment.oldest_at = segment.oldest_at or time_of(record)
        except OSError as error:
            raise LedgerUnavailable(
                f"The journal in {self.folder} cannot be written: {error.strerror or error}. "
                "Without a record no call is made. Free space or mend the folder: calls then go "
                "on by themselves."
            ) from error

    def _segment_for(self, length: int) -> _Segment:
        if self._open is not None and self._open.size + length > self._segment_bytes:
            self._retire()
        if self._open is None:
            self._open = self._open_segment()
        return self._open

    def _append(self, segment: _Segment, line: bytes) -> None:
        assert segment.descriptor is not None  # noqa: S101 - the open segment has its file
        try:
            written = os.write(segment.descriptor, line)
            if written < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            self._cut(segment, segment.descriptor)
            raise
        segment.size += len(line)
        segment.records += 1
        segment.is_dirty = True

    def _cut(self, segment: _Segment, descriptor: int) -> None:
        # Half a record is taken back, or the next one would be glued to it.
        try:
            os.ftruncate(descriptor, segment.size)
        except OSError:
            self._retire()

    def _retire(self) -> None:
        if self._open is not None:
            self._closed.append(self._open)
            self._open = None

    def _open_segment(self) -> _Segment:
        if self._writer_lock is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._writer_lock = create_lock(self.folder, self.writer)
        path = self.folder / f"{self.writer}.{self._number:08d}.jsonl"
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        self._number += 1
        return _Segment(path, descriptor)

    def _sync_regularly(self) -> None:
        while not self._stopping.wait(SYNC_INTERVAL_S):
            self.sync()


def _make_durable(segment: _Segment) -> OSError | None:
    try:
        if segment.descriptor is not None:
            os.fdatasync(segment.descriptor)
            sync_folder(segment.path.parent)
    except OSError as error:
        return error
    return None


def _close(segment: _Segment) -> None:
    if segment.descriptor is not None:
        os.close(segment.descriptor)
        segment.descriptor = None
