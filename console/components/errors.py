"""An error of an operation as a message: what happened, what it means, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from console.format import escape_markdown
from services.domain.errors import (
    CallerError,
    Conflict,
    DependencyError,
    Forbidden,
    NotFound,
    Refusal,
    SluiceError,
)

_HEADINGS: tuple[tuple[type[SluiceError], str, str], ...] = (
    (Forbidden, "Not allowed", "block"),
    (Conflict, "Someone changed this meanwhile", "sync_problem"),
    (NotFound, "Not found", "search_off"),
    (CallerError, "This cannot be done", "edit_off"),
    (Refusal, "Refused by a rule", "gpp_bad"),
    (DependencyError, "Not available now", "cloud_off"),
    (SluiceError, "This did not work", "error"),
)


def error_box(error: SluiceError) -> None:
    """Draw the error's message under a heading for its kind, with its code for the log."""
    heading, icon = next((h, i) for kind, h, i in _HEADINGS if isinstance(error, kind))
    text = f"**{heading}.** {escape_markdown(error.message)}"
    if error.retry_after_s:
        text += f" Waiting {error.retry_after_s:.0f} s helps."
    st.error(f"{text} `{error.decision}`", icon=f":material/{icon}:")


@contextmanager
def showing_errors() -> Iterator[None]:
    """Draw an error of the operations within in place, and let the rest of the page go on."""
    try:
        yield
    except SluiceError as error:
        error_box(error)
