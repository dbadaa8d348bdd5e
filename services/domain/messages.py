"""A request as HTTP brought it, and the answer that goes back."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass

from services.domain.calls import Endpoint
from services.domain.errors import TooLarge

MAX_BODY_BYTES = 1024 * 1024


def check_size(body: bytes) -> None:
    """Raises TooLarge for a body past the limit, which is not there whole."""
    if len(body) > MAX_BODY_BYTES:
        raise TooLarge(f"The request is over {MAX_BODY_BYTES} bytes (1 MiB): send a shorter one.")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request; header names are lower case, `address` is the client's."""

    endpoint: Endpoint
    headers: Mapping[str, str]
    body: bytes
    address: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a whole body, or a stream's first event and those that follow, which end by
    themselves."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes = b""
    stream: AsyncGenerator[bytes, None] | None = None
