"""/auth: signing in and out with a form and a cookie, and the first administrator."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from services.api.access import get_sluice
from services.api.auth_pages import (
    first_start_page,
    problem_page,
    sign_in_page,
    sign_out_page,
)
from services.domain.errors import Forbidden, SluiceError, TooLarge, Unprocessable

SESSION_COOKIE = "sluice_session"
FORM_BYTES = 8 * 1024
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})

router = APIRouter(prefix="/auth", include_in_schema=False)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form that was sent from a page of ours.

    Raises:
        Forbidden: it comes from another site.
        TooLarge: it is over 8 KiB.
    """
    _require_own_origin(request)
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES:
            raise TooLarge("The form is over 8 KiB: shorten what you typed.")
    try:
        fields = parse_qs(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20
        )
    except ValueError:
        raise Unprocessable("The form has more fields than it should: send it again.") from None
    return {name: values[0] for name, values in fields.items()}


Form = Annotated[dict[str, str], Depends(read_form)]


@router.get("/sign-in")
def show_sign_in(request: Request, next: str = "/") -> Response:  # noqa: A002 - the URL's word
    """The form; whoever is signed in already is sent on."""
    place = local_path(next)
    token = request.cookies.get(SESSION_COOKIE)
    if token and get_sluice(request).sessions.find_session(token):
        return RedirectResponse(place, 303)
    return sign_in_page(next_path=place)


@router.post("/sign-in")
def sign_in(request: Request, form: Form) -> Response:
    """A session for the right login and password."""
    place, login = local_path(form.get("next", "/")), form.get("login", "")
    try:
        return _start_session(request, login, form.get("password", ""), place)
    except SluiceError as error:
        page = sign_in_page(
            next_path=place, login=login, problem=error.message, status=error.status
        )
        if error.retry_after is not None:
            page.headers["retry-after"] = error.retry_after
        return page


@router.get("/first-start")
def show_first_start(request: Request, token: str = "") -> Response:
    """The form behind the one-time link; looking at it does not use the link up."""
    try:
        is_open = get_sluice(request).accounts.is_link_open(token)
    except SluiceError as error:
        return problem_page("Not now", error.message, error.status)
    if not is_open:
        return problem_page(
            "This link does not work",
            "It was used or has expired. While there is no administrator, starting Sluice again "
            "prints a new one.",
            410,
        )
    return first_start_page(token=token)


@router.post("/first-start")
def first_start(request: Request, form: Form) -> Response:
    """Make the first administrator and sign them in."""
    token, login = form.get("token", ""), form.get("login", "")
    password = form.get("password", "")
    try:
        if password != form.get("repeated", ""):
            raise Unprocessable("The two passwords differ: type the same one twice.")
        get_sluice(request).accounts.create_first_admin(token, login, password)
        return _start_session(request, login, password, "/")
    except SluiceError as error:
        if error.decision == "link_expired":
            return problem_page("This link does not work", error.message, 410)
        return first_start_page(
            token=token, login=login, problem=error.message, status=error.status
        )


@router.get("/sign-out")
def show_sign_out() -> Response:
    """The question; only sending the form ends the session."""
    return sign_out_page()


@router.post("/sign-out", dependencies=[Depends(read_form)])
def sign_out(request: Request) -> Response:
    """End the session and forget the cookie."""
    token = request.cookies.get(SESSION_COOKIE)
    if token:
        try:
            get_sluice(request).sessions.sign_out(token)
        except SluiceError as error:
            return problem_page("You are still signed in", error.message, error.status)
    response = RedirectResponse("/auth/sign-in", 303)
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax")
    return response


def local_path(text: str) -> str:
    """The path to go on to, when it is one of ours; "/" otherwise."""
    is_path = text.startswith("/") and not text.startswith(("//", "/\\"))
    is_plain = all(c.isprintable() and c != "\\" for c in text)
    if not is_path or not is_plain or urlsplit(text).path.startswith("/auth"):
        return "/"
    return text


def _start_session(request: Request, login: str, password: str, place: str) -> Response:
    signed_in = get_sluice(request).sessions.sign_in(
        login,
        password,
        request.client.host if request.client else None,
        request.headers.get("user-agent"),
    )
    response = RedirectResponse(place, 303)
    response.set_cookie(
        SESSION_COOKIE,
        signed_in.token,
        expires=signed_in.session.expires_at,
        path="/",
        httponly=True,
        # Not "strict": a link to a page from a chat or a mail must find its reader signed in.
        # Nothing that changes anything is a GET, and forms prove their origin besides.
        samesite="lax",
        secure=not _is_local_http(request),
    )
    return response


def _require_own_origin(request: Request) -> None:
    sender = request.headers.get("origin") or request.headers.get("referer") or ""
    if not sender or host_of(sender) != request.headers.get("host", ""):
        raise Forbidden(
            "This form was not sent from a page of this console, so nothing was done. "
            "Open /auth/sign-in and send it from there.",
            code="foreign_origin",
        )


def host_of(url: str) -> str:
    """Host and port of an address that a browser sent; "" for one that is none."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def _is_local_http(request: Request) -> bool:
    """Browsers keep no Secure cookie of plain HTTP, which only this machine may use."""
    return request.url.scheme == "http" and request.url.hostname in _LOCAL_HOSTS
