import threading
from datetime import UTC, datetime

import pytest

from services.adapters.clock import SystemIds
from services.domain.audit import AuditEvent
from services.domain.errors import Conflict, Forbidden, Unprocessable
from services.domain.identity import OWN_SCOPES, Actor, Role, Scope, actor_for
from services.domain.samples import SampleOrder, SampleState
from services.operations.events import EventWriter
from services.operations.keys import known_names
from services.operations.sample_traffic import SampleTraffic
from tests.clock import FakeClock

OPERATOR = actor_for("ayse", Role.OPERATOR)
AUTHOR = actor_for("can", Role.AUTHOR)


class Ledger:
    """A SampleSender and SampleStore that remember what they were told."""

    def __init__(self) -> None:
        self.held = 0
        self.events: list[AuditEvent] = []
        self.is_sending = threading.Event()
        self.may_end = threading.Event()
        self.may_end.set()

    def send(self, order: SampleOrder, event: AuditEvent) -> int:
        self.is_sending.set()
        assert self.may_end.wait(10)
        self.events.append(event)
        self.held += order.requests
        return order.requests

    def get_state(self) -> SampleState:
        at = datetime(2026, 11, 21, tzinfo=UTC)
        return SampleState(self.held, at, at) if self.held else SampleState()

    def remove(self, event: AuditEvent) -> int:
        self.events.append(event)
        removed, self.held = self.held, 0
        return removed


def samples(ledger: Ledger) -> SampleTraffic:
    events = EventWriter(FakeClock(), SystemIds())
    return SampleTraffic(sender=ledger, store=ledger, events=events)


def test_sending_and_removing_each_leave_an_audit_event() -> None:
    ledger = Ledger()
    traffic = samples(ledger)
    assert traffic.send(OPERATOR, 300, 5, "for the demo") == 300
    assert traffic.get_state().requests == 300
    assert traffic.remove(OPERATOR, "the demo is over") == 300
    sent, removed = ledger.events
    assert (sent.action, sent.actor, sent.reason) == ("sample.send", "ayse", "for the demo")
    assert sent.after == {"requests": 300, "days": 5}
    assert (removed.action, removed.reason) == ("sample.remove", "the demo is over")
    assert removed.before == {"requests": 300}


@pytest.mark.parametrize("actor", [AUTHOR, actor_for("efe", Role.VIEWER)])
def test_who_may_not_send_may_not_remove_either(actor: Actor) -> None:
    ledger = Ledger()
    with pytest.raises(Forbidden, match="sample:send"):
        samples(ledger).send(actor)
    with pytest.raises(Forbidden, match="sample:send"):
        samples(ledger).remove(actor)
    assert ledger.events == []


@pytest.mark.parametrize(
    ("requests", "days", "named"),
    [(0, 7, "requests"), (20_001, 7, "requests"), (10, 0, "days"), (10, 91, "days")],
)
def test_too_few_or_too_many_are_refused(requests: int, days: int, named: str) -> None:
    ledger = Ledger()
    with pytest.raises(Unprocessable, match=f"^{named} is"):
        samples(ledger).send(OPERATOR, requests, days)
    assert ledger.events == []


def test_second_click_while_it_is_sent_is_a_conflict() -> None:
    ledger = Ledger()
    ledger.may_end.clear()
    traffic = samples(ledger)
    first = threading.Thread(target=traffic.send, args=(OPERATOR, 10, 1))
    first.start()
    assert ledger.is_sending.wait(10)
    with pytest.raises(Conflict, match="right now"):
        traffic.send(OPERATOR, 10, 1)
    with pytest.raises(Conflict, match="right now"):
        traffic.remove(OPERATOR)
    ledger.may_end.set()
    first.join(10)
    assert traffic.remove(OPERATOR) == 10


@pytest.mark.parametrize("scope", sorted(OWN_SCOPES))
def test_no_key_can_be_made_with_a_scope_of_sluice_itself(scope: Scope) -> None:
    with pytest.raises(Unprocessable, match=scope.value):
        known_names([scope.value], Scope, "scopes")
    assert known_names([Scope.GENERATE.value], Scope, "scopes") == ["ai:generate"]
