"""A hundred equal calls at once through a real server: one upstream call, and what may go wrong."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from services.domain.ledger import Status
from tests.faulty_provider import Behaviour, FaultyProvider, answer, chat, delta, events
from tests.integration.calls import COST_NANO_USD, HINT, USAGE, USAGE_EVENT
from tests.integration.equal_calls import (
    CALLERS,
    PLAIN,
    STREAM,
    TEXT,
    Got,
    call,
    call_all,
    outcomes,
    slowly,
)
from tests.servers import SluiceServer, StartServer, eventually


@pytest.fixture(scope="module")
def server(start_openai: StartServer, shared_upstream: FaultyProvider) -> SluiceServer:
    return start_openai(
        VLLM_BASE_URL=shared_upstream.base_url,
        VLLM_MODELS="failing",
        AI_MAX_RETRIES=0,
        AI_CB_FAILURE_THRESHOLD=1000,
    )


@pytest.fixture
def key(keys: Iterator[str]) -> str:
    return next(keys)


def check_shared(server: SluiceServer, got: list[Got]) -> None:
    """One of them paid; all others are marked, cost nothing, and tell what they saved."""
    assert {g.status for g in got} == {200}
    assert {g.content for g in got} == {TEXT}
    marks = Counter(g.headers.get("x-ai-cache", "own") for g in got)
    assert marks == {"own": 1, "shared": len(got) - 1}
    found = outcomes(server, got)
    assert sum(o.cost_nano_usd for o in found) == COST_NANO_USD
    shared = [o for o in found if o.decision == "shared"]
    assert len(shared) == len(got) - 1
    for outcome in shared:
        assert (outcome.cost_nano_usd, outcome.saved_nano_usd) == (0, COST_NANO_USD)
        assert (outcome.status, outcome.is_cached) == (Status.SUCCESS, True)
        assert (outcome.attempts, outcome.intent.held_nano_usd) == ((), 0)
        assert (outcome.provider, outcome.model) == ("openai", "gpt-4o-mini")
        assert outcome.usage.output_tokens == 30
        assert outcome.overhead_ms < outcome.duration_ms / 2, "waiting is the provider's time"


def test_a_hundred_equal_calls_make_one_upstream_call(
    server: SluiceServer, upstream: FaultyProvider, key: str
) -> None:
    upstream.play(PLAIN)
    check_shared(server, call_all(server, key))
    assert len(upstream.received) == 1


def test_a_hundred_equal_streams_make_one_upstream_call_and_flow(
    server: SluiceServer, upstream: FaultyProvider, key: str
) -> None:
    upstream.play(slowly(STREAM))
    got = call_all(server, key, stream=True, stream_options={"include_usage": True})
    check_shared(server, got)
    assert len(upstream.received) == 1
    for g in got:
        assert g.text.endswith("data: [DONE]\n\n")
        ends = [c["finish_reason"] for e in g.events for c in e["choices"] if c["finish_reason"]]
        assert ends == ["stop"]
        assert g.events[-1]["usage"]["completion_tokens"] == 30
        assert g.events[-1]["sluice"]["request_id"] == g.headers["x-request-id"]
        assert g.ended_s - g.first_s > 0.1, "the text came as the leader's did"
    assert len({g.headers["x-request-id"] for g in got}) == CALLERS


@pytest.mark.parametrize("behaviour", [PLAIN, STREAM], ids=["plain leads", "stream leads"])
def test_plain_and_streamed_calls_share_one_answer(
    server: SluiceServer, upstream: FaultyProvider, keys: Iterator[str], behaviour: Behaviour
) -> None:
    key, is_stream = next(keys), behaviour is STREAM

    async def run() -> list[Got]:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            first = asyncio.create_task(call(session, server.url, key, stream=is_stream))
            await asyncio.to_thread(eventually, lambda: upstream.received)
            rest = [call(session, server.url, key, stream=bool(n % 2)) for n in range(20)]
            return await asyncio.gather(first, *rest)

    upstream.play(behaviour)
    check_shared(server, asyncio.run(run()))
    assert len(upstream.received) == 1


def test_after_it_the_answer_is_in_the_cache(
    server: SluiceServer, upstream: FaultyProvider, key: str
) -> None:
    upstream.play(PLAIN)
    call_all(server, key, 5)
    (after,) = call_all(server, key, 1)
    assert after.headers["x-ai-cache"] == "hit"


@pytest.mark.parametrize(
    ("changes", "calls"),
    [({"temperature": 0.9}, 10), ({"n": 2}, 10), ({"temperature": 0.3}, 1)],
)
def test_only_calls_with_a_cache_key_share(
    server: SluiceServer, upstream: FaultyProvider, key: str, changes: dict[str, Any], calls: int
) -> None:
    upstream.play(PLAIN)
    call_all(server, key, 10, **changes)
    assert len(upstream.received) == calls


def test_applications_do_not_share(
    server: SluiceServer, upstream: FaultyProvider, keys: Iterator[str]
) -> None:
    upstream.play(PLAIN)
    every = [next(keys) for _ in range(3)]

    async def run() -> None:
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(call(session, server.url, key) for key in every * 5))

    asyncio.run(run())
    assert len(upstream.received) == 3


@pytest.mark.parametrize("stream", [False, True])
def test_when_the_leader_fails_the_others_go_on_alone(
    server: SluiceServer, upstream: FaultyProvider, key: str, stream: bool
) -> None:
    failing = slowly(answer({"error": {"message": "oops"}}, 500))
    good = STREAM if stream else PLAIN
    upstream.play(failing, good)
    got = call_all(server, key, 20, stream=stream)
    assert Counter(g.status for g in got) == {200: 19, 502: 1}
    assert len(upstream.received) == 20
    found = outcomes(server, got)
    assert Counter(o.decision for o in found) == {"answered": 19, "provider_bad_answer": 1}
    answered = [o for o in found if o.decision == "answered"]
    assert {o.cost_nano_usd for o in answered} == {COST_NANO_USD}
    assert all(o.intent.held_nano_usd > 0 for o in found), "each holds what it may cost"


def test_a_pinned_call_never_gets_what_another_provider_answered(
    start_openai: StartServer, upstream: FaultyProvider
) -> None:
    # The mock stands in for the failing provider, but a pinned call wants that one alone.
    server = start_openai(AI_FALLBACK_PROVIDERS="mock", AI_MAX_RETRIES=0)
    key = server.create_key()

    async def run() -> list[Got]:
        async with aiohttp.ClientSession() as session:
            auto = asyncio.create_task(call(session, server.url, key))
            await asyncio.to_thread(eventually, lambda: upstream.received)
            pinned = call(session, server.url, key, model="openai/gpt-4o-mini")
            return await asyncio.gather(auto, pinned)

    upstream.play(slowly(answer({"error": {"message": "oops"}}, 500), 1.0))
    auto, pinned = asyncio.run(run())
    assert auto.headers["x-ai-provider"] == "mock/mock-model"
    assert (pinned.status, pinned.code) == (502, "provider_bad_answer")
    assert len(upstream.received) == 2


def test_a_stream_that_breaks_off_ends_for_those_who_saw_it_with_an_error(
    server: SluiceServer, upstream: FaultyProvider, key: str
) -> None:
    upstream.play(slowly(events(delta("Dör"), delta("t"), done=False, cut=True, pause_s=0.1)))
    got = call_all(server, key, 10, stream=True)
    assert {g.code for g in got} == {"provider_unreachable"}
    assert {g.content for g in got} == {"Dört"}
    assert len(upstream.received) == 1
    found = outcomes(server, got)
    assert {o.status for o in found} == {Status.ERROR}
    assert sum(1 for o in found if o.cost_nano_usd) == 1


def test_a_refused_answer_is_refused_for_all(
    server: SluiceServer, upstream: FaultyProvider, key: str
) -> None:
    upstream.play(slowly(answer(chat("İşte cevap: 5"))))
    prompt = {"id": "hint", "variables": HINT}
    got = call_all(server, key, 10, messages=[], prompt=prompt)
    assert {(g.status, g.code) for g in got} == {(422, "prompt_answer_forbidden")}
    assert len(upstream.received) == 1


def test_an_answer_with_tool_calls_is_shared_but_not_kept(
    server: SluiceServer, upstream: FaultyProvider, key: str
) -> None:
    calls = [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    data = chat("", usage=USAGE)
    data["choices"][0] |= {"finish_reason": "tool_calls", "message": {"tool_calls": calls}}
    upstream.play(slowly(answer(data)))
    got = call_all(server, key, 10)
    assert all(json.loads(g.text)["choices"] == data["choices"] for g in got)
    assert len(upstream.received) == 1
    call_all(server, key, 1)
    assert len(upstream.received) == 2


class Crowd:
    """A leader and its followers as tasks, so that some of them may leave."""

    def __init__(self, server: SluiceServer, upstream: FaultyProvider, key: str) -> None:
        self._server, self._upstream, self._key = server, upstream, key
        self._stack = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def gather(self, number: int, **changes: Any) -> list[asyncio.Task[Got]]:
        """The leader first; returns when it has called upstream and all others follow."""
        tasks = [asyncio.create_task(call(self._stack, self._server.url, self._key, **changes))]
        await asyncio.to_thread(eventually, lambda: self._upstream.received)
        tasks += [
            asyncio.create_task(call(self._stack, self._server.url, self._key, **changes))
            for _ in range(number - 1)
        ]
        await asyncio.sleep(0.25)
        return tasks

    async def close(self) -> None:
        await self._stack.close()


@pytest.mark.parametrize("stream", [False, True])
def test_a_leader_that_leaves_does_not_fail_its_followers(
    server: SluiceServer, upstream: FaultyProvider, key: str, stream: bool
) -> None:
    async def run() -> list[Got]:
        crowd = Crowd(server, upstream, key)
        leader, *followers = await crowd.gather(10, stream=stream)
        leader.cancel()
        got = await asyncio.gather(*followers)
        await crowd.close()
        return got

    upstream.play(slowly(STREAM if stream else PLAIN, 1.0))
    got = asyncio.run(run())
    assert {(g.status, g.content) for g in got} == {(200, TEXT)}
    assert {g.headers["x-ai-cache"] for g in got} == {"shared"}
    assert len(upstream.received) == 1
    leading = server.request(upstream.received[0].headers["x-request-id"]).outcome
    assert leading.cost_nano_usd == COST_NANO_USD


@pytest.mark.parametrize("stream", [False, True])
def test_when_everybody_has_left_the_call_is_stopped(
    server: SluiceServer, upstream: FaultyProvider, key: str, stream: bool
) -> None:
    async def run() -> None:
        crowd = Crowd(server, upstream, key)
        leader, *followers = await crowd.gather(5, stream=stream)
        leader.cancel()
        for task in followers[:-1]:
            task.cancel()
        await asyncio.sleep(0.2)
        assert not upstream.client_left.is_set(), "one of them still waits"
        followers[-1].cancel()
        await asyncio.to_thread(eventually, upstream.client_left.is_set, 0.5)
        await crowd.close()

    upstream.play(Behaviour(stall=True))
    asyncio.run(run())
    (sent,) = upstream.received
    leading = server.request(sent.headers["x-request-id"])
    assert leading.outcome.decision == "client_gone"


def test_a_follower_that_leaves_takes_nobody_with_it(
    server: SluiceServer, upstream: FaultyProvider, key: str
) -> None:
    async def run() -> list[Got]:
        crowd = Crowd(server, upstream, key)
        leader, gone, *rest = await crowd.gather(5)
        gone.cancel()
        got = await asyncio.gather(leader, *rest)
        await crowd.close()
        return got

    upstream.play(slowly(PLAIN, 1.0))
    assert {g.status for g in asyncio.run(run())} == {200}
    assert len(upstream.received) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_a_kill_cuts_the_leader_and_everybody_who_follows(
    server: SluiceServer, upstream: FaultyProvider, key: str, stream: bool
) -> None:
    async def run() -> tuple[float, list[Got]]:
        crowd = Crowd(server, upstream, key)
        tasks = await crowd.gather(10, stream=stream)
        body = {"scope": "feature:question_hint", "reason": "a test stops it"}
        killed_s = time.monotonic()
        await asyncio.to_thread(server.admin, "POST", "/kill-switch", json=body)
        got = await asyncio.gather(*tasks)
        await crowd.close()
        return killed_s, got

    words = [delta("bir ") for _ in range(400)]
    upstream.play(events(*words, pause_s=0.02) if stream else Behaviour(stall=True))
    try:
        killed_s, got = asyncio.run(run())
    finally:
        query = {"scope": "feature:question_hint", "reason": "the test is over"}
        assert server.admin("DELETE", "/kill-switch", params=query).status_code == 200
    assert {g.code for g in got} == {"kill_switch_active"}
    assert {g.status for g in got} == ({200} if stream else {503})
    assert max(g.ended_s for g in got) - killed_s < 1
    assert len(upstream.received) == 1


def test_followers_are_counted_by_request_limits_but_hold_no_money(
    start_openai: StartServer, upstream: FaultyProvider
) -> None:
    # Room for one call with its 500 reserved output tokens, $0.0003 each; for 8 calls an hour.
    server = start_openai(AI_DAILY_BUDGET_USD="0.0004", AI_USER_RPH=8)
    upstream.play(PLAIN)
    got = call_all(server, server.create_key(), 12)
    assert Counter(g.status for g in got) == {200: 8, 429: 4}
    assert len(upstream.received) == 1


def test_a_leader_that_is_refused_hands_on_to_the_next(
    start_openai: StartServer, upstream: FaultyProvider
) -> None:
    # The users differ, the calls are equal: one user's limit must not refuse the others.
    server = start_openai(AI_USER_RPM=1)
    key = server.create_key()
    upstream.play(answer(chat("ok")), PLAIN)
    call_all(server, key, 1, user="tired", messages=[{"role": "user", "content": "başka"}])

    async def run() -> list[Got]:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            users = ["tired", *(f"user{n}" for n in range(9))]
            return await asyncio.gather(*(call(session, server.url, key, user=u) for u in users))

    got = asyncio.run(run())
    assert Counter(g.status for g in got) == {200: 9, 429: 1}
    assert len(upstream.received) == 2


def test_followers_that_go_on_alone_stay_within_the_budget(
    start_openai: StartServer, upstream: FaultyProvider
) -> None:
    server = start_openai(AI_DAILY_BUDGET_USD="0.0007", AI_MAX_RETRIES=0)
    upstream.play(slowly(answer({"error": {"message": "oops"}}, 500)), PLAIN)
    got = call_all(server, server.create_key(), 10)
    assert Counter(g.status for g in got) == {200: 2, 429: 7, 502: 1}
    assert {g.code for g in got if g.status == 429} == {"budget_held"}


def test_followers_that_go_on_alone_stay_within_the_users_tokens(
    start_openai: StartServer, upstream: FaultyProvider
) -> None:
    # Room for two calls with their 500 reserved output tokens; the followers are one user's.
    server = start_openai(AI_USER_DAILY_TOKENS=1200, AI_MAX_RETRIES=0)
    upstream.play(slowly(answer({"error": {"message": "oops"}}, 500)), PLAIN)
    got = call_all(server, server.create_key(), 10)
    assert Counter(g.status for g in got) == {200: 2, 429: 7, 502: 1}
    refused = [g for g in got if g.status == 429]
    assert {g.code for g in refused} == {"quota_exceeded"}
    assert all("quota user_daily of 1,200 tokens" in g.text for g in refused)
    assert all(0 < int(g.headers["retry-after"]) <= 86_400 for g in refused)


def test_a_follower_alone_in_a_spent_budget_is_told_that_it_is_spent(
    start_server: Any, upstream: FaultyProvider
) -> None:
    # Room for one call with its 500 reserved output tokens, and the leader uses them all.
    server: SluiceServer = start_server(
        AI_PROVIDER="openai",
        AI_FALLBACK_PROVIDERS="openai",
        OPENAI_BASE_URL=upstream.base_url,
        OPENAI_API_KEY="sk-upstream-0123456789",
        AI_DAILY_BUDGET_USD="0.0004",
        AI_MAX_RETRIES=0,
    )
    key = server.create_key()
    used = {"prompt_tokens": 20, "completion_tokens": 500, "total_tokens": 520}
    broken = events(delta("Dör"), USAGE_EVENT | {"usage": used}, done=False, cut=True)
    upstream.play(slowly(broken))

    async def run() -> list[Got]:
        async with aiohttp.ClientSession() as session:
            leading = asyncio.create_task(call(session, server.url, key, stream=True))
            await asyncio.to_thread(eventually, upstream.called.is_set)
            followers = await asyncio.gather(*(call(session, server.url, key) for _ in range(3)))
            return [await leading, *followers]

    leader, *followers = asyncio.run(run())
    assert leader.code == "provider_unreachable"
    assert {(g.status, g.code) for g in followers} == {(402, "budget_exhausted")}
    assert len(upstream.received) == 1
