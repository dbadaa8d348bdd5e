"""Shares are judged by evidence that survives being looked at after every request."""

import random

import pytest

from services.domain.errors import Unprocessable
from services.domain.shares import (
    PROOF,
    Judgement,
    is_enough_for_rate,
    judge_share,
    requests_needed,
)


@pytest.mark.parametrize(
    ("bad", "n", "limit", "judgement"),
    [
        (0, 0, 0.01, Judgement.NO_DATA),
        (0, 374, 0.01, Judgement.INCONCLUSIVE),
        (0, 375, 0.01, Judgement.PASS),
        (1, 3, 0.01, Judgement.INCONCLUSIVE),
        (1, 3, 0.05, Judgement.INCONCLUSIVE),
        (3, 4, 0.05, Judgement.FAIL),
        (24, 1_204, 0.01, Judgement.FAIL),
        (5, 1_204, 0.01, Judgement.INCONCLUSIVE),
        (1_000, 100_000_000, 0.01, Judgement.PASS),
        (90_000_000, 100_000_000, 0.01, Judgement.FAIL),
    ],
)
def test_only_what_is_proven_passes_or_fails(
    bad: int, n: int, limit: float, judgement: Judgement
) -> None:
    assert judge_share(bad, n, limit).judgement is judgement


@pytest.mark.parametrize(("bad", "n", "limit"), [(0, 0, 0.01), (1, 40, 0.05), (5, 1_204, 0.01)])
def test_needed_is_the_least_number_that_passes(bad: int, n: int, limit: float) -> None:
    needed = judge_share(bad, n, limit).needed
    assert needed == requests_needed(bad, n, limit)
    assert needed is not None
    assert judge_share(bad, n + needed, limit).judgement is Judgement.PASS
    assert judge_share(bad, n + needed - 1, limit).judgement is Judgement.INCONCLUSIVE


def test_what_failed_is_not_told_to_go_on() -> None:
    result = judge_share(30, 1_204, 0.01)
    assert (result.judgement, result.needed) == (Judgement.FAIL, None)
    assert result.statistic >= PROOF


@pytest.mark.parametrize("judgement", [Judgement.PASS, Judgement.FAIL])
def test_a_share_at_the_limit_is_seldom_judged_though_looked_at_every_time(
    judgement: Judgement,
) -> None:
    chance, wrong = random.Random(7), 0
    for _ in range(100):
        bad = 0
        for n in range(1, 401):
            bad += chance.random() < 0.05
            if judge_share(bad, n, 0.05).judgement is judgement:
                wrong += 1
                break
    assert wrong <= 10


def test_a_rate_is_told_from_as_many_on_as_prove_one_in_twenty() -> None:
    assert not is_enough_for_rate(73)
    assert is_enough_for_rate(74)


@pytest.mark.parametrize(
    ("bad", "n", "limit"), [(2, 1, 0.1), (-1, 1, 0.1), (0, 1, 0.0), (0, 1, 1.0)]
)
def test_what_is_no_share_is_refused(bad: int, n: int, limit: float) -> None:
    with pytest.raises(Unprocessable, match="no share that can be judged"):
        judge_share(bad, n, limit)
