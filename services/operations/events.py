"""How every operation writes its audit event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.domain.audit import AuditEvent
from services.domain.identity import Actor
from services.domain.ports import Clock, Ids
from services.domain.rollout import Rollout
from services.domain.snapshot import require_reason


@dataclass(frozen=True, slots=True)
class EventWriter:
    """Makes audit events with an id and the time."""

    clock: Clock
    ids: Ids

    def event(
        self,
        actor: Actor,
        action: str,
        target: str,
        reason: str,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> AuditEvent:
        """An event of now.

        Raises:
            Unprocessable: the reason is empty or too long.
        """
        return AuditEvent(
            id=self.ids.request_id(),
            at=self.clock.now(),
            actor=actor.name,
            action=action,
            target=target,
            reason=require_reason(reason),
            before=before,
            after=after,
        )


def describe_rollout(rollout: Rollout) -> dict[str, Any]:
    """A rollout as audit events and the admin API show it."""
    return {
        "stage": rollout.stage.value,
        "percentage": rollout.percentage,
        "enabled": rollout.is_enabled,
        "version": rollout.version,
    }
