"""Is the console telling the truth: sources, instances, journal, settings, versions."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from services.domain.calls import Candidate, ProviderInfo
from services.domain.fleet import Instance
from services.domain.identity import Actor, Permission, require
from services.domain.ports import (
    Clock,
    ControlStore,
    FleetStore,
    Journal,
    LedgerReader,
    LiveControl,
)
from services.domain.readings import Reading, take_reading
from services.domain.shown_settings import ShownSetting

PACKAGES = ("streamlit", "sqlalchemy", "aiohttp", "fastapi", "openai", "genai-prices")


@dataclass(frozen=True, slots=True)
class SourceView:
    """One source of figures: whether it answers and how old its data is."""

    name: str
    reading: Reading[str]


@dataclass(frozen=True, slots=True)
class SystemView:
    """What the System page shows.

    Args:
        route: the candidates asked in turn, the primary first.
        shadow_limits: names of limits that are counted but refuse nobody.
    """

    taken_at: datetime
    sources: tuple[SourceView, ...]
    instances: Reading[tuple[Instance, ...]]
    journal_records: int
    journal_oldest_at: datetime | None
    applied_revision: int
    providers: tuple[ProviderInfo, ...]
    route: tuple[Candidate, ...]
    settings: tuple[ShownSetting, ...]
    versions: Mapping[str, str]
    shadow_limits: tuple[str, ...] = ()


class System:
    """The reads behind the System page."""

    def __init__(
        self,
        *,
        live: LiveControl,
        store: ControlStore,
        reader: LedgerReader,
        fleet: FleetStore,
        journal: Journal,
        clock: Clock,
        settings: Callable[[], tuple[ShownSetting, ...]],
        release: str,
    ) -> None:
        self._live = live
        self._store = store
        self._reader = reader
        self._fleet = fleet
        self._journal = journal
        self._clock = clock
        self._settings = settings
        self._release = release

    def get_view(self, actor: Actor) -> SystemView:
        """The state of the system's parts; raises Forbidden."""
        require(actor, Permission.VIEW_SYSTEM)
        now = self._clock.now()
        records, oldest = self._journal.backlog()
        snapshot = self._live.snapshot
        return SystemView(
            taken_at=now,
            sources=(self._control_source(now), SourceView("ledger", self.get_ledger())),
            instances=take_reading(
                "control state", now, lambda: self._fleet.list_instances() or None, lambda v: False
            ),
            journal_records=records,
            journal_oldest_at=oldest,
            applied_revision=snapshot.revision,
            providers=tuple(sorted(snapshot.providers.values(), key=lambda p: p.name)),
            route=snapshot.candidates,
            settings=self._settings(),
            shadow_limits=tuple(sorted(snapshot.limits.shadow)),
            versions={"sluice": self._release, "python": platform.python_version()}
            | {name: version(name) for name in PACKAGES},
        )

    def get_ledger(self) -> Reading[str]:
        """Whether the ledger answers, and when it was last added to."""
        added = take_reading("SQL", None, self._reader.ingested_at, lambda at: False)
        value = None if added.value is None else "answers"
        return Reading(added.state, value, added.value, added.source, added.problem)

    def _control_source(self, now: datetime) -> SourceView:
        return SourceView(
            "control state",
            take_reading(
                "SQL", now, lambda: f"revision {self._store.read_revision()}", lambda v: False
            ),
        )
