"""Prices have dates: what holds now is in the snapshot, without anybody changing anything."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from services.adapters.live import SwappedControl
from services.adapters.sql.chain import AuditChain
from services.adapters.sql.control import SqlControl
from services.adapters.sql.engine import Database
from services.adapters.tokens import QuickTokenCounter
from services.bootstrap.policy import PolicyBuilder, first_features
from services.bootstrap.providers import connect_providers, open_price_book
from services.domain.calls import Candidate
from services.settings import load_settings
from tests.clock import FakeClock

BEFORE = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
PRICES = """
prices:
  - {provider: azure, model: pupils, valid_from: 2026-12-01, input_usd: 9, output_usd: 9}
"""
PUPILS = Candidate("azure", "pupils")


def test_price_holds_from_its_date_on_in_a_process_that_runs(tmp_path: Path) -> None:
    (tmp_path / "prices.yaml").write_text(PRICES)
    settings = load_settings(
        _env_file=None,
        ai_data_dir=tmp_path,
        ai_prices_file=tmp_path / "prices.yaml",
        azure_openai_api_key="k",
        azure_openai_endpoint="https://x.openai.azure.com",
        azure_openai_models="pupils=gpt-4o-mini",
    )
    clock = FakeClock(BEFORE)
    providers = connect_providers(settings, clock, QuickTokenCounter())
    infos = {name: provider.info for name, provider in providers.items()}
    book = open_price_book(settings)
    policy = PolicyBuilder(settings, infos, book, clock, "token", lambda token: None)  # type: ignore[arg-type, return-value]
    database = Database(settings.sql_url)
    database.migrate()
    store = SqlControl(database, AuditChain(b"key"))
    store.create_features(first_features(settings, clock.now()))
    live = SwappedControl(store, policy.build, lambda register: None, policy.is_outdated)

    assert infos["azure"].context_tokens == {"pupils": 128_000}
    assert live.snapshot.prices[PUPILS].input_nano_usd == 150_000_000
    assert live.refresh_if_stale() is False
    clock.advance(1)
    assert live.refresh_if_stale() is True
    assert live.snapshot.prices[PUPILS].input_nano_usd == 9_000_000_000
    assert live.refresh_if_stale() is False
