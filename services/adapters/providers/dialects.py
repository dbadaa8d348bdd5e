"""What providers differ in: how they let callers in, and how they write calls and answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from services.adapters.providers.failures import Subject
from services.domain.calls import Chunk, Completion, ProviderCall
from services.domain.errors import ProviderRejected


@dataclass(frozen=True, slots=True)
class Access:
    """How a provider knows its callers.

    Args:
        key_setting: the setting that holds the key, for the words of errors.
        needs_key: it cannot be called without one.
        header: the header that carries the key, after `scheme`.
        extra: headers that every call carries.
        models_path: a path that answers at no cost, for health checks.
    """

    key_setting: str = ""
    needs_key: bool = False
    header: str = "Authorization"
    scheme: str = "Bearer "
    extra: Mapping[str, str] = field(default_factory=dict)
    models_path: str = "/models"

    def headers(self, subject: Subject) -> dict[str, str]:
        """The headers of one call.

        Raises:
            ProviderRejected: there is no key that could be sent, and one is needed.
        """
        headers = {"Content-Type": "application/json", "User-Agent": "sluice", **self.extra}
        key = subject.key
        if key is not None and key.isprintable() and key.isascii() and " " not in key:
            headers[self.header] = self.scheme + key
        elif key is not None or self.needs_key:
            what = "no key is set" if key is None else "its key holds what no key may hold"
            raise ProviderRejected(
                f"Provider {subject.provider} was not called: {what}. "
                f"Set {self.key_setting or 'its key'} and reset the provider.",
                sent=False,
            )
        return headers


class StreamReader(Protocol):
    """Turns the events of one stream into chunks."""

    @property
    def is_finished(self) -> bool:
        """Whether the answer is whole, though events may follow."""
        ...

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to come."""
        ...

    def read(self, event: bytes) -> Chunk | None:
        """The chunk that an event is; None when it says nothing to a client.

        Raises:
            Malformed, Reported: it is none, or an error.
        """
        ...


class Dialect(Protocol):
    """One provider's format; pure.

    `path` and `render` raise Unsupported for calls that the provider has no way to answer.
    """

    @property
    def access(self) -> Access: ...

    def path(self, call: ProviderCall) -> str:
        """What follows the base URL."""
        ...

    def render(self, call: ProviderCall, *, is_stream: bool) -> bytes: ...

    def parse(self, call: ProviderCall, raw: bytes) -> Completion:
        """A whole answer.

        Raises:
            Malformed, Reported: it is none, or an error.
        """
        ...

    def open_stream(self, call: ProviderCall) -> StreamReader: ...
