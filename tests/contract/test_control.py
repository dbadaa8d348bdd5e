import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from services.adapters.sql.audit import SqlAudit
from services.adapters.sql.chain import AuditChain
from services.adapters.sql.control import SqlControl
from services.adapters.sql.engine import Database
from services.adapters.sql.schema import api_keys
from services.domain.audit import AuditFilter
from services.domain.breakers import BreakerState
from services.domain.calls import Candidate
from services.domain.errors import Conflict
from services.domain.identity import ApiKey
from services.domain.rollout import CEILING, Rollout, Stage, with_target
from tests.contract.records import START, an_event

CEILING_ROLLOUT = Rollout(CEILING, Stage.CANARY, 500, START)
HINT = Rollout(
    "question_hint",
    Stage.BETA,
    3_500,
    START,
    allowed_users=frozenset({"ali", "zoë"}),
    denied_users=frozenset({"can"}),
    segments=frozenset({"beta-testers"}),
)
KEY = ApiKey(
    id="k1",
    name="school",
    hash="ab" * 32,
    scopes=frozenset({"ai:generate", "ai:read"}),
    created_at=START,
    created_by="host:root",
    feature="question_hint",
    may_assert=frozenset({"user"}),
)


@pytest.fixture
def control(database: Database, chain: AuditChain) -> SqlControl:
    control = SqlControl(database, chain)
    control.create_features((CEILING_ROLLOUT, HINT))
    return control


@pytest.fixture
def audit(database: Database, chain: AuditChain, tmp_path: Path) -> SqlAudit:
    return SqlAudit(database, chain, tmp_path / "anchor.json")


def test_empty_ledger_lets_nobody_in(database: Database, chain: AuditChain) -> None:
    state = SqlControl(database, chain).read_state()
    assert (state.ceiling.stage, state.ceiling.version) == (Stage.DISABLED, 0)
    assert (state.revision, dict(state.features), dict(state.keys)) == (0, {}, {})


def test_state_comes_back_as_it_was_saved(control: SqlControl) -> None:
    control.save_key(KEY, an_event(1))
    control.save_breaker(Candidate("openai", "gpt"), BreakerState.FORCED_OPEN, an_event(2))
    state = control.read_state()
    assert state.ceiling == CEILING_ROLLOUT
    assert state.features == {"question_hint": HINT}
    assert state.keys == {KEY.hash: KEY}
    (order,) = state.breakers.values()
    assert (order.state, order.reason) == (BreakerState.FORCED_OPEN, "set by ayse")
    assert order.at == an_event(2).at


def test_two_makers_of_one_name_make_one_key(control: SqlControl) -> None:
    others = [replace(KEY, id=f"k{n}", hash=f"{n}" * 64) for n in range(4)]
    start, refused = threading.Barrier(len(others)), []

    def make(number: int, key: ApiKey) -> None:
        start.wait()
        try:
            control.save_key(key, an_event(number))
        except Conflict as error:
            refused.append(error.decision)

    makers = [threading.Thread(target=make, args=pair) for pair in enumerate(others)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert refused == ["key_name_taken"] * 3
    assert len(control.read_state().keys) == 1


def test_keys_that_share_a_name_from_before_can_be_changed(
    control: SqlControl, database: Database
) -> None:
    control.save_key(KEY, an_event(1))
    twin = replace(KEY, id="k2", hash="cd" * 32)
    control.save_key(replace(twin, name="other"), an_event(2))
    with database.write() as connection:
        connection.execute(update(api_keys).values(name=KEY.name))
    control.save_key(replace(twin, version=2, revoked_at=START), an_event(3))
    assert control.read_state().keys[twin.hash].revoked_at == START


def test_features_already_there_are_left_alone(control: SqlControl) -> None:
    moved = with_target(HINT, Stage.GRADUAL, 5_000, START)
    revision = control.save_rollouts((moved,), an_event())
    control.create_features((HINT,))
    assert control.read_state().features["question_hint"] == moved
    assert control.read_revision() == revision


def test_each_change_raises_the_revision_and_returns_it(control: SqlControl) -> None:
    first = control.read_revision()
    assert control.save_key(KEY, an_event(1)) == first + 1
    assert control.save_rollouts((replace(HINT, version=2),), an_event(2)) == first + 2
    assert control.read_revision() == first + 2 == control.read_state().revision


def test_rollouts_and_primary_provider_change_together(control: SqlControl) -> None:
    changed = (replace(CEILING_ROLLOUT, version=2), replace(HINT, version=2))
    control.save_rollouts(changed, an_event(), provider="mock")
    control.save_key(KEY, an_event(2))
    assert control.read_state().provider == "mock"


def test_stale_writer_is_told_who_was_faster(control: SqlControl) -> None:
    control.save_rollouts((replace(HINT, version=2),), an_event(1, actor="mehmet"))
    with pytest.raises(
        Conflict, match=r"question_hint was changed by mehmet at 2026-11-21.*reload"
    ):
        control.save_rollouts((replace(HINT, version=2),), an_event(2))


def test_conflict_in_one_rollout_undoes_all_of_the_change(
    control: SqlControl, audit: SqlAudit
) -> None:
    before = control.read_state()
    stale = replace(HINT, version=5)
    with pytest.raises(Conflict):
        control.save_rollouts((replace(CEILING_ROLLOUT, version=2), stale), an_event(), "mock")
    assert control.read_state() == before
    assert audit.list_events(AuditFilter(), None, 10).rows == ()


def test_change_of_something_gone_is_a_conflict(control: SqlControl) -> None:
    with pytest.raises(Conflict, match="no longer stored"):
        control.save_key(replace(KEY, version=2), an_event())


def test_audit_event_is_stored_with_its_change_and_names_its_revision(
    control: SqlControl, audit: SqlAudit
) -> None:
    revision = control.save_rollouts((replace(HINT, version=2),), an_event(7))
    (row,) = audit.list_events(AuditFilter(), None, 10).rows
    assert (row.id, row.revision, row.after) == ("event-7", revision, an_event(7).after)


def test_of_two_writers_at_once_exactly_one_wins(control: SqlControl, audit: SqlAudit) -> None:
    both_ready = threading.Barrier(2)
    results: list[str] = []

    def write(number: int) -> None:
        both_ready.wait()
        try:
            control.save_rollouts((replace(HINT, version=2),), an_event(number))
            results.append("saved")
        except Conflict:
            results.append("conflict")

    threads = [threading.Thread(target=write, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["conflict", "saved"]
    assert len(audit.list_events(AuditFilter(), None, 10).rows) == 1


def test_breaker_override_is_replaced_by_the_next(control: SqlControl) -> None:
    candidate = Candidate("openai", "gpt")
    control.save_breaker(candidate, BreakerState.DISABLED, an_event(1))
    control.save_breaker(candidate, BreakerState.CLOSED, an_event(2))
    assert control.read_state().breakers[candidate].state is BreakerState.CLOSED
