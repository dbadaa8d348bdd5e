"""JWT: only what we signed with HS256 is read, and nothing but Unauthenticated comes out."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from services.adapters.jwt_tokens import JwtTokens
from services.domain.errors import Unauthenticated
from services.domain.signed_tokens import TokenClaims

KEY = b"0123456789abcdef0123456789abcdef"
TOKENS = JwtTokens(KEY)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CLAIMS = TokenClaims(
    "pupil-7", frozenset({"ai:read", "ai:generate"}), NOW, NOW + timedelta(hours=1)
)


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def signed(payload: dict[str, object], key: bytes = KEY, algorithm: str = "HS256") -> str:
    return jwt.encode({"alg": algorithm}, payload, OctKey.import_key(key), algorithms=[algorithm])


def test_what_is_signed_is_read_back() -> None:
    assert TOKENS.read(TOKENS.sign(CLAIMS)) == CLAIMS


def test_the_claims_have_the_names_that_others_expect() -> None:
    payload = TOKENS.sign(CLAIMS).split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert claims == {
        "user_id": "pupil-7",
        "scopes": ["ai:generate", "ai:read"],
        "iat": 1795262400,
        "exp": 1795266000,
    }


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param(
            signed({"user_id": "a", "scopes": [], "iat": 1, "exp": 2}, b"x" * 32), id="other-key"
        ),
        pytest.param(
            signed({"user_id": "a", "scopes": [], "iat": 1, "exp": 2}, algorithm="HS512"),
            id="other-algorithm",
        ),
        pytest.param(
            f"{part({'alg': 'none'})}.{part({'user_id': 'a', 'scopes': ['ai:admin']})}.",
            id="no-algorithm",
        ),
        pytest.param(signed({"scopes": [], "iat": 1, "exp": 2}), id="no-user"),
        pytest.param(signed({"user_id": "a", "scopes": "x", "iat": 1, "exp": 2}), id="no-list"),
        pytest.param(signed({"user_id": "a", "scopes": [], "iat": 1}), id="no-expiry"),
        pytest.param("..", id="empty"),
        pytest.param(f"{'a' * 5000}.b.c", id="too-long"),
        pytest.param("ş.ğ.ı", id="no-ascii"),
    ],
)
def test_what_we_did_not_sign_is_refused(forged: str) -> None:
    with pytest.raises(Unauthenticated) as caught:
        TOKENS.read(forged)
    assert caught.value.decision == "token_invalid"


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_one_changed_letter_is_noticed(place: int, letter: str) -> None:
    token = TOKENS.sign(CLAIMS)
    place %= len(token)
    changed = token[:place] + letter + token[place + 1 :]
    if changed == token:
        return
    try:
        assert TOKENS.read(changed) == CLAIMS
    except Unauthenticated:
        return
    # Base64 ignores the last bits of the last letter: only there may a change go unnoticed.
    assert place == len(token) - 1


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_garbage_is_refused_in_our_own_words(head: str, payload: str, signature: str) -> None:
    with pytest.raises(Unauthenticated):
        TOKENS.read(f"{head}.{payload}.{signature}")
