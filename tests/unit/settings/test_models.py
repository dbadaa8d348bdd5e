from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from services.domain.calls import Candidate
from services.domain.price_overrides import PriceListError
from services.settings import (
    ConfigurationError,
    Settings,
    load_settings,
    read_context_tokens,
    read_deployments,
    read_price_file,
)


def settings(**values: Any) -> Settings:
    return load_settings(_env_file=None, **values)


@pytest.mark.parametrize(
    ("given", "deployments"),
    [
        ({}, {}),
        ({"azure_openai_deployment": "gpt-4o"}, {"gpt-4o": "gpt-4o"}),
        ({"azure_openai_models": "a=gpt-4o, b = gpt-4o-mini,gpt-4.1"},
         {"a": "gpt-4o", "b": "gpt-4o-mini", "gpt-4.1": "gpt-4.1"}),
        ({"azure_openai_deployment": "b", "azure_openai_models": "a=gpt-4o,b=gpt-4o-mini"},
         {"b": "gpt-4o-mini", "a": "gpt-4o"}),
        ({"azure_openai_deployment": "pupils", "ai_model": "gpt-4o"}, {"pupils": "pupils"}),
    ],
)  # fmt: skip
def test_deployments_name_their_models_the_default_first(
    given: dict[str, str], deployments: dict[str, str]
) -> None:
    found = read_deployments(settings(**given))
    assert list(found.items()) == list(deployments.items())


@pytest.mark.parametrize(
    ("models", "deployments"),
    [("", {"pupils": "gpt-4o"}), ("gpt-4o=gpt-4o-mini", {"gpt-4o": "gpt-4o-mini"})],
)
def test_ai_model_is_the_model_of_the_deployment_unless_it_names_one(
    models: str, deployments: dict[str, str]
) -> None:
    given = settings(
        ai_provider="azure",
        ai_model="gpt-4o",
        azure_openai_api_key="k",
        azure_openai_endpoint="https://x.openai.azure.com",
        azure_openai_models=models,
        azure_openai_deployment=None if models else "pupils",
    )
    assert read_deployments(given) == deployments


def test_contexts_are_told_by_provider_and_model() -> None:
    given = settings(ai_context_tokens="vllm/meta-llama/Llama-3.1-8B=8192, ollama/llama3.2:3b=4096")
    assert read_context_tokens(given) == {
        Candidate("vllm", "meta-llama/Llama-3.1-8B"): 8192,
        Candidate("ollama", "llama3.2:3b"): 4096,
    }


@pytest.mark.parametrize("entry", ["llama=8192", "vllm/llama", "vllm/llama=long", "vllm/llama=0"])
def test_context_that_cannot_be_read_keeps_from_starting(entry: str) -> None:
    with pytest.raises(ConfigurationError, match=r"AI_CONTEXT_TOKENS: .*provider/model=tokens"):
        settings(ai_context_tokens=entry)


def write(folder: Path, text: str) -> Path:
    path = folder / "prices.yaml"
    path.write_text(text)
    return path


def test_amounts_of_the_price_file_are_read_as_they_are_written(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
prices:
  - provider: openai
    model: gpt-4o-mini
    valid_from: 2026-12-01
    input_usd: 0.1   # a float would be 0.1000000000000000055
    output_usd: 0.000000001
""",
    )
    (override,) = read_price_file(path)
    assert (override.price.input_nano_usd, override.price.output_nano_usd) == (100_000_000, 1)
    assert read_price_file(None) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [("prices: [", "not YAML"), ("prices: []\n\tx", "not YAML"), ("- 1", "no list under")],
)
def test_file_that_is_no_price_list_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(PriceListError, match=words):
        read_price_file(write(tmp_path, text))


def test_all_that_is_wrong_with_the_price_file_is_told_at_the_start(tmp_path: Path) -> None:
    path = write(tmp_path, "prices:\n  - {provider: openai}\n  - text\n")
    with pytest.raises(ConfigurationError) as caught:
        settings(ai_prices_file=path)
    lines = [line for line in str(caught.value).splitlines() if "AI_PRICES_FILE" in line]
    assert len(lines) == 5
    with pytest.raises(ConfigurationError, match="cannot be read"):
        settings(ai_prices_file=tmp_path / "missing.yaml")
