"""Logs: one JSON object a line on standard error, whoever wrote it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, BinaryIO

import orjson

from services.domain.breakers import BreakerView
from services.domain.calls import Candidate
from services.domain.privacy import mask_value

_QUIET = (
    *("aiohttp", "alembic", "asyncio", "httpx2", "openai", "urllib3", "uvicorn.access"),
    "watchdog",
)
"""Their INFO lines are noise; requests have lines of their own."""

_SERVERS_OWN = ("uvicorn", "uvicorn.error", "uvicorn.access")
"""Loggers that uvicorn gives handlers of its own when it is started from its command line."""


def set_up_logs(
    level: str,
    current_request: Callable[[], str | None] = lambda: None,
    stream: BinaryIO | None = None,
) -> None:
    """Send the records of all loggers out as JSON lines.

    Args:
        current_request: the id of the request that the running task carries.
        stream: where the lines go; standard error when left out.
    """
    handler = _LineHandler(stream or sys.stderr.buffer)
    handler.setFormatter(_LineFormatter(current_request))
    _install(handler, level)


def log_breaker_change(candidate: Candidate, view: BreakerView) -> None:
    """A breaker's new state, with its reason."""
    fields = {
        "provider": candidate.provider,
        "model": candidate.model,
        "state": view.state.value,
        "reason": view.reason,
    }
    logging.getLogger("services.breakers").warning("breaker_changed", extra={"fields": fields})


class _LineFormatter(logging.Formatter):
    """A record as a JSON object: what every line has, then the fields that its writer gave it, as
    `extra={"fields": {...}}`."""

    def __init__(self, current_request: Callable[[], str | None]) -> None:
        super().__init__()
        self._current_request = current_request

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        request_id = self._current_request()
        if request_id is not None:
            line["request_id"] = request_id
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        # A record may quote an exception, and an exception anything.
        return orjson.dumps(mask_value(line), default=str, option=orjson.OPT_UTC_Z).decode()


class _LineHandler(logging.Handler):
    """Writes whole lines to the binary stream that the log of requests writes to as well."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._stream.write(self.format(record).encode() + b"\n")
            self._stream.flush()
        except Exception:  # noqa: BLE001 - a log that fails must not fail what it tells of
            self.handleError(record)


def _install(handler: logging.Handler, level: str) -> None:
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _SERVERS_OWN:
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
