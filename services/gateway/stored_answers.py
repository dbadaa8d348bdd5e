"""An answer as the cache keeps it: one line with what it took, then its body."""

from __future__ import annotations

import orjson

from services.domain.calls import Usage


def pack_answer(usage: Usage, body: bytes) -> bytes:
    """What is stored; the tokens are kept as they were billed, reported or counted."""
    return orjson.dumps(usage) + b"\n" + body


def unpack_answer(stored: bytes) -> tuple[Usage, bytes]:
    """The tokens an equal call would have taken, and its answer."""
    usage, _, body = stored.partition(b"\n")
    return Usage(**orjson.loads(usage)), body
