"""A first start is not left empty: the Overview offers sample traffic, and takes it away again."""

import pytest

from services.domain.identity import Role
from tests.pages.running import HOST, Console, texts

SEND, REMOVE = "Send sample traffic", "Remove sample traffic"


def test_operator_sends_it_from_the_empty_overview_and_removes_it(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    app = console.open("overview")
    assert [button.label for button in app.button] == [SEND]
    app = app.button[0].click().run(timeout=60)
    assert not app.exception
    assert console.sluice.sample_traffic.get_state().requests == 2_000
    assert "2,000 sample requests" in texts(app)
    # The figures are the applications' alone.
    assert {m.value for m in app.metric if "24 h" in m.label} == {"No data"}
    assert [button.label for button in app.button] == [REMOVE]
    app = app.button[0].click().run()
    assert console.sluice.sample_traffic.get_state().requests == 0
    assert [button.label for button in app.button] == [SEND]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUTHOR])
def test_who_may_not_send_it_sees_it_marked_but_no_button(console: Console, role: Role) -> None:
    console.sign_in(role)
    assert not console.open("overview").button
    console.sluice.sample_traffic.send(HOST, 10, 1)
    app = console.open("overview")
    assert not app.exception
    assert "10 sample requests" in texts(app)
    assert not app.button


def test_it_is_not_offered_beside_real_figures(console: Console) -> None:
    console.ask_once()
    console.sign_in(Role.OPERATOR)
    assert not console.open("overview").button


def test_beside_real_figures_it_is_sent_and_removed_on_system(console: Console) -> None:
    console.ask_once()
    console.sign_in(Role.OPERATOR)
    app = console.open("system")
    assert "Sample data" in [heading.value for heading in app.subheader]
    assert "are marked, stay out of all totals" in texts(app)
    app = next(b for b in app.button if b.label == SEND).click().run(timeout=60)
    assert not app.exception
    assert "2,000 sample requests" in texts(app)
    app = next(b for b in app.button if b.label == REMOVE).click().run()
    assert console.sluice.sample_traffic.get_state().requests == 0
    assert SEND in [button.label for button in app.button]


def test_system_stands_while_the_ledger_is_down(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    console.take_ledger_away()
    app = console.open("system")
    assert not app.exception
    assert SEND not in [button.label for button in app.button]


def test_it_is_not_offered_while_the_ledger_is_down(console: Console) -> None:
    console.sign_in(Role.OPERATOR)
    console.take_ledger_away()
    app = console.open("overview")
    assert not app.exception
    assert not app.button
