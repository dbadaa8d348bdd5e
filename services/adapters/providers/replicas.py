"""Which of a provider's base URLs is called next."""

from __future__ import annotations

from services.domain.ports import Clock

FAILURES_TO_LEAVE = 3
OUT_S = 30.0


class Replicas:
    """Base URLs in rotation; one leaves for 30 s after 3 failures in a row.

    When all are out they are called all the same: the breaker decides about the provider.
    """

    def __init__(self, base_urls: tuple[str, ...], clock: Clock) -> None:
        self.base_urls = tuple(url.rstrip("/") for url in base_urls)
        self._clock = clock
        self._turn = 0
        self._failures: dict[str, int] = {}
        self._out_until_s: dict[str, float] = {}

    def pick(self) -> str:
        """The next base URL that is not out."""
        now_s = self._clock.monotonic_s()
        ready = [u for u in self.base_urls if self._out_until_s.get(u, now_s) <= now_s]
        urls = ready or self.base_urls
        self._turn += 1
        return urls[self._turn % len(urls)]

    def succeeded(self, url: str) -> None:
        if self._failures:
            self._failures.pop(url, None)

    def failed(self, url: str) -> None:
        """Count a failure that says something about the server, not about the request."""
        failures = self._failures.get(url, 0) + 1
        if failures >= FAILURES_TO_LEAVE:
            self._out_until_s[url] = self._clock.monotonic_s() + OUT_S
            failures = 0
        self._failures[url] = failures
