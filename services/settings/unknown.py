"""Names in the environment that look like settings and are none: most often misspelt."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic_settings import DotEnvSettingsSource

from services.settings.values import Settings

RESERVED = frozenset({"AI_REQUIRE_SECOND_PERSON"})
"""Settled names that this release does not read yet."""

_PREFIX = "AI_"


@dataclass(frozen=True, slots=True)
class UnknownName:
    """A name that no setting has, and the setting that is spelled most like it."""

    name: str
    nearest: str | None

    def __str__(self) -> str:
        cure = f"did you mean {self.nearest}?" if self.nearest else "remove it"
        return f"{self.name} is set, but there is no such setting: {cure}"


def find_unknown_names(names: Iterable[str] | None = None) -> tuple[UnknownName, ...]:
    """The names that begin as settings do and are none.

    Args:
        names: the environment's and .env's when left out.
    """
    known = {name.upper() for name in Settings.model_fields}
    given = {name.upper() for name in (_given_names() if names is None else names)}
    strange = (n for n in given if n.startswith(_PREFIX) and n not in known | RESERVED)
    return tuple(UnknownName(name, _nearest(name, known)) for name in sorted(strange))


def _given_names() -> Iterable[str]:
    return [*os.environ, *DotEnvSettingsSource(Settings).env_vars]


def _nearest(name: str, known: Iterable[str]) -> str | None:
    # Without the prefix, which all have in common and which makes everything look alike.
    bare = {k.removeprefix(_PREFIX): k for k in known}
    found = get_close_matches(name.removeprefix(_PREFIX), bare, n=1, cutoff=0.6)
    return bare[found[0]] if found else None
