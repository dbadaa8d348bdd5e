"""The command for sample traffic."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from services.cli.options import AsJson, Reason
from services.cli.server import os_user, run_here
from services.cli.texts import write
from services.domain.identity import host_actor
from services.settings import load_settings

app = typer.Typer()
Remove = Annotated[bool, typer.Option("--remove", help="delete all sample traffic instead")]


@app.command("ai-sample-traffic")
def send_sample_traffic(
    requests: Annotated[int, typer.Option(help="how many")] = 2000,
    days: Annotated[int, typer.Option(help="over how many past days")] = 7,
    seed: Annotated[int | None, typer.Option(help="for the same traffic again")] = None,
    remove: Remove = False,
    reason: Reason = "for a look at the console",
    as_json: AsJson = False,
) -> None:
    """Fill the console with invented requests, marked as samples, or take them away again."""
    with run_here(load_settings()) as sluice:
        actor, samples = host_actor(os_user()), sluice.sample_traffic
        if remove:
            view: dict[str, Any] = {"removed": samples.remove(actor, reason)}
        else:
            view = {"sent": samples.send(actor, requests, days, reason, seed=seed)}
        view["in_ledger"] = samples.get_state().requests
    write(view, _text, as_json=as_json)


def _text(view: dict[str, Any]) -> str:
    if "removed" in view:
        return f"Removed {view['removed']} sample requests."
    return (
        f"Sent {view['sent']} sample requests; the ledger holds {view['in_ledger']} of them, "
        "outside all totals and budgets.\n"
        "To take them away: .venv/bin/python -m services ai-sample-traffic --remove"
    )
