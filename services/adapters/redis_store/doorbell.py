"""The doorbell: whoever changed something rings, and all instances look at once.

A ring carries no data and may be lost; every instance also looks on its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from enum import StrEnum

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

CHANNEL = "ai:doorbell"
RING_TIMEOUT_S = 0.25
RECONNECT_S = 1.0
_log = logging.getLogger(__name__)


class Bell(StrEnum):
    """What changed."""

    CONTROL = "control"
    BREAKERS = "breakers"


class Doorbell:
    """Rings for, and listens to, the other instances."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._redis = Redis.from_url(
            url,
            protocol=2,
            socket_timeout=RING_TIMEOUT_S,
            socket_connect_timeout=RING_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._answers: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)

    def ring(self, bell: Bell) -> None:
        """Tell all instances; a ring that nobody takes is found by their own looking."""
        try:
            self._redis.publish(CHANNEL, bell.value)
        except (RedisError, OSError) as error:
            fields = {"bell": bell.value, "cause": str(error)}
            _log.info("doorbell_not_rung", extra={"fields": fields})

    def on_ring(self, bell: Bell, answer: Callable[[], None]) -> None:
        """Call it at every ring, on the loop that listens, and whenever rings may have been missed.

        Args:
            answer: quick, and never raises.
        """
        self._answers[bell.value].append(answer)

    async def listen(self) -> None:
        """Listen until cancelled, over all outages."""
        while True:
            try:
                await self._listen_once()
            except (RedisError, OSError) as error:
                _log.info("doorbell_away", extra={"fields": {"cause": str(error)}})
            await asyncio.sleep(RECONNECT_S)

    def close(self) -> None:
        """Close what rings."""
        self._redis.close()

    async def _listen_once(self) -> None:
        redis = AsyncRedis.from_url(
            self._url, protocol=2, socket_timeout=None, retry=AsyncRetry(NoBackoff(), 0)
        )
        async with redis, redis.pubsub() as pubsub:
            await pubsub.subscribe(CHANNEL)
            async for message in pubsub.listen():
                if message["type"] == "subscribe":
                    self._answer(*Bell)
                elif message["type"] == "message":
                    self._answer(message["data"].decode())

    def _answer(self, *bells: str) -> None:
        for bell in bells:
            for answer in self._answers.get(bell, ()):
                answer()
