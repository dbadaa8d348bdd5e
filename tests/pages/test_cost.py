"""The Cost page says where money goes, in every state of its source, and can prove it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from services.adapters.sql.engine import Database
from services.domain.identity import Role
from services.domain.ledger import Outcome, Source
from services.domain.money import NANO, CostBasis
from tests.contract.records import an_intent, an_outcome
from tests.ledger import open_ledger
from tests.pages.running import Console, texts


def spend(console: Console, number: int, cost: int, **changes: object) -> Outcome:
    """Put a request of a few seconds ago into the ledger."""
    at = console.sluice.clock.now() - timedelta(seconds=5)
    about = {k: v for k, v in changes.items() if k in {"feature", "application", "source"}}
    intent = an_intent(number, started_at=at, **about)
    rest = {k: v for k, v in changes.items() if k not in about}
    outcome = replace(an_outcome(intent, cost_nano_usd=cost), **rest)
    open_ledger(console.sluice.settings.sql_url, at).add([outcome])
    return outcome


def figures(app: AppTest) -> dict[str, str]:
    return {m.label: str(m.value) for m in app.metric}


def test_empty_ledger_is_a_true_zero_and_no_chart(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    app = console.open("cost")
    assert not app.exception
    assert figures(app)["Spend today"] == "$0.00"
    assert figures(app)["Total"] == "$0.00"
    assert "No requests match" in app.info[0].value
    assert not app.get("plotly_chart")


def test_spend_stands_against_budget_with_forecast(console: Console) -> None:
    spend(console, 1, 12 * NANO + 345_678_901)
    console.sign_in(Role.VIEWER)
    app = console.open("cost")
    assert figures(app)["Spend today"] == "$12.35"
    assert "of $50.00, ends near $" in texts(app)
    total = next(m for m in app.metric if m.label == "Total")
    assert (total.value, total.delta) == ("$12.35", "$12.345678901")
    assert len(app.get("plotly_chart")) == 1
    assert len(app.dataframe) == 4
    assert app.dataframe[0].value["Cost"].tolist() == ["$12.35"]


def test_spend_near_the_budget_is_an_alarm(console: Console) -> None:
    spend(console, 1, 41 * NANO)
    console.sign_in(Role.VIEWER)
    assert "82% of $50.00" in texts(console.open("cost"))


def test_unpriced_models_are_named_and_never_free(console: Console) -> None:
    spend(console, 1, NANO)
    spend(console, 2, 0, model="house-model", cost_basis=CostBasis.UNPRICED)
    console.sign_in(Role.VIEWER)
    app = console.open("cost", cost_by="Model")
    assert figures(app)["Total, at least"] == "$1.00"
    assert "Unpriced, total is at least this: 1 requests (house-model)" in texts(app)
    costs = dict(app.dataframe[0].value[["Model", "Cost"]].itertuples(index=False))
    assert costs["house-model"] == "unpriced"


def test_sample_data_counts_only_on_demand_and_is_marked(console: Console) -> None:
    spend(console, 1, NANO)
    spend(console, 2, 5 * NANO, source=Source.SAMPLE, is_mock=True)
    console.sign_in(Role.VIEWER)
    assert figures(console.open("cost"))["Total"] == "$1.00"
    app = console.open("cost")
    app.session_state["cost_traffic"] = ["Applications", "Sample data"]
    app.run()
    assert figures(app)["Total"] == "$6.00"
    assert "with sample data: $5.00 of the total is invented" in texts(app)
    assert "1 answered by the mock" in texts(app)
    assert "which costs nothing" not in texts(app)


def test_filters_and_zone_come_from_the_address(console: Console) -> None:
    spend(console, 1, NANO, feature="hint")
    spend(console, 2, 2 * NANO, feature="plan")
    console.sign_in(Role.VIEWER)
    app = console.open("cost", cost_feature="plan", cost_zone="Asia/Kathmandu")
    assert figures(app)["Total"] == "$2.00"
    assert any("Asia/Kathmandu" in caption.value for caption in app.caption)


def test_a_filter_without_matches_shows_nothing_rather_than_everything(console: Console) -> None:
    spend(console, 1, NANO, feature="hint")
    console.sign_in(Role.VIEWER)
    app = console.open("cost", cost_feature="gone")
    assert figures(app)["Total"] == "$0.00"
    assert app.multiselect[0].value == ["gone"]
    assert app.run().multiselect[0].value == ["gone"]


def test_single_day_is_shown_by_its_parts(console: Console) -> None:
    spend(console, 1, NANO)
    console.sign_in(Role.VIEWER)
    app = console.open("cost", cost_range="Today")
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1


def test_check_proves_the_figures_only_when_asked(console: Console) -> None:
    spend(console, 1, NANO)
    console.sign_in(Role.VIEWER)
    app = console.open("cost")
    assert "equals the ledger" not in texts(app)
    app.button[0].click().run()
    assert "equals the ledger: difference $0.00 at" in texts(app)
    app.session_state["cost_feature"] = ["gone"]
    app.run()
    assert "equals the ledger" not in texts(app)


def test_check_tells_a_difference(console: Console) -> None:
    outcome = spend(console, 1, NANO)
    with Database(console.sluice.settings.sql_url).write() as connection:
        connection.execute(
            text("UPDATE outcomes SET cost_nano_usd = 0 WHERE request_id = :id"),
            {"id": outcome.intent.request_id},
        )
    console.sign_in(Role.VIEWER)
    app = console.open("cost")
    app.button[0].click().run()
    assert "do not equal the ledger" in app.error[0].value
    assert "1.00" in app.error[0].value


def test_ledger_down_shows_no_figures_at_all(console: Console) -> None:
    spend(console, 1, NANO)
    console.sign_in(Role.VIEWER)
    console.take_ledger_away()
    app = console.open("cost")
    assert not app.exception
    assert set(figures(app).values()) == {"Unknown"}
    assert "does not answer" in app.error[0].value
    assert not app.dataframe
    assert "$1.00" not in texts(app)


def test_nonsense_in_the_address_falls_back(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    app = console.open("cost", cost_range="century", cost_zone="Mars", cost_by="colour")
    assert not app.exception
    assert figures(app)["Total"] == "$0.00"


@pytest.mark.parametrize("page", ["cost", "reliability"])
def test_ended_session_shows_nothing(console: Console, page: str) -> None:
    spend(console, 1, NANO)
    console.sign_in(Role.VIEWER)
    app = console.open(page)
    console.sign_out()
    app.run()
    assert app.title[0].value == "You are signed out"
    assert not app.metric
