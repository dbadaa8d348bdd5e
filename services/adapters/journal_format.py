"""The journal's records as lines of JSON, and back. `v` is the format's version, `t` the kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

import msgspec

from services.domain.audit import AuditEvent
from services.domain.ledger import Intent, Outcome

Record = Intent | Outcome | AuditEvent

VERSION = 1


class _Line(msgspec.Struct):
    v: int
    t: str
    d: msgspec.Raw


def encode(record: Record) -> bytes:
    """The record as one line; the datum holds the domain's fields by name."""
    head = _HEADS[type(record)]
    try:
        return head + _ENCODER.encode(record) + b"}\n"
    except UnicodeEncodeError:
        # Half a surrogate pair: odd, but no reason to lose a record.
        return head + _ENCODER.encode(_storable(record)) + b"}\n"


def decode(line: bytes) -> Record:
    """The record of a line.

    Raises:
        ValueError: the line is torn, damaged, or of a newer version.
    """
    try:
        stored = _LINES.decode(line)
        if stored.v != VERSION:
            raise ValueError(f"format {stored.v} is not {VERSION}, the one this version reads")
        return _DECODERS[stored.t].decode(stored.d)
    except (msgspec.DecodeError, KeyError) as error:
        raise ValueError(f"no journal record: {error}") from error


def time_of(record: Record) -> datetime:
    """When the thing recorded happened."""
    if isinstance(record, Intent):
        return record.started_at
    return record.finished_at if isinstance(record, Outcome) else record.at


def _plain(value: Any) -> Any:
    """What the encoder does not know of itself: the mappings of audit events."""
    return dict(value) if isinstance(value, Mapping) else str(value)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _storable(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {_storable(str(name)): _storable(item) for name, item in value.items()}
    if isinstance(value, (tuple, list, set, frozenset)):
        return [_storable(item) for item in value]
    return value


_KINDS: Mapping[str, type[Record]] = {"intent": Intent, "outcome": Outcome, "audit": AuditEvent}
_HEADS = {kind: b'{"v":%d,"t":"%b","d":' % (VERSION, t.encode()) for t, kind in _KINDS.items()}
_ENCODER = msgspec.json.Encoder(enc_hook=_plain, order="deterministic")
_LINES = msgspec.json.Decoder(_Line)
_DECODERS: Mapping[str, msgspec.json.Decoder[Record]] = {
    t: msgspec.json.Decoder(kind) for t, kind in _KINDS.items()
}
