"""The commands on blocked users; blocks live in the counters, so the server is asked first."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from services.bootstrap.limit_views import block_view, blocks_view
from services.cli.options import AsJson, Reason
from services.cli.server import call_server, os_user, run_here
from services.cli.texts import write
from services.domain.errors import SourceDown
from services.domain.identity import host_actor
from services.settings import Settings, load_settings

app = typer.Typer()


@app.command("ai-list-blocks")
def list_blocks(as_json: AsJson = False) -> None:
    """Who is blocked for calling while refused, and until when."""
    settings = load_settings()
    view = call_server(settings, "GET", "/blocks")
    if view is None:
        _require_shared_counters(settings)
        with run_here(settings) as sluice:
            limits, actor = sluice.limits, host_actor(os_user())
            view = blocks_view(limits.get_blocks(actor), is_shadow=limits.is_abuse_in_shadow)
    if view["problem"]:
        raise SourceDown(view["problem"])
    write(view, _list_text, as_json=as_json)


@app.command("ai-lift-block")
def lift_block(
    user: Annotated[str, typer.Option(help="as ai-list-blocks shows it, or as calls name it")],
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Let a blocked user or application call again now."""
    settings = load_settings()
    view = call_server(settings, "DELETE", "/blocks", query={"user": user, "reason": reason})
    if view is None:
        _require_shared_counters(settings)
        with run_here(settings) as sluice:
            view = block_view(sluice.limits.lift_block(host_actor(os_user()), user, reason))
    write(view, _lifted_text, as_json=as_json)


def _require_shared_counters(settings: Settings) -> None:
    if settings.redis_url is None:
        raise SourceDown(
            "No server answers on this host, and without Redis it alone knows who is blocked: "
            "start it first."
        )


def _list_text(view: dict[str, Any]) -> str:
    lines = [
        f"{block['user']}  until {block['until']}, {block['violations']} violations"
        for block in view["blocks"]
    ]
    if view["is_shadow"]:
        lines.append("Abuse is IN SHADOW: calls of these are answered all the same.")
    if not lines:
        return "Nobody is blocked."
    lines.append(
        "To let one call again: ai-lift-block --user takes the user's own id, or this one."
    )
    return "\n".join(lines)


def _lifted_text(view: dict[str, Any]) -> str:
    return f"{view['user']} may call again; {view['violations']} violations are forgotten."
