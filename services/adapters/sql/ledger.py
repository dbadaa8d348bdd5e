"""Takes the journal's batches into SQL: insert-only, idempotent, with the rollups they change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.exc import StatementError

from services.adapters.sql.bulk import insert_new
from services.adapters.sql.chain import AuditChain
from services.adapters.sql.dialect import upsert
from services.adapters.sql.engine import Database
from services.adapters.sql.ledger_rows import attempt_row, intent_of, outcome_row, request_row
from services.adapters.sql.past_rollups import add_to_past
from services.adapters.sql.rollups import add_to_rollups
from services.adapters.sql.schema import attempts, ingests, outcomes, payloads, requests
from services.domain.audit import AuditEvent
from services.domain.errors import Unprocessable
from services.domain.ledger import Intent, Outcome, Status
from services.domain.money import CostBasis
from services.domain.ports import Clock

_LOST_MESSAGE = (
    "The process that ran this request ended before it could record what came of it: what it "
    "cost is not known."
)
_LOST_BATCH = 1_000


class SqlLedger:
    """LedgerStore over SQL."""

    def __init__(self, database: Database, chain: AuditChain, clock: Clock) -> None:
        self._database = database
        self._chain = chain
        self._clock = clock

    def ingest(
        self,
        intents: Sequence[Intent],
        outcomes: Sequence[Outcome],
        events: Sequence[AuditEvent],
        writer: str,
    ) -> int:
        """Insert what is not yet there; the number of requests newly completed.

        Raises:
            Unprocessable: a record holds a value that no column takes; nothing was inserted.
        """
        with _refusing_bad_records(), self._database.write() as connection:
            _insert_intents(connection, [*intents, *(o.intent for o in outcomes)], writer)
            completed = _insert_outcomes(connection, outcomes)
            self._chain.append(connection, events)
            _note_ingest(connection, writer, self._clock.now())
        return completed

    def mark_lost(self, writer: str, at: datetime) -> int:
        lost = 0
        while True:
            with self._database.write() as connection:
                open_intents = _list_open(connection, writer)
                lost += _insert_outcomes(connection, [_lost(i, at) for i in open_intents])
            if len(open_intents) < _LOST_BATCH:
                return lost


@contextmanager
def _refusing_bad_records() -> Iterator[None]:
    try:
        yield
    except (StatementError, OverflowError, UnicodeError) as error:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise Unprocessable(
            f"A record holds a value that the ledger cannot store: {cause}. It must be set aside, "
            "or nothing after it gets in."
        ) from error


def _insert_intents(connection: Connection, intents: Iterable[Intent], writer: str) -> None:
    by_id: dict[str, Intent] = {}
    for intent in intents:
        by_id.setdefault(intent.request_id, intent)
    rows = [request_row(intent, writer) for intent in by_id.values()]
    fresh = insert_new(connection, requests, rows)
    texts = [
        {"request_id": i, "user": intent.user, "request_text": intent.payload}
        for i, intent in by_id.items()
        if i in fresh and intent.payload is not None
    ]
    insert_new(connection, payloads, texts)


def _insert_outcomes(connection: Connection, all_outcomes: Iterable[Outcome]) -> int:
    by_id: dict[str, Outcome] = {}
    for outcome in all_outcomes:
        by_id.setdefault(outcome.intent.request_id, outcome)
    rows = [outcome_row(outcome) for outcome in by_id.values()]
    ids = insert_new(connection, outcomes, rows)
    fresh = [outcome for i, outcome in by_id.items() if i in ids]
    tries = [attempt_row(attempt) for outcome in fresh for attempt in outcome.attempts]
    insert_new(connection, attempts, tries)
    _store_responses(connection, fresh)
    add_to_rollups(connection, fresh)
    add_to_past(connection, fresh)
    return len(fresh)


def _store_responses(connection: Connection, fresh: Iterable[Outcome]) -> None:
    texts = [
        {
            "request_id": outcome.intent.request_id,
            "user": outcome.intent.user,
            "response_text": outcome.response,
        }
        for outcome in fresh
        if outcome.response is not None
    ]
    if texts:
        statement = upsert(connection.dialect.name, payloads)
        response = {"response_text": statement.excluded.response_text}
        connection.execute(
            statement.on_conflict_do_update(index_elements=["request_id"], set_=response), texts
        )


def _note_ingest(connection: Connection, writer: str, at: datetime) -> None:
    statement = upsert(connection.dialect.name, ingests).values(writer=writer, ingested_at=at)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["writer"], set_={"ingested_at": at})
    )


def _list_open(connection: Connection, writer: str) -> list[Intent]:
    joined = requests.outerjoin(outcomes, requests.c.request_id == outcomes.c.request_id)
    query = select(requests).select_from(joined)
    query = query.where(requests.c.writer == writer, outcomes.c.request_id.is_(None))
    rows = connection.execute(query.limit(_LOST_BATCH)).mappings()
    return [intent_of(row) for row in rows]


def _lost(intent: Intent, at: datetime) -> Outcome:
    # Money was held for it, so money may have been spent: unknown, not nothing.
    basis = CostBasis.UNPRICED if intent.held_nano_usd else CostBasis.FREE
    return Outcome(
        intent=intent,
        status=Status.LOST,
        decision="outcome_lost",
        http_status=0,
        finished_at=at,
        duration_ms=0.0,
        overhead_ms=0.0,
        steps=(),
        # An intent is written for who was admitted.
        is_admitted=True,
        cost_basis=basis,
        message=_LOST_MESSAGE,
    )
