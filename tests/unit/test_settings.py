"""Settings: what is wrong is told at once and completely, and no secret is ever shown."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from services.domain.provider_limits import ProviderLimit
from services.domain.rollout import Stage
from services.settings import (
    ConfigurationError,
    Settings,
    find_unknown_names,
    load_settings,
    public_settings,
    read_provider_limits,
)
from services.settings.unknown import RESERVED

ROOT = Path(__file__).parents[2]
SECRET = "sk-very-secret-0123456789abcdef"
ALL_PROVIDERS = "mock, openai, azure, anthropic, gemini, vllm, ollama"
AZURE_NEEDS = (
    "AZURE_OPENAI_API_KEY, AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_DEPLOYMENT (or "
    "AZURE_OPENAI_MODELS) are not all set"
)


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Give a folder without .env and an environment without settings."""
    monkeypatch.chdir(tmp_path)
    known = {name.upper() for name in Settings.model_fields}
    for name in os.environ:
        if name.upper() in known or name.startswith("AI_"):
            monkeypatch.delenv(name)


def problems(**environment: str) -> list[str]:
    """What keeps a process with these settings from starting, one line each."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            load_settings()
        except ConfigurationError as error:
            lines = str(error).splitlines()
            return [line.removeprefix("  - ") for line in lines if line.startswith("  - ")]
    return []


def test_empty_environment_starts_with_the_mock() -> None:
    settings = load_settings()
    assert (settings.ai_provider, settings.host) == ("mock", "127.0.0.1")


def test_every_kind_of_problem_is_told_in_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = problems(
        AI_RPM="many",
        AI_DAILY_BUDGET_USD="-1",
        AI_ROLLOUT_STAGE="everyone",
        AI_TIMEZONE="Mars/Olympus",
        AI_PROVIDER="openai",
        AI_FALLBACK_PROVIDERS="mock,opnai",
        AI_MOCK_DELAY_MIN="3",
        AI_MOCK_DELAY_MAX="1",
        AI_REDIS_TIMEOUT="2",
        AI_ENABLED_FEATURES="study_plan",
        AI_DISABLED_FEATURES="study_plan",
        AI_ADMIN_TOKEN="short",
        AI_DATA_DIR=str(tmp_path / "file" / "data"),
        DATABASE_URL="postgres//user:password@host",
    )
    assert sorted(line.split()[0].rstrip(":") for line in found) == [
        "AI_ADMIN_TOKEN", "AI_DAILY_BUDGET_USD", "AI_DATA_DIR", "AI_ENABLED_FEATURES",
        "AI_FALLBACK_PROVIDERS", "AI_MOCK_DELAY_MIN", "AI_PROVIDER", "AI_REDIS_TIMEOUT",
        "AI_ROLLOUT_STAGE", "AI_RPM", "AI_TIMEZONE", "DATABASE_URL",
    ]  # fmt: skip


def test_unknown_limit_in_shadow_is_told_with_those_there_are() -> None:
    assert load_settings(ai_shadow_limits="user_rpm, daily_budget").ai_shadow_limits == (
        "user_rpm", "daily_budget",
    )  # fmt: skip
    (only,) = problems(AI_SHADOW_LIMITS="user_rpm,usr_rph")
    assert only.startswith("AI_SHADOW_LIMITS")
    assert "there is no limit 'usr_rph': use address, global_rpm, " in only
    assert "playground_budget" in only


def test_limits_of_providers_are_read_and_their_mistakes_told() -> None:
    read = read_provider_limits(
        load_settings(ai_provider_rpm="openai=500, azure=100", ai_provider_tpm="openai=90000")
    )
    assert read == {"openai": ProviderLimit(500, 90_000), "azure": ProviderLimit(100)}
    assert problems(AI_PROVIDER_RPM="openai=0", AI_PROVIDER_TPM="opnai=5") == [
        "AI_PROVIDER_RPM: 'openai=0' is not provider=number, as in openai=500",
        f"AI_PROVIDER_TPM names 'opnai', but there is no such provider: use one of {ALL_PROVIDERS}",
    ]


def test_message_counts_the_problems_and_says_where_to_mend_them() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(ai_rpm=0, ai_rph=0)
    first, *_, last = str(caught.value).splitlines()
    assert first == "Sluice cannot start: its settings have 2 problems."
    assert ".env.example" in last


def test_setting_that_cannot_be_read_is_told_once() -> None:
    # Against the default of the one that cannot be read, the other would be wrong as well.
    (only,) = problems(AI_MOCK_DELAY_MIN="soon", AI_MOCK_DELAY_MAX="0.1")
    assert only.startswith("AI_MOCK_DELAY_MIN (it is 'soon')")


@pytest.mark.parametrize(
    ("provider", "missing"),
    [
        ("openai", "OPENAI_API_KEY is not set"),
        ("anthropic", "ANTHROPIC_API_KEY is not set"),
        ("gemini", "GEMINI_API_KEY is not set"),
        ("vllm", "VLLM_BASE_URL and VLLM_MODELS are not both set"),
        ("ollama", "OLLAMA_BASE_URL is not set"),
        (
            "azure",
            AZURE_NEEDS,
        ),
        (
            "claude",
            f"there is no such provider: use one of {ALL_PROVIDERS}",
        ),
    ],
)
def test_provider_that_cannot_be_called_is_told_with_its_cure(provider: str, missing: str) -> None:
    assert problems(AI_PROVIDER=provider) == [f"AI_PROVIDER names {provider!r}, but {missing}"]


@pytest.mark.parametrize("name", ["AI_ADMIN_TOKEN", "DATABASE_URL"])
@pytest.mark.parametrize("value", ["tiny-secret", "secret://user:tiny-secret@host"])
def test_no_secret_is_in_the_message(name: str, value: str) -> None:
    environment = {name: value[:19], "OPENAI_API_KEY": SECRET, "AI_RPM": "x"}
    with pytest.MonkeyPatch.context() as patch:
        for given, text in environment.items():
            patch.setenv(given, text)
        with pytest.raises(ConfigurationError) as caught:
            load_settings()
    assert name in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_secrets_are_shown_as_set_or_not_set_alone() -> None:
    settings = load_settings(openai_api_key=SECRET, database_url="sqlite:////data/secret.db")
    shown = public_settings(settings)
    assert (shown["OPENAI_API_KEY"], shown["GEMINI_API_KEY"]) == ("set", "not set")
    assert "secret" not in repr(settings) + str(settings) + str(shown)


def test_settings_are_shown_as_one_writes_them() -> None:
    shown = public_settings(
        load_settings(ai_cooldown=30.0, ai_alert_threshold=0.8, ai_allow_unpriced=False)
    )
    assert (shown["AI_COOLDOWN"], shown["AI_ALERT_THRESHOLD"]) == ("30", "0.8")
    assert (shown["AI_ALLOW_UNPRICED"], shown["AI_CACHE_FEATURES"]) == ("false", "")


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///data/ledger.db",
        "sqlite:////var/lib/sluice/ledger.db",
        "postgresql://sluice:p:a/s?s@db.example.com:5432/sluice",
        "postgresql+psycopg://sluice@[::1]:5432/sluice?sslmode=require",
        "postgresql://postgres@/sluice?host=/run/postgresql",
    ],
)
def test_database_url_that_can_be_read_is_accepted(url: str) -> None:
    assert problems(DATABASE_URL=url) == []
    assert load_settings(database_url=url).sql_url == url


@pytest.mark.parametrize(
    "url",
    [
        "ledger.db", "mysql://user@host/name", "sqlite://", "sqlite:///", "sqlite:///:memory:",
        "postgresql:/host/name", "postgresql://user@host:port/name", "postgresql://user@[::1/name",
    ],
)  # fmt: skip
def test_database_url_that_cannot_be_read_is_refused(url: str) -> None:
    (only,) = problems(DATABASE_URL=url)
    assert only.startswith("DATABASE_URL: it")
    assert "postgresql://user:password@host/name" in only


def test_data_folder_may_be_made_later_but_not_inside_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert problems(AI_DATA_DIR=str(tmp_path / "new" / "data")) == []
    assert not (tmp_path / "new").exists()
    (only,) = problems(AI_DATA_DIR=str(tmp_path / "file" / "data"))
    assert f"'{tmp_path / 'file'}' is no folder" in only


def test_data_folder_that_may_not_be_written_to_is_refused() -> None:
    # Not even root may make anything there.
    (only,) = problems(AI_DATA_DIR="/proc/1/sluice")
    assert "may not be written to" in only


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104
def test_open_address_needs_no_admin_token(host: str) -> None:
    settings = load_settings(host=host)
    assert settings.ai_admin_token is None


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8600"),
        ("::1", "http://[::1]:8600"),
        ("0.0.0.0", "http://127.0.0.1:8600"),  # noqa: S104
        ("::", "http://127.0.0.1:8600"),
        ("10.0.0.7", "http://10.0.0.7:8600"),
    ],
)
def test_own_url_leads_from_this_machine_to_the_server(host: str, url: str) -> None:
    assert load_settings(host=host, port=8600).own_url == url


def test_admin_token_has_twenty_characters_at_least() -> None:
    assert load_settings(ai_admin_token="x" * 20).ai_admin_token is not None
    with pytest.raises(ConfigurationError, match="under 20 characters"):
        load_settings(ai_admin_token="x" * 19)


def test_settings_cannot_be_changed() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.ai_rpm = 5  # type: ignore[misc]


def test_unknown_names_come_with_the_nearest_setting() -> None:
    found = {u.name: u.nearest for u in find_unknown_names(["AI_PROVIDR", "ai_user_rpn", "AI_ZZZ"])}
    assert found == {"AI_PROVIDR": "AI_PROVIDER", "AI_USER_RPN": "AI_USER_RPM", "AI_ZZZ": None}


def test_names_of_settings_reserved_names_and_strangers_are_no_concern() -> None:
    assert find_unknown_names(["AI_PROVIDER", "ai_rpm", "PATH", "OPENAI_ORG", *RESERVED]) == ()


def test_unknown_names_are_looked_for_in_the_environment_and_in_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AI_DAYLY_BUDGET_USD", "1")
    (tmp_path / ".env").write_text("AI_MODLE=gpt-4o\nAI_RPM=5\n")
    assert [(u.name, u.nearest) for u in find_unknown_names()] == [
        ("AI_DAYLY_BUDGET_USD", "AI_DAILY_BUDGET_USD"),
        ("AI_MODLE", "AI_MODEL"),
    ]


def test_misspelt_name_stands_beside_the_problem_it_may_have_caused() -> None:
    missing, hint = problems(AI_PROVIDER="openai", AI_OPENAI_API_KEY=SECRET)
    assert "OPENAI_API_KEY is not set" in missing
    assert hint == (
        "perhaps the cause: AI_OPENAI_API_KEY is set, but there is no such setting: "
        "did you mean OPENAI_API_KEY?"
    )


def test_reserved_names_are_those_of_the_example() -> None:
    _, _, reserved = (ROOT / ".env.example").read_text().partition("# --- Reserved")
    names = {line[1:].split("=")[0] for line in reserved.splitlines() if line.startswith("#AI_")}
    assert names == RESERVED


def load_example(name: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    return load_settings(_env_file=ROOT / f".env.{name}.example")


def test_development_example_starts_with_mock_and_nobody_let_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = load_example("development", monkeypatch)
    assert (settings.ai_provider, settings.ai_rollout_stage) == ("mock", Stage.DISABLED)


def test_staging_example_is_for_staff_with_little_money(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_example("staging", monkeypatch)
    assert (settings.ai_provider, settings.ai_rollout_stage) == ("openai", Stage.INTERNAL_ONLY)
    assert (settings.ai_daily_budget_usd, settings.ai_monthly_budget_usd) == (10, Decimal(100))
    assert (settings.ai_total_timeout, settings.ai_max_retries) == (30, 2)


def test_production_example_is_for_staff(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_example("production", monkeypatch)
    assert (settings.ai_provider, settings.ai_rollout_stage) == ("openai", Stage.INTERNAL_ONLY)


@pytest.mark.parametrize("name", ["development", "staging", "production"])
def test_examples_hold_no_name_that_is_none(name: str) -> None:
    lines = (ROOT / f".env.{name}.example").read_text().splitlines()
    given = {line.lstrip("#").split("=")[0] for line in lines if "=" in line and line[1:2] != " "}
    assert len(given) >= 3
    assert given <= {field.upper() for field in Settings.model_fields}


@pytest.mark.parametrize("name", ["staging", "production"])
def test_examples_with_a_real_provider_ask_for_its_key(name: str) -> None:
    with pytest.raises(ConfigurationError, match="OPENAI_API_KEY is not set"):
        load_settings(_env_file=ROOT / f".env.{name}.example")
