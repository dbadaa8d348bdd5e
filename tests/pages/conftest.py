"""Pages under AppTest, on a real Sluice with a data folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pages.running import Console, RunningSluice


@pytest.fixture
def console(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Console]:
    """Give a console, with the settings that a test is marked with by indirect parameters."""
    with RunningSluice(data_dir, **getattr(request, "param", {})) as sluice:
        yield Console(sluice, monkeypatch)
