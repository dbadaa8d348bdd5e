"""A headless Chromium on a real console, signed in as its first administrator."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.real_llm.conftest import LAB_DIR
from tests.real_llm.server import CannotRunHereError, running_llm
from tests.servers import CONSOLE, SluiceServer, eventually

LOGIN, PASSWORD = "ayse", "a long enough passphrase"
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Visit:
    """A person at a browser: the page, the server, and what went wrong in the browser."""

    page: Page
    server: SluiceServer
    problems: list[str] = field(default_factory=list)

    def open(self, title: str) -> None:
        """Go to a page by its link at the side, and wait until it is drawn."""
        self.page.get_by_test_id("stSidebarNavLink").filter(has_text=title).first.click()
        expect(self.page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        self.settle()

    def settle(self) -> None:
        """Wait until the script has run."""
        app = self.page.locator(
            '[data-testid="stApp"][data-test-connection-state="CONNECTED"]'
            '[data-test-script-state="notRunning"]'
        )
        expect(app).to_be_visible(timeout=20_000)


@pytest.fixture(scope="module")
def chromium(find_tool: Callable[[str], Path]) -> Iterator[Browser]:
    """Not for the whole session: Playwright keeps an event loop in this thread until it ends."""
    executable = find_tool("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(_ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SluiceServer]:
    with SluiceServer(tmp_path_factory.mktemp("console"), CONSOLE) as server:
        yield server


@pytest.fixture(scope="module")
def real_console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SluiceServer]:
    """A console whose vllm provider is a real small model on this machine."""
    try:
        with (
            running_llm(LAB_DIR) as llm,
            SluiceServer(
                tmp_path_factory.mktemp("real_console"),
                CONSOLE,
                VLLM_BASE_URL=f"{llm.url}/v1",
                VLLM_API_KEY=llm.key,
                VLLM_MODELS=llm.model,
                # A busy machine takes its time over a prompt of 700 tokens.
                AI_READ_TIMEOUT=60,
            ) as server,
        ):
            yield server
    except CannotRunHereError as error:
        pytest.skip(str(error))


@pytest.fixture
def visit(chromium: Browser, console: SluiceServer) -> Iterator[Visit]:
    """The administrator at a console that has only the mock."""
    with sign_in(chromium, console) as found:
        yield found


@pytest.fixture
def real_visit(chromium: Browser, real_console: SluiceServer) -> Iterator[Visit]:
    """The administrator at the console with the real model."""
    with sign_in(chromium, real_console) as found:
        yield found


@contextmanager
def sign_in(chromium: Browser, server: SluiceServer) -> Iterator[Visit]:
    """Sign in: by the one-time link the first time, by the form afterwards."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    visit = Visit(context.new_page(), server)
    page = visit.page
    page.on("console", lambda m: visit.problems.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: visit.problems.append(str(error)))
    link = eventually(lambda: re.search(r"http\S+first-start\?token=\S+", server.read_log()))
    is_first = server.library.accounts.create_link() is not None
    page.goto(link[0] if is_first else server.url)
    page.locator("input[name=login]").fill(LOGIN)
    for password in page.locator("input[type=password]").all():
        password.fill(PASSWORD)
    page.get_by_role("button").click()
    visit.settle()
    yield visit
    context.close()
