from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.domain.errors import Unprocessable
from services.domain.rollout import (
    FULL_BP,
    Rollout,
    Stage,
    effective_bp,
    is_raise,
    resolve_target,
    skipped_stages,
    stage_reached,
    stay_left,
    with_target,
)

AT = datetime(2026, 11, 21, tzinfo=UTC)
CANARY = Rollout("hint", Stage.CANARY, 500, AT)


@pytest.mark.parametrize(
    ("percentage_bp", "stage"),
    [
        (0, Stage.INTERNAL_ONLY),
        (499, Stage.INTERNAL_ONLY),
        (500, Stage.CANARY),
        (2_500, Stage.BETA),
        (9_999, Stage.GRADUAL),
        (FULL_BP, Stage.GENERAL),
    ],
)
def test_a_percentage_reaches_the_highest_stage_whose_default_it_has(
    percentage_bp: int, stage: Stage
) -> None:
    assert stage_reached(percentage_bp) is stage


@pytest.mark.parametrize(
    ("stage", "percentage_bp", "target"),
    [
        (Stage.BETA, None, (Stage.BETA, 2_500)),
        (None, 1_500, (Stage.CANARY, 1_500)),
        (None, 0, (Stage.INTERNAL_ONLY, 0)),
        (Stage.DISABLED, None, (Stage.DISABLED, 0)),
        (Stage.DISABLED, 0, (Stage.DISABLED, 0)),
        (Stage.GRADUAL, 2_500, (Stage.BETA, 2_500)),
    ],
)
def test_a_target_is_what_stage_and_percentage_mean_together(
    stage: Stage | None, percentage_bp: int | None, target: tuple[Stage, int]
) -> None:
    assert resolve_target(stage, percentage_bp) == target


@pytest.mark.parametrize(
    ("stage", "percentage_bp", "param"),
    [
        (None, None, "stage"),
        (None, -1, "percentage"),
        (None, FULL_BP + 1, "percentage"),
        (Stage.DISABLED, 500, "percentage"),
        (Stage.CANARY, 2_500, "percentage"),
    ],
)
def test_a_target_that_contradicts_itself_is_refused(
    stage: Stage | None, percentage_bp: int | None, param: str
) -> None:
    with pytest.raises(Unprocessable) as caught:
        resolve_target(stage, percentage_bp)
    assert caught.value.param == param


def test_a_raise_lets_more_people_in() -> None:
    assert is_raise(CANARY, replace(CANARY, percentage_bp=501))
    assert is_raise(replace(CANARY, is_enabled=False), CANARY)
    assert not is_raise(CANARY, CANARY)
    assert not is_raise(CANARY, replace(CANARY, stage=Stage.INTERNAL_ONLY, percentage_bp=0))


def test_skipped_are_the_stages_between() -> None:
    higher = replace(CANARY, stage=Stage.GENERAL, percentage_bp=FULL_BP)
    assert skipped_stages(CANARY, higher) == (Stage.BETA, Stage.GRADUAL)
    assert skipped_stages(higher, CANARY) == ()


def test_a_stay_is_over_after_its_minimum() -> None:
    assert stay_left(CANARY, AT + timedelta(days=2)) == timedelta(days=5)
    assert stay_left(CANARY, AT + timedelta(days=8)) == timedelta()


def test_only_another_stage_begins_a_new_stay() -> None:
    later = AT + timedelta(hours=1)
    assert with_target(CANARY, Stage.CANARY, 900, later).stage_entered_at == AT
    assert with_target(CANARY, Stage.BETA, 2_500, later).stage_entered_at == later


def test_the_lower_share_is_in_force_and_none_while_one_is_off() -> None:
    assert effective_bp(replace(CANARY, percentage_bp=2_500), CANARY) == 500
    assert effective_bp(replace(CANARY, is_enabled=False), CANARY) == 0
