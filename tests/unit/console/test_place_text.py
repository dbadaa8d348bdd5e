"""What the places of the kill register are for is told, and what their silence means."""

import pytest

from console.kill_text import place_text


@pytest.mark.parametrize(
    ("place", "words"),
    [("file", "in this host's data folder"), ("redis", "of a fleet"), ("sql", "lasting record")],
)
def test_every_place_says_what_it_is_for_in_both_states(place: str, words: str) -> None:
    assert place_text(place, None).startswith("answers: ")
    assert words in place_text(place, None)
    down = place_text(place, "no answer within 1 s")
    assert down.startswith("does not answer (no answer within 1 s): ")
    assert words in down
    assert "a release may have to wait" in down
