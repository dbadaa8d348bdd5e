"""The roles of calls that open something here; any other is a word of the application's own."""

from __future__ import annotations

from difflib import get_close_matches

from services.domain.errors import Unprocessable
from services.domain.limits import RAISED_ROLES
from services.domain.rollout_access import STAFF_ROLES

KNOWN_ROLES = tuple(sorted(STAFF_ROLES | RAISED_ROLES))


def describe_role(role: str) -> str:
    """What calls of a known role get that others do not."""
    opens = ["let in from internal_only on"] if role in STAFF_ROLES else []
    opens += ["higher limits"] if role in RAISED_ROLES else []
    return f"{role}: {', '.join(opens)}"


def check_role(role: str | None, *, is_custom: bool) -> str | None:
    """What whoever gives a key this role should know; None when the role opens something.

    Args:
        is_custom: whether a role that opens nothing is meant.

    Raises:
        Unprocessable: the role opens nothing, and nobody said that it is meant.
    """
    if role is None or role in KNOWN_ROLES:
        return None
    warning = _plain(role)
    if is_custom:
        return warning
    raise Unprocessable(
        f"{warning} No key was made. {_guess(role)}Use one of those, leave the role out, or say "
        "that a role of your own is meant (custom_role in the admin API, --custom-role on the "
        "command line, another role on the Access page).",
        code="role_unknown",
        param="role",
    )


def explain_plain_role(role: str) -> str:
    """What a refused caller should know whose role opens nothing."""
    return f"{_plain(role)} {_guess(role)}".rstrip()


def _plain(role: str) -> str:
    let_in, raised = ", ".join(sorted(STAFF_ROLES)), ", ".join(sorted(RAISED_ROLES))
    return (
        f"Role {role!r} counts as an ordinary user: let in from internal_only on are {let_in}, "
        f"and higher limits are for {raised}."
    )


def _guess(role: str) -> str:
    near = get_close_matches(role.lower(), KNOWN_ROLES, n=1, cutoff=0.6)
    return f"Did you mean {near[0]}? " if near else ""
