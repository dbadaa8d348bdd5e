"""The kill register in a file of the data folder: the place that is always there."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from services.adapters.files import write_atomically
from services.domain.audit import AuditEvent
from services.domain.errors import SourceDown
from services.domain.kill import KillEntry, KillRegister

_LOCK_STEP_S = 0.01


class FileKillPlace:
    """KillPlace in `kill.json`, shared by all processes of one machine.

    Args:
        lock_wait_s: how long a write waits for another process's, less than a kill may take.
    """

    def __init__(self, folder: Path, lock_wait_s: float = 0.8) -> None:
        self._lock_wait_s = lock_wait_s
        self._path = folder / "kill.json"
        self._lock_path = folder / "kill.json.lock"
        self._seen: tuple[int, int, int] | None = None

    @property
    def name(self) -> str:
        return "file"

    def read(self) -> tuple[KillEntry, ...]:
        self._seen = self._signature()
        try:
            return self._parse(self._path.read_bytes())
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise SourceDown(self._explain(error.strerror or str(error))) from error

    def write(self, entry: KillEntry, event: AuditEvent | None) -> bool:
        try:
            with self._locked():
                known = self._known()
                merged = known.merge((entry,))
                if merged is not known:
                    write_atomically(self._path, _encode(merged))
        except OSError as error:
            raise SourceDown(self._explain(error.strerror or str(error))) from error
        return False

    def changed(self) -> bool:
        """Whether the file is another one than read() last saw; costs one stat."""
        return self._signature() != self._seen

    def _known(self) -> KillRegister:
        # A file nobody can read is replaced: stopping now beats what it may have said.
        try:
            return KillRegister().merge(self._parse(self._path.read_bytes()))
        except (FileNotFoundError, SourceDown):
            return KillRegister()

    def _signature(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._lock_path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _wait_for_lock(descriptor, self._lock_wait_s)
            yield
        finally:
            os.close(descriptor)

    def _parse(self, content: bytes) -> tuple[KillEntry, ...]:
        try:
            return tuple(_decode(row) for row in orjson.loads(content)["entries"])
        except (ValueError, KeyError, TypeError) as error:
            raise SourceDown(self._explain("it holds no kill register")) from error

    def _explain(self, cause: str) -> str:
        return (
            f"The kill file {self._path} does not answer: {cause}. What the other places say "
            "still rules; restore the file, or pull the kill switch again to write it anew."
        )


def _wait_for_lock(descriptor: int, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_LOCK_STEP_S)
        else:
            return


def _encode(register: KillRegister) -> bytes:
    entries = [register.entries[scope] for scope in sorted(register.entries)]
    return orjson.dumps({"v": 1, "entries": entries}, option=orjson.OPT_INDENT_2)


def _decode(row: dict[str, Any]) -> KillEntry:
    return KillEntry(
        scope=str(row["scope"]),
        is_active=bool(row["is_active"]),
        epoch=int(row["epoch"]),
        actor=str(row["actor"]),
        reason=str(row["reason"]),
        at=datetime.fromisoformat(row["at"]),
    )
