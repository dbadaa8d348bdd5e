"""The commands on API keys."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Annotated, Any

import typer

from services.bootstrap.access_views import key_view, new_key_view
from services.cli.options import AsJson, Reason
from services.cli.server import os_user, run_here
from services.cli.texts import key_text, write
from services.domain.identity import host_actor
from services.domain.roles import KNOWN_ROLES
from services.settings import load_settings

app = typer.Typer()
_ROLES = ", ".join(KNOWN_ROLES)
_REPLACES = "id of the live key of this name that it is to take over from; both work meanwhile"
_CUSTOM_ROLE = "--role is a word of your own, and opens nothing"


@app.command("ai-create-key")
def create_key(
    name: Annotated[str, typer.Option(help="which application it is for")],
    scopes: Annotated[str, typer.Option(help="comma-separated, such as ai:generate")],
    feature: Annotated[str | None, typer.Option(help="for calls that name none")] = None,
    role: Annotated[str | None, typer.Option(help=f"of its calls: {_ROLES}")] = None,
    custom_role: Annotated[bool, typer.Option("--custom-role", help=_CUSTOM_ROLE)] = False,
    may_assert: Annotated[str, typer.Option(help="of user,role,segments")] = "",
    days: Annotated[int | None, typer.Option(min=1, help="until it expires; else never")] = None,
    replaces: Annotated[str | None, typer.Option(help=_REPLACES)] = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key; it is shown this once, alone on stdout: KEY=$(… ai-create-key …)."""
    with run_here(load_settings()) as sluice:
        now = sluice.clock.now()
        made = sluice.keys.create(
            host_actor(os_user()),
            name=name,
            scopes=scopes.split(","),
            feature=feature,
            role=role,
            custom_role=custom_role,
            may_assert=may_assert.split(","),
            expires_at=None if days is None else now + timedelta(days=days),
            replaces=replaces,
        )
        write(new_key_view(made, now), key_text, as_json=as_json)
    if not as_json:
        sys.stderr.write(f"Keep the key of {made.key.name} now: it is not shown again.\n")
    if made.warning:
        sys.stderr.write(f"WARNING: {made.warning}\n")


@app.command("ai-list-keys")
def list_keys(as_json: AsJson = False) -> None:
    """Every API key, newest first; none shows what it is made of."""
    with run_here(load_settings()) as sluice:
        now = sluice.clock.now()
        keys = sluice.keys.list_keys(host_actor(os_user()))
        write({"keys": [key_view(key, now) for key in keys]}, _keys_text, as_json=as_json)


@app.command("ai-revoke-key")
def revoke_key(
    id: Annotated[str, typer.Option(help="as ai-list-keys shows it")],  # noqa: A002 - the option
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """End an API key; calls with it are refused within a second on every instance."""
    with run_here(load_settings()) as sluice:
        key = sluice.keys.revoke(host_actor(os_user()), id, reason)
        write(key_view(key, sluice.clock.now()), _revoked_text, as_json=as_json)


def _keys_text(view: dict[str, Any]) -> str:
    lines = [_line(key) for key in view["keys"]]
    return "\n".join(lines) or "There is no API key yet: make one with ai-create-key."


def _line(key: dict[str, Any]) -> str:
    state = "live" if key["live"] else "revoked" if key["revoked_at"] else "expired"
    until = f", until {key['expires_at']}" if key["expires_at"] else ""
    feature = f", feature {key['feature']}" if key["feature"] else ""
    role = f", role {key['role']}" if key["role"] else ""
    what = f"{', '.join(key['scopes'])}{feature}{role}"
    return f"{key['id']}  {key['name']}: {state}{until}, {what}, by {key['created_by']}"


def _revoked_text(view: dict[str, Any]) -> str:
    return f"API key {view['name']} is revoked: calls with it are refused from now on."
