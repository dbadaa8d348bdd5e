"""The four states of a figure never look alike."""

from datetime import UTC, datetime, timedelta

from console.components import describe_reading, even_trend, pick_reading
from services.domain.readings import Reading, ReadingState

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
AS_OF = NOW - timedelta(seconds=12)
READINGS = {
    ReadingState.VALUE: Reading(ReadingState.VALUE, 7, AS_OF, "ledger"),
    ReadingState.ZERO: Reading(ReadingState.ZERO, 0, AS_OF, "ledger"),
    ReadingState.NO_DATA: Reading(ReadingState.NO_DATA, None, AS_OF, "ledger"),
    ReadingState.DOWN: Reading(ReadingState.DOWN, None, None, "ledger", "disk gone"),
}


def test_states_differ_in_words_and_in_icon() -> None:
    faces = [describe_reading(reading, str, NOW) for reading in READINGS.values()]
    assert len({face.text for face in faces}) == 4
    assert len({face.icon for face in faces}) == 4


def test_age_and_source_are_told() -> None:
    assert describe_reading(READINGS[ReadingState.VALUE], str, NOW).origin == "ledger, 12 s ago"
    assert "a true zero" in describe_reading(READINGS[ReadingState.ZERO], str, NOW).origin
    assert "does not answer" in describe_reading(READINGS[ReadingState.DOWN], str, NOW).origin


def test_a_part_of_a_reading_keeps_what_is_known_of_it() -> None:
    both = Reading(ReadingState.VALUE, {"a": 0, "b": 5}, AS_OF, "ledger")
    assert pick_reading(both, lambda v: v.get("a")).state is ReadingState.ZERO
    assert pick_reading(both, lambda v: v.get("b")).state is ReadingState.VALUE
    assert pick_reading(both, lambda v: v.get("c")).state is ReadingState.NO_DATA
    down = pick_reading(READINGS[ReadingState.DOWN], lambda v: v)
    assert (down.state, down.problem) == (ReadingState.DOWN, "disk gone")


def test_quiet_times_in_a_sparkline_are_zero_not_left_out() -> None:
    quarter = timedelta(minutes=15)
    assert even_trend([(NOW, 3), (NOW + 3 * quarter, 4)]) == [3, 0, 0, 4]
    assert even_trend([]) == []
