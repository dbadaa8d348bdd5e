from __future__ import annotations

from collections.abc import Iterator

import aiohttp
import pytest

from services.adapters.providers.failures import FAILURES, Subject, map_exception
from services.domain.errors import ProviderTimeout, ProviderUnreachable


def subclasses(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    yield kind
    for child in kind.__subclasses__():
        yield from subclasses(child)


def test_table_knows_every_exception_of_aiohttp() -> None:
    known = {c for c in subclasses(aiohttp.ClientError) if c.__module__.startswith("aiohttp")}
    assert known <= FAILURES.keys(), "aiohttp has grown: decide what the new exception means"


@pytest.mark.parametrize(
    ("error", "kind", "sent"),
    [
        (TimeoutError(), ProviderTimeout, True),
        (aiohttp.ConnectionTimeoutError(), ProviderTimeout, False),
        (aiohttp.SocketTimeoutError(), ProviderTimeout, True),
        (aiohttp.ServerDisconnectedError(), ProviderUnreachable, True),
        (ConnectionResetError(), ProviderUnreachable, True),
    ],
)
def test_exception_has_its_error(error: Exception, kind: type, sent: bool) -> None:
    found = map_exception(error, Subject("openai", "m", "", None))
    assert (type(found), found.sent) == (kind, sent)
    assert "openai" in found.message


@pytest.mark.parametrize(
    ("words", "sent"), [("Cannot write to closing transport", False), ("Connection lost", True)]
)
def test_request_that_was_never_written_was_not_sent(words: str, sent: bool) -> None:
    error = aiohttp.ClientOSError()
    error.__cause__ = aiohttp.ClientConnectionResetError(words)
    found = map_exception(error, Subject("openai", "m", "", None))
    assert (type(found), found.sent) == (ProviderUnreachable, sent)
