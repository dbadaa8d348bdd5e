"""Sends planned sample requests through a pipeline, each at its time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from services.domain.ports import Clock
from services.gateway.pipeline import Pipeline
from services.gateway.sample_plan import SampleRequest

_EVENTS_READ = 6


async def send_samples(pipeline: Pipeline, plan: Iterable[SampleRequest], clock: Clock) -> None:
    """Send them all and wait for the last answer; the clock tells when each is due."""
    async with asyncio.TaskGroup() as group:
        for sample in plan:
            await asyncio.sleep(max((sample.at - clock.now()).total_seconds(), 0))
            group.create_task(_send(pipeline, sample))


async def _send(pipeline: Pipeline, sample: SampleRequest) -> None:
    answer = await pipeline.answer(pipeline.begin(sample.incoming))
    if answer.stream is None:
        return
    read = 0
    async for _ in answer.stream:
        read += 1
        if sample.leaves_early and read >= _EVENTS_READ:
            break
    await answer.stream.aclose()
