"""The Audit page finds events and requests, proves the chain, and records its own exports."""

import json

import pytest
from sqlalchemy import text

from console import exports
from services.adapters.sql.engine import Database
from services.domain.audit import AuditFilter
from services.domain.audit_files import render_audit_csv, render_audit_jsonl
from services.domain.errors import Forbidden, Unauthenticated
from services.domain.identity import Role
from services.domain.rollout import CEILING, Stage
from tests.pages.running import HOST, Console, texts


def press(app: object, label: str) -> object:
    return next(button for button in app.button if button.label == label).click().run()


def events(app: object) -> list[dict[str, object]]:
    return app.dataframe[0].value.to_dict("records")


def test_every_event_is_shown_newest_first(console: Console) -> None:
    console.sluice.rollouts.set_target(HOST, CEILING, stage=Stage.CANARY, reason="begin")
    console.sign_in(Role.OPERATOR)
    app = console.open("audit")
    assert not app.exception
    rows = events(app)
    assert [row["What"] for row in rows] == ["session.start", "account.create", "rollout.set"]
    assert (
        rows[2]["Change"] == "percentage: 0% → 5%, stage: internal_only → canary, gate: no_data, "
        "overrides_minimum_stay: yes"
    )


def test_the_address_filters(console: Console) -> None:
    console.sluice.rollouts.set_target(HOST, CEILING, stage=Stage.CANARY, reason="begin")
    console.sluice.kill_switch.pull(HOST, "feature:study_plan", "a drill")
    console.sign_in(Role.OPERATOR)
    app = console.open("audit", audit_what="kill switch", audit_who="host:tests")
    assert [row["On"] for row in events(app)] == ["feature:study_plan"]
    app = console.open("audit", audit_what="kill switch", audit_who="nobody")
    assert "No events match." in texts(app)
    app = console.open("audit", audit_on="all")
    assert [row["What"] for row in events(app)] == ["rollout.set"]
    app = console.open("audit", audit_first="2030-01-01")
    assert "No events match." in texts(app)


def test_pages_hold_fifty_and_lead_to_older_ones(console: Console) -> None:
    for number in range(60):
        console.sluice.rollouts.set_target(
            HOST, CEILING, percentage_bp=100 + number, reason=f"step {number}"
        )
    console.sign_in(Role.OPERATOR)
    app = console.open("audit", audit_what="rollout")
    assert [row["Why"] for row in events(app)] == [f"step {n}" for n in range(59, 9, -1)]
    app = press(app, "Older")
    assert [row["Why"] for row in events(app)] == [f"step {n}" for n in range(9, -1, -1)]
    assert "Page 2" in texts(app)


def test_the_chain_is_verified_on_demand(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = console.open("audit")
    assert not app.success
    assert (
        "The chain is intact: all 2 events hold" in press(app, "Verify the chain").success[0].value
    )


def test_a_forged_event_is_called_out(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = console.open("audit")
    database = Database(console.sluice.settings.sql_url)
    with database.write() as connection:
        connection.execute(text("UPDATE audit_events SET actor = 'eve' WHERE sequence = 1"))
    database.close()
    app = press(app, "Verify the chain")
    assert "**The chain is broken.** Event 1 was changed" in app.error[0].value
    assert not app.success


def test_a_download_is_the_whole_filter_and_an_event(console: Console) -> None:
    for number in range(60):
        console.sluice.rollouts.set_target(
            HOST, CEILING, percentage_bp=100 + number, reason=f"=step {number}"
        )
    console.sign_in(Role.OPERATOR)
    where = AuditFilter(action="rollout.set")
    export = console.sluice.audit.export
    lines = exports.as_signed_in(lambda me: render_audit_jsonl(export(me, where)))().splitlines()
    assert [json.loads(line)["reason"] for line in lines] == [
        f"=step {n}" for n in range(59, -1, -1)
    ]
    rows = exports.as_signed_in(lambda me: render_audit_csv(export(me, where)))().splitlines()
    assert len(rows) == 61
    assert "'=step 59" in rows[1]
    recorded = console.sluice.audit.list_events(HOST, AuditFilter(action="audit.export")).rows
    assert [event.actor for event in recorded] == ["operator.person"] * 2


def test_a_download_asks_again_who_is_there(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    export = console.sluice.audit.export
    download = exports.as_signed_in(lambda me: render_audit_csv(export(me, AuditFilter())))
    account = next(a for a in console.sluice.accounts.list_accounts(HOST))
    console.sluice.accounts.set_role(HOST, account.id, Role.VIEWER, "moves on")
    with pytest.raises(Forbidden):
        download()
    console.sign_out()
    with pytest.raises(Unauthenticated):
        download()


def test_requests_are_filtered_and_shown(console: Console) -> None:
    request_id = console.ask_once()
    console.sign_in(Role.OPERATOR)
    app = console.open("audit", audit_part="Requests", requests_feature="question_hint")
    (row,) = events(app)
    assert (row["Request id"], row["Application"], row["Mock"]) == (request_id, "shop", "mock")
    app = console.open("audit", audit_part="Requests", requests_status="error")
    assert "No requests match." in texts(app)
    app = console.open("audit", audit_part="Requests", requests_application="other")
    assert "No requests match." in texts(app)


@pytest.mark.parametrize("part", ["Events", "Requests"])
def test_without_sql_the_page_says_so(console: Console, part: str) -> None:
    console.sign_in(Role.OPERATOR)
    app = console.open("audit", audit_part=part)
    console.take_ledger_away()
    app.run()
    assert not app.exception
    assert "Not available now" in app.error[0].value
    assert not app.dataframe


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUTHOR])
def test_who_may_not_see_it_is_refused_on_record(console: Console, role: Role) -> None:
    console.sign_in(role)
    app = console.open("audit")
    assert "You may not see this page" in app.error[0].value
    assert not app.dataframe
    (event,) = console.sluice.audit.list_events(HOST, AuditFilter(action="page.forbidden")).rows
    assert event.target == "Audit"


def test_a_request_opens_by_its_id_however_it_was_copied(console: Console) -> None:
    request_id = console.ask_once()
    console.sign_in(Role.OPERATOR)
    copied = f" {request_id.upper()} "
    app = console.open("audit", audit_part="Requests", requests_id=copied)
    assert not app.exception
    assert request_id in [block.value for block in app.code]
    assert "success: answered" in texts(app)


def test_an_id_that_is_no_request_says_where_ids_come_from(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = console.open("audit", audit_part="Requests", requests_id="nonsense")
    assert "x-request-id header" in app.error[0].value.replace("\\", "")
