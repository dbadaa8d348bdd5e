"""Sessions: who gets in, for how long, and what ends it."""

import pytest

from services.domain.errors import Forbidden, Unauthenticated
from services.domain.identity import Role, actor_for
from tests.unit.operations.conftest import HOST, OTHER, PASSWORD, Bench, an_account, sign_in


def test_a_wrong_password_and_an_unknown_login_read_the_same(bench: Bench) -> None:
    an_account(bench)
    for login, password in (("ayse", OTHER), ("nobody", PASSWORD)):
        with pytest.raises(Unauthenticated) as caught:
            sign_in(bench, login, password)
        assert caught.value.message == "The login or the password is wrong."


def test_a_session_carries_the_role_of_now(bench: Bench) -> None:
    account, _ = an_account(bench)
    an_account(bench, "deniz")
    token = sign_in(bench)
    bench.accounts.set_role(HOST, account.id, Role.VIEWER, "moves on")
    session = bench.sessions.find_session(token)
    assert session is not None
    assert session.actor().role is Role.VIEWER
    event = bench.events("account.role")[0]
    assert (event.before, event.after) == (
        {"role": "admin", "active": True}, {"role": "viewer", "active": True},
    )  # fmt: skip


def test_a_session_ends_after_twelve_hours(bench: Bench) -> None:
    an_account(bench)
    token = sign_in(bench)
    bench.clock.advance(12 * 3600 - 1)
    assert bench.sessions.find_session(token) is not None
    bench.clock.advance(1)
    assert bench.sessions.find_session(token) is None


def test_a_session_survives_a_short_loss_of_sql(bench: Bench) -> None:
    an_account(bench)
    token = sign_in(bench)
    bench.take_away()
    bench.clock.advance(899)
    assert bench.sessions.find_session(token) is not None
    bench.clock.advance(1)
    assert bench.sessions.find_session(token) is None


def test_ending_a_session_leaves_the_others(bench: Bench) -> None:
    _, ayse = an_account(bench)
    first, second = sign_in(bench), sign_in(bench)
    session = bench.sessions.find_session(first)
    assert session is not None
    bench.sessions.end_session(ayse, session.token_hash, "a café's computer")
    assert bench.sessions.find_session(first) is None
    assert bench.sessions.find_session(second) is not None
    assert bench.events("session.revoke")[0].reason == "a café's computer"


def test_own_sessions_are_ones_own(bench: Bench) -> None:
    _, ayse = an_account(bench)
    an_account(bench, "can", Role.VIEWER)
    sign_in(bench)
    sign_in(bench, "can")
    assert [s.account.login for s in bench.sessions.list_own_sessions(ayse)] == ["ayse"]


def test_only_those_who_manage_access_see_and_end_the_sessions_of_others(bench: Bench) -> None:
    operator = actor_for("can", Role.OPERATOR)
    for attempt in (
        lambda: bench.sessions.list_sessions(operator),
        lambda: bench.sessions.end_session(operator, "hash", "me"),
    ):
        with pytest.raises(Forbidden):
            attempt()
