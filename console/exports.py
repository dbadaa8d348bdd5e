"""Files to download: made when their button is pressed, for whoever is signed in then."""

from __future__ import annotations

from collections.abc import Callable

from console import session
from services.domain.errors import Unauthenticated
from services.domain.identity import Actor


def as_signed_in(make: Callable[[Actor], str]) -> Callable[[], str]:
    """What a download button calls; it runs outside the script, so the session is read here.

    Args:
        make: the file's content, for the person the session belongs to when it is made.
    """
    token = session.session_token()

    def run() -> str:
        found = session.sluice().sessions.find_session(token) if token else None
        if found is None:
            raise Unauthenticated("Your session has ended: sign in again.", code="not_signed_in")
        return make(found.actor())

    return run
