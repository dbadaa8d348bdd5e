"""A stage is left only when all that it asks for is shown."""

import pytest

from services.domain.evidence import Tally
from services.domain.gates import GATES, criterion_text, evaluate_gate
from services.domain.rollout import Stage
from services.domain.shares import Judgement


@pytest.mark.parametrize(
    ("stage", "tally", "judgements"),
    [
        (Stage.DISABLED, Tally(900), [Judgement.NO_DATA]),
        (Stage.INTERNAL_ONLY, Tally(), [Judgement.NO_DATA, Judgement.NO_DATA]),
        (Stage.INTERNAL_ONLY, Tally(298), [Judgement.INCONCLUSIVE, Judgement.PASS]),
        (Stage.INTERNAL_ONLY, Tally(299), [Judgement.PASS, Judgement.PASS]),
        (Stage.INTERNAL_ONLY, Tally(299, bad=1), [Judgement.FAIL, Judgement.PASS]),
        (Stage.INTERNAL_ONLY, Tally(299, slow=(60, 0)), [Judgement.PASS, Judgement.FAIL]),
        (Stage.INTERNAL_ONLY, Tally(299, slow=(9, 9)), [Judgement.PASS, Judgement.INCONCLUSIVE]),
        (Stage.CANARY, Tally(375), [Judgement.PASS]),
        (Stage.CANARY, Tally(374), [Judgement.INCONCLUSIVE]),
        (Stage.CANARY, Tally(400, bad=20), [Judgement.FAIL]),
        (Stage.BETA, Tally(9_000), [Judgement.NO_DATA]),
        (Stage.GRADUAL, Tally(9_000), [Judgement.NO_DATA]),
    ],
)
def test_each_criterion_is_judged_by_the_value_now(
    stage: Stage, tally: Tally, judgements: list[Judgement]
) -> None:
    assert [c.judgement for c in evaluate_gate(stage, tally).criteria] == judgements


@pytest.mark.parametrize(
    ("tally", "judgement"),
    [
        (Tally(299), Judgement.PASS),
        (Tally(298), Judgement.INCONCLUSIVE),
        (Tally(), Judgement.NO_DATA),
        (Tally(299, slow=(60, 0)), Judgement.FAIL),
        (Tally(10, bad=1), Judgement.FAIL),
    ],
)
def test_only_all_passed_is_passed_and_the_worst_decides(
    tally: Tally, judgement: Judgement
) -> None:
    assert evaluate_gate(Stage.INTERNAL_ONLY, tally).judgement is judgement


def test_what_is_missing_is_told_and_makes_it_pass() -> None:
    (clean, quick) = evaluate_gate(Stage.INTERNAL_ONLY, Tally(12)).criteria
    assert (clean.needed, quick.needed) == (287, 62)
    (errors,) = evaluate_gate(Stage.CANARY, Tally(12)).criteria
    assert (errors.n, errors.bad, errors.needed) == (12, 0, 363)
    assert evaluate_gate(Stage.CANARY, Tally(12 + 363)).judgement is Judgement.PASS


def test_every_stage_has_a_gate_in_words() -> None:
    assert set(GATES) == set(Stage)
    assert criterion_text(Stage.INTERNAL_ONLY) == "no unexplained error, P95 latency < 2 s"
