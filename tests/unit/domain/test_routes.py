from __future__ import annotations

import pytest

from services.domain.calls import Candidate, ProviderInfo
from services.domain.errors import InvalidRequest
from services.domain.routes import RouteUse, fit_context, route_use

SMALL, LARGE, UNKNOWN = (
    Candidate("vllm", "small"),
    Candidate("openai", "large"),
    Candidate("o", "x"),
)
MOCK = Candidate("mock", "mock-model")
PROVIDERS = {
    "vllm": ProviderInfo("vllm", ("small",), context_tokens={"small": 1000}),
    "openai": ProviderInfo("openai", ("large",), context_tokens={"large": 5000}),
    "o": ProviderInfo("o", ("x",)),
    "mock": ProviderInfo("mock", ("mock-model",), is_mock=True),
}


@pytest.mark.parametrize(
    ("candidates", "inputs", "outputs", "left"),
    [
        ((SMALL, LARGE), 900, 100, (SMALL, LARGE)),
        ((SMALL, LARGE), 901, 100, (LARGE,)),
        ((SMALL, LARGE), 1, 4999, (LARGE,)),
        ((SMALL, UNKNOWN), 9000, 100, (UNKNOWN,)),
        ((SMALL, MOCK, LARGE), 901, 100, (MOCK, LARGE)),
        ((MOCK, SMALL), 9000, 100, (MOCK,)),
        ((MOCK,), 9000, 100, (MOCK,)),
    ],
)
def test_models_whose_context_is_too_short_are_left_out(
    candidates: tuple[Candidate, ...], inputs: int, outputs: int, left: tuple[Candidate, ...]
) -> None:
    assert fit_context(candidates, PROVIDERS, inputs, outputs) == left


@pytest.mark.parametrize("candidates", [(SMALL, LARGE), (LARGE, SMALL), (LARGE, MOCK)])
def test_call_that_no_model_holds_is_refused_with_its_numbers(
    candidates: tuple[Candidate, ...],
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        fit_context(candidates, PROVIDERS, 4901, 100)
    error = caught.value
    assert (error.status, error.decision, error.param) == (
        400, "context_length_exceeded", "messages",
    )  # fmt: skip
    for number in ("5001", "4901", "100", "5000"):
        assert number in error.message


@pytest.mark.parametrize(
    ("candidate", "use"),
    [
        (SMALL, RouteUse.ROUTE),
        (LARGE, RouteUse.PINNED),
        (Candidate("openai", "of last year"), RouteUse.NOBODY),
        (Candidate("gone", "small"), RouteUse.NOBODY),
    ],
)
def test_a_model_is_asked_by_the_route_by_name_or_by_nobody(
    candidate: Candidate, use: RouteUse
) -> None:
    assert route_use(candidate, (SMALL, MOCK), PROVIDERS) is use
