"""What limits refused, or would have refused in shadow, and who is near them, in words."""

import pytest

from console.limit_text import near_text, refusal_count_text
from services.domain.limit_refusals import RefusalRow
from services.domain.near_callers import CallerUse, NearCallers


@pytest.mark.parametrize(
    ("refused", "passed", "words"),
    [(0, 0, "0"), (1_200, 0, "1,200"), (0, 3, "3 would be"), (2, 3, "2; 3 would be")],
)
def test_refusals_and_those_of_a_limit_in_shadow_are_told_apart(
    refused: int, passed: int, words: str
) -> None:
    row = RefusalRow("user_rpm", "", (0, refused), (0, passed))
    assert refusal_count_text(row, 1) == words


RATE = CallerUse("user_rpm", "a_hash", 9, 10)
QUOTA = CallerUse("user_daily", "a_hash", 9, 1_000, 180_000, 200_000)


@pytest.mark.parametrize(
    ("near", "text"),
    [
        (NearCallers("user_rpm", 0, 0, None, is_cut=False), "nobody is near it"),
        (NearCallers("user_rpm", 1, 0, RATE, is_cut=False), "1 near; fullest: a\\_hash, 9 of 10"),
        (
            NearCallers("user_rpm", 5, 2, RATE, is_cut=False),
            "2 full, 3 near; fullest: a\\_hash, 9 of 10",
        ),
        (
            NearCallers("user_daily", 200, 200, QUOTA, is_cut=True),
            "200 or more full; fullest: a\\_hash, 180,000 of 200,000 tokens",
        ),
    ],
)
def test_who_is_near_a_limit_of_their_own_is_told_with_the_fullest(
    near: NearCallers, text: str
) -> None:
    assert near_text(near) == text
