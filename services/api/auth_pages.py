"""The plain HTML pages of sign-in: no scripts, every value escaped."""

from __future__ import annotations

import base64
import hashlib
import html
from functools import cache
from pathlib import Path
from string import Template

from starlette.responses import HTMLResponse

_FOLDER = Path(__file__).with_name("templates")


def sign_in_page(
    *, next_path: str, login: str = "", problem: str | None = None, status: int = 200
) -> HTMLResponse:
    """The form for login and password; `next_path` is where it leads to."""
    content = _fill("sign_in.html", next=next_path, login=login)
    return html_page("Sign in", content, problem, status)


def first_start_page(
    *, token: str, login: str = "", problem: str | None = None, status: int = 200
) -> HTMLResponse:
    """The form that makes the first administrator."""
    content = _fill("first_start.html", token=token, login=login)
    return html_page("Welcome to Sluice", content, problem, status)


def sign_out_page() -> HTMLResponse:
    """The question before signing out."""
    return html_page("Sign out?", _fill("sign_out.html"))


def problem_page(title: str, problem: str, status: int) -> HTMLResponse:
    """A page that says what is wrong, and leads back to signing in."""
    return html_page(title, '<p><a href="/auth/sign-in">Sign in</a></p>', problem, status)


def html_page(
    title: str,
    content: str,
    problem: str | None = None,
    status: int = 200,
    more_style: str | None = None,
) -> HTMLResponse:
    """A page in our frame.

    Args:
        content: HTML, every value in it escaped.
        more_style: the file of a style sheet that this page needs besides the common one.
    """
    notice = f'<p role="alert">{html.escape(problem)}</p>' if problem else ""
    style = _read("style.css") + (_read(more_style) if more_style else "")
    page = Template(_read("shell.html")).substitute(
        title=html.escape(title), style=style, notice=notice, content=content
    )
    return HTMLResponse(page, status, headers=_headers(style))


def _headers(style: str) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return {
        "cache-control": "no-store",
        "content-security-policy": (
            f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        ),
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
    }


def _fill(name: str, **values: str) -> str:
    escaped = {key: html.escape(value) for key, value in values.items()}
    return Template(_read(name)).substitute(escaped)


@cache
def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
