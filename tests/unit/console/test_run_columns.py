"""A run of several models says what all of it cost."""

from dataclasses import replace

from console.components.run_columns import total_text
from services.domain.calls import Candidate
from services.domain.playground import ColumnView

DONE = ColumnView(Candidate("openai", "gpt"), is_mock=False, is_done=True, cost_usd="0.0015")


def test_the_total_is_told_once_all_columns_have_ended() -> None:
    other = replace(DONE, cost_usd="0.000000001")
    assert total_text([DONE, other]) == "All together \\$0.001500001"
    assert total_text([DONE, replace(other, is_done=False)]) is None
    assert total_text([DONE]) is None


def test_a_cost_that_is_unknown_is_not_taken_for_nothing() -> None:
    text = total_text([DONE, replace(DONE, cost_usd=None)])
    assert text == "All together \\$0.0015; of 1 column the cost is unknown"
