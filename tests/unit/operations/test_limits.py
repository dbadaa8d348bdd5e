"""What is told of limits, on the counters of one process."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.adapters.clock import SystemIds
from services.adapters.memory.counters import MemoryCounters
from services.domain.admissions import Demand
from services.domain.blocks import AbuseRule
from services.domain.budgets import Budget
from services.domain.errors import (
    Forbidden,
    LedgerUnavailable,
    NotFound,
    SourceDown,
    Unprocessable,
)
from services.domain.identity import Actor, Role, actor_for
from services.domain.kill import KillRegister
from services.domain.ledger import Source
from services.domain.limit_keys import limit_key
from services.domain.limit_refusals import LimitRefusals
from services.domain.limits import (
    LimitSettings,
    everyones_rates,
    feature_bucket,
    feature_caps,
    user_rates,
)
from services.domain.near_callers import CallerUse
from services.domain.periods import Period, window_of
from services.domain.rate_limits import RateLimit
from services.domain.readings import ReadingState
from services.domain.rollout import CEILING, FULL_BP, Rollout, Stage
from services.domain.snapshot import ControlState, Snapshot
from services.operations.events import EventWriter
from services.operations.limits import Limits
from tests.clock import FakeClock
from tests.unit.operations.full_journal import FullJournal

OPERATOR, VIEWER = actor_for("ayse", Role.OPERATOR), actor_for("veli", Role.VIEWER)


class StillControl:
    """A policy that nobody changes."""

    def __init__(self, clock: FakeClock, limits: LimitSettings) -> None:
        now, names = clock.now(), ("question_hint", "evaluation")
        features = {name: Rollout(name, Stage.GENERAL, FULL_BP, now) for name in names}
        self.register = KillRegister({})
        self.snapshot = Snapshot(
            control=ControlState(1, Rollout(CEILING, Stage.GENERAL, FULL_BP, now), features, {}),
            providers={},
            candidates=(),
            prices={},
            templates={},
            limits=limits,
            budgets=(),
            playground_budget=Budget("playground", Period.DAY, 1),
            zone=UTC,
        )

    def apply_kills(self, entries: Any) -> KillRegister:
        raise NotImplementedError(entries)

    def refresh(self) -> None:
        raise NotImplementedError


class FewRefusals:
    """A ledger in which one limit refused something; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[datetime, datetime]] = []
        self.is_down = False

    def sum_refusals(self, start: datetime, end: datetime) -> tuple[LimitRefusals, ...]:
        if self.is_down:
            raise SourceDown("The ledger does not answer.")
        self.asked.append((start, end))
        return (LimitRefusals("user_rpm", "question_hint", len(self.asked), 0),)

    def __getattr__(self, name: str) -> Any:
        raise NotImplementedError(name)


