"""What comes of a call in place of an answer, before it is one of our errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Malformed(Exception):
    """What came is not what the format promises.

    Args:
        what: words that follow "the provider answered".
        code: a stable code where the case has one of its own.
    """

    def __init__(self, what: str, code: str | None = None) -> None:
        super().__init__(what)
        self.code = code


class Unsupported(Exception):
    """A call that the provider has no way to answer: words that say what, and what to do."""


class Reported(Exception):
    """The provider reported an error inside an answer with status 200."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        super().__init__("the provider reported an error")
        self.answer = answer
