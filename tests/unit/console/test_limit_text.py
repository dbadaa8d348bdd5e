"""What limits refused is told in words, and what they would have refused in shadow."""

import pytest

from console.limit_text import refusal_count_text
from services.domain.limit_refusals import RefusalRow


@pytest.mark.parametrize(
    ("refused", "passed", "words"),
    [(0, 0, "0"), (1_200, 0, "1,200"), (0, 3, "3 would be"), (2, 3, "2; 3 would be")],
)
def test_refusals_and_those_of_a_limit_in_shadow_are_told_apart(
    refused: int, passed: int, words: str
) -> None:
    row = RefusalRow("user_rpm", "", (0, refused), (0, passed))
    assert refusal_count_text(row, 1) == words
