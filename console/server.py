"""The outermost ASGI layer: who gets to which app, and nobody to a page without a session."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import streamlit as st
from anyio import to_thread
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.assets import StaticAssets
from console.logs import report_script_error, take_over_loggers
from console.navigation import is_page
from services import bootstrap
from services.api.app import create_app
from services.api.auth import SESSION_COOKIE, host_of
from services.api.auth_pages import html_page
from services.api.unknown_paths import unknown_path
from services.bootstrap import Sluice
from services.settings import Settings

SCRIPT = Path(__file__).with_name("app.py")
OWN_PREFIXES = ("/v1", "/api", "/ofrep", "/auth", "/health", "/metrics")
CLOSED_PREFIXES = ("/_stcore/metrics", "/_stcore/agent", "/_stcore/script-health-check")
"""Routes of Streamlit that tell or do more than a browser needs."""

SECURITY_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"content-security-policy": b"frame-ancestors 'self'",
    b"referrer-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def create_server_app(
    settings: Settings, ready: Callable[[Sluice], None] = lambda sluice: None
) -> ASGIApp:
    """The whole server: console, gateway and admin API.

    Args:
        ready: called once everything has started, before the first request.
    """

    @asynccontextmanager
    async def lifespan(_app: st.App) -> AsyncIterator[None]:
        async with bootstrap.running(settings, kind="console") as sluice:
            take_over_loggers()
            await to_thread.run_sync(ready, sluice)
            yield

    return Server(
        console=st.App(SCRIPT, lifespan=lifespan, on_script_error=report_script_error),
        api=create_app(bootstrap.current),
        sluice=bootstrap.current,
        assets=StaticAssets.of_streamlit(),
    )


class Server:
    """Hands each connection to our API or, with a live session, to the console.

    Args:
        console: Streamlit's app; it alone gets the lifespan messages.
        sluice: gives the running Sluice.
    """

    def __init__(
        self, *, console: ASGIApp, api: ASGIApp, sluice: Callable[[], Sluice], assets: StaticAssets
    ) -> None:
        self._console = console
        self._api = api
        self._sluice = sluice
        self._assets = assets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._console(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._connect(scope, receive, send)
        elif _is_under(scope["path"], OWN_PREFIXES):
            await self._api(scope, receive, _with_security_headers(send))
        else:
            await self._serve_console(scope, receive, _with_security_headers(send))

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _is_own_origin(scope) and await self._is_signed_in(scope):
            await self._console(scope, receive, send)
            return
        await receive()
        # Closed before it is accepted: the client sees HTTP 403.
        await send({"type": "websocket.close", "code": 1008, "reason": "Sign in first."})

    async def _serve_console(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _is_under(scope["path"], CLOSED_PREFIXES):
            await PlainTextResponse("Not found", 404)(scope, receive, send)
        elif not await self._is_signed_in(scope):
            await _ask_to_sign_in(scope)(scope, receive, send)
        elif (asset := await self._assets.find(scope)) is not None:
            await asset(scope, receive, send)
        elif _asks_for_a_page(scope) and not is_page(scope["path"]):
            await _unknown_page()(scope, receive, send)
        else:
            await self._console(scope, receive, send)

    async def _is_signed_in(self, scope: Scope) -> bool:
        token = _read_cookie(_header(scope, b"cookie"))
        if not token:
            return False
        return await to_thread.run_sync(self._sluice().sessions.find_session, token) is not None


def _asks_for_a_page(scope: Scope) -> bool:
    return scope["method"] in {"GET", "HEAD"} and "text/html" in _header(scope, b"accept")


def _unknown_page() -> Response:
    """Streamlit would show the Overview under the wrong address, with a dialog over it."""
    return html_page(
        "There is no page of that address",
        '<p><a href="/">Open the Overview</a>; its menu leads to every page.</p>',
        "Nothing of the console has this address: it may be mistyped, or of another version.",
        404,
    )


def _ask_to_sign_in(scope: Scope) -> Response:
    if _asks_for_a_page(scope):
        query = scope["query_string"].decode("latin-1")
        place = scope["path"] + (f"?{query}" if query else "")
        return RedirectResponse(
            f"/auth/sign-in?next={quote(place, safe='')}", 303, {"cache-control": "no-store"}
        )
    if _header(scope, b"authorization").lower().startswith("bearer "):
        # Not a browser, which has a cookie: an application that took the wrong path.
        body = unknown_path(scope["method"], scope["path"]).body()
        return JSONResponse(body, 404, {"cache-control": "no-store"})
    error = {
        "message": "Nobody is signed in: open /auth/sign-in in a browser.",
        "type": "authentication_error",
        "param": None,
        "code": "not_signed_in",
    }
    return JSONResponse({"error": error}, 401, {"cache-control": "no-store"})


def _is_under(path: str, prefixes: Iterable[str]) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes)


def _is_own_origin(scope: Scope) -> bool:
    """Whether a WebSocket was opened by a page of ours; browsers always say where they are."""
    origin = _header(scope, b"origin")
    return not origin or host_of(origin) == _header(scope, b"host")


def _header(scope: Scope, name: bytes) -> str:
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return ""


def _read_cookie(header: str) -> str | None:
    return cookie_parser(header).get(SESSION_COOKIE)


def _with_security_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            missing = [(k, v) for k, v in SECURITY_HEADERS.items() if k not in present]
            message = {**message, "headers": [*message["headers"], *missing]}
        await send(message)

    return send_with_headers
