"""Accounts: who may come in, as what, with which password, and what changes end."""

import pytest

from services.domain.errors import (
    Conflict,
    Forbidden,
    NotFound,
    RateLimited,
    Unauthenticated,
    Unprocessable,
)
from services.domain.identity import Role, actor_for
from services.operations.sign_in_brake import FAILURES
from tests.unit.operations.conftest import HOST, OTHER, PASSWORD, Bench, an_account, sign_in


def test_the_one_time_link_makes_one_administrator(bench: Bench) -> None:
    link = bench.accounts.create_link()
    assert link is not None
    made = bench.accounts.create_first_admin(link, "Ayse", PASSWORD)
    assert (made.login, made.role) == ("ayse", Role.ADMIN)
    with pytest.raises(Unauthenticated, match="used or has expired"):
        bench.accounts.create_first_admin(link, "can", PASSWORD)
    assert bench.accounts.create_link() is None


def test_a_bad_password_leaves_the_link_open(bench: Bench) -> None:
    link = bench.accounts.create_link()
    assert link is not None
    with pytest.raises(Unprocessable, match="12 or more"):
        bench.accounts.create_first_admin(link, "ayse", "short")
    assert bench.accounts.is_link_open(link)


def test_the_link_ends_after_an_hour(bench: Bench) -> None:
    link = bench.accounts.create_link()
    assert link is not None
    bench.clock.advance(3600)
    assert not bench.accounts.is_link_open(link)


@pytest.mark.parametrize(
    ("login", "password", "words"),
    [
        ("a", PASSWORD, "2 to 64"),
        ("ay se", PASSWORD, "2 to 64"),
        ("ayse", "short", "5 characters"),
        ("ayse", "my name is AYSE!", "contains the login"),
    ],
)
def test_an_account_that_cannot_be_is_refused(
    bench: Bench, login: str, password: str, words: str
) -> None:
    with pytest.raises(Unprocessable, match=words):
        bench.accounts.create_account(HOST, login, Role.VIEWER, password, "joins us")
    assert bench.accounts.list_accounts(HOST) == ()


def test_a_login_is_taken_once(bench: Bench) -> None:
    an_account(bench)
    with pytest.raises(Conflict, match="taken"):
        an_account(bench, " AYSE ")


def test_closing_an_account_ends_its_sessions_and_reopening_lets_it_in(bench: Bench) -> None:
    an_account(bench, "deniz")
    account, _ = an_account(bench, "can", Role.OPERATOR)
    token = sign_in(bench, "can")
    bench.accounts.set_active(HOST, account.id, active=False, reason="left")
    assert bench.sessions.find_session(token) is None
    with pytest.raises(Unauthenticated):
        sign_in(bench, "can")
    bench.accounts.set_active(HOST, account.id, active=True, reason="came back")
    assert sign_in(bench, "can")


def test_the_only_administrator_stays(bench: Bench) -> None:
    account, _ = an_account(bench)
    with pytest.raises(Unprocessable, match="only administrator"):
        bench.accounts.set_role(HOST, account.id, Role.VIEWER, "oops")
    with pytest.raises(Unprocessable, match="only administrator"):
        bench.accounts.set_active(HOST, account.id, active=False, reason="oops")
    assert bench.accounts.list_accounts(HOST) == (account,)


def test_a_set_password_ends_every_session_of_the_account(bench: Bench) -> None:
    account, _ = an_account(bench)
    token = sign_in(bench)
    bench.accounts.set_password(HOST, account.id, OTHER, "forgotten")
    assert bench.sessions.find_session(token) is None
    assert sign_in(bench, password=OTHER)


def test_ones_own_password_needs_the_present_one(bench: Bench) -> None:
    _, ayse = an_account(bench)
    with pytest.raises(Unauthenticated, match="present password is wrong"):
        bench.accounts.change_own_password(ayse, OTHER, OTHER)
    assert sign_in(bench)
    assert bench.events("account.password") == []


def test_changing_ones_password_keeps_this_session_alone(bench: Bench) -> None:
    _, ayse = an_account(bench)
    an_account(bench, "can", Role.VIEWER)
    mine, other, cans = sign_in(bench), sign_in(bench), sign_in(bench, "can")
    bench.accounts.change_own_password(ayse, PASSWORD, OTHER, kept_token=mine)
    assert bench.sessions.find_session(mine) is not None
    assert bench.sessions.find_session(other) is None
    assert bench.sessions.find_session(cans) is not None
    assert sign_in(bench, password=OTHER)
    assert bench.events("account.password")[0].reason == "changed by its owner"


def test_an_ended_session_does_not_come_back_when_sql_goes(bench: Bench) -> None:
    _, ayse = an_account(bench)
    mine, other = sign_in(bench), sign_in(bench)
    bench.sessions.find_session(other)
    bench.accounts.change_own_password(ayse, PASSWORD, OTHER, kept_token=mine)
    bench.take_away()
    assert bench.sessions.find_session(other) is None


def test_guessing_ones_own_password_is_slowed(bench: Bench) -> None:
    _, ayse = an_account(bench)
    for _ in range(FAILURES):
        with pytest.raises(Unauthenticated):
            bench.accounts.change_own_password(ayse, "a guess, a guess", OTHER)
    with pytest.raises(RateLimited):
        bench.accounts.change_own_password(ayse, PASSWORD, OTHER)


def test_a_new_password_of_ones_own_must_be_a_good_one(bench: Bench) -> None:
    _, ayse = an_account(bench)
    with pytest.raises(Unprocessable, match="12 or more"):
        bench.accounts.change_own_password(ayse, PASSWORD, "short")
    assert sign_in(bench)


def test_a_command_on_the_host_has_no_password(bench: Bench) -> None:
    with pytest.raises(NotFound, match="no account"):
        bench.accounts.change_own_password(HOST, PASSWORD, OTHER)


def test_only_those_who_manage_access_touch_accounts(bench: Bench) -> None:
    account, _ = an_account(bench)
    operator = actor_for("can", Role.OPERATOR)
    for attempt in (
        lambda: bench.accounts.create_account(operator, "eve", Role.ADMIN, PASSWORD, "me"),
        lambda: bench.accounts.set_role(operator, account.id, Role.VIEWER, "me"),
        lambda: bench.accounts.set_password(operator, account.id, OTHER, "me"),
    ):
        with pytest.raises(Forbidden):
            attempt()
