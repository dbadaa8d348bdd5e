"""What is said of a path that leads nowhere: what there is instead."""

from __future__ import annotations

from collections.abc import Sequence

from services.domain.errors import NotFound

APPLICATIONS = "/v1"
ADMIN = "/api/v1/admin/ai"


def unknown_v1_path(method: str, path: str, known: Sequence[str]) -> NotFound:
    """The refusal of a path below /v1.

    Args:
        known: what there is, such as "GET /v1/models".
    """
    return NotFound(f"There is no {method} {path} here. There is {', '.join(known)}.")


def unknown_path(method: str, path: str) -> NotFound:
    """The refusal of any other path: most often a client whose base URL lacks its end."""
    return NotFound(
        f"There is no {method} {path} here. Applications call below {APPLICATIONS}, so a client's "
        f"base URL ends in {APPLICATIONS}; the admin API begins with {ADMIN}."
    )
