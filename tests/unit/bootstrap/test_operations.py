"""The kill switch without a server knows what there is to stop, from SQL and the settings."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.adapters.sql.chain import AuditChain
from services.adapters.sql.control import SqlControl
from services.adapters.sql.engine import Database
from services.bootstrap import build_lone_kill_switch
from services.domain.identity import host_actor
from services.domain.rollout import Rollout, Stage
from services.operations.kill_switch import KillSwitch
from services.settings import Settings, load_settings
from tests.contract.records import START

HOST = host_actor("tests")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in (
        ("AI_DATA_DIR", str(tmp_path)),
        ("AI_PROVIDER", "openai"),
        ("OPENAI_API_KEY", "sk-upstream-0123456789"),
        ("OPENAI_MODELS", "gpt-4o-mini,gpt-4o"),
        ("AI_ENABLED_FEATURES", "question_hint,poems"),
    ):
        monkeypatch.setenv(name, value)
    return load_settings()


@pytest.fixture
def switch(settings: Settings) -> Iterator[KillSwitch]:
    """Give the switch of a host on which no server has run yet: there is no SQL."""
    made = build_lone_kill_switch(settings)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("scope", "known"),
    [
        ("provider:opnai", "known: mock, openai."),
        ("provider:vllm", "known: mock, openai."),
        ("model:openai/gpt-4", "openai/gpt-4o, openai/gpt-4o-mini"),
        ("model:gpt-4o/openai", "mock/mock-model"),
        ("feature:poem", "could not be looked up. The ledger (SQLite) does not answer"),
        ("feature:poem", "poems"),
    ],
)
def test_a_name_that_is_not_configured_is_warned_of(
    switch: KillSwitch, scope: str, known: str
) -> None:
    result = switch.pull(HOST, scope, "it lies")
    assert result.entry is not None
    assert result.entry.is_active
    assert result.warning is not None
    assert known in result.warning


@pytest.mark.parametrize(
    "scope",
    ["all", "provider:mock", "provider:openai", "model:openai/gpt-4o", "feature:poems"],
)
def test_what_is_configured_is_stopped_without_a_warning(switch: KillSwitch, scope: str) -> None:
    assert switch.pull(HOST, scope, "it lies").warning is None


def test_features_are_those_that_sql_has(settings: Settings, switch: KillSwitch) -> None:
    database = Database(settings.sql_url)
    database.migrate()
    SqlControl(database, AuditChain(b"a key of the tests")).create_features(
        [Rollout("older", Stage.GENERAL, 10_000, START)]
    )
    database.close()
    assert switch.pull(HOST, "feature:older", "it lies").warning is None
    warning = switch.pull(HOST, "feature:poems", "it lies").warning
    assert warning == (
        "No feature of that name is known here; known: older. The stop is stored all the same."
    )
