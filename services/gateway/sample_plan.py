"""When sample requests come and who sends them: a school's days, weekends and keenest pupils."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import orjson

from services.domain.calls import Endpoint
from services.domain.messages import Incoming
from services.gateway.sample_scenes import SCENES, Scene

PUPILS = 150
TEACHERS = 12
_BY_HOUR = (1, 1, 0, 0, 0, 1, 3, 8, 14, 16, 17, 16, 12, 14, 16, 18, 22, 26, 28, 30, 27, 20, 11, 4)
"""Requests by hour of the local day, against each other: school, then homework until late."""

_WEEKEND = 0.55
_GROWTH = 0.6
"""How much more comes at the end of the time than at its start."""

_LEAVES_EARLY = 0.02
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """A request and its time; one that `leaves_early` closes the connection on a stream."""

    at: datetime
    incoming: Incoming
    leaves_early: bool = False


def plan_samples(
    count: int,
    start: datetime,
    end: datetime,
    zone: tzinfo,
    tokens: Mapping[str, str],
    rng: random.Random,
) -> list[SampleRequest]:
    """Requests spread over [start, end), oldest first.

    Args:
        tokens: the key of each application.
    """
    hours = [start + n * _HOUR for n in range(-(-(end - start) // _HOUR))]
    weights = [_rush(hour, start, end, zone) for hour in hours]
    chosen = rng.choices(hours, weights, k=count)
    times = sorted(hour + rng.random() * (min(hour + _HOUR, end) - hour) for hour in chosen)
    scenes = rng.choices(SCENES, [scene.weight for scene in SCENES], k=count)
    return [
        SampleRequest(at, _incoming(scene, tokens, rng), rng.random() < _LEAVES_EARLY)
        for at, scene in zip(times, scenes, strict=True)
    ]


def _rush(hour: datetime, start: datetime, end: datetime, zone: tzinfo) -> float:
    local = hour.astimezone(zone)
    day = _WEEKEND if local.weekday() >= 5 else 1.0
    return _BY_HOUR[local.hour] * day * (1 + _GROWTH * ((hour - start) / (end - start))) + 0.01


def _incoming(scene: Scene, tokens: Mapping[str, str], rng: random.Random) -> Incoming:
    body = scene.body(rng) | {"model": scene.model, "user": _user(scene, rng)}
    if rng.random() < scene.streamed:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    headers = {
        "authorization": f"Bearer {tokens[scene.application]}",
        "x-ai-feature": scene.feature,
    }
    return Incoming(Endpoint.CHAT, headers, orjson.dumps(body), "127.0.0.1")


def _user(scene: Scene, rng: random.Random) -> str:
    if scene.application == "teacher-desk":
        return f"sample-teacher-{rng.randint(1, TEACHERS):02d}"
    # Few ask much, many ask little.
    return f"sample-pupil-{int(rng.paretovariate(0.7) * 4) % PUPILS + 1:03d}"
