"""Real servers for the tests of this folder, and a provider that answers them as it is told to."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.faulty_provider import FaultyProvider, answer, chat
from tests.servers import SluiceServer

StartServer = Callable[..., SluiceServer]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the logs of a failed test's servers."""
    report = yield
    if report.failed:
        for name, value in getattr(item, "funcargs", {}).items():
            if isinstance(value, SluiceServer):
                report.sections.append((f"log of {name}", value.read_log()))
    return report


@pytest.fixture(scope="session")
def shared_upstream() -> Iterator[FaultyProvider]:
    """Run a provider on a loop of its own, so that tests may wait for the servers that call it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="upstream")
    thread.start()
    provider = FaultyProvider()
    asyncio.run_coroutine_threadsafe(provider.__aenter__(), loop).result(10)
    try:
        yield provider
    finally:
        asyncio.run_coroutine_threadsafe(provider.__aexit__(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def upstream(shared_upstream: FaultyProvider) -> FaultyProvider:
    """Give the provider as new: it answers "ok", and has received nothing."""
    shared_upstream.play(answer(chat("ok")))
    shared_upstream.received.clear()
    shared_upstream.called.clear()
    shared_upstream.client_left.clear()
    return shared_upstream


@pytest.fixture(scope="module")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """Start servers that run until the module's tests are done."""
    names = itertools.count(1)
    with ExitStack() as stack:

        def start(*args: Any, **environment: object) -> SluiceServer:
            folder = tmp_path_factory.mktemp(f"server{next(names)}")
            return stack.enter_context(SluiceServer(folder, *args, **environment))

        yield start
