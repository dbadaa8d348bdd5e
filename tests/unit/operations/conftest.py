"""The operations on a real SQLite file, with a clock that tests move."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from services.adapters.clock import SystemIds
from services.adapters.passwords import Argon2Passwords
from services.adapters.sql.accounts import SqlAccounts
from services.adapters.sql.audit import SqlAudit
from services.adapters.sql.chain import AuditChain
from services.adapters.sql.control import SqlControl
from services.adapters.sql.engine import Database
from services.domain.audit import AuditFilter, AuditRow
from services.domain.evidence import Tally
from services.domain.gates import GateResult, evaluate_gate
from services.domain.identity import Account, Actor, Role, actor_for, host_actor
from services.domain.readings import Reading, ReadingState
from services.domain.rollout import CEILING, FULL_BP, Rollout, Stage
from services.operations.accounts import Accounts
from services.operations.audit import Audit
from services.operations.events import EventWriter
from services.operations.keys import Keys
from services.operations.passwords import Passwords
from services.operations.rollouts import Rollouts
from services.operations.sessions import Sessions
from tests.clock import FakeClock

HOST = host_actor("tests")
PASSWORD, OTHER = "a long enough passphrase", "another long passphrase"


@dataclass
class Bench:
    """Operations joined to one SQLite file."""

    path: Path
    clock: FakeClock
    evidence: Tally | None = None

    def __post_init__(self) -> None:
        self.database = Database(f"sqlite:///{self.path}")
        self.database.migrate()
        chain, ids = AuditChain(b"a key of the tests"), SystemIds()
        events = EventWriter(self.clock, ids)
        self.store = SqlControl(self.database, chain)
        self.store.create_features(_features(self.clock.now()))
        self.audit_store = SqlAudit(self.database, chain, self.path.with_name("anchor"))
        self.audit = Audit(store=self.audit_store, events=events)
        self.rollouts = Rollouts(
            store=self.store,
            live=None,
            judge_gate=self.judge_gate,
            events=events,
            clock=self.clock,
        )
        self.keys = Keys(store=self.store, live=None, events=events, clock=self.clock, ids=ids)
        people = SqlAccounts(self.database, chain)
        passwords = Passwords(hasher=Argon2Passwords(), clock=self.clock)
        self.sessions = Sessions(
            store=people,
            passwords=passwords,
            audit=self.audit_store,
            events=events,
            clock=self.clock,
            ids=ids,
        )
        self.accounts = Accounts(
            store=people,
            sessions=self.sessions,
            passwords=passwords,
            events=events,
            clock=self.clock,
            ids=ids,
        )

    def judge_gate(self, rollout: Rollout) -> Reading[GateResult]:
        """The gate by the evidence that a test has set; unknown without any."""
        if self.evidence is None:
            return Reading(ReadingState.DOWN, None, None, "counters", "Redis does not answer.")
        gate = evaluate_gate(rollout.stage, self.evidence)
        return Reading(ReadingState.VALUE, gate, self.clock.now(), "counters")

    def events(self, action: str) -> list[AuditRow]:
        """The events of one kind, newest first."""
        return list(self.audit_store.list_events(AuditFilter(action=action), None, 100).rows)

    def take_away(self) -> None:
        """Make SQL unreachable."""
        for file in self.path.parent.glob(f"{self.path.name}*"):
            file.rename(file.with_name(f"gone-{file.name}"))


def an_account(bench: Bench, login: str = "ayse", role: Role = Role.ADMIN) -> tuple[Account, Actor]:
    account = bench.accounts.create_account(HOST, login, role, PASSWORD, "joins us")
    return account, actor_for(login, role)


def sign_in(bench: Bench, login: str = "ayse", password: str = PASSWORD) -> str:
    return bench.sessions.sign_in(login, password).token


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "sluice.db", FakeClock())
    yield made
    made.database.close()


def _features(now: datetime) -> list[Rollout]:
    return [
        Rollout(CEILING, Stage.CANARY, 500, now),
        Rollout("question_hint", Stage.GENERAL, FULL_BP, now),
        Rollout("study_plan", Stage.BETA, 2_500, now),
        Rollout("evaluation", Stage.GENERAL, FULL_BP, now, is_enabled=False),
    ]
