"""The console in this process: a real Sluice, its gateway on a free port, and pages to open."""

from __future__ import annotations

import asyncio
import socket
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from streamlit.testing.v1 import AppTest

from services import bootstrap
from services.api import create_app
from services.bootstrap import Sluice
from services.domain.identity import Actor, Role, Scope, host_actor
from services.domain.requests import RequestFilter
from services.settings import load_settings
from tests.servers import eventually

ROOT = Path(__file__).parents[2]
HOST = host_actor("tests")
PASSWORD = "a long enough passphrase"
START_S = 30


class RunningSluice:
    """A Sluice with its gateway on a free port, on an event loop in a thread of its own."""

    def __init__(self, data_dir: Path, **changes: Any) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._settings = load_settings(
            _env_file=None,
            ai_data_dir=data_dir,
            port=self._listener.getsockname()[1],
            ai_mock_delay_min=0,
            ai_mock_delay_max=0,
            log_level="ERROR",
            **changes,
        )
        self._started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._run()])

    def __enter__(self) -> Sluice:
        self._thread.start()
        assert self._started.wait(START_S), "Sluice did not start"
        return bootstrap.current()

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(START_S)
        self._loop.close()

    async def _run(self) -> None:
        async with bootstrap.running(self._settings, kind="console"):
            app = create_app(bootstrap.current)
            server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
            serving = asyncio.create_task(server.serve(sockets=[self._listener]))
            self._started.set()
            await self._stop.wait()
            server.should_exit = True
            await serving


@dataclass
class Console:
    """The console as one person sees it."""

    sluice: Sluice
    monkeypatch: pytest.MonkeyPatch

    token: str | None = None
    actor: Actor = HOST

    def __post_init__(self) -> None:
        # AppTest sends no cookies: the sessions themselves are real ones.
        self.monkeypatch.setattr("console.session.session_token", lambda: self.token)

    def sign_in(self, role: Role) -> None:
        """Act as a new person with this role from here on."""
        login = f"{role}.person"
        self.sluice.accounts.create_account(HOST, login, role, PASSWORD, "for a test")
        signed_in = self.sluice.sessions.sign_in(login, PASSWORD)
        self.token = signed_in.token
        self.actor = signed_in.session.actor()

    def sign_out(self) -> None:
        """End the session, as another tab would; the cookie stays."""
        assert self.token is not None
        self.sluice.sessions.sign_out(self.token)

    def open(self, page: str, **query: str) -> AppTest:
        """Open a page by its file's name, with parameters in its address."""
        app = AppTest.from_file(str(ROOT / "console" / "app.py"), default_timeout=20)
        app.run()
        app.switch_page(str(ROOT / "pages" / f"{page}.py"))
        app.query_params.update(query)
        return app.run()

    def post_chat(self, key: str, model: str = "auto") -> httpx2.Response:
        """One call of an application."""
        url = f"http://127.0.0.1:{self.sluice.settings.port}/v1/chat/completions"
        body = {"model": model, "messages": [{"role": "user", "content": "Neden 180 derece?"}]}
        return httpx2.post(url, json=body, headers={"authorization": f"Bearer {key}"}, timeout=20)

    def ask_once(self) -> str:
        """One request of an application; its id, once the ledger has it."""
        key = self.sluice.keys.create(
            HOST, name="shop", scopes=[Scope.GENERATE], feature="question_hint", role="staff"
        )
        answer = self.post_chat(key.token)
        assert answer.status_code == 200, answer.text
        request_id = answer.headers["x-request-id"]
        where = RequestFilter(request_id=request_id)
        eventually(lambda: self.sluice.requests.list_requests(HOST, where).rows)
        return request_id

    def wait_for_run(self, run_id: str) -> None:
        """Let a playground run come to its end."""
        get_run = self.sluice.playground.get_run
        eventually(lambda: get_run(self.actor, run_id).is_done, within_s=20)

    def take_ledger_away(self) -> None:
        """Make SQL unreachable: its file is not where it was."""
        folder = self.sluice.settings.ai_data_dir
        for file in folder.glob("sluice.db*"):
            file.rename(file.with_name(f"gone-{file.name}"))

    def give_ledger_back(self) -> None:
        """Make SQL reachable again."""
        for file in self.sluice.settings.ai_data_dir.glob("gone-sluice.db*"):
            file.rename(file.with_name(file.name.removeprefix("gone-")))


def texts(app: AppTest) -> str:
    """All that a page says, for tests that look for words."""
    kinds = ("title", "subheader", "markdown", "caption", "error", "warning", "info", "success")
    words = [element.value for kind in kinds for element in app.get(kind)]
    words += [f"{m.label} {m.value} {m.delta}" for m in app.metric]
    return "\n".join(str(word) for word in words).replace("\\", "")
