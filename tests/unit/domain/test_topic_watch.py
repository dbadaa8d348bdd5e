"""Forbidden topics in a text that comes in pieces: found as in the whole, at a steady cost."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.forbidden_topics import TopicWatch, find_forbidden_topics

TOPICS = ("cevap", "son", "doğru seçenek")
WORDS = st.sampled_from(
    ["cevap", "Cevabı", "cevapsız", "son", "sonra", "ol", "'", "doğru", "doğru  seçeneği", "x" * 70]
)
TEXTS = st.lists(WORDS | st.sampled_from([" ", "  ", ", ", "\n", "ra", "u"]), max_size=25).map(
    "".join
)


def watched(text: str, sizes: list[int]) -> set[str]:
    watch, found, at, turn = TopicWatch(TOPICS), set[str](), 0, 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        found |= set(watch.feed(text[at : at + size]))
        at, turn = at + size, turn + 1
    return found | set(watch.end())


@given(TEXTS, st.lists(st.integers(1, 12), min_size=1, max_size=20))
def test_pieces_give_what_the_whole_gives(text: str, sizes: list[int]) -> None:
    assert watched(text, sizes) == set(find_forbidden_topics(TOPICS, text))


def test_a_word_that_goes_on_is_not_taken_for_a_topic() -> None:
    watch = TopicWatch(TOPICS)
    assert watch.feed("en son") == ()
    assert watch.is_open
    assert watch.feed("ra topla") == ()
    assert not watch.is_open
    assert watch.feed(" ve son ") == ("son",)


def test_a_topic_at_the_very_end_is_found_there() -> None:
    watch = TopicWatch(TOPICS)
    assert watch.feed("işte cev") == ()
    assert watch.feed("ap") == ()
    assert watch.is_open
    assert watch.end() == ("cevap",)
    assert not watch.is_open


@pytest.mark.parametrize("unit", ["kelime ", "x", "son"])
def test_a_long_stream_costs_what_its_length_costs(unit: str) -> None:
    def seconds(pieces: int) -> float:
        watch, began = TopicWatch(TOPICS), time.thread_time()
        for _ in range(pieces):
            watch.feed(unit)
        return time.thread_time() - began

    # Ten times the text; were all of it joined at each piece, it would cost a hundred times.
    short, long = (min(seconds(n) for _ in range(3)) for n in (2_000, 20_000))
    assert long < 30 * short
