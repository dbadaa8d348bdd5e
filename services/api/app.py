"""The ASGI app of everything that is not the console."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
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
from services.api.completions import Completions
from services.bootstrap import Sluice
from services.bootstrap.process import settle_process
from services.domain.errors import InvalidRequest, SluiceError
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
    return _Split(Completions(app.state.sluice), app)


class _Split:
    """Hands /v1 to the gateway's own thin app, everything else to FastAPI."""

    def __init__(self, hot: ASGIApp, rest: FastAPI) -> None:
        self._hot = hot
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            await self._hot(scope, receive, send)
        else:
            await self._rest(scope, receive, send)


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    settings = load_settings()
    async with bootstrap.running(settings, kind="gateway"):
        settle_process()
        yield


def _answer_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SluiceError)  # noqa: S101 - registered for nothing else
    headers = {"cache-control": "no-store"}
    if error.retry_after_s is not None:
        headers["retry-after"] = str(max(int(-(-error.retry_after_s // 1)), 1))
    if error.status == 401:
        headers["www-authenticate"] = "Bearer"
    return JSONResponse(error.body(), error.status, headers)


def _answer_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
    problems = [
        f"{'.'.join(str(part) for part in p['loc'] if part not in ('body', 'query'))}: {p['msg']}"
        for p in error.errors()
    ]
    return _answer_error(request, InvalidRequest("The request has " + "; ".join(problems) + "."))