class Desk:
    """The operations on limits, joined to counters in memory; `is_down` takes these away."""

    def __init__(self, **limits: Any) -> None:
        self.clock = FakeClock()
        self.settings = LimitSettings(**limits)
        self.counters = MemoryCounters(self.clock)
        self.is_down = False
        self.journal = FullJournal()
        self.reader = FewRefusals()
        self.limits = Limits(
            live=StillControl(self.clock, self.settings),
            counters=self.counters,
            reader=self.reader,
            journal=self.journal,
            events=EventWriter(self.clock, SystemIds()),
            clock=self.clock,
            name_user=lambda user: f"hash of {user}",
            call=self.call,
        )

    def call(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        if self.is_down:
            coroutine.close()
            raise SourceDown("Redis does not answer.")
        return asyncio.run(coroutine)

    def block(
        self,
        user: str | None,
        application: str = "shop",
        source: Source = Source.APPLICATION,
    ) -> str:
        """Let one violation block somebody; the key of their limits."""
        key = limit_key(user, application, source)
        rates = (RateLimit("user_rpm", f"user:{key}", 0, 60),)
        demand = Demand("r", rates=rates, abuse_key=key, abuse=AbuseRule(violations=1))
        for _ in range(2):
            asyncio.run(self.counters.admit(demand, None))
        return key

    def use(self, feature: str, tokens: int) -> None:
        """Admit one call of a feature."""
        now = self.clock.now()
        windows = window_of(now, Period.DAY, UTC), window_of(now, Period.MONTH, UTC)
        quotas = feature_caps(feature, self.settings, windows)
        asyncio.run(self.counters.admit(Demand("r", quotas=quotas, tokens=tokens), None))


def test_caps_of_every_feature_are_told_with_what_is_used() -> None:
    desk = Desk(
        feature_daily_requests=5,
        feature_monthly_tokens=90,
        shadow=frozenset({"feature_monthly"}),
    )
    assert desk.limits.get_caps(VIEWER).state is ReadingState.ZERO
    desk.use("question_hint", 7)
    reading = desk.limits.get_caps(VIEWER)
    assert (reading.state, reading.source) == (ReadingState.VALUE, "counters")
    told = [
        (v.feature, v.state.quota.name, v.state.requests, v.state.tokens, v.is_shadow)
        for v in reading.value or ()
    ]
    assert told == [
        ("evaluation", "feature_daily", 0, 0, False),
        ("evaluation", "feature_monthly", 0, 0, True),
        ("question_hint", "feature_daily", 1, 7, False),
        ("question_hint", "feature_monthly", 1, 7, True),
    ]


def test_without_caps_there_is_no_data_and_nobody_is_asked() -> None:
    desk = Desk()
    desk.is_down = True
    assert desk.limits.get_caps(VIEWER).state is ReadingState.NO_DATA


def test_counters_that_are_away_are_said_to_be() -> None:
    desk = Desk(feature_daily_requests=5)
    desk.is_down = True
    reading = desk.limits.get_caps(VIEWER)
    assert (reading.state, reading.value) == (ReadingState.DOWN, None)
    assert reading.problem == "Redis does not answer."


@pytest.mark.parametrize(
    ("limits", "names"),
    [
        ({}, []),
        ({"feature_daily_tokens": 1}, ["feature_daily"]),
        ({"feature_monthly_requests": 1}, ["feature_monthly"]),
        ({"feature_daily_requests": 1, "feature_monthly_tokens": 1},
         ["feature_daily", "feature_monthly"]),
    ],
)  # fmt: skip
def test_only_what_is_set_is_capped(limits: dict[str, int], names: list[str]) -> None:
    now = FakeClock().now()
    windows = window_of(now, Period.DAY, UTC), window_of(now, Period.MONTH, UTC)
    caps = feature_caps("question_hint", LimitSettings(**limits), windows)
    assert [q.name for q in caps] == names


# Use and refusals


def test_use_is_told_of_what_all_callers_share() -> None:
    desk = Desk(global_rpm=7)
    assert desk.limits.get_use(VIEWER).state is ReadingState.ZERO
    rates, bucket = everyones_rates(desk.settings), feature_bucket("question_hint", desk.settings)
    asyncio.run(desk.counters.admit(Demand("r", rates=rates, buckets=(bucket,)), None))
    reading = desk.limits.get_use(VIEWER)
    assert (reading.state, reading.source) == (ReadingState.VALUE, "counters")
    assert [(u.limit, u.key, u.used, u.allowed) for u in reading.value or ()] == [
        ("global_rpm", "global", 1, 7),
        ("global_rph", "global", 1, 1000),
        ("feature", "feature:evaluation", 0, 20),
        ("feature", "feature:question_hint", 1, 20),
    ]
    desk.is_down = True
    assert desk.limits.get_use(VIEWER).problem == "Redis does not answer."


def test_who_is_near_a_limit_of_their_own_is_told_by_their_hash() -> None:
    desk = Desk(user_rpm=5)
    assert desk.limits.get_near(VIEWER).state is ReadingState.ZERO
    for _ in range(4):
        demand = Demand("r", rates=user_rates("ali", None, desk.settings))
        asyncio.run(desk.counters.admit(demand, None))
    reading = desk.limits.get_near(VIEWER)
    assert (reading.state, reading.source) == (ReadingState.VALUE, "counters")
    near = {each.limit: each for each in reading.value or ()}
    assert (near["user_rpm"].near, near["user_rpm"].full) == (1, 0)
    assert near["user_rpm"].fullest == CallerUse("user_rpm", "hash of ali", 4, 5)
    assert near["user_rph"].near == 0
    desk.is_down = True
    assert desk.limits.get_near(VIEWER).problem == "Redis does not answer."


def test_refusals_are_read_for_an_hour_and_a_day_with_their_age() -> None:
    desk = Desk()
    reading = desk.limits.get_refusals(VIEWER)
    assert (reading.state, reading.source) == (ReadingState.VALUE, "ledger")
    assert reading.as_of == desk.clock.now()
    assert reading.value is not None
    assert reading.value.of_limit("user_rpm").refused == (1, 2)
    assert [start for start, _ in desk.reader.asked] == list(reading.value.starts)
    assert all(end > desk.clock.now() for _, end in desk.reader.asked)
    desk.reader.is_down = True
    assert desk.limits.get_refusals(VIEWER).problem == "The ledger does not answer."


# Blocks


def test_blocked_users_are_named_as_records_name_them_the_latest_first() -> None:
    desk = Desk()
    assert desk.limits.get_blocks(VIEWER).state is ReadingState.ZERO
    for user in ("ali", None):
        desk.block(user)
        desk.clock.advance(1)
    desk.block("mina", source=Source.PLAYGROUND)
    desk.clock.advance(1)
    reading = desk.limits.get_blocks(VIEWER)
    assert reading.state is ReadingState.VALUE
    assert [(v.subject, v.violations) for v in reading.value or ()] == [
        ("@playground:hash of mina", 1), ("@application:shop", 1), ("hash of ali", 1),
    ]  # fmt: skip
    assert reading.value is not None
    assert reading.value[0].until == desk.clock.now() + timedelta(seconds=899)


@pytest.mark.parametrize("name", ["ali", "hash of ali"])
def test_block_is_lifted_by_the_users_name_or_by_the_one_shown(name: str) -> None:
    desk = Desk()
    desk.block("ali")
    desk.block("can")
    lifted = desk.limits.lift_block(OPERATOR, name, "  a test class ")
    assert (lifted.subject, lifted.violations) == ("hash of ali", 1)
    assert [v.subject for v in desk.limits.get_blocks(VIEWER).value or ()] == ["hash of can"]
    (event,) = desk.journal.events
    assert (event.actor, event.action, event.target) == ("ayse", "block.lift", "hash of ali")
    assert event.reason == "a test class"
    assert event.before == {"until": lifted.until.isoformat(), "violations": 1}


def test_second_lifting_says_that_nobody_is_blocked_and_records_nothing() -> None:
    desk = Desk()
    desk.block("ali")
    desk.limits.lift_block(OPERATOR, "ali", "once")
    with pytest.raises(NotFound, match="'ali' is blocked now") as refused:
        desk.limits.lift_block(OPERATOR, "ali", "twice")
    assert refused.value.decision == "not_blocked"
    assert len(desk.journal.events) == 1


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_block_is_not_lifted_without_a_reason(reason: str) -> None:
    desk = Desk()
    desk.block("ali")
    with pytest.raises(Unprocessable, match="reason"):
        desk.limits.lift_block(OPERATOR, "ali", reason)
    assert len(desk.limits.get_blocks(VIEWER).value or ()) == 1


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUTHOR])
def test_only_operators_may_lift(role: Role) -> None:
    desk = Desk()
    desk.block("ali")
    with pytest.raises(Forbidden, match="blocks:lift"):
        desk.limits.lift_block(actor_for("mina", role), "ali", "please")
    assert len(desk.limits.get_blocks(VIEWER).value or ()) == 1
    assert desk.journal.events == []


