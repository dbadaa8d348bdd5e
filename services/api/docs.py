"""/api/docs: what the HTTP interface offers, for administrators and holders of a bearer token."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from services.api.access import Credentials, SluiceNow, get_actor
from services.api.auth import SESSION_COOKIE
from services.api.docs_page import docs_page
from services.domain.errors import Unauthenticated
from services.domain.identity import Actor, Permission, require

router = APIRouter(prefix="/api", include_in_schema=False)


def get_reader(request: Request, sluice: SluiceNow, credentials: Credentials) -> Actor:
    """Whoever may read the documentation: a bearer token, or an administrator's session cookie.

    The cookie is for these pages alone: they change nothing, so no other site can misuse it.

    Raises:
        Unauthenticated, Forbidden: neither of the two.
    """
    cookie = request.cookies.get(SESSION_COOKIE)
    if credentials is not None or not cookie:
        return get_actor(request, sluice, credentials)
    session = sluice.sessions.find_session(cookie)
    if session is None:
        raise Unauthenticated("Your session has ended: open /auth/sign-in.", code="not_signed_in")
    actor = session.actor()
    require(actor, Permission.MANAGE_ACCESS)
    return actor


@router.get("/openapi.json", dependencies=[Depends(get_reader)])
def get_schema(request: Request) -> Response:
    """The OpenAPI document."""
    return JSONResponse(request.app.openapi(), headers={"cache-control": "no-store"})


@router.get("/docs")
def show_docs(request: Request, sluice: SluiceNow, credentials: Credentials) -> Response:
    """The same as a page; a browser without a session is led to the sign-in."""
    try:
        get_reader(request, sluice, credentials)
    except Unauthenticated:
        if credentials is not None or "text/html" not in request.headers.get("accept", ""):
            raise
        return RedirectResponse("/auth/sign-in?next=/api/docs", 303)
    return docs_page(request.app.openapi())
