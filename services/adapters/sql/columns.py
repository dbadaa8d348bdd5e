"""Column types and short column makers: UTC microseconds, text that every database can store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Dialect, Double, RowMapping, Text, TypeDecorator

Row = Mapping[str, Any] | RowMapping
"""A table's row as read: values by column name."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros_of(at: datetime) -> int:
    """Microseconds since 1970, exact."""
    return (at - _EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    """The aware UTC instant of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=value)


class UtcMicros(TypeDecorator[datetime]):
    """An aware datetime as whole microseconds: the same in every database, and it sorts."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else micros_of(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_micros(value)


class SafeText(TypeDecorator[str]):
    """Text in which NUL, which PostgreSQL cannot store, becomes the replacement character."""

    impl = Text
    cache_ok = True

    @staticmethod
    def clean(value: str | None) -> str | None:
        """The text as it will be stored."""
        return value.replace("\0", "\ufffd") if value else value

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return self.clean(value)


def key(name: str) -> Column[Any]:
    """A text column of the primary key."""
    return Column(name, SafeText, primary_key=True)


def text(name: str, *, null: bool = False) -> Column[Any]:
    """A text column."""
    return Column(name, SafeText, nullable=null)


def at(name: str, *, null: bool = False) -> Column[Any]:
    """An instant."""
    return Column(name, UtcMicros, nullable=null)


def whole(name: str, *, null: bool = False) -> Column[Any]:
    """A 64-bit whole number."""
    return Column(name, BigInteger, nullable=null)


def flag(name: str) -> Column[Any]:
    """True or false."""
    return Column(name, Boolean, nullable=False)


def real(name: str, *, null: bool = False) -> Column[Any]:
    """A floating-point number, never money."""
    return Column(name, Double, nullable=null)


def change() -> list[Column[Any]]:
    """Version of a thing operators edit, and who changed it last."""
    return [whole("version"), at("changed_at", null=True), text("changed_by", null=True)]


def usage() -> list[Column[Any]]:
    """Tokens by kind, as domain Usage has them."""
    kinds = ("input", "output", "cached_input", "cache_write", "reasoning")
    return [*(whole(f"{kind}_tokens") for kind in kinds), flag("is_counted")]