def test_operator_learns_that_a_lifting_could_not_be_recorded() -> None:
    desk = Desk()
    desk.block("ali")
    desk.journal.is_full = True
    with pytest.raises(LedgerUnavailable, match=r"block is lifted.*the disk is full"):
        desk.limits.lift_block(OPERATOR, "ali", "please")
    assert desk.limits.get_blocks(VIEWER).value == ()


def test_block_that_redis_did_not_lift_is_not_on_record(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    desk.block("ali")

    async def go_down(abuse_key: str) -> bool:
        raise SourceDown(f"Redis does not answer for {abuse_key}.")

    with monkeypatch.context() as patch:
        patch.setattr(desk.counters, "unblock", go_down)
        with pytest.raises(SourceDown):
            desk.limits.lift_block(OPERATOR, "ali", "please")
    assert desk.journal.events == []
    assert len(desk.limits.get_blocks(VIEWER).value or ()) == 1
    desk.limits.lift_block(OPERATOR, "ali", "again")
    assert [event.reason for event in desk.journal.events] == ["again"]


def test_block_that_another_lifts_meanwhile_is_not_lifted_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk()
    desk.block("ali")
    unblock = desk.counters.unblock

    async def come_second(abuse_key: str) -> bool:
        await unblock(abuse_key)
        return await unblock(abuse_key)

    monkeypatch.setattr(desk.counters, "unblock", come_second)
    with pytest.raises(NotFound, match="'ali' is blocked now") as refused:
        desk.limits.lift_block(OPERATOR, "ali", "second")
    assert refused.value.decision == "not_blocked"
    assert desk.journal.events == []


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("application:shop", ["@application:shop"]),
        ("hash of application:shop", ["@application:shop"]),
        ("@application:shop", ["hash of application:shop"]),
    ],
)
def test_user_named_like_an_application_is_not_taken_for_it(name: str, left: list[str]) -> None:
    desk = Desk()
    desk.block(None)
    desk.block("application:shop")
    desk.limits.lift_block(OPERATOR, name, "please")
    assert [v.subject for v in desk.limits.get_blocks(VIEWER).value or ()] == left


