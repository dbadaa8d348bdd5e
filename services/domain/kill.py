"""The kill register: what is stopped, by whom and why, and how two copies of it merge."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.domain.errors import Unprocessable

ALL = "all"
MAX_NAME = 200
_KINDS = ("feature", "provider", "model")


@dataclass(frozen=True, slots=True)
class KillEntry:
    """The state of one scope: "all", "feature:NAME", "provider:NAME" or "model:PROVIDER/NAME".

    Args:
        epoch: grows with every change of the scope, on every instance; the highest one rules.
    """

    scope: str
    is_active: bool
    epoch: int
    actor: str
    reason: str
    at: datetime

    def beats(self, other: KillEntry | None) -> bool:
        """Whether this entry replaces the other: by epoch, and on a tie by being active."""
        if other is None:
            return True
        return (self.epoch, self.is_active) > (other.epoch, other.is_active)


@dataclass(frozen=True, slots=True)
class KillRegister:
    """All scopes ever touched, immutable."""

    entries: Mapping[str, KillEntry] = field(default_factory=dict)
    _is_any_active: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        is_any_active = any(entry.is_active for entry in self.entries.values())
        object.__setattr__(self, "_is_any_active", is_any_active)

    @property
    def active(self) -> tuple[KillEntry, ...]:
        """The scopes that are stopped now: everything first, then the oldest."""
        active = (e for e in self.entries.values() if e.is_active)
        return tuple(sorted(active, key=lambda e: (e.scope != ALL, e.epoch)))

    def merge(self, entries: Iterable[KillEntry]) -> KillRegister:
        """The union of both; returns this very object when nothing changes."""
        merged: dict[str, KillEntry] | None = None
        for entry in entries:
            known = (self.entries if merged is None else merged).get(entry.scope)
            if entry.beats(known):
                merged = dict(self.entries) if merged is None else merged
                merged[entry.scope] = entry
        return self if merged is None else KillRegister(merged)

    def blocking(
        self, feature: str | None, provider: str | None = None, model: str | None = None
    ) -> KillEntry | None:
        """The active entry that stops this feature, provider or model; None when none does."""
        if not self._is_any_active:
            return None
        scopes = [ALL, f"feature:{feature}"]
        if provider is not None:
            scopes += [f"provider:{provider}", f"model:{provider}/{model}"]
        for scope in scopes:
            entry = self.entries.get(scope)
            if entry is not None and entry.is_active:
                return entry
        return None


def parse_scope(text: str) -> str:
    """The scope in its canonical form.

    Raises:
        Unprocessable: it is none of the four forms.
    """
    kind, _, name = text.strip().partition(":")
    if len(name) > MAX_NAME or not name.isprintable():
        raise Unprocessable(
            f"The scope's name is over {MAX_NAME} characters or holds control characters: use the "
            "name of a feature, provider or model.",
            param="scope",
        )
    if kind == ALL and not name:
        return ALL
    if kind in _KINDS and name and (kind != "model" or "/" in name):
        return f"{kind}:{name}"
    raise Unprocessable(
        f"{text!r} is not a scope: use all, feature:NAME, provider:NAME or model:PROVIDER/NAME.",
        param="scope",
    )


@dataclass(frozen=True, slots=True)
class KnownNames:
    """The names of a kind of scope that are known.

    Args:
        names: none when they cannot be told.
        problem: why there may be others; None when these are all.
    """

    names: tuple[str, ...] = ()
    problem: str | None = None


def scope_names(
    kind: str, features: Iterable[str], models: Mapping[str, Iterable[str]]
) -> tuple[str, ...]:
    """What there is of a kind of scope ("feature", "provider" or "model").

    Args:
        models: of each provider.
    """
    if kind == "feature":
        return tuple(sorted(features))
    if kind == "provider":
        return tuple(sorted(models))
    return tuple(sorted(f"{provider}/{name}" for provider in models for name in models[provider]))


def doubt_of_name(scope: str, known: KnownNames) -> str | None:
    """That a scope names nothing there is, or that nobody could say; None when it is known."""
    kind, _, name = scope.partition(":")
    if scope == ALL or name in known.names:
        return None
    names = ", ".join(known.names)
    if known.problem is not None:
        others = f" Known without it: {names}." if names else ""
        return (
            f"Whether there is a {kind} {name} could not be looked up. {known.problem}{others} "
            "The stop is stored all the same; check the name for a typing error."
        )
    if not names:
        return None
    return f"No {kind} of that name is known here; known: {names}. The stop is stored all the same."


def not_stopped(scope: str, still_stopped: Collection[str]) -> str:
    """That a release changed nothing, and what is stopped instead."""
    if not still_stopped:
        return f"{scope} was not stopped, nor is anything else: nothing changed."
    return f"{scope} was not stopped; still stopped: {', '.join(still_stopped)}."


def next_epoch(known: KillEntry | None, now: datetime) -> int:
    """An epoch above the known one, and above what any instance wrote earlier.

    Milliseconds since 1970, so that an instance that cannot read a place still writes a higher
    epoch than that place holds.
    """
    return max(int(now.timestamp() * 1000), (known.epoch if known else 0) + 1)
