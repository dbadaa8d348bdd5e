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
from tests.integration.backends import EMBEDDED
from tests.postgresql_server import PostgresqlServer
from tests.redis_server import BUSY_S, RedisServer
from tests.servers import SluiceServer, StartServer

Backend = Callable[[], dict[str, object]]


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


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of a module that sets BACKENDS over each of them, but for those marked as
    being about the embedded one."""
    backends = getattr(metafunc.module, "BACKENDS", None)
    is_own = metafunc.definition.get_closest_marker("embedded") is not None
    if backends and not is_own and "backend" in metafunc.fixturenames:
        metafunc.parametrize("backend", backends, indirect=True, scope="module")


@pytest.fixture(scope="module")
def backend(request: pytest.FixtureRequest) -> Backend:
    """Give the settings of a server's storage: of its own, and empty, at every call.

    EMBEDDED is memory and SQLite, FLEET a Redis and a PostgreSQL.
    """
    if getattr(request, "param", EMBEDDED) == EMBEDDED:
        return dict
    postgresql: PostgresqlServer = request.getfixturevalue("postgresql")
    redis: RedisServer = request.getfixturevalue("redis_server")()

    def new() -> dict[str, object]:
        return {
            "DATABASE_URL": postgresql.new_database(is_migrated=True),
            "REDIS_URL": redis.new_database(),
            "AI_REDIS_TIMEOUT": BUSY_S,
        }

    return new


@pytest.fixture(scope="module")
def start_server(
    tmp_path_factory: pytest.TempPathFactory, backend: Backend
) -> Iterator[StartServer]:
    """Start servers that run until the module's tests are done."""
    names = itertools.count(1)
    with ExitStack() as stack:

        def start(*args: Any, **environment: object) -> SluiceServer:
            folder = tmp_path_factory.mktemp(f"server{next(names)}")
            return stack.enter_context(SluiceServer(folder, *args, **backend() | environment))

        yield start


@pytest.fixture(scope="module")
def start_openai(start_server: StartServer, shared_upstream: FaultyProvider) -> StartServer:
    """Start servers whose `openai` is the provider of the tests, and has nothing to stand in."""

    def start(**environment: object) -> SluiceServer:
        settings: dict[str, object] = {
            "AI_PROVIDER": "openai",
            "AI_FALLBACK_PROVIDERS": "openai",
            "OPENAI_BASE_URL": shared_upstream.base_url,
            "OPENAI_API_KEY": "sk-upstream-0123456789",
        }
        return start_server(**settings | environment)

    return start


@pytest.fixture(scope="module")
def keys(server: SluiceServer) -> Iterator[str]:
    """Give the key of a new application of the module's server each, which finds nothing stored."""
    return (server.create_key(name=f"app{n}") for n in itertools.count())
