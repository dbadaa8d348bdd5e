"""How a command reaches Sluice: through the server on this host, or by itself."""

from __future__ import annotations

import asyncio
import getpass
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

from services import bootstrap
from services.bootstrap import HOST_USER_HEADER, Sluice
from services.domain.errors import InvalidRequest
from services.settings import Settings

TIMEOUT_S = 3.0


def os_user() -> str:
    """Who runs the command."""
    try:
        return getpass.getuser()
    except OSError:
        return "unknown"


def call_server(
    settings: Settings,
    method: str,
    path: str,
    body: Mapping[str, Any] | None = None,
    query: Mapping[str, str] | None = None,
) -> dict[str, Any] | None:
    """What this host's server answers; None when none answers.

    Raises:
        InvalidRequest: it answered that the request is wrong; the message says how.
    """
    try:
        token = (settings.ai_data_dir / "host.token").read_text("utf-8").strip()
    except OSError:
        return None
    url = f"{settings.own_url}/api/v1/admin/ai{path}"
    url += f"?{urllib.parse.urlencode(query)}" if query else ""
    request = urllib.request.Request(  # noqa: S310 - the scheme is fixed above
        url,
        data=None if body is None else json.dumps(body).encode(),
        method=method,
        headers={
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            HOST_USER_HEADER: os_user(),
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - as above
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        if error.code < 500 and error.code != 401:
            raise InvalidRequest(_message(error)) from None
        return None
    except (OSError, ValueError):
        return None


@contextmanager
def run_here(settings: Settings) -> Iterator[Sluice]:
    """A Sluice for one command, with nothing running in the background."""
    with closing(bootstrap.build(settings, kind="cli", call=asyncio.run)) as sluice:
        yield sluice


def _message(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"The server answered {error.code}."
