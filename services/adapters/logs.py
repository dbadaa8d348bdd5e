"""Logs: one JSON object a line on standard error, whoever wrote it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

import orjson
import structlog

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
    """Send structlog's and the standard library's records out as JSON lines.

    Args:
        current_request: the id of the request that the running task carries.
        stream: where the lines go; standard error when left out.
    """

    def name_request(_: Any, __: str, record: Any) -> Any:
        request_id = current_request()
        if request_id is not None:
            record.setdefault("request_id", request_id)
        return record

    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        name_request,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = _LineHandler(stream or sys.stderr.buffer)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=_to_json),
            ],
        )
    )
    _install(handler, level)


def log_breaker_change(candidate: Candidate, view: BreakerView) -> None:
    """A breaker's new state, with its reason."""
    structlog.get_logger("services.breakers").warning(
        "breaker_changed",
        provider=candidate.provider,
        model=candidate.model,
        state=view.state.value,
        reason=view.reason,
    )


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


def _to_json(record: Any, **_: Any) -> str:
    # A record may quote an exception, and an exception anything.
    return orjson.dumps(mask_value(record), default=str).decode()
