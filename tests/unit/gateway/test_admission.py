"""Limits of callers are remembered, but never beyond their day, their policy or themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.domain.budgets import Budget
from services.domain.ledger import Source
from services.domain.limits import LIMIT_NAMES, LimitSettings
from services.domain.periods import Period, window_of
from services.domain.quota_uses import subject_of
from services.domain.rollout import CEILING, FULL_BP, Rollout, Stage
from services.domain.rollout_access import Subject
from services.domain.snapshot import ControlState, Snapshot
from services.gateway import admission
from services.gateway.admission import LimitBook, list_limits
from services.gateway.exchange import Caller
from tests.contract.records import an_intent
from tests.unit.gateway.gateway_bench import CALLER

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
SNAPSHOT = Snapshot(
    control=ControlState(0, Rollout(CEILING, Stage.GENERAL, FULL_BP, NOON), {}, {}),
    providers={},
    candidates=(),
    prices={},
    templates={},
    limits=LimitSettings(),
    budgets=(Budget("global", Period.DAY, 5), Budget("global", Period.MONTH, 50)),
    playground_budget=Budget("playground", Period.DAY, 1),
    zone=UTC,
)


def test_limits_are_made_once_a_caller() -> None:
    book = LimitBook(str.upper)
    first = book.find(SNAPSHOT, CALLER, "10.0.0.1", NOON)
    assert book.find(SNAPSHOT, CALLER, "10.0.0.1", NOON + timedelta(hours=11)) is first


@pytest.mark.parametrize(
    ("caller", "address"),
    [
        (replace(CALLER, subject=Subject("veli")), "10.0.0.1"),
        (replace(CALLER, subject=Subject("ayse", "staff")), "10.0.0.1"),
        (replace(CALLER, feature="study_plan"), "10.0.0.1"),
        (replace(CALLER, source=Source.PLAYGROUND), "10.0.0.1"),
        (CALLER, "10.0.0.2"),
    ],
)
def test_whoever_differs_has_limits_of_their_own(caller: Caller, address: str) -> None:
    book = LimitBook(str.upper)
    known = book.find(SNAPSHOT, CALLER, "10.0.0.1", NOON)
    assert book.find(SNAPSHOT, caller, address, NOON) != known


def test_playground_takes_nothing_from_what_applications_may_ask_for_that_user() -> None:
    playground = replace(CALLER, source=Source.PLAYGROUND)
    assert playground.limit_key == "@playground:ayse"
    assert CALLER.limit_key == "ayse"


def test_next_day_and_month_have_windows_of_their_own() -> None:
    book = LimitBook(str.upper)
    book.find(SNAPSHOT, CALLER, "10.0.0.1", NOON)
    limits = book.find(SNAPSHOT, CALLER, "10.0.0.1", NOON + timedelta(days=1))
    assert [b.window.key for b in limits.budgets] == ["2026-12-01", "2026-12"]


def test_new_policy_counts_from_the_next_call_on() -> None:
    book = LimitBook(str.upper)
    book.find(SNAPSHOT, CALLER, "10.0.0.1", NOON)
    changed = replace(SNAPSHOT, limits=LimitSettings(user_rpm=3))
    rates = book.find(changed, CALLER, "10.0.0.1", NOON).rates
    assert next(r.requests for r in rates if r.name == "user_rpm") == 3


@pytest.mark.parametrize("source", [Source.APPLICATION, Source.PLAYGROUND])
def test_every_limit_goes_by_a_name_that_can_be_set_in_shadow(source: Source) -> None:
    limits = LimitBook(str.upper).find(SNAPSHOT, replace(CALLER, source=source), "10.0.0.1", NOON)
    named = [*limits.rates, *limits.buckets, *limits.quotas, *(b.budget for b in limits.budgets)]
    assert named
    assert {limit.name for limit in named} <= set(LIMIT_NAMES)


def test_memory_for_callers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "MOST_CALLERS", 10)
    book = LimitBook(str.upper)
    for number in range(35):
        caller = replace(CALLER, subject=Subject(f"user-{number}"))
        day, month = (window_of(NOON, period, UTC) for period in (Period.DAY, Period.MONTH))
        assert book.find(SNAPSHOT, caller, "a", NOON) == list_limits(
            SNAPSHOT, caller, "a", (day, month), str.upper
        )
        assert len(book._known) <= 10


@pytest.mark.parametrize("source", [Source.APPLICATION, Source.PLAYGROUND])
@pytest.mark.parametrize("user", ["ayse", None])
def test_quotas_go_by_the_name_that_records_have(source: Source, user: str | None) -> None:
    """Or nobody could find in the ledger what was taken of them."""
    caller = replace(CALLER, source=source, subject=Subject(user))
    quotas = LimitBook(str.upper).find(SNAPSHOT, caller, "10.0.0.1", NOON).quotas
    recorded = replace(
        an_intent(), source=source, user=user and user.upper(), application=CALLER.key.name
    )
    assert {q.key for q in quotas} == {f"user:{subject_of(recorded)}"}
