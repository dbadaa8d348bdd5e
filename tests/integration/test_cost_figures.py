"""One request, one figure: page, CSV, API and ledger agree to the last digit, in every zone."""

import asyncio
import csv
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
from streamlit.testing.v1 import AppTest

from services.adapters.journal import SegmentJournal
from services.adapters.memory.counters import MemoryCounters
from services.domain.costs import BREAKDOWNS
from services.domain.identity import Role
from services.domain.ledger import Outcome, Source
from services.domain.money import usd
from services.domain.rollups import Dimension
from services.operations.costs import Costs
from tests.clock import FakeClock
from tests.ledger import APPLICATIONS, CANDIDATES, FEATURES, UNPRICED, open_ledger, random_outcomes
from tests.pages.running import ROOT, Console, RunningSluice

FILTERS = 200
ROWS = 3_000
LABELS = {"Applications": Source.APPLICATION, "Playground": Source.PLAYGROUND,
          "Sample data": Source.SAMPLE}  # fmt: skip
VALUES = {
    Dimension.FEATURE: FEATURES,
    Dimension.MODEL: (*(model for _, model in CANDIDATES), UNPRICED[1], "(none)"),
    Dimension.PROVIDER: ("openai", "gemini", "vllm", "(none)"),
    Dimension.APPLICATION: APPLICATIONS,
}
ZONES = (
    "UTC", "Europe/Istanbul", "Europe/Berlin", "Europe/London", "Europe/Lisbon", "Europe/Moscow",
    "Africa/Cairo", "Africa/Casablanca", "Asia/Beirut", "Asia/Jerusalem", "Asia/Tehran",
    "Asia/Dubai", "Asia/Kabul", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Yangon", "Asia/Tokyo",
    "Australia/Eucla", "Australia/Adelaide", "Australia/Lord_Howe", "Australia/Sydney",
    "Pacific/Chatham", "Pacific/Kiritimati", "Pacific/Marquesas", "America/New_York",
    "America/St_Johns", "America/Havana", "America/Santiago", "America/Los_Angeles", "Etc/GMT+12",
)  # fmt: skip


