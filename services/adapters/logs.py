"""Logs: one JSON object a line on standard error."""

from __future__ import annotations

import logging
import sys
from typing import Any

import orjson
import structlog

from services.domain.breakers import BreakerView
from services.domain.calls import Candidate

_QUIET = ("aiohttp", "asyncio", "httpx2", "openai", "urllib3", "watchdog")


def set_up_logs(level: str) -> None:
    """Send structlog's and the standard library's records out as JSON lines."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
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
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=_to_json),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def log_breaker_change(candidate: Candidate, view: BreakerView) -> None:
    """A breaker's new state, with its reason."""
    structlog.get_logger("services.breakers").warning(
        "breaker_changed",
        provider=candidate.provider,
        model=candidate.model,
        state=view.state.value,
        reason=view.reason,
    )


def _to_json(record: Any, **_: Any) -> str:
    return orjson.dumps(record, default=str).decode()
