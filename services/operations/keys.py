"""API keys of applications: create, list, revoke."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.domain.credentials import hash_token
from services.domain.errors import Conflict, NotFound, Unprocessable
from services.domain.identity import (
    OWN_SCOPES,
    Actor,
    ApiKey,
    Assertion,
    Permission,
    Scope,
    require,
)
from services.domain.ports import Clock, ControlStore, Ids, LiveControl
from services.domain.roles import check_role
from services.domain.snapshot import ControlState
from services.operations.events import EventWriter

KEY_PREFIX = "sk-sluice-"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made; `token` is shown this once and never stored.

    Args:
        warning: why its calls may not be let in as its maker believes.
    """

    key: ApiKey
    token: str
    warning: str | None = None


class Keys:
    """The operations on API keys."""

    def __init__(
        self,
        *,
        store: ControlStore,
        live: LiveControl | None,
        events: EventWriter,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._store = store
        self._live = live
        self._events = events
        self._clock = clock
        self._ids = ids

    def list_keys(self, actor: Actor) -> tuple[ApiKey, ...]:
        """All keys, newest first."""
        require(actor, Permission.MANAGE_ACCESS)
        keys = self._store.read_state().keys.values()
        return tuple(sorted(keys, key=lambda k: k.created_at, reverse=True))

    def create(
        self,
        actor: Actor,
        *,
        name: str,
        scopes: Iterable[str],
        feature: str | None = None,
        role: str | None = None,
        custom_role: bool = False,
        may_assert: Iterable[str] = (),
        expires_at: datetime | None = None,
        replaces: str | None = None,
        reason: str = "new application key",
    ) -> NewKey:
        """Make a key.

        Args:
            scopes: of domain.identity.Scope.
            feature: used when a call names none.
            role: of domain.roles.KNOWN_ROLES, unless `custom_role` says that another is meant.
            may_assert: of domain.identity.Assertion: what calls may claim about their user.
            replaces: the id of a live key of the same application. Both work, with the same limits
                and in the same sums of cost, until somebody revokes the old one.

        Raises:
            Forbidden, Unprocessable, NotFound: not allowed, a bad value, no such feature or key.
            Conflict: another live key has this name, or the one to replace another name.
        """
        require(actor, Permission.MANAGE_ACCESS)
        now = self._clock.now()
        state = self._store.read_state()
        _check_name(name)
        if feature is not None:
            state.feature(feature)
        if replaces is not None:
            _check_replaced(_find(state, replaces), name.strip(), now)
        _check_expiry(expires_at, now)
        role = (role or "").strip() or None
        warning = check_role(role, is_custom=custom_role)
        token = KEY_PREFIX + self._ids.token()
        key = ApiKey(
            id=self._ids.request_id(),
            name=name.strip(),
            hash=hash_token(token),
            scopes=frozenset(known_names(scopes, Scope, "scopes", at_least_one=True)),
            created_at=now,
            created_by=actor.name,
            feature=feature,
            role=role,
            may_assert=frozenset(known_names(may_assert, Assertion, "may_assert")),
            expires_at=expires_at,
        )
        after = describe_key(key) | ({} if replaces is None else {"replaces": replaces})
        event = self._events.event(actor, "key.create", key.name, reason, after=after)
        self._store.save_key(key, event, replaces)
        self._refresh()
        return NewKey(key, token, warning)

    def revoke(self, actor: Actor, key_id: str, reason: str) -> ApiKey:
        """End a key; calls with it are refused within a second on every instance."""
        require(actor, Permission.MANAGE_ACCESS)
        found = _find(self._store.read_state(), key_id)
        if found.revoked_at is not None:
            raise Conflict(
                f"API key {found.name!r} was revoked already, on "
                f"{found.revoked_at:%Y-%m-%d %H:%M} UTC.",
                code="key_revoked",
            )
        key = replace(found, revoked_at=self._clock.now(), version=found.version + 1)
        event = self._events.event(
            actor, "key.revoke", key.name, reason, before=describe_key(found)
        )
        self._store.save_key(key, event)
        self._refresh()
        return key

    def _refresh(self) -> None:
        if self._live is not None:
            self._live.refresh()


def _find(state: ControlState, key_id: str) -> ApiKey:
    found = next((key for key in state.keys.values() if key.id == key_id), None)
    if found is None:
        raise NotFound(f"There is no key with id {key_id!r}.", param="id")
    return found


def _check_replaced(old: ApiKey, name: str, now: datetime) -> None:
    if old.name != name or not old.is_live(now):
        what = f"is called {old.name!r}" if old.name != name else "is not live any more"
        raise Conflict(
            f"The key to replace, {old.id}, {what}, so no key was made. A key replaces a live one "
            "of the same name; any other is simply a new key.",
            code="key_not_replaceable",
            param="replaces",
        )


def _check_name(name: str) -> None:
    if not name.strip():
        raise Unprocessable("A key needs a name: say which application it is for.", param="name")


def _check_expiry(expires_at: datetime | None, now: datetime) -> None:
    if expires_at is not None and expires_at <= now:
        raise Unprocessable("The expiry lies in the past.", param="expires_at")


def describe_key(key: ApiKey) -> dict[str, Any]:
    """A key as audit events and the admin API show it."""
    return {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "feature": key.feature,
        "role": key.role,
        "may_assert": sorted(key.may_assert),
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
    }


def known_names(
    given: Iterable[str],
    kinds: type[Scope] | type[Assertion],
    param: str,
    *,
    at_least_one: bool = False,
) -> list[str]:
    """The names given, trimmed; raises Unprocessable when one is none of those to be had."""
    names = [name.strip() for name in given if name.strip()]
    known = [kind.value for kind in kinds if kind not in OWN_SCOPES]
    unknown = [name for name in names if name not in known]
    if unknown or (at_least_one and not names):
        problem = f"{', '.join(unknown)} is not known" if unknown else "none is given"
        raise Unprocessable(f"{param}: {problem}. Use some of: {', '.join(known)}.", param=param)
    return names
