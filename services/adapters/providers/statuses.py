"""What a provider said went wrong: its status and error body, in our error tree."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from services.adapters.providers.failures import Subject
from services.domain.errors import (
    ProviderBadAnswer,
    ProviderError,
    ProviderOverloaded,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnreachable,
)

_SLOW = frozenset({408, 504})
_OVERLOADED = frozenset({409, 429, 503, 529})
_NOT_BEHIND = frozenset({502, 520, 521, 522, 523, 524, 525, 526, 530})
"""A front of the provider answers that the provider itself does not. Cloudflare's are 52x."""

_MAY_BLAME_LENGTH = frozenset({400, 413, 422, 500})
_LENGTH_CODES = frozenset({"context_length_exceeded", "exceed_context_size_error"})
_LENGTH_WORDS = re.compile(
    r"context (length|size|window)|maximum context|too many tokens|too large to process|"
    r"token count .* exceeds|reduce the length|prompt is too long|exceed context limit",
    re.IGNORECASE,
)
_STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""What the names of errors mean where no status comes with them. Source: Anthropic, "Errors"."""

_OVERLOAD_WORDS = re.compile(
    r"overload|rate.?limit|unavailable|too many requests|exhausted", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Report:
    """What an error body says: its message, its code or type, and a status if it has one."""

    message: str
    code: str = ""
    status: int | None = None

    @property
    def blames_length(self) -> bool:
        return self.code in _LENGTH_CODES or bool(_LENGTH_WORDS.search(self.message))

    @property
    def blames_load(self) -> bool:
        return bool(_OVERLOAD_WORDS.search(f"{self.code} {self.message}"))


def map_status(
    status: int, headers: Mapping[str, str], raw: bytes, subject: Subject, now: datetime
) -> ProviderError:
    """Our error for an answer with an error status.

    A refusal is marked as not sent: the provider did no work on it that it could bill.
    """
    return _judge(status, _read_body(raw), subject, parse_retry_after(headers, now))


def map_reported(answer: Mapping[str, Any], subject: Subject) -> ProviderError:
    """Our error for an error object that came with status 200 or inside a stream.

    Unlike an error status it may follow work that the provider bills.
    """
    report = _read_object(answer)
    named = _STATUS_OF_TYPE.get(report.code)
    status = report.status or named or (503 if report.blames_load else 500)
    error = _judge(status, report, subject, None)
    error.sent = True
    return error


def parse_retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait from `retry-after-ms` or `retry-after` (seconds or an HTTP date).

    A date is compared with the answer's own `Date`, where there is one: clocks differ.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    seconds = _number(text)
    if seconds is not None or text is None:
        return seconds
    until, answered = _http_date(text), _http_date(headers.get("date", ""))
    return None if until is None else max((until - (answered or now)).total_seconds(), 0.0)


def _judge(
    status: int, report: _Report, subject: Subject, retry_after_s: float | None
) -> ProviderError:
    who = f"Provider {subject.provider}"
    said = f"{status}: {subject.clean(report.message) or 'no message'}"
    if status in _MAY_BLAME_LENGTH and report.blames_length:
        return ProviderRejected(
            f"{who} says that the request is too long for model {subject.model} ({said}). "
            "Shorten the messages or ask for less output.",
            code="context_length_exceeded",
            sent=False,
        )
    if status in _SLOW:
        return ProviderTimeout(f"{who} ran out of time ({said}).", retry_after_s=retry_after_s)
    if status in _OVERLOADED:
        text = f"{who} asks to come back later ({said})."
        return ProviderOverloaded(text, retry_after_s=retry_after_s, sent=False)
    if status in _NOT_BEHIND:
        text = f"{who} cannot be reached behind its front ({said})."
        return ProviderUnreachable(text, retry_after_s=retry_after_s)
    if status >= 500:
        return ProviderBadAnswer(f"{who} failed ({said}).", retry_after_s=retry_after_s)
    code = "request_too_large" if status == 413 else None
    return ProviderRejected(_rejection(status, who, said, subject), code=code, sent=False)


def _rejection(status: int, who: str, said: str, subject: Subject) -> str:
    """Words for a refusal; what is said about a key is left out, as it may quote the key."""
    setting = subject.key_setting or "its key"
    if status in (401, 403):
        what = "our key" if subject.key else "a call without a key"
        return f"{who} refuses {what} ({status}). Check {setting} and what that key may use."
    if status == 404:
        return (
            f"{who} does not know model {subject.model} ({said}). "
            f"Check the model's name, the provider's base URL and {setting}."
        )
    if status == 402:
        return f"{who} wants to be paid first ({said}). Check the account behind {setting}."
    if status == 413:
        return f"{who} takes no request of this size ({said}). Send less text, fewer images."
    if status < 400:
        return f"{who} answered {status} and no answer: check its base URL."
    return f"{who} refuses this request ({said})."


def _read_body(raw: bytes) -> _Report:
    try:
        answer = orjson.loads(raw)
    except orjson.JSONDecodeError:
        text = raw[:2000].decode("utf-8", "replace").strip()
        return _Report("an HTML page" if text.startswith("<") else text)
    return _read_object(answer)


def _read_object(answer: object) -> _Report:
    """The report in any of the shapes that servers use; Gemini sends a list of one."""
    if isinstance(answer, list) and answer:
        answer = answer[0]
    error = (answer.get("error") or answer) if isinstance(answer, Mapping) else answer
    if not isinstance(error, Mapping):
        return _Report(str(error))
    message = error.get("message") or error.get("detail") or ""
    code = error.get("code")
    if not str(code).isdecimal():
        return _Report(str(message), str(code or error.get("type") or ""))
    status = int(str(code))
    is_error = 400 <= status < 600
    return _Report(str(message), str(error.get("type") or ""), status if is_error else None)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return max(value, 0.0) if math.isfinite(value) else None


def _http_date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
