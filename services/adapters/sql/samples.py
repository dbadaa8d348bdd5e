"""Sample traffic in SQL: how much there is, and its removal without touching anything else."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from services.adapters.sql.chain import AuditChain
from services.adapters.sql.engine import Database
from services.adapters.sql.schema import (
    attempts,
    ingests,
    outcomes,
    payloads,
    requests,
    rollups_minute,
    rollups_quarter,
    rollups_user_hour,
)
from services.domain.audit import AuditEvent
from services.domain.ledger import Source
from services.domain.samples import SampleState

_SAMPLE = Source.SAMPLE.value


class SqlSamples:
    """SampleStore over SQL."""

    def __init__(self, database: Database, chain: AuditChain) -> None:
        self._database = database
        self._chain = chain

    def get_state(self) -> SampleState:
        """From the rollups: the ledger's rows have no index by source."""
        sums = rollups_quarter.c
        query = select(
            func.coalesce(func.sum(sums.requests), 0),
            func.min(sums.bucket_start),
            func.max(sums.bucket_start),
        ).where(sums.source == _SAMPLE)
        with self._database.read() as connection:
            count, first_at, last_at = connection.execute(query).one()
        return SampleState(int(count), first_at, last_at)

    def remove(self, event: AuditEvent) -> int:
        """Delete them from the ledger and the rollups and store the event, all or nothing."""
        samples = select(requests.c.request_id).where(requests.c.source == _SAMPLE)
        # Samples have journal writers of their own.
        writers = select(requests.c.writer).where(requests.c.source == _SAMPLE)
        with self._database.write() as connection:
            for table in (attempts, payloads, outcomes):
                connection.execute(delete(table).where(table.c.request_id.in_(samples)))
            connection.execute(delete(ingests).where(ingests.c.writer.in_(writers)))
            removed = connection.execute(delete(requests).where(requests.c.source == _SAMPLE))
            for rollup in (rollups_minute, rollups_quarter, rollups_user_hour):
                connection.execute(delete(rollup).where(rollup.c.source == _SAMPLE))
            self._chain.append(connection, [event])
            return removed.rowcount