@pytest.mark.parametrize("order", [("ali", "hash of ali"), ("hash of ali", "ali")])
def test_name_that_the_list_shows_goes_before_an_equal_one_of_calls(order: tuple[str, ...]) -> None:
    desk = Desk()
    for user in order:
        desk.block(user)
        desk.clock.advance(1)
    desk.limits.lift_block(OPERATOR, "hash of ali", "please")
    left = [v.subject for v in desk.limits.get_blocks(VIEWER).value or ()]
    assert left == ["hash of hash of ali"]


def test_without_redis_the_list_says_so_and_nothing_is_lifted_or_recorded() -> None:
    desk = Desk()
    desk.block("ali")
    desk.is_down = True
    reading = desk.limits.get_blocks(VIEWER)
    assert (reading.state, reading.problem) == (ReadingState.DOWN, "Redis does not answer.")
    with pytest.raises(SourceDown):
        desk.limits.lift_block(OPERATOR, "ali", "please")
    assert desk.journal.events == []


def test_whoever_may_see_nothing_sees_neither_blocks_nor_caps() -> None:
    limits, nobody = Desk().limits, Actor("nobody", frozenset())
    for look in (limits.get_blocks, limits.get_caps):
        with pytest.raises(Forbidden):
            look(nobody)


def test_abuse_in_shadow_is_said_to_be() -> None:
    assert not Desk().limits.is_abuse_in_shadow
    assert Desk(shadow=frozenset({"abuse"})).limits.is_abuse_in_shadow
