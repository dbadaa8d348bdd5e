"""Notions that meet in a sentence: how a table is read, and when a combination matches."""

from __future__ import annotations

import random
import re
import time

import pytest

from services.domain.combinations import (
    SENTENCE,
    Combination,
    combine,
    either,
    followed,
    near,
    notion,
)
from services.domain.content_rules import CONTENT_COMBINATIONS, CONTENT_RULES
from services.domain.guardrails import ScreenDecision, screen_input
from services.domain.injection_rules import INJECTION_COMBINATIONS, INJECTION_RULES

COMBINATIONS = [*CONTENT_COMBINATIONS, *INJECTION_COMBINATIONS]


@pytest.mark.parametrize(
    ("table", "text", "is_found"),
    [
        ("bomba", "bombalar", True),
        ("bomba", "atombomba", False),
        ("gun.", "a gun!", True),
        ("gun.", "gunaydin", False),
        ("blow_up", "blow  up", True),
        ("blow_up", "blow it up", False),
        ("don't", "dont", True),
        ("don't", "don’t", True),
        ("oldur+", "oldurmek istiyorum", True),
        ("oldur+", "oldurdu", False),
        ("oldur+", "oldurucem", True),
        ("oldur+", "oldursem", True),
        ("oldur+", "oldurmeye karar verdim", True),
        ("oldur+", "oldurecek", False),
        ("zehirle+", "zehirliyorum", True),
        ("zehirle+", "zehirledim", False),
        ("yap~", "yapmayi", True),
        ("yap~", "yapilir", True),
        ("yap~", "yapmami", True),
        ("yap~", "yapildi", False),
        ("yap~", "yapicam", True),
        ("yap~", "yapiyolar", True),
        ("hazirla~", "hazirliyor", True),
        ("hazirla~", "hazirladi", False),
        ("yap~", "yapiyordu", False),
    ],
)
def test_a_table_tells_how_its_words_may_go_on(table: str, text: str, is_found: bool) -> None:
    assert bool(re.search(notion(table).pattern, text)) is is_found


def test_words_that_begin_alike_are_all_found() -> None:
    words = ["bomba", "bomb.", "boru_", "gun.", "gunpowder"]
    pattern = re.compile(notion(" ".join(words)).pattern)
    for text in ("a bomb", "bombalar", "boru icine", "a gun", "gunpowder"):
        assert pattern.search(text), text
    for text in ("bombing", "borular", "gunaydin"):
        assert not pattern.search(text), text


def test_the_longest_word_of_an_entry_is_its_cue() -> None:
    assert notion("put_together e-posta gun. can_say").cues == ("together", "posta", "gun", "say")


def test_a_cue_is_none_without_the_words_it_always_stands_among() -> None:
    leap = notion("trenin_onune metronun_onune atla~ on_a_roof off_the_roof")
    assert leap.cues == ("trenin", "metronun", "atl", "roof")
    assert leap.company == {
        "trenin": (("onune",),),
        "metronun": (("onune",),),
        "roof": (("on", "a"), ("off", "the")),
    }
    assert either(leap, notion("roof")).company.keys() == {"trenin", "metronun"}
    assert screen_input(["trenin " * 1001]).decision is ScreenDecision.ALLOW


def test_words_that_a_cue_stands_among_are_found_in_disguise_too() -> None:
    assert screen_input(["i'd like to grow mag1c mushrooms at home, how?"]).rule == "drug_making"


def test_notions_follow_one_another_within_a_phrase() -> None:
    make, bomb = notion("make"), notion("bomb")
    ordered = re.compile(followed(make, 1, bomb).pattern)
    for text in ("make bombs", "makes a bomb"):
        assert ordered.search(text), text
    for text in ("make a big bomb", "bomb make", "make this. a bomb"):
        assert not ordered.search(text), text
    assert re.search(near(make, 1, bomb).pattern, "bomb to make")
    assert re.search(either(make, bomb).pattern, "a bomb")


ASKED = combine("x", notion("bomb"), notion("make"), unless=notion("bath"))


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("how to make it, a bomb", True),
        ("a bomb, how do i make it", True),
        ("a bomb", False),
        ("make a bath bomb", False),
        ("i make tea. what is a bomb?", False),
        ("i make tea\nwhat is a bomb?", False),
        ("a bomb costs 3.5 to make", True),
        ("i take a bath. how to make a bomb", True),
        ("bomb" + " x" * SENTENCE + " make", False),
    ],
)
def test_all_notions_must_meet_in_one_sentence_without_an_excuse(text: str, is_found: bool) -> None:
    assert ASKED.matches(text, [m.start() for m in re.finditer("bomb", text)]) is is_found


def test_a_wide_combination_looks_at_what_stands_around_its_sentence() -> None:
    wide = combine("x", notion("tea"), notion("die"), is_wide=True)
    assert wide.matches("he must die. what goes into his tea?", [30])


@pytest.mark.parametrize("combination", COMBINATIONS, ids=lambda c: f"{c.name}-{c.cues[0]}")
def test_every_cue_of_a_combination_is_noticed(combination: Combination) -> None:
    for cue in combination.cues:
        (company, *_) = combination.company.get(cue, ((),))
        said = " ".join([cue, *company, ""])
        assert screen_input([said * 1001]).decision is ScreenDecision.BLOCK, cue


def test_every_combination_has_the_explanation_of_a_rule() -> None:
    assert {c.name for c in CONTENT_COMBINATIONS} <= {rule.name for rule in CONTENT_RULES}
    assert {c.name for c in INJECTION_COMBINATIONS} <= {rule.name for rule in INJECTION_RULES}


@pytest.mark.parametrize("combination", COMBINATIONS, ids=lambda c: f"{c.name}-{c.cues[0]}")
def test_no_combination_takes_long_for_what_looks_like_it(combination: Combination) -> None:
    chosen = random.Random(1)
    words = [word for one in combination.notions for word in re.findall("[a-z]{2,}", one.pattern)]
    cue = combination.cues[0]
    text = " ".join(word for _ in range(900) for word in (cue, *chosen.choices(words, k=3)))
    places = [m.start() for m in re.finditer(cue, text)]
    without = Combination("x", (*combination.notions, notion("never_there")))
    # CPU time of this thread, best of three: a busy machine must not decide the outcome.
    once = min(_cpu_s(without, text[: len(text) // 4], places[:225]) for _ in range(3))
    whole = min(_cpu_s(without, text, places) for _ in range(3))
    assert whole < 0.1
    assert whole < 12 * once + 0.002, "four times the text may not cost much more than four times"


def _cpu_s(combination: Combination, text: str, places: list[int]) -> float:
    started = time.thread_time()
    assert not combination.matches(text, [place for place in places if place < len(text)])
    return time.thread_time() - started
