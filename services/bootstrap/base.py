"""What everything else stands on: clock, ids, secrets, the databases, the journal."""

from __future__ import annotations

from dataclasses import dataclass

from services.adapters.clock import SystemClock, SystemIds
from services.adapters.journal import SegmentJournal
from services.adapters.jwt_tokens import JwtTokens
from services.adapters.kill_file import FileKillPlace
from services.adapters.logs import log_breaker_change
from services.adapters.secrets import derive_key, read_or_make_secret
from services.adapters.sql.audit import SqlAudit
from services.adapters.sql.chain import AuditChain
from services.adapters.sql.control import SqlControl
from services.adapters.sql.engine import QUICK_PATIENCE_S, Database
from services.adapters.sql.fleet import SqlFleet
from services.adapters.sql.kill import SqlKillPlace
from services.adapters.sql.past import SqlPast
from services.adapters.sql.reads import SqlLedgerReader
from services.bootstrap.counters import Shared, redis_kill_places
from services.bootstrap.policy import first_features
from services.domain.breakers import BreakerRule, BreakerView
from services.domain.calls import Candidate
from services.domain.ports import (
    Clock,
    ControlStore,
    Ids,
    KillPlace,
)
from services.operations.breaker_changes import BreakerChanges
from services.operations.events import EventWriter
from services.settings import Settings


@dataclass(frozen=True)
class Base:
    """What everything else stands on."""

    settings: Settings
    clock: Clock
    ids: Ids
    instance_id: str
    secret: str
    chain: AuditChain
    database: Database
    quick_database: Database
    store: ControlStore
    shared: Shared
    fleet: SqlFleet
    audit: SqlAudit
    reader: SqlLedgerReader
    past: SqlPast
    journal: SegmentJournal
    breaker_changes: BreakerChanges
    events: EventWriter
    signed: JwtTokens


def build_base(settings: Settings, kind: str) -> Base:
    """Open what everything stands on, and migrate the database."""
    clock, ids = SystemClock(), SystemIds()
    # Nobody else on the machine shall read what users wrote.
    settings.ai_data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = audit_secret(settings)
    chain = AuditChain(derive_key(secret, "audit"))
    database = Database(settings.sql_url)
    database.migrate()
    quick_database = Database(settings.sql_url, patience_s=QUICK_PATIENCE_S)
    instance_id = ids.request_id()
    journal = SegmentJournal(settings.ai_data_dir / "journal", kind)
    changes = BreakerChanges(journal, clock, "redis" if settings.redis_url else journal.writer)
    shared = _build_shared(settings, clock, instance_id, changes)
    store = shared.ringing(SqlControl(quick_database, chain))
    store.create_features(first_features(settings, clock.now()))
    return Base(
        settings=settings,
        clock=clock,
        ids=ids,
        instance_id=instance_id,
        secret=secret,
        chain=chain,
        database=database,
        quick_database=quick_database,
        store=store,
        shared=shared,
        fleet=SqlFleet(quick_database),
        audit=SqlAudit(database, chain, settings.ai_data_dir / "audit.anchor"),
        reader=SqlLedgerReader(database),
        past=SqlPast(database),
        journal=journal,
        breaker_changes=changes,
        events=EventWriter(clock, ids),
        signed=JwtTokens(derive_key(secret, "jwt")),
    )


def _build_shared(
    settings: Settings, clock: Clock, instance_id: str, changes: BreakerChanges
) -> Shared:
    def tell(candidate: Candidate, view: BreakerView) -> None:
        log_breaker_change(candidate, view)
        changes.record(candidate, view)

    return Shared(settings, clock, instance_id, breaker_rule(settings), tell)


def audit_secret(settings: Settings) -> str:
    """The secret that the audit chain and all derived keys come from, made at the first start."""
    if settings.ai_audit_key is not None:
        return settings.ai_audit_key.get_secret_value()
    return read_or_make_secret(settings.ai_data_dir / "audit.key")


def kill_places(settings: Settings, database: Database, chain: AuditChain) -> tuple[KillPlace, ...]:
    """Where the kill register is kept."""
    places = (FileKillPlace(settings.ai_data_dir), SqlKillPlace(database, chain))
    return (*places, *redis_kill_places(settings))


def breaker_rule(settings: Settings) -> BreakerRule:
    """When breakers open and close, as the settings say."""
    return BreakerRule(
        failure_threshold=settings.ai_cb_failure_threshold,
        success_threshold=settings.ai_cb_success_threshold,
        reset_timeout_s=settings.ai_cb_timeout,
        max_reset_timeout_s=settings.ai_cb_max_timeout,
        return_s=settings.ai_cb_return,
    )
