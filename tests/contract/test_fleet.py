from dataclasses import replace
from datetime import timedelta

from services.adapters.sql.engine import Database
from services.adapters.sql.fleet import SqlFleet
from services.domain.fleet import Instance, KillAck
from tests.contract.records import START

GATEWAY = Instance("g1", "gateway", "0.1.0", START, START, 7, 3, 0)
ACK = KillAck("g1", "all", 1_000, START)


def test_heartbeat_replaces_the_one_before(database: Database) -> None:
    fleet = SqlFleet(database)
    later = replace(GATEWAY, heartbeat_at=START + timedelta(seconds=2), running_calls=9)
    fleet.beat(GATEWAY)
    fleet.beat(later)
    assert fleet.list_instances() == (later,)


def test_forgotten_instance_is_no_longer_listed(database: Database) -> None:
    fleet = SqlFleet(database)
    other = replace(GATEWAY, id="g2")
    fleet.beat(GATEWAY)
    fleet.beat(other)
    fleet.forget("g1")
    assert fleet.list_instances() == (other,)


def test_acknowledgements_are_those_of_one_scope_and_epoch(database: Database) -> None:
    fleet = SqlFleet(database)
    for ack in (ACK, replace(ACK, scope="feature:x"), replace(ACK, epoch=1_001)):
        fleet.acknowledge(ack)
    assert fleet.list_acks("all", 1_000) == (ACK,)


def test_first_acknowledgement_counts(database: Database) -> None:
    fleet = SqlFleet(database)
    fleet.acknowledge(ACK)
    fleet.acknowledge(replace(ACK, applied_at=START + timedelta(seconds=5)))
    assert fleet.list_acks("all", 1_000) == (ACK,)
