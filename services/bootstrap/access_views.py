"""Keys and signed tokens as the JSON of the admin API and the command line."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.domain.identity import ApiKey
from services.operations.keys import NewKey, describe_key
from services.operations.tokens import NewToken


def key_view(key: ApiKey, now: datetime) -> dict[str, Any]:
    """A key without what it is made of."""
    revoked = key.revoked_at
    return describe_key(key) | {
        "created_at": key.created_at.isoformat(),
        "created_by": key.created_by,
        "revoked_at": revoked.isoformat() if revoked else None,
        "live": key.is_live(now),
    }


def new_key_view(made: NewKey, now: datetime) -> dict[str, Any]:
    """A key just made, with the text that is shown this once."""
    return {"key": made.token} | key_view(made.key, now) | {"warning": made.warning}


def new_token_view(made: NewToken) -> dict[str, Any]:
    """A token just signed."""
    claims = made.claims
    return {
        "token": made.token,
        "user_id": claims.user_id,
        "scopes": sorted(claims.scopes),
        "issued_at": claims.issued_at.isoformat(),
        "expires_at": claims.expires_at.isoformat(),
    }
