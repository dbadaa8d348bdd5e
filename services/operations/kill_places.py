"""The places that hold the kill register, asked all at once; none of them keeps the others
waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from dataclasses import dataclass
from typing import Any

from services.domain.audit import AuditEvent
from services.domain.errors import SluiceError
from services.domain.kill import KillEntry, KillRegister
from services.domain.policy import KILL_WRITE_TIMEOUT_S
from services.domain.ports import KillPlace

_WORKERS = 16


@dataclass(frozen=True, slots=True)
class PlaceResult:
    """Whether one place (file, sql, redis) could be read or written, and why not."""

    place: str
    has_answered: bool
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceRead:
    """What one place holds; `problem` says why that is not known."""

    place: KillPlace
    entries: tuple[KillEntry, ...] = ()
    problem: str | None = None

    @property
    def result(self) -> PlaceResult:
        return PlaceResult(self.place.name, self.problem is None, self.problem)


class KillPlaces:
    """Reads and writes every place at once, waiting a second for all of them together.

    A place that let a read pass that time is not read again before it has answered.
    """

    def __init__(self, places: Iterable[KillPlace]) -> None:
        self._places = tuple(places)
        self._overdue: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="kill-place")

    def read_each(self) -> Iterator[PlaceRead]:
        """What each place holds, as soon as it has said so."""
        futures: dict[Future[Any], KillPlace] = {}
        for place in self._places:
            if self._is_overdue(place):
                yield PlaceRead(place, problem=_silence())
            else:
                futures[self._pool.submit(place.read)] = place
        try:
            for future in as_completed(futures, timeout=KILL_WRITE_TIMEOUT_S):
                place = futures.pop(future)
                problem = _problem_of(future)
                yield PlaceRead(place, () if problem else future.result(), problem)
        except TimeoutError:
            for future, place in futures.items():
                with self._lock:
                    self._overdue[place.name] = future
                yield PlaceRead(place, problem=_silence())

    def write(self, entry: KillEntry, event: AuditEvent) -> tuple[tuple[PlaceResult, ...], bool]:
        """Write every place; also whether one of them stored the event."""
        futures = {self._pool.submit(p.write, entry, event): p for p in self._places}
        wait(futures, timeout=KILL_WRITE_TIMEOUT_S)
        results = []
        for future, place in futures.items():
            problem = _problem_of(future) if future.done() else _silence()
            results.append(PlaceResult(place.name, problem is None, problem))
        has_event = any(f.done() and not f.exception() and f.result() for f in futures)
        return tuple(results), has_event

    def repeat(self, register: KillRegister, reads: Iterable[PlaceRead]) -> None:
        """Tell the places that were read what they lack; what cannot be written now is repeated
        the next time."""
        futures = [
            self._pool.submit(read.place.write, entry, None)
            for read in reads
            if read.problem is None
            for entry in _lacking(register, read.entries)
        ]
        wait(futures, timeout=KILL_WRITE_TIMEOUT_S)

    def run_beside(self, work: Callable[[], None]) -> Future[None]:
        """Do something that may have to wait for a place."""
        return self._pool.submit(work)

    def close(self) -> None:
        """Stop waiting for places."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _is_overdue(self, place: KillPlace) -> bool:
        with self._lock:
            future = self._overdue.get(place.name)
            if future is None or not future.done():
                return future is not None
            del self._overdue[place.name]
            return False


def _lacking(register: KillRegister, held: Iterable[KillEntry]) -> list[KillEntry]:
    by_scope = {entry.scope: entry for entry in held}
    return [e for e in register.entries.values() if e.beats(by_scope.get(e.scope))]


def _problem_of(future: Future[Any]) -> str | None:
    error = future.exception()
    if error is None:
        return None
    return error.message if isinstance(error, SluiceError) else str(error) or type(error).__name__


def _silence() -> str:
    return f"no answer within {KILL_WRITE_TIMEOUT_S:g} s"
