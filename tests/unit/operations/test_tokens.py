"""Signed tokens: what is issued can be read, is recorded, and lives for an hour."""

import pytest

from services.adapters.clock import SystemIds
from services.adapters.jwt_tokens import JwtTokens
from services.domain.errors import Forbidden, Unauthenticated, Unprocessable
from services.domain.identity import Role, Scope, actor_for, check_key
from services.domain.signed_tokens import is_signed, key_of
from services.operations.events import EventWriter
from services.operations.tokens import Tokens
from tests.unit.operations.conftest import HOST, Bench

SIGNED = JwtTokens(b"0123456789abcdef0123456789abcdef")


@pytest.fixture
def tokens(bench: Bench) -> Tokens:
    events = EventWriter(bench.clock, SystemIds())
    return Tokens(signed=SIGNED, audit=bench.audit_store, events=events, clock=bench.clock)


def test_a_token_stands_for_its_user_for_an_hour(bench: Bench, tokens: Tokens) -> None:
    made = tokens.issue(HOST, user_id=" pupil-7 ", scopes=["ai:generate"])
    assert is_signed(made.token)
    key = key_of(SIGNED.read(made.token))
    assert (key.user, key.scopes) == ("pupil-7", {"ai:generate"})
    bench.clock.advance(3599)
    assert check_key(key, bench.clock.now(), Scope.GENERATE) is key
    bench.clock.advance(1)
    with pytest.raises(Unauthenticated, match="The token of 'pupil-7' expired") as caught:
        check_key(key, bench.clock.now(), Scope.GENERATE)
    assert caught.value.decision == "token_expired"


def test_issuing_leaves_an_event_without_the_token(bench: Bench, tokens: Tokens) -> None:
    made = tokens.issue(HOST, user_id="pupil-7", scopes=["ai:generate"], reason="a demo")
    (event,) = bench.events("token.issue")
    assert (event.actor, event.target, event.reason) == ("host:tests", "pupil-7", "a demo")
    assert made.token not in str(event)


def test_a_missing_scope_is_named(tokens: Tokens, bench: Bench) -> None:
    key = key_of(SIGNED.read(tokens.issue(HOST, user_id="u", scopes=["ai:read"]).token))
    with pytest.raises(Forbidden, match="lacks scope ai:admin"):
        check_key(key, bench.clock.now(), Scope.ADMIN)


@pytest.mark.parametrize(
    ("user", "scopes"),
    [(" ", ["ai:generate"]), ("u" * 129, ["ai:generate"]), ("u", []), ("u", ["ai:playground"])],
)
def test_a_token_that_cannot_be_is_refused(
    bench: Bench, tokens: Tokens, user: str, scopes: list[str]
) -> None:
    with pytest.raises(Unprocessable):
        tokens.issue(HOST, user_id=user, scopes=scopes)
    assert bench.events("token.issue") == []


def test_only_those_who_manage_access_issue_tokens(tokens: Tokens) -> None:
    with pytest.raises(Forbidden):
        tokens.issue(actor_for("can", Role.OPERATOR), user_id="u", scopes=["ai:generate"])
