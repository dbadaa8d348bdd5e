"""The proof of a stop names who has obeyed, who has not yet, and who refuses by its lease."""

from __future__ import annotations

from datetime import timedelta

from services.domain.errors import SourceDown
from services.domain.fleet import Instance, KillAck
from services.domain.kill import KillEntry
from services.domain.policy import LEASE_S
from services.operations.kill_proofs import PROOF_PAUSE_S, PROOF_WAIT_S, KillProofs
from tests.clock import FakeClock


class Fleet:
    """Instances with heartbeats of so many seconds ago; `acks` are how long each one took."""

    def __init__(self, clock: FakeClock, **beats: float) -> None:
        self.entry = KillEntry("all", True, 1, "ayse", "odd", clock.now())
        now = clock.now()
        self.instances = tuple(
            Instance(
                id=name,
                kind="cli" if name == "cli" else "gateway",
                version="1",
                started_at=now,
                heartbeat_at=now - timedelta(seconds=ago_s),
                revision=1,
                running_calls=0,
                journal_backlog=0,
            )
            for name, ago_s in beats.items()
        )
        self.acks: dict[str, float] = {}
        self.is_down = False

    def list_instances(self) -> tuple[Instance, ...]:
        if self.is_down:
            raise SourceDown("SQL does not answer.")
        return self.instances

    def list_acks(self, scope: str, epoch: int) -> tuple[KillAck, ...]:
        return tuple(
            KillAck(name, scope, epoch, self.entry.at + timedelta(seconds=took_s))
            for name, took_s in self.acks.items()
        )


def proofs(fleet: Fleet, clock: FakeClock) -> KillProofs:
    return KillProofs(fleet, clock, clock.advance)  # type: ignore[arg-type]


def test_proof_is_complete_once_the_slowest_instance_has_acknowledged() -> None:
    clock = FakeClock()
    fleet = Fleet(clock, one=1.0, two=2.0)
    fleet.acks = {"one": 0.25, "two": 0.5}
    proof = proofs(fleet, clock).get(fleet.entry)
    assert proof.is_complete
    assert (proof.applied, proof.instances, proof.seconds) == (2, 2, 0.5)


def test_instance_that_lives_without_a_word_is_a_straggler() -> None:
    clock = FakeClock()
    fleet = Fleet(clock, one=1.0, two=float(LEASE_S))
    fleet.acks = {"one": 0.25}
    proof = proofs(fleet, clock).get(fleet.entry)
    assert (proof.stragglers, proof.off_by_lease) == (("two",), ())
    assert not proof.is_complete


def test_instance_silent_for_longer_than_the_lease_refuses_on_its_own() -> None:
    clock = FakeClock()
    fleet = Fleet(clock, one=1.0, two=LEASE_S + 1.0)
    fleet.acks = {"one": 0.25}
    proof = proofs(fleet, clock).get(fleet.entry)
    assert (proof.stragglers, proof.off_by_lease) == ((), ("two",))
    assert proof.is_complete


def test_command_on_the_host_runs_no_calls_and_proves_nothing() -> None:
    clock = FakeClock()
    fleet = Fleet(clock, cli=0.0)
    proof = proofs(fleet, clock).get(fleet.entry)
    assert (proof.instances, proof.is_complete) == (0, False)


def test_unreadable_acknowledgements_are_a_problem_and_no_proof() -> None:
    clock = FakeClock()
    fleet = Fleet(clock, one=0.0)
    fleet.is_down = True
    proof = proofs(fleet, clock).get(fleet.entry)
    assert (proof.problem, proof.is_complete) == ("SQL does not answer.", False)


def test_clocks_that_differ_give_no_time_below_zero() -> None:
    clock = FakeClock()
    fleet = Fleet(clock, one=0.0)
    fleet.acks = {"one": -0.5}
    assert proofs(fleet, clock).get(fleet.entry).seconds == 0.0


def test_proof_is_waited_for_until_the_last_straggler_obeys() -> None:
    clock = FakeClock()
    fleet = Fleet(clock, one=0.0)
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        fleet.acks = {"one": seconds}

    proof = KillProofs(fleet, clock, pause).wait_for(fleet.entry)  # type: ignore[arg-type]
    assert proof.is_complete
    assert pauses == [PROOF_PAUSE_S]


def test_proof_that_does_not_come_is_waited_for_a_second() -> None:
    clock = FakeClock()
    fleet = Fleet(clock, one=0.0)
    began_s = clock.monotonic_s()
    proof = proofs(fleet, clock).wait_for(fleet.entry)
    assert proof.stragglers == ("one",)
    assert PROOF_WAIT_S <= clock.monotonic_s() - began_s < PROOF_WAIT_S + 2 * PROOF_PAUSE_S
