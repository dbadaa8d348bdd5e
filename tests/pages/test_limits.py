"""The Limits page shows who is blocked and lifts it, and what caps have left."""

from collections.abc import Coroutine
from typing import Any

import pytest

from console.components.limit_tables import limit_rows, provider_rows, used_text
from services.domain.errors import SourceDown
from services.domain.identity import Role
from services.domain.limits import LIMIT_NAMES, LimitSettings
from services.domain.provider_limits import ProviderLimit
from services.domain.rollups import AuditFilter
from services.settings import Settings
from tests.pages.panels import send
from tests.pages.running import HOST, Console, texts
from tests.servers import eventually

STRICT = {
    "ai_user_rpm": 1,
    "ai_raised_limit_factor": 2,
    "ai_abuse_violations": 2,
    "ai_feature_daily_requests": 4,
    "ai_feature_monthly_tokens": 1_000_000,
}


strict = pytest.mark.parametrize("console", [STRICT], indirect=True)


def block(console: Console) -> str:
    """Let an application call until it is blocked; its key."""
    made = console.sluice.keys.create(
        HOST, name="shop", scopes=["ai:generate"], feature="question_hint", role="staff"
    )
    codes = [console.post_chat(made.token).status_code for _ in range(5)]
    assert codes == [200, 200, 429, 429, 429]
    return made.token


def test_without_blocks_and_caps_the_page_says_so(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    app = console.open("limits")
    assert not app.exception
    assert "Nobody is blocked." in texts(app)
    assert "No feature has a cap. AI_FEATURE_DAILY_REQUESTS" in texts(app)
    assert "block the user for 15 min" in texts(app)
    assert not app.form_submit_button


@strict
def test_blocked_application_and_used_caps_are_shown(console: Console) -> None:
    key = block(console)
    console.post_chat(key)
    console.sign_in(Role.OPERATOR)
    app = console.open("limits")
    blocked = app.dataframe[0].value
    assert blocked["User"].tolist() == ["@application:shop"]
    assert blocked["Violations"].tolist() == ["3"]
    assert blocked["Ends in"][0].startswith("14 min")
    caps = app.dataframe[1].value.set_index(["Feature", "Cap"])
    assert caps.index[0] == ("question_hint", "feature_daily"), "the fullest first"
    hint = caps.loc[("question_hint", "feature_daily")]
    assert (hint["Requests"], hint["State"]) == ("2 of 4 (50%)", "enforced")
    assert caps.loc[("study_plan", "feature_monthly")]["Tokens"] == "0 of 1,000,000 (0%)"


@strict
def test_operator_lifts_a_block_with_a_reason(console: Console) -> None:
    key = block(console)
    console.sign_in(Role.OPERATOR)
    app = send(console.open("limits"), "Lift", reason="")
    assert "say why" in app.warning[0].value
    assert console.post_chat(key).json()["error"]["code"] == "user_blocked"
    app = send(app, "Lift", "a test class")
    assert "The block of @application:shop is lifted." in texts(app)
    assert "Nobody is blocked." in texts(app)
    assert console.post_chat(key).json()["error"]["code"] != "user_blocked"
    where = AuditFilter(action="block.lift")
    (event,) = eventually(lambda: console.sluice.audit.list_events(HOST, where).rows)
    assert (event.actor, event.target, event.reason) == (
        "operator.person", "@application:shop", "a test class",
    )  # fmt: skip


@strict
def test_block_that_another_operator_lifted_is_not_lifted_again(console: Console) -> None:
    block(console)
    console.sign_in(Role.OPERATOR)
    app = console.open("limits")
    console.sluice.limits.lift_block(HOST, "@application:shop", "first")
    app = send(app, "Lift", "second")
    assert not app.exception
    assert "Nobody is blocked." in texts(app)
    where = AuditFilter(action="block.lift")
    rows = eventually(lambda: console.sluice.audit.list_events(HOST, where).rows)
    assert [row.reason for row in rows] == ["first"]


@strict
@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUTHOR])
def test_others_see_blocks_and_may_not_lift_them(console: Console, role: Role) -> None:
    block(console)
    console.sign_in(role)
    app = console.open("limits")
    assert len(app.dataframe[0].value) == 1
    (button,) = [b for b in app.form_submit_button if b.label == "Lift"]
    assert button.disabled
    assert "lacks permission blocks:lift" in texts(app)


@strict
def test_without_redis_the_page_says_so(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(coroutine: Coroutine[Any, Any, Any]) -> Any:
        coroutine.close()
        raise SourceDown("Redis, which holds the counters of the fleet, does not answer.")

    monkeypatch.setattr(console.sluice.limits, "_call", ask)
    console.sign_in(Role.OPERATOR)
    app = console.open("limits")
    assert not app.exception
    assert [error.value.count("Redis, which holds") for error in app.error] == [1, 1]
    assert "Nobody is blocked" not in texts(app)
    assert len(app.table) == 1, "the limits in force are known all the same"


@pytest.mark.parametrize(
    "console",
    [STRICT | {"ai_shadow_limits": ("abuse", "feature_daily", "user_rpm")}],
    indirect=True,
)
def test_limits_in_shadow_are_marked(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    app = console.open("limits")
    assert "Abuse is in shadow" in app.warning[0].value
    caps = app.dataframe[0].value
    shadow = "in shadow: refuses nobody"
    assert set(caps[caps["State"] == shadow]["Cap"]) == {"feature_daily"}
    limits = app.table[0].value
    assert limits[limits["State"] == shadow]["Limit"].tolist() == ["user_rpm"]


def test_every_limit_stands_in_the_table_with_settings_that_exist() -> None:
    providers = {"vllm": ProviderLimit(5, 900), "openai": ProviderLimit(None, 7)}
    rows = [*limit_rows(LimitSettings()), *provider_rows(providers)]
    apart = {name for name in LIMIT_NAMES if name.endswith("_budget")} | {"abuse"}
    apart |= {"feature_daily", "feature_monthly"}
    assert {name for name, *_ in rows} == set(LIMIT_NAMES) - apart
    settings = {name.upper() for name in Settings.model_fields}
    assert {s for *_, names in rows for s in names.split(", ")} <= settings
    assert [(whose, allows) for name, whose, allows, _ in rows if name == "provider_tpm"] == [
        ("provider openai", "7 tokens a minute"), ("provider vllm", "900 tokens a minute"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("used", "limit", "text"),
    [(0, 5, "0 of 5 (0%)"), (1200, 4000, "1,200 of 4,000 (30%)"), (7, None, "7, no cap")],
)
def test_use_of_a_cap_is_told_with_its_share(used: int, limit: int | None, text: str) -> None:
    assert used_text(used, limit) == text
