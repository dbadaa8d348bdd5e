"""The journal's records as lines of JSON, and back. `v` is the format's version, `t` the kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

import orjson

from services.domain.calls import Endpoint, Usage
from services.domain.ledger import Attempt, AuditEvent, Intent, Outcome, Source, Status, StepRecord
from services.domain.money import CostBasis

Record = Intent | Outcome | AuditEvent

VERSION = 1
_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE


def encode(record: Record) -> bytes:
    """The record as one line; the datum holds the domain's fields by name."""
    kind = _KINDS[type(record)]
    try:
        return orjson.dumps({"v": VERSION, "t": kind, "d": record}, _plain, _OPTIONS)
    except orjson.JSONEncodeError:
        # Half a surrogate pair, or a number beyond 64 bits: odd, but no reason to lose a record.
        return orjson.dumps({"v": VERSION, "t": kind, "d": _storable(record)}, _plain, _OPTIONS)


def decode(line: bytes) -> Record:
    """The record of a line.

    Raises:
        ValueError: the line is torn, damaged, or of a newer version.
    """
    try:
        stored = orjson.loads(line)
        version, kind, datum = stored["v"], stored["t"], stored["d"]
        if version != VERSION:
            raise ValueError(f"format {version} is not {VERSION}, the one this version reads")
        return _DECODERS[kind](datum)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no journal record: {error!r}") from error


def time_of(record: Record) -> datetime:
    """When the thing recorded happened."""
    if isinstance(record, Intent):
        return record.started_at
    return record.finished_at if isinstance(record, Outcome) else record.at


def _decode_intent(d: Mapping[str, Any]) -> Intent:
    return Intent(
        request_id=d["request_id"],
        started_at=_at(d["started_at"]),
        source=Source(d["source"]),
        endpoint=Endpoint(d["endpoint"]),
        application=d["application"],
        feature=d["feature"],
        user=d["user"],
        requested_model=d["requested_model"],
        is_streamed=d["is_streamed"],
        held_nano_usd=d["held_nano_usd"],
        revision=d["revision"],
        prompt=d["prompt"],
        prompt_version=d["prompt_version"],
        payload=d["payload"],
    )


def _decode_outcome(d: Mapping[str, Any]) -> Outcome:
    return Outcome(
        intent=_decode_intent(d["intent"]),
        status=Status(d["status"]),
        decision=d["decision"],
        http_status=d["http_status"],
        finished_at=_at(d["finished_at"]),
        duration_ms=d["duration_ms"],
        overhead_ms=d["overhead_ms"],
        steps=tuple(_decode_step(step) for step in d["steps"]),
        attempts=tuple(_decode_attempt(attempt) for attempt in d["attempts"]),
        provider=d["provider"],
        model=d["model"],
        is_mock=d["is_mock"],
        is_degraded=d["is_degraded"],
        is_cached=d["is_cached"],
        finish_reason=d["finish_reason"],
        usage=_decode_usage(d["usage"]),
        cost_nano_usd=d["cost_nano_usd"],
        cost_basis=CostBasis(d["cost_basis"]),
        saved_nano_usd=d["saved_nano_usd"],
        first_token_ms=d["first_token_ms"],
        message=d["message"],
        response=d["response"],
    )


def _decode_attempt(d: Mapping[str, Any]) -> Attempt:
    return Attempt(
        request_id=d["request_id"],
        number=d["number"],
        provider=d["provider"],
        model=d["model"],
        status=Status(d["status"]),
        decision=d["decision"],
        started_at=_at(d["started_at"]),
        duration_ms=d["duration_ms"],
        usage=_decode_usage(d["usage"]),
        cost_nano_usd=d["cost_nano_usd"],
        cost_basis=CostBasis(d["cost_basis"]),
        is_mock=d["is_mock"],
        first_token_ms=d["first_token_ms"],
        message=d["message"],
    )


def _decode_event(d: Mapping[str, Any]) -> AuditEvent:
    return AuditEvent(
        id=d["id"],
        at=_at(d["at"]),
        actor=d["actor"],
        action=d["action"],
        target=d["target"],
        reason=d["reason"],
        before=d["before"],
        after=d["after"],
        cause=d["cause"],
        revision=d["revision"],
    )


def _decode_step(d: Mapping[str, Any]) -> StepRecord:
    return StepRecord(
        d["step"], d["outcome"], d["decision"], _at(d["started_at"]), d["duration_ms"]
    )


def _decode_usage(d: Mapping[str, Any]) -> Usage:
    return Usage(
        input_tokens=d["input_tokens"],
        output_tokens=d["output_tokens"],
        cached_input_tokens=d["cached_input_tokens"],
        cache_write_tokens=d["cache_write_tokens"],
        reasoning_tokens=d["reasoning_tokens"],
        is_counted=d["is_counted"],
    )


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _plain(value: Any) -> Any:
    """What orjson does not know of itself: the mappings and sets of audit events."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(str(item) for item in value)
    return str(value)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, int):
        return max(min(value, 2**63 - 1), -(2**63))
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _storable(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {_storable(str(name)): _storable(item) for name, item in value.items()}
    if isinstance(value, (tuple, list, set, frozenset)):
        return [_storable(item) for item in value]
    return value


_KINDS: Mapping[type[Record], str] = {Intent: "intent", Outcome: "outcome", AuditEvent: "audit"}
_DECODERS: Mapping[str, Callable[[Mapping[str, Any]], Record]] = {
    "intent": _decode_intent,
    "outcome": _decode_outcome,
    "audit": _decode_event,
}
