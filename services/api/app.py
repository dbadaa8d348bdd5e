"""The ASGI app of everything that is not the console."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from services import bootstrap
from services.api import (
    admin,
    admin_access,
    admin_audit,
    admin_limits,
    admin_providers,
    auth,
    docs,
    health,
)
from services.api.bodies import read_body, replay, send_whole, slow_answer
from services.api.completions import Completions
from services.api.unknown_paths import unknown_path
from services.bootstrap import Sluice
from services.bootstrap.process import settle_process
from services.domain.errors import InvalidRequest, SlowRequest, SluiceError, TooLarge
from services.domain.messages import check_size
from services.settings import load_settings


def create_app(sluice: Callable[[], Sluice] | None = None) -> ASGIApp:
    """The app; alone it starts a Sluice of its own (`uvicorn --factory services.api:create_app`).

    Args:
        sluice: gives the running Sluice when somebody else starts it.
    """
    app = FastAPI(
        title="Sluice",
        version=bootstrap.RELEASE,
        docs_url=None,
        openapi_url=None,
        lifespan=None if sluice else _lifespan,
        dependencies=[],
    )
    app.state.sluice = sluice or bootstrap.current
    app.include_router(auth.router)
    app.include_router(admin.router)
    app.include_router(admin_access.router)
    app.include_router(admin_audit.router)
    app.include_router(admin_limits.router)
    app.include_router(admin_providers.router)
    app.include_router(docs.router)
    app.include_router(health.router)
    app.add_exception_handler(SluiceError, _answer_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_unknown)
    return _Split(app.state.sluice, Completions(app.state.sluice), app)


_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})


class _Split:
    """Hands /v1 to the gateway's own thin app, everything else to FastAPI."""

    def __init__(self, sluice: Callable[[], Sluice], hot: ASGIApp, rest: FastAPI) -> None:
        self._sluice = sluice
        self._hot = hot
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            await self._hot(scope, receive, send)
        elif scope["type"] == "http" and scope["method"] not in _BODILESS:
            await self._serve_whole(scope, receive, send)
        else:
            await self._rest(scope, receive, send)

    async def _serve_whole(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on a request when its body is there, so that nobody is kept waiting for it."""
        try:
            body = await read_body(receive, self._sluice().settings.ai_read_timeout)
            if body is None:
                return
            check_size(body)
        except SlowRequest as error:
            await send_whole(send, slow_answer(error))
        except TooLarge as error:
            await _answer_error(Request(scope), error)(scope, receive, send)
        else:
            await self._rest(scope, replay(body, receive), send)


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    settings = load_settings()
    async with bootstrap.running(settings, kind="gateway"):
        settle_process()
        yield


def _answer_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SluiceError)  # noqa: S101 - registered for nothing else
    headers = {"cache-control": "no-store"}
    if error.retry_after is not None:
        headers["retry-after"] = error.retry_after
    if error.status == 401:
        headers["www-authenticate"] = "Bearer"
    return JSONResponse(error.body(), error.status, headers)


def _answer_unknown(request: Request, error: Exception) -> JSONResponse:
    """That nothing is at this path, or not by this method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    body = unknown_path(request.method, request.url.path).body()
    headers = {**(error.headers or {}), "cache-control": "no-store"}
    return JSONResponse(body, error.status_code, headers)


def _answer_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
    problems = [
        f"{'.'.join(str(part) for part in p['loc'] if part not in ('body', 'query'))}: {p['msg']}"
        for p in error.errors()
    ]
    return _answer_error(request, InvalidRequest("The request has " + "; ".join(problems) + "."))
