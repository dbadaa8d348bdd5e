"""Tables of requests say of an outcome what its status alone would hide."""

from dataclasses import replace
from datetime import UTC

from console.components.tables import request_frame
from tests.contract.records import an_outcome


def test_a_success_that_no_model_stands_behind_says_so() -> None:
    real = an_outcome()
    rows = [
        real,
        replace(real, is_cached=True),
        replace(real, is_mock=True, is_degraded=True),
        replace(real, is_mock=True, is_degraded=True, is_cached=True),
    ]
    assert request_frame(rows, UTC)["Status"].tolist() == [
        "success",
        "success (cached)",
        "success (invented)",
        "success (invented)",
    ]
