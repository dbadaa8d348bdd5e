"""A ledger in a SQLite file, and random requests to fill it with."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from services.adapters.sql.chain import AuditChain
from services.adapters.sql.engine import Database
from services.adapters.sql.ledger import SqlLedger
from services.adapters.sql.reads import SqlLedgerReader
from services.domain.calls import Usage
from services.domain.ledger import Outcome, Source, Status
from services.domain.money import CostBasis
from tests.clock import FakeClock
from tests.contract.records import an_attempt, an_intent, an_outcome

FEATURES = ("question_hint", "study_plan", "evaluation")
CANDIDATES = (("openai", "gpt-4o-mini"), ("openai", "gpt-4o"), ("gemini", "gemini-2.5-flash"))
UNPRICED = ("vllm", "house-model")
APPLICATIONS = ("school", "shop", "=cmd()")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Ledger:
    """Both sides of a ledger."""

    store: SqlLedger
    reader: SqlLedgerReader

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Take the outcomes in, in batches as the journal sends them."""
        for start in range(0, len(outcomes), 4_000):
            self.store.ingest([], outcomes[start : start + 4_000], [], "tests")


def open_ledger(url: str, now: datetime = NOW) -> Ledger:
    """The ledger of that URL, made if need be."""
    database = Database(url)
    database.migrate()
    store = SqlLedger(database, AuditChain(b"a key of the tests"), FakeClock(now))
    return Ledger(store, SqlLedgerReader(database))


def random_outcomes(
    seed: int, count: int, start: datetime, end: datetime, *, unpriced: bool = True
) -> list[Outcome]:
    """Requests of every source, feature, model and application at random instants."""
    rng = random.Random(seed)
    seconds = (end - start).total_seconds()
    return [
        _outcome(rng, seed * 1_000_000 + number, start + timedelta(seconds=rng.random() * seconds),
                 unpriced=unpriced)
        for number in range(count)
    ]  # fmt: skip


def _outcome(rng: random.Random, number: int, at: datetime, *, unpriced: bool) -> Outcome:
    source = rng.choices(list(Source), [8, 1, 1])[0]
    intent = an_intent(
        number,
        started_at=at,
        source=source,
        application=rng.choice(APPLICATIONS),
        feature=rng.choice(FEATURES),
    )
    status = rng.choices([Status.SUCCESS, Status.ERROR, Status.REFUSED], [90, 6, 4])[0]
    provider, model = rng.choice((*CANDIDATES, UNPRICED) if unpriced else CANDIDATES)
    took = rng.lognormvariate(6.7, 0.8)
    outcome = an_outcome(
        intent,
        status=status,
        decision="answered" if status is Status.SUCCESS else "provider_timeout",
        provider=provider,
        model=model,
        duration_ms=took,
        first_token_ms=took / 3,
        finished_at=at + timedelta(milliseconds=took),
        usage=Usage(rng.randrange(1_000), rng.randrange(500)),
        saved_nano_usd=rng.choice((0, 0, 0, 1_234_567)),
    )
    if status is Status.REFUSED:
        return replace(
            outcome, provider=None, model=None, attempts=(), usage=Usage(), cost_nano_usd=0,
            cost_basis=CostBasis.FREE, first_token_ms=None,
        )  # fmt: skip
    if model == UNPRICED[1]:
        return replace(outcome, attempts=(), cost_nano_usd=0, cost_basis=CostBasis.UNPRICED)
    cost = rng.randrange(50_000_000)
    attempt = an_attempt(intent, provider=provider, model=model, cost_nano_usd=cost)
    return replace(outcome, cost_nano_usd=cost, attempts=(attempt,))
