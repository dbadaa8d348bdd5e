"""This process's picture of the control state, swapped whole."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from services.domain.kill import KillEntry, KillRegister
from services.domain.ports import ControlStore
from services.domain.snapshot import ControlState, Snapshot


class SwappedControl:
    """The LiveControl of a server: readers take the attribute, writers swap it under a lock.

    Args:
        build: joins a control state with settings and shipped data.
        on_kill: called with the new register whenever it changes; tells running calls. Nobody is
            given a changed register, and can say that it was applied, before it has returned.
        is_outdated: whether what a snapshot was built from has changed without a new revision.
    """

    def __init__(
        self,
        store: ControlStore,
        build: Callable[[ControlState], Snapshot],
        on_kill: Callable[[KillRegister], None],
        is_outdated: Callable[[Snapshot], bool],
    ) -> None:
        self._store = store
        self._build = build
        self._on_kill = on_kill
        self._is_outdated = is_outdated
        self._lock = threading.Lock()
        self._kill_lock = threading.Lock()
        self._snapshot = build(store.read_state())
        self._register = KillRegister()

    @property
    def snapshot(self) -> Snapshot:
        return self._snapshot

    @property
    def register(self) -> KillRegister:
        return self._register

    def apply_kills(self, entries: Iterable[KillEntry]) -> KillRegister:
        with self._kill_lock:
            merged = self._register.merge(entries)
            if merged is not self._register:
                self._register = merged
                self._on_kill(merged)
            return merged

    def refresh(self) -> None:
        state = self._store.read_state()
        with self._lock:
            if state.revision >= self._snapshot.revision:
                self._snapshot = self._build(state)

    def refresh_if_stale(self) -> bool:
        """Swap when a newer one is due; whether it was. Raises SourceDown."""
        is_newest = self._store.read_revision() == self._snapshot.revision
        if is_newest and not self._is_outdated(self._snapshot):
            return False
        self.refresh()
        return True


class FixedControl:
    """The LiveControl of a simulation: one snapshot, and nobody stops anything."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._register = KillRegister()

    @property
    def snapshot(self) -> Snapshot:
        return self._snapshot

    @property
    def register(self) -> KillRegister:
        return self._register

    def apply_kills(self, entries: Iterable[KillEntry]) -> KillRegister:
        """There is nothing that they could stop."""
        return self._register

    def refresh(self) -> None:
        """There is nothing to read."""
