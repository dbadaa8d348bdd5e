""".env.example tells the truth: every setting is in it, with the default that the code has."""

from decimal import Decimal
from pathlib import Path

import pytest

from services.settings import Settings, load_settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"


def example_values() -> dict[str, str]:
    read, _, _ = EXAMPLE.read_text().partition("# --- Reserved")
    pairs = (line[1:].split("=", 1) for line in read.splitlines() if line[1:2].isupper())
    return {name: value for name, *rest in pairs for value in rest}


def reserved_names() -> set[str]:
    _, _, reserved = EXAMPLE.read_text().partition("# --- Reserved")
    return {line[1:].split("=")[0] for line in reserved.splitlines() if "=" in line}


def test_example_names_every_setting_and_no_other() -> None:
    assert example_values().keys() == {name.upper() for name in Settings.model_fields}


def test_reserved_names_are_read_by_nothing() -> None:
    assert reserved_names()
    assert reserved_names().isdisjoint(name.upper() for name in Settings.model_fields)


def test_example_shows_the_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in example_values():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    defaults = load_settings()
    (tmp_path / ".env").write_text(
        "\n".join(f"{name}={value}" for name, value in example_values().items())
    )
    assert load_settings().model_dump() == defaults.model_dump()


def test_changed_example_value_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AI_DAILY_BUDGET_USD", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("AI_DAILY_BUDGET_USD=51\n")
    assert load_settings().ai_daily_budget_usd == Decimal(51)
