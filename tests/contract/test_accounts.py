from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.adapters.sql.accounts import SqlAccounts
from services.adapters.sql.audit import SqlAudit
from services.adapters.sql.chain import AuditChain
from services.adapters.sql.engine import Database
from services.adapters.sql.retention import prune
from services.domain.audit import AuditFilter
from services.domain.errors import Conflict
from services.domain.identity import Account, Role, Session
from tests.contract.records import START, an_event

AYSE = Account("a1", "ayse", Role.ADMIN, START)
CAN = Account("a2", "can", Role.VIEWER, START)
LATER = START + timedelta(hours=8)


@pytest.fixture
def accounts(database: Database, chain: AuditChain) -> SqlAccounts:
    accounts = SqlAccounts(database, chain)
    accounts.create_account(AYSE, "hash-1", an_event(1))
    accounts.create_account(CAN, "hash-2", an_event(2))
    return accounts


def a_session(account: Account, token_hash: str = "t1") -> Session:
    return Session(token_hash, account, START, LATER, "127.0.0.1", "a browser")


def test_account_is_found_by_login_with_its_password_hash(accounts: SqlAccounts) -> None:
    assert accounts.find_by_login("ayse") == (AYSE, "hash-1")
    assert accounts.find_by_login("nobody") is None
    assert accounts.list_accounts() == (AYSE, CAN)


def test_only_active_admins_are_counted(accounts: SqlAccounts) -> None:
    assert accounts.count_admins() == 1
    accounts.save_account(replace(AYSE, is_active=False, version=2), None, an_event(3))
    assert accounts.count_admins() == 0


def test_saving_keeps_the_password_unless_a_new_one_is_given(accounts: SqlAccounts) -> None:
    author = replace(CAN, role=Role.AUTHOR, version=2)
    accounts.save_account(author, None, an_event(3))
    assert accounts.find_by_login("can") == (author, "hash-2")
    accounts.save_account(replace(author, version=3), "hash-3", an_event(4))
    assert accounts.find_by_login("can") == (replace(author, version=3), "hash-3")


def test_stale_change_of_an_account_is_a_conflict(accounts: SqlAccounts) -> None:
    accounts.save_account(replace(CAN, role=Role.AUTHOR, version=2), None, an_event(3))
    with pytest.raises(Conflict, match="Account 'can' was changed by ayse"):
        accounts.save_account(replace(CAN, role=Role.ADMIN, version=2), None, an_event(4))


def test_login_is_taken_once(
    accounts: SqlAccounts, database: Database, chain: AuditChain, tmp_path: Path
) -> None:
    with pytest.raises(Conflict, match="login 'ayse' is there already"):
        accounts.create_account(replace(AYSE, id="a3"), "hash", an_event(3))
    with pytest.raises(Conflict, match="login 'ayse' is there already"):
        accounts.save_account(replace(CAN, login="ayse", version=2), None, an_event(4))
    stored = SqlAudit(database, chain, tmp_path / "anchor").list_events(AuditFilter(), None, 9)
    assert [row.id for row in stored.rows] == ["event-2", "event-1"]


def test_session_comes_back_with_the_account_as_it_is_now(accounts: SqlAccounts) -> None:
    accounts.create_session(a_session(CAN))
    author = replace(CAN, role=Role.AUTHOR, version=2)
    accounts.save_account(author, None, an_event(3))
    assert accounts.find_session("t1") == a_session(author)
    assert accounts.list_sessions() == (a_session(author),)
    assert accounts.find_session("t2") is None


def test_session_of_an_inactive_account_is_gone(accounts: SqlAccounts) -> None:
    accounts.create_session(a_session(CAN))
    accounts.save_account(replace(CAN, is_active=False, version=2), None, an_event(3))
    assert accounts.find_session("t1") is None


def test_sessions_end_one_by_one_or_all_of_an_account(accounts: SqlAccounts) -> None:
    for token, account in (("t1", CAN), ("t2", CAN), ("t3", CAN), ("t4", AYSE)):
        accounts.create_session(a_session(account, token))
    assert accounts.end_sessions(token_hash="t1") == 1
    assert accounts.end_sessions(token_hash="t1") == 0
    assert accounts.end_sessions(account_id=CAN.id) == 2
    assert [session.token_hash for session in accounts.list_sessions()] == ["t4"]


def test_ending_no_session_in_particular_is_a_mistake(accounts: SqlAccounts) -> None:
    with pytest.raises(ValueError, match="token hash or an account"):
        accounts.end_sessions()


def test_link_opens_once(accounts: SqlAccounts) -> None:
    accounts.create_link("l1", LATER)
    assert accounts.is_link_open("l1", START)
    assert accounts.use_link("l1", START)
    assert not accounts.is_link_open("l1", START)
    assert not accounts.use_link("l1", START)


def test_link_that_is_expired_or_unknown_does_not_open(accounts: SqlAccounts) -> None:
    accounts.create_link("l1", LATER)
    assert not accounts.is_link_open("l1", LATER)
    assert not accounts.use_link("l1", LATER)
    assert not accounts.use_link("l2", START)


def test_ended_sessions_and_links_are_deleted_in_time(
    accounts: SqlAccounts, database: Database
) -> None:
    accounts.create_session(a_session(CAN))
    accounts.create_link("l1", LATER)
    assert prune(database, LATER) == 0
    assert prune(database, LATER + timedelta(seconds=1)) == 2
    assert accounts.list_sessions() == ()
