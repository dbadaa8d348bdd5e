"""The Limits page shows who is blocked and lifts it, and what caps have left."""

from collections.abc import Coroutine
from typing import Any

import httpx2
import pytest

from console.components.limit_tables import used_text
from console.components.limits_in_force import limit_rows, provider_rows
from services.domain.audit import AuditFilter
from services.domain.budgets import BUDGET_NAMES, Budget
from services.domain.errors import SourceDown
from services.domain.identity import Role
from services.domain.limits import LIMIT_NAMES, LimitSettings
from services.domain.provider_limits import ProviderLimit
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
    assert blocked["Ends in"][0].startswith(("14 min", "15 min"))
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
    assert [error.value.count("Redis, which holds") for error in app.error] == [1, 1, 1]
    assert set(app.table[0].value["Used now"]) == {"–"}
    assert "Nobody is blocked" not in texts(app)
    assert len(app.table) == 1, "the limits in force are known all the same"


def in_force(console: Console) -> Any:
    """The table of limits by name, as the page shows it."""
    return console.open("limits").table[0].value.set_index("Limit")


def ask_api(console: Console) -> Any:
    """What the admin API tells of limits."""
    url = f"http://127.0.0.1:{console.sluice.settings.port}/api/v1/admin/ai/limits"
    headers = {"authorization": f"Bearer {console.sluice.host_token}"}
    return httpx2.get(url, headers=headers, timeout=20).json()


@strict
def test_refusals_and_use_are_the_same_on_the_page_and_in_the_api(console: Console) -> None:
    block(console)
    eventually(lambda: (r := console.sluice.limits.get_refusals(HOST).value) and len(r.rows) == 2)
    console.sign_in(Role.VIEWER)
    limits = in_force(console)
    assert limits.loc["user_rpm"][["Refused 1 h", "Refused 24 h"]].tolist() == ["1", "1"]
    assert limits.loc["abuse"][["Refused 1 h", "Refused 24 h"]].tolist() == ["2", "2"]
    assert limits.loc["address"][["Refused 1 h", "Used now"]].tolist() == [
        "0", "nobody is near it",
    ]  # fmt: skip
    fullest = "1 full; fullest: @application\\:shop, 2 of 2"
    assert limits.loc["user_rpm"]["Used now"] == fullest
    assert limits.loc["abuse"]["Used now"] == "own count"
    assert limits.loc["global_rpm"]["Used now"] == "2 of 100 (2%)"
    assert " of 20 (" in limits.loc["feature"]["Used now"]
    told = ask_api(console)
    use = {(u["name"], u["key"]): u["used"] for u in told["use"]["limits"]}
    assert use[("global_rpm", "global")] == 2
    callers = {limit["name"]: limit for limit in told["callers"]["limits"]}
    assert (told["callers"]["state"], told["callers"]["near_percent"]) == ("value", 80)
    assert list(callers) == ["address", "user_rpm", "user_rph", "user_daily", "user_monthly"]
    assert callers["user_rpm"] == {
        "name": "user_rpm",
        "near": 1,
        "full": 1,
        "is_cut": False,
        "fullest": {
            "caller": "@application:shop",
            "requests": {"limit": 2, "used": 2},
            "tokens": {"limit": None, "used": 0},
        },
    }
    assert (callers["address"]["near"], callers["address"]["fullest"]) == (0, None)
    hour, day = told["refusals"]["spans"]
    rows = [(row["name"], row["feature"], row["refused"]) for row in hour["limits"]]
    assert rows == [("abuse", "question_hint", 2), ("user_rpm", "question_hint", 1)]
    assert day["limits"] == hour["limits"]
    assert told["refusals"]["complete_up_to"]


@pytest.mark.parametrize(
    "console", [{"ai_user_rpm": 1, "ai_shadow_limits": ("user_rpm",)}], indirect=True
)
def test_what_a_limit_in_shadow_would_have_refused_is_counted(console: Console) -> None:
    made = console.sluice.keys.create(
        HOST, name="shop", scopes=["ai:generate"], feature="question_hint", role="staff"
    )
    assert [console.post_chat(made.token).status_code for _ in range(7)] == [200] * 7
    eventually(
        lambda: (
            (r := console.sluice.limits.get_refusals(HOST).value)
            and r.of_limit("user_rpm").passed == (2, 2)
        )
    )
    console.sign_in(Role.VIEWER)
    shown = in_force(console).loc["user_rpm"]
    assert (shown["Refused 1 h"], shown["Refused 24 h"]) == ("2 would be", "2 would be")


@strict
def test_without_the_ledger_refusals_are_not_known_and_use_is(console: Console) -> None:
    block(console)
    console.sign_in(Role.VIEWER)
    console.take_ledger_away()
    app = console.open("limits")
    assert not app.exception
    assert "What was refused is not known now." in texts(app)
    limits = app.table[0].value.set_index("Limit")
    assert set(limits["Refused 1 h"]) == {"–"}
    assert limits.loc["global_rpm"]["Used now"] == "2 of 100 (2%)"


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
    assert limits[limits["State"] == shadow]["Limit"].tolist() == ["user_rpm", "abuse"]


def test_what_some_roles_may_use_several_times_is_told_of_limits_and_quotas() -> None:
    rows = {row.name: row for row in limit_rows(LimitSettings(raised_factor=3))}
    raised = {name for name, row in rows.items() if "3 times that for admin, staff" in row.allows}
    assert raised == {"user_rpm", "user_rph", "user_daily", "user_monthly"}
    assert raised == {n for n, row in rows.items() if "AI_RAISED_LIMIT_FACTOR" in row.settings}


def test_every_limit_stands_in_the_table_with_settings_that_exist() -> None:
    providers = {"vllm": ProviderLimit(5, 900), "openai": ProviderLimit(None, 7)}
    budgets = [Budget(scope, period, 5 * 10**9) for scope, period in BUDGET_NAMES]
    rows = [*limit_rows(LimitSettings(), budgets), *provider_rows(providers)]
    apart = {"feature_daily", "feature_monthly"}
    assert {row.name for row in rows} == set(LIMIT_NAMES) - apart
    settings = {name.upper() for name in Settings.model_fields}
    assert {name for row in rows for name in row.settings.split(", ")} <= settings
    assert [(row.whose, row.allows) for row in rows if row.name == "provider_tpm"] == [
        ("provider openai", "7 tokens a minute"), ("provider vllm", "900 tokens a minute"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("used", "limit", "text"),
    [(0, 5, "0 of 5 (0%)"), (1200, 4000, "1,200 of 4,000 (30%)"), (7, None, "7, no cap")],
)
def test_use_of_a_cap_is_told_with_its_share(used: int, limit: int | None, text: str) -> None:
    assert used_text(used, limit) == text
