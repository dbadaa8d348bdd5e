"""What went wrong on the way to a provider: one table from aiohttp's exceptions to our errors."""

from __future__ import annotations

import re
from dataclasses import dataclass

import aiohttp
from aiohttp import client_exceptions as ce
from aiohttp.http_exceptions import HttpProcessingError

from services.domain.errors import (
    ProviderBadAnswer,
    ProviderError,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnreachable,
)

_NEVER_WRITTEN = ("Cannot write to closing transport",)
_KEY_LIKE = re.compile(r"\b(?:sk-|AIza|Bearer\s+)[\w*.\-]{4,}")

CAUGHT = (aiohttp.ClientError, TimeoutError, OSError, HttpProcessingError)
"""All that aiohttp raises while it calls."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Which error a failure becomes, whether the request may have been sent, and words for it."""

    error: type[ProviderError]
    sent: bool
    words: str


_NO_CONNECTION = Failure(ProviderUnreachable, False, "cannot be connected to")
_NO_TLS = Failure(ProviderUnreachable, False, "has a TLS certificate or setup that is not accepted")
_BROKEN = Failure(ProviderUnreachable, True, "broke the connection")
_SILENT = Failure(ProviderTimeout, True, "did not answer in time")
_NO_HTTP = Failure(ProviderBadAnswer, True, "answered something that is not HTTP as agreed")
_BAD_URL = Failure(ProviderRejected, False, "has a base URL that cannot be called: correct it")

FAILURES: dict[type[BaseException], Failure] = {
    ce.ClientError: _BROKEN,
    ce.ClientResponseError: _NO_HTTP,
    ce.ContentTypeError: _NO_HTTP,
    ce.WSServerHandshakeError: _NO_HTTP,
    ce.ClientHttpProxyError: _NO_CONNECTION,
    ce.TooManyRedirects: _BAD_URL,
    ce.ClientConnectionError: _BROKEN,
    ce.ClientConnectionResetError: _BROKEN,
    ce.ClientOSError: _BROKEN,
    ce.ClientConnectorError: _NO_CONNECTION,
    ce.ClientConnectorDNSError: _NO_CONNECTION,
    ce.ClientProxyConnectionError: _NO_CONNECTION,
    ce.UnixClientConnectorError: _NO_CONNECTION,
    ce.ClientSSLError: _NO_TLS,
    ce.ClientConnectorSSLError: _NO_TLS,
    ce.ClientConnectorCertificateError: _NO_TLS,
    ce.ServerConnectionError: _BROKEN,
    ce.ServerDisconnectedError: _BROKEN,
    ce.ServerTimeoutError: _SILENT,
    ce.ConnectionTimeoutError: Failure(ProviderTimeout, False, "was not connected to in time"),
    ce.SocketTimeoutError: _SILENT,
    ce.ServerFingerprintMismatch: _NO_TLS,
    ce.ClientPayloadError: _BROKEN,
    ce.UploadAbortedError: Failure(ProviderUnreachable, False, "broke off before it had it all"),
    ce.InvalidURL: _BAD_URL,
    ce.InvalidUrlClientError: _BAD_URL,
    ce.RedirectClientError: _BAD_URL,
    ce.NonHttpUrlClientError: _BAD_URL,
    ce.InvalidUrlRedirectClientError: _BAD_URL,
    ce.NonHttpUrlRedirectClientError: _BAD_URL,
    HttpProcessingError: _NO_HTTP,
    TimeoutError: _SILENT,
    OSError: _BROKEN,
}
"""One line an exception; one that is not here is read as its nearest base."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose failures these are, for the words of an error.

    Args:
        key_setting: the setting that holds the key, "" when there is none.
        key: taken out of everything the provider says.
    """

    provider: str
    model: str
    key_setting: str
    key: str | None

    def clean(self, text: str) -> str:
        """The provider's words without anything like a key, at most 500 characters."""
        if self.key:
            text = text.replace(self.key, "[key]")
        return _KEY_LIKE.sub("[key]", " ".join(text.split()))[:500]


def was_never_written(error: BaseException) -> bool:
    """Whether the connection was found closed before the first byte of the request.

    A server that hangs up after an answer leaves such a connection behind for an instant.
    """
    cause = error.__cause__ or error
    return isinstance(cause, ce.ClientConnectionResetError) and cause.args == _NEVER_WRITTEN


def map_exception(error: BaseException, subject: Subject) -> ProviderError:
    """Our error for one of aiohttp's."""
    failure = next(FAILURES[t] for t in type(error).__mro__ if t in FAILURES)
    if was_never_written(error):
        failure = _NO_CONNECTION
    cause = f" ({type(error).__name__})"
    return failure.error(f"Provider {subject.provider} {failure.words}{cause}.", sent=failure.sent)