@pytest.fixture
def console(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    with RunningSluice(data_dir) as sluice:
        yield Console(sluice, monkeypatch)


def random_filter(rng: random.Random) -> dict[str, Any]:
    """The values of the page's widgets, by their keys."""
    chosen: dict[str, Any] = {
        f"cost_{dimension.value}": rng.sample(values, rng.choice((0, 0, 1, 2)))
        for dimension, values in VALUES.items()
    }
    chosen["cost_traffic"] = rng.sample(list(LABELS), rng.choice((1, 1, 1, 2, 3)))
    return chosen


def is_kept(outcome: Outcome, chosen: dict[str, Any], first: datetime) -> bool:
    held = {
        Dimension.FEATURE: outcome.intent.feature,
        Dimension.MODEL: outcome.model or "(none)",
        Dimension.PROVIDER: outcome.provider or "(none)",
        Dimension.APPLICATION: outcome.intent.application,
    }
    sources = {LABELS[label] for label in chosen["cost_traffic"]}
    return (
        outcome.intent.started_at >= first
        and outcome.intent.source in sources
        and all(not chosen[f"cost_{d.value}"] or held[d] in chosen[f"cost_{d.value}"] for d in held)
    )


def page_total(app: AppTest) -> tuple[Decimal, int]:
    figures = {m.label: m for m in app.metric}
    total = figures.get("Total") or figures["Total, at least"]
    amount = Decimal(str(total.delta).replace("$", "").replace(",", ""))
    return amount, int(figures["Requests"].value.replace(",", ""))


def page_cents(app: AppTest) -> Decimal:
    figures = {m.label: m for m in app.metric}
    total = figures.get("Total") or figures["Total, at least"]
    return Decimal(str(total.value).replace("$", "").replace(",", ""))


def csv_totals(text: str) -> tuple[Decimal, Decimal, dict[str, Decimal]]:
    lines = [line for line in csv.reader(text.splitlines()) if not line[0].startswith("#")]
    rows = [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
    by_part: dict[str, Decimal] = {}
    for row in rows:
        by_part[row["part"]] = by_part.get(row["part"], Decimal(0)) + Decimal(row["cost_usd"])
    return by_part.pop("total"), by_part.pop("day"), by_part


def ask_api(console: Console, chosen: dict[str, Any], zone: str) -> dict[str, Any]:
    url = f"http://127.0.0.1:{console.sluice.settings.port}/api/v1/admin/ai/cost-report"
    query: dict[str, Any] = {"days": 7, "zone": zone}
    for dimension in BREAKDOWNS:
        values = chosen[f"cost_{dimension.value}"]
        query[dimension.value] = ["" if value == "(none)" else value for value in values]
    query["traffic"] = [LABELS[label].value for label in chosen["cost_traffic"]]
    headers = {"authorization": f"Bearer {console.sluice.host_token}"}
    answer = httpx2.get(url, params=query, headers=headers, timeout=20)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_page_csv_api_and_ledger_agree_whatever_the_filter(console: Console) -> None:
    now = console.sluice.clock.now()
    ledger = open_ledger(console.sluice.settings.sql_url, now)
    outcomes = random_outcomes(1, ROWS, now - timedelta(days=9), now)
    ledger.add(outcomes)
    console.sign_in(Role.VIEWER)
    app = console.open("cost")
    rng = random.Random(20261121)
    seen = set()
    for number in range(FILTERS):
        chosen = random_filter(rng)
        zone = rng.choice(ZONES)
        for key, value in (chosen | {"cost_zone": zone}).items():
            app.session_state[key] = value
        app.run()
        assert not app.exception, chosen
        today = now.astimezone(ZoneInfo(zone)).date()
        first = datetime.combine(today - timedelta(days=6), datetime.min.time(), ZoneInfo(zone))
        kept = [o for o in outcomes if is_kept(o, chosen, first)]
        expected = usd(sum(o.cost_nano_usd for o in kept))
        seen.add(expected)

        assert page_total(app) == (expected, len(kept)), (number, chosen)
        if expected >= 1 or expected == 0:
            assert page_cents(app) == expected.quantize(Decimal("0.01"))
        view = ask_api(console, chosen, zone)
        assert (Decimal(view["total_cost_usd"]), view["requests"]) == (expected, len(kept))
        assert sum(Decimal(day["cost_usd"]) for day in view["days"]) == expected
        total, days, parts = csv_totals(export(console, chosen, zone, today))
        assert (total, days, set(parts.values()) - {expected}) == (expected, expected, set())
    assert len(seen) > FILTERS / 2


def test_command_line_prints_the_same_figures(data_dir: Path) -> None:
    now = datetime.now(UTC)
    outcomes = random_outcomes(3, 200, now - timedelta(days=2), now)
    open_ledger(f"sqlite:///{data_dir}/sluice.db", now).add(outcomes)
    kept = [
        o
        for o in outcomes
        if o.intent.source is Source.APPLICATION and o.intent.feature == FEATURES[0]
    ]
    expected = usd(sum(o.cost_nano_usd for o in kept))
    command = ["--days", "4", "--zone", "Asia/Kathmandu", "--feature", FEATURES[0]]
    total, days, parts = csv_totals(run_report(data_dir, *command, "--csv"))
    assert (total, days, set(parts.values())) == (expected, expected, {expected})
    view = json.loads(run_report(data_dir, *command, "--json"))
    assert Decimal(view["total_cost_usd"]) == expected
    text = run_report(data_dir, *command)
    assert f"Total at least ${expected:.4f}\n" in text
    assert "days in Asia/Kathmandu" in text
    assert f"Only feature: {FEATURES[0]}" in text


def run_report(data_dir: Path, *arguments: str) -> str:
    """What the command prints."""
    command = [sys.executable, "-m", "services", "ai-cost-report", *arguments]
    environment = os.environ | {"AI_DATA_DIR": str(data_dir)}
    run = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def export(console: Console, chosen: dict[str, Any], zone: str, today: date) -> str:
    where = {
        d: tuple("" if v == "(none)" else v for v in chosen[f"cost_{d.value}"]) for d in BREAKDOWNS
    }
    costs = console.sluice.costs
    report = costs.get_report(
        today - timedelta(days=6),
        today,
        zone=ZoneInfo(zone),
        where=where,
        sources=tuple(LABELS[label] for label in chosen["cost_traffic"]),
    )
    assert costs.reconcile(report).is_equal
    return costs.export_csv(console.actor, report)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> tuple[Costs, list[Outcome]]:
    """Give a year's costs, and the requests they are the costs of."""
    folder = tmp_path_factory.mktemp("year")
    ledger = open_ledger(f"sqlite:///{folder}/ledger.db")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    outcomes = random_outcomes(2, ROWS, start, start + timedelta(days=364))
    ledger.add(outcomes)
    clock = FakeClock()
    costs = Costs(
        reader=ledger.reader,
        counters=MemoryCounters(clock),
        journal=SegmentJournal(folder / "journal", "tests"),
        clock=clock,
        zone=UTC,
        budgets=(),
        alert_share=0.8,
        call=asyncio.run,
    )
    return costs, outcomes


@pytest.mark.parametrize("zone", ZONES)
def test_days_sum_to_the_total_in_every_zone(year: tuple[Costs, list[Outcome]], zone: str) -> None:
    costs, outcomes = year
    first, last = date(2026, 1, 2), date(2026, 12, 29)
    report = costs.get_report(first, last, zone=ZoneInfo(zone))
    expected: dict[date, int] = {}
    for outcome in outcomes:
        day = outcome.intent.started_at.astimezone(ZoneInfo(zone)).date()
        if outcome.intent.source is Source.APPLICATION and first <= day <= last:
            expected[day] = expected.get(day, 0) + outcome.cost_nano_usd
    assert {d.day: d.cost_nano_usd for d in report.days if d.requests} == expected
    assert sum(d.cost_nano_usd for d in report.days) == report.total.cost_nano_usd
    # The days one by one, as somebody would add them up by hand.
    alone = sum(
        costs.get_report(day, day, zone=ZoneInfo(zone)).total.cost_nano_usd
        for day in (first + timedelta(days=n) for n in range(0, (last - first).days + 1, 30))
    )
    assert alone == sum(report.days[n].cost_nano_usd for n in range(0, len(report.days), 30))
    assert costs.reconcile(report).is_equal
