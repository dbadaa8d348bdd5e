"""Masking of texts that arrive in pieces: as the whole would be, and without holding much back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import cycle, islice
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.privacy import mask_text
from services.domain.stream_masking import StreamMasker
from tests.unit.domain.number_rich_texts import number_rich_text
from tests.unit.domain.personal_data_texts import NUMBER_RICH, TEXTS
from tests.unit.domain.plain_masking import mask_plainly

LONGEST_HELD_BACK = 401


@given(TEXTS, st.lists(st.integers(1, 9), min_size=1, max_size=20))
def test_streaming_masks_like_the_whole_text_however_it_is_cut(text: str, cuts: list[int]) -> None:
    masker = StreamMasker()
    out, rest, turn = [], text, 0
    while rest:
        size = cuts[turn % len(cuts)]
        out.append(masker.feed(rest[:size]))
        rest, turn = rest[size:], turn + 1
    assert "".join(out) + masker.flush() == mask_text(text).text
    assert masker.found == mask_text(text).found


@given(TEXTS)
def test_streaming_never_holds_back_more_than_its_bound(text: str) -> None:
    masker = StreamMasker()
    for character in text * 3:
        masker.feed(character)
        assert len(masker._buffer) <= LONGEST_HELD_BACK


def test_streaming_gives_out_finished_words_at_once() -> None:
    masker = StreamMasker()
    assert masker.feed("Önce paydaları eşit") == "Önce paydaları "
    assert masker.feed("le, ") == "eşitle, "


@pytest.mark.parametrize("seed", range(8))
def test_number_rich_texts_are_masked_as_the_plain_way_does_in_pieces(seed: int) -> None:
    random = Random(seed)
    for _ in range(150):
        text = number_rich_text(random)
        masker = StreamMasker()
        pieces = [masker.feed(piece) for piece in _cut(text, random)]
        assert ("".join(pieces) + masker.flush(), masker.found) == mask_plainly(text), text


def _cut(text: str, random: Random) -> Iterator[str]:
    largest = random.choice((2, 6, 30, 300))
    while text:
        size = random.randint(1, largest)
        yield text[:size]
        text = text[size:]


def test_a_piece_full_of_addresses_takes_time_by_its_length_alone() -> None:
    def seconds(addresses: int) -> float:
        text = "a@b.co " * addresses
        began_s = time.thread_time()
        StreamMasker().feed(text)
        return time.thread_time() - began_s

    short_s = min(seconds(8_000) for _ in range(3))
    assert min(seconds(64_000) for _ in range(2)) < 24 * short_s, "8 times as long"


@pytest.mark.parametrize("piece", NUMBER_RICH)
def test_a_stream_of_small_pieces_is_not_looked_through_again_for_each(piece: str) -> None:
    masker = StreamMasker()
    began_s = time.thread_time()
    endless = cycle(piece)
    for _ in range(2_000):
        masker.feed("".join(islice(endless, 8)))
    assert time.thread_time() - began_s < 0.5, "0.25 ms a piece; 0.02 to 0.06 are usual"
