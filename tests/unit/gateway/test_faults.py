"""A fault of our own ends a request like any other error: told, recorded and settled."""

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest

from services import bootstrap
from services.domain.calls import Endpoint
from services.domain.identity import host_actor
from services.domain.messages import Incoming
from services.settings import load_settings


async def test_an_unexpected_exception_is_answered_and_leaves_nothing_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(ai_data_dir=tmp_path, _env_file=None)
    sluice = await asyncio.to_thread(bootstrap.build, settings, kind="cli", call=asyncio.run)
    made = await asyncio.to_thread(
        sluice.keys.create,
        host_actor("tester"),
        name="app",
        scopes=["ai:generate"],
        feature="question_hint",
        role="staff",
    )

    running: list[int] = []

    def fail(*_: Any) -> int:
        running.append(len(sluice.pipeline._running))
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr(type(sluice.providers["mock"]), "complete", fail)
    body = orjson.dumps({"messages": [{"role": "user", "content": "2 + 2?"}]})
    headers = {"authorization": f"Bearer {made.token}"}
    exchange = sluice.pipeline.begin(Incoming(Endpoint.CHAT, headers, body, "127.0.0.1"))
    answer = await sluice.pipeline.answer(exchange)
    assert answer.status == 500
    error = orjson.loads(answer.body)["error"]
    assert error["code"] == "internal_error"
    assert "secret" not in error["message"]
    assert exchange.is_finished
    assert (running, len(sluice.pipeline._running)) == ([1], 0)
    journal = b"".join(path.read_bytes() for path in (tmp_path / "journal").glob("*.jsonl"))
    assert b"ZeroDivisionError: a secret detail" in journal
