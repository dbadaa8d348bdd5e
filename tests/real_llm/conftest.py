"""The real model, started once for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real_llm.server import CannotRunHereError, RealLlm, running_llm

LAB_DIR = Path(__file__).parents[2] / ".cache" / "real_llm"


@pytest.fixture(scope="session")
def real_llm() -> Iterator[RealLlm]:
    """Give a running model; the first start on a machine installs it (10 to 25 s)."""
    try:
        with running_llm(LAB_DIR) as llm:
            yield llm
    except CannotRunHereError as error:
        pytest.skip(str(error))
