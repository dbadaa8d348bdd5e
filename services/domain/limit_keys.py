"""Keys of limits: whose limits a call counts against, and how records name them."""

from __future__ import annotations

from collections.abc import Callable

from services.domain.ledger import Source

USER_KEY = "user:"
"""Begins the key of a limit that is a user's, or an application's, own."""

ADDRESS_KEY = "address:"
"""Begins the key of a limit that is an address's own."""

FEATURE_KEY = "feature:"
"""Begins the key of a limit of a feature, for all its callers together."""

_APPLICATION = "@application:"


def is_own_key(key: str) -> bool:
    """Whether a limit of this key is one caller's own."""
    return key.startswith((USER_KEY, ADDRESS_KEY))


def limit_key(user: str | None, application: str, source: Source = Source.APPLICATION) -> str:
    """Whose limits count: the user's, or the application's for calls that name nobody.

    Users of other traffic than applications' have limits of their own.
    """
    if user is None:
        return f"{_APPLICATION}{application}"
    return user if source is Source.APPLICATION else f"@{source.value}:{user}"


def name_subject(key: str, name_user: Callable[[str], str]) -> str:
    """Whose limits a key of `limit_key` is, without the user's own name: as records name them.

    What is no user of an application keeps its "@", which no user's name may begin with.

    Args:
        name_user: what stands for a user in records, by the name that calls give.
    """
    if key.startswith(_APPLICATION):
        return key
    traffic, colon, user = key.partition(":") if key.startswith("@") else ("", "", key)
    return f"{traffic}{colon}{name_user(user)}"
