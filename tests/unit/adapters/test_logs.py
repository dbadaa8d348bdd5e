from __future__ import annotations

import io
import json
import logging
import logging.config
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import pytest
import uvicorn

from services.adapters.logs import log_breaker_change, set_up_logs
from services.domain.breakers import BreakerState, BreakerView
from services.domain.calls import Candidate

REQUEST: ContextVar[str | None] = ContextVar("test_request", default=None)


@pytest.fixture
def stream() -> Iterator[io.BytesIO]:
    """Give the stream that logs at INFO go to; afterwards logging is as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    written = io.BytesIO()
    set_up_logs("INFO", REQUEST.get, written)
    yield written
    root.handlers, root.level = handlers, level


def lines(stream: io.BytesIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_records_with_fields_and_with_sentences_come_out_in_one_form(stream: io.BytesIO) -> None:
    logging.getLogger("services.one").info("shipped", extra={"fields": {"records": 3}})
    logging.getLogger("services.two").info("shipped %d records", 3)
    ours, theirs = lines(stream)
    assert ours.pop("time").endswith("Z")
    assert theirs.pop("time").endswith("Z")
    assert ours == {"level": "info", "logger": "services.one", "event": "shipped", "records": 3}
    assert theirs == {"level": "info", "logger": "services.two", "event": "shipped 3 records"}


def test_every_line_within_a_request_names_it(stream: io.BytesIO) -> None:
    token = REQUEST.set("r-42")
    logging.getLogger("services.one").info("ours")
    logging.getLogger("aiohttp.client").warning("theirs")
    REQUEST.reset(token)
    logging.getLogger("services.two").info("outside")
    ours, theirs, outside = lines(stream)
    assert ours["request_id"] == theirs["request_id"] == "r-42"
    assert "request_id" not in outside


def test_exception_is_part_of_its_line(stream: io.BytesIO) -> None:
    try:
        raise ValueError("no such thing")
    except ValueError:
        logging.getLogger("services.one").exception("it broke")
    (line,) = lines(stream)
    assert line["level"] == "error"
    assert "ValueError: no such thing" in line["exception"]


def test_uvicorn_started_by_itself_logs_in_the_same_form(stream: io.BytesIO) -> None:
    logging.config.dictConfig(uvicorn.config.LOGGING_CONFIG)
    set_up_logs("INFO", REQUEST.get, stream)
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 7)
    logging.getLogger("uvicorn.access").info('%s - "%s"', "127.0.0.1", "GET /")
    (line,) = lines(stream)
    assert line["event"] == "Started server process [7]"
    assert line["logger"] == "uvicorn.error"


@pytest.mark.parametrize("name", ["alembic.runtime.migration", "openai._base_client", "asyncio"])
def test_chatter_of_libraries_is_kept_out_and_their_warnings_are_not(
    stream: io.BytesIO, name: str
) -> None:
    logging.getLogger(name).info("Will assume non-transactional DDL.")
    assert lines(stream) == []
    logging.getLogger(name).warning("Something is wrong.")
    assert [line["event"] for line in lines(stream)] == ["Something is wrong."]


def test_level_decides_what_is_written(stream: io.BytesIO) -> None:
    set_up_logs("ERROR", REQUEST.get, stream)
    logging.getLogger("services.one").warning("not now")
    logging.getLogger("alembic").warning("nor this")
    logging.getLogger("services.two").error("this")
    assert [line["event"] for line in lines(stream)] == ["this"]


def test_breaker_change_is_a_warning_with_its_reason(stream: io.BytesIO) -> None:
    view = BreakerView("openai", "gpt-4o", BreakerState.OPEN, "5 failures in a row", 0, 0, 60, 5)
    log_breaker_change(Candidate("openai", "gpt-4o"), view)
    (line,) = lines(stream)
    assert (line["event"], line["level"]) == ("breaker_changed", "warning")
    assert (line["provider"], line["model"], line["state"]) == ("openai", "gpt-4o", "open")
    assert line["reason"] == "5 failures in a row"
