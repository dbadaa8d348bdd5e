"""The commands; each calls one operation, as `host:<os user>`."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import Annotated, Any

import typer

from services import bootstrap
from services.bootstrap import views
from services.bootstrap.rollout_views import change_view
from services.cli import blocks, keys, samples
from services.cli.options import AsJson, Reason
from services.cli.server import call_server, os_user, run_here
from services.cli.texts import cost_text, kill_text, status_text, write
from services.domain.costs import BREAKDOWNS, LONGEST_DAYS
from services.domain.errors import SluiceError, SourceDown
from services.domain.identity import host_actor
from services.domain.rollout import CEILING, Stage
from services.settings import ConfigurationError, load_settings

app = typer.Typer(
    help="Sluice from the host: state, kill switch, rollout, keys and costs.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(blocks.app)
app.add_typer(keys.app)
app.add_typer(samples.app)
Scope = Annotated[str, typer.Option(help="all, feature:NAME, provider:NAME or model:PROVIDER/NAME")]


@app.command("ai-status")
def show_status(as_json: AsJson = False) -> None:
    """Rollout, kill switch, breakers, budgets and traffic of the last 24 hours."""
    settings = load_settings()
    view = call_server(settings, "GET", "/status")
    if view is None:
        with run_here(settings) as sluice:
            view = views.status_view(sluice.status.get_status(host_actor(os_user())))
        view["note"] = (
            "no server answers on this host: breakers, holds and what caps have used are unknown"
        )
    write(view, status_text, as_json=as_json)


@app.command("ai-kill")
def pull_kill_switch(reason: Reason, scope: Scope = "all", as_json: AsJson = False) -> None:
    """Stop AI now: through the server, or straight into SQL and the kill file.

    Exit code 3: it is stopped, and no feature, provider or model of that name is known, or SQL
    could not be asked.
    """
    settings = load_settings()
    view = call_server(settings, "POST", "/kill-switch", {"scope": scope, "reason": reason})
    if view is None:
        switch = bootstrap.build_lone_kill_switch(settings)
        view = views.kill_view(switch.pull(host_actor(os_user()), scope, reason))
    write(view, kill_text, as_json=as_json)
    if view["warning"]:
        sys.stderr.write(f"WARNING: {view['warning']}\n")
        raise typer.Exit(3)


@app.command("ai-resume")
def release_kill_switch(reason: Reason, scope: Scope = "all", as_json: AsJson = False) -> None:
    """Let AI run again for a scope; exit code 1 when only other scopes are stopped."""
    settings = load_settings()
    query = {"scope": scope, "reason": reason}
    view = call_server(settings, "DELETE", "/kill-switch", query=query)
    if view is None:
        switch = bootstrap.build_lone_kill_switch(settings)
        view = views.kill_view(switch.release(host_actor(os_user()), scope, reason))
    write(view, kill_text, as_json=as_json)
    if not view["changed"] and view["still_stopped"]:
        raise typer.Exit(1)


@app.command("ai-rollout")
def set_rollout(
    reason: Reason,
    percentage: Annotated[float | None, typer.Option(min=0, max=100)] = None,
    stage: Annotated[Stage | None, typer.Option()] = None,
    feature: Annotated[str | None, typer.Option(help="left out: the ceiling of all AI")] = None,
    as_json: AsJson = False,
) -> None:
    """Set the stage, the percentage, or both: through the server, which has counted the evidence
    of the stage, or in SQL, by what the ledger tells of it."""
    settings = load_settings()
    bp = None if percentage is None else round(percentage * 100)
    body = {"feature": feature, "stage": stage, "reason": reason}
    body["percentage"] = None if bp is None else str(Decimal(bp) / 100)
    view = call_server(settings, "PUT", "/rollout", body)
    if view is None:
        with run_here(settings) as sluice:
            change = sluice.rollouts.set_target(
                host_actor(os_user()),
                feature or CEILING,
                reason=reason,
                stage=stage,
                percentage_bp=bp,
            )
        view = change_view(change)
    write(view, _change_text, as_json=as_json)


@app.command("ai-cost-report")
def report_costs(
    days: Annotated[int, typer.Option(min=1, max=LONGEST_DAYS, help="today included")] = 7,
    zone: Annotated[str | None, typer.Option(help="of the days, such as Europe/Istanbul")] = None,
    feature: Annotated[list[str] | None, typer.Option(help="only this; may be repeated")] = None,
    model: Annotated[list[str] | None, typer.Option(help="only this; may be repeated")] = None,
    provider: Annotated[list[str] | None, typer.Option(help="only this; may be repeated")] = None,
    application: Annotated[list[str] | None, typer.Option(help="only this, repeatable")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="print the Cost page's CSV file")] = False,
    as_json: AsJson = False,
) -> None:
    """Costs by day, feature, model, provider and application; equal to the Cost page."""
    chosen = (feature, model, provider, application)
    where = {d: tuple(v or ()) for d, v in zip(BREAKDOWNS, chosen, strict=True)}
    with run_here(load_settings()) as sluice:
        costs = sluice.costs
        report = costs.get_last_days(days, zone=costs.find_zone(zone), where=where)
        if as_csv:
            sys.stdout.write(costs.export_csv(host_actor(os_user()), report))
            return
    write(views.cost_view(report), cost_text, as_json=as_json)


@app.command("ai-verify-audit")
def verify_audit(as_json: AsJson = False) -> None:
    """Check that nobody changed the audit trail; exit code 1 when somebody did."""
    with run_here(load_settings()) as sluice:
        check = sluice.audit.verify(host_actor(os_user()))
    view = {"events": check.events, "intact": check.is_intact, "problem": check.problem}
    write(view, _check_text, as_json=as_json)
    if not check.is_intact:
        raise typer.Exit(1)


def main() -> None:
    """Run a command; a problem is told in one line, with exit code 1 (2: settings)."""
    # What a command prints is read by programs: log lines go elsewhere.
    bootstrap.set_up_logs("INFO")
    try:
        app()
    except ConfigurationError as error:
        _fail(str(error), 2)
    except SourceDown as error:
        _fail(error.message, 3)
    except SluiceError as error:
        _fail(error.message, 1)


def _fail(message: str, code: int) -> None:
    sys.stderr.write(f"{message}\n")
    raise SystemExit(code)


def _change_text(view: dict[str, Any]) -> str:
    before, after = view["previous"], view["current"]
    note = f"\nNote: {view['note']}" if "note" in view else ""
    return (
        f"{view['subject']}: {before['stage']} {before['percentage']:g}% → "
        f"{after['stage']} {after['percentage']:g}% (revision {view['revision']}){note}"
        f"{_override_text(view['override']) if 'override' in view else ''}"
    )


def _override_text(override: dict[str, Any]) -> str:
    """What a raise has passed over, as the Rollout page warns of it beforehand."""
    stage, left_s = override["stage"], override["minimum_stay_left_s"]
    parts = [f"this skips {', '.join(override['skipped'])}"] if override["skipped"] else []
    if left_s:
        parts.append(
            f"the minimum stay in {stage} had {_span_text(left_s)} to go, recorded as overridden"
        )
    parts.append(f"{stage} asks for: {override['criterion']}")
    return f"\nOverride: {'; '.join(parts)}.\n{_gate_text(override['gate'])}"


def _gate_text(gate: dict[str, Any]) -> str:
    """How the gate stood that a raise has passed, as the audit has it."""
    if gate["judgement"] is None:
        return f"Gate: unknown. {gate['problem']}"
    invented = ", by invented answers" if gate["is_mock"] else ""
    lines = [f"Gate: {gate['judgement']}{invented}"]
    return "\n".join([*lines, *(_criterion_text(found) for found in gate["criteria"])])


def _criterion_text(found: dict[str, Any]) -> str:
    if found["judgement"] == "no_data" and found["needed"] is None:
        return f"  {found['criterion']}: for people to judge"
    counts = f"{found['against']} of {found['requests']} requests against it"
    needed = f", {found['needed']} more needed" if found["needed"] else ""
    return f"  {found['criterion']}: {found['judgement']}, {counts}{needed}"


def _span_text(seconds: int) -> str:
    days, rest = divmod(max(seconds, 60), 86_400)
    hours, minutes = rest // 3600, rest % 3600 // 60
    return f"{days} d {hours} h" if days else f"{hours} h {minutes} min"


def _check_text(view: dict[str, Any]) -> str:
    if view["intact"]:
        return f"The audit trail is intact: {view['events']} events."
    return f"The audit trail is NOT intact: {view['problem']}"
