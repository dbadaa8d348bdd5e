"""Instances that live."""

from __future__ import annotations

from typing import Protocol

from services.domain.fleet import Instance, KillAck


class FleetStore(Protocol):
    """Instances, their heartbeats, and their acknowledgements of kills."""

    def beat(self, instance: Instance) -> None: ...

    def forget(self, instance_id: str) -> None: ...

    def list_instances(self) -> tuple[Instance, ...]: ...

    def acknowledge(self, ack: KillAck) -> None: ...

    def list_acks(self, scope: str, epoch: int) -> tuple[KillAck, ...]: ...
