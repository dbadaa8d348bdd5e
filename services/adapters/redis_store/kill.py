"""The kill register in Redis: a hash from scope to entry."""

from __future__ import annotations

import time
from datetime import datetime

import orjson
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from services.adapters.redis_store.connection import DOWN_S
from services.adapters.redis_store.scripts import read_script
from services.domain.audit import AuditEvent
from services.domain.errors import SourceDown
from services.domain.kill import KillEntry
from services.domain.policy import KILL_WRITE_TIMEOUT_S

KEY = "ai:control:kill"


class RedisKillPlace:
    """KillPlace over Redis; a change rings the doorbell.

    Polls read it four times a second, so a read that failed is not tried again for a second; a
    write always is.

    Args:
        timeout_s: for connecting and for the answer, less than what a kill waits for a place.
    """

    def __init__(self, url: str, timeout_s: float = 0.8 * KILL_WRITE_TIMEOUT_S) -> None:
        self._redis = Redis.from_url(
            url,
            protocol=2,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0),
        )
        self._write = self._redis.register_script(read_script("write_kill").text)
        self._failed_at_s: float | None = None

    @property
    def name(self) -> str:
        return "redis"

    def read(self) -> tuple[KillEntry, ...]:
        if self._failed_at_s is not None and time.monotonic() < self._failed_at_s + DOWN_S:
            raise SourceDown(_explain("it did not answer a moment ago"))
        try:
            stored = self._redis.hgetall(KEY)
        except (RedisError, OSError) as error:
            raise self._fail(error) from error
        self._failed_at_s = None
        try:
            return tuple(_decode(content) for content in stored.values())
        except (ValueError, KeyError, TypeError) as error:
            raise SourceDown(_explain(f"{KEY} holds no kill register")) from error

    def write(self, entry: KillEntry, event: AuditEvent | None) -> bool:
        content = orjson.dumps(entry)
        try:
            self._write(args=[entry.scope, entry.epoch, int(entry.is_active), content])
        except (RedisError, OSError) as error:
            raise self._fail(error) from error
        return False

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()

    def _fail(self, error: Exception) -> SourceDown:
        self._failed_at_s = time.monotonic()
        return SourceDown(_explain(str(error)))


def _decode(content: bytes | str) -> KillEntry:
    fields = orjson.loads(content)
    return KillEntry(
        scope=str(fields["scope"]),
        is_active=bool(fields["is_active"]),
        epoch=int(fields["epoch"]),
        actor=str(fields["actor"]),
        reason=str(fields["reason"]),
        at=datetime.fromisoformat(fields["at"]),
    )


def _explain(cause: str) -> str:
    return (
        f"The kill register in Redis does not answer: {cause}. What the other places say still "
        "rules; bring Redis back, or pull the kill switch again to write it anew."
    )
