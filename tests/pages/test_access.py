"""The Access page makes and ends keys, accounts and sessions; keys are shown once."""

import pytest
from streamlit.testing.v1 import AppTest

from services.domain.audit import AuditFilter
from services.domain.identity import Role
from tests.pages.panels import send
from tests.pages.running import HOST, PASSWORD, Console, texts

OTHER = "another long passphrase"


def field(app: AppTest, label: str) -> object:
    return next(one for one in app.text_input if one.label == label)


def test_without_a_key_the_page_says_that_nobody_can_call(console: Console) -> None:
    console.sign_in(Role.ADMIN)
    app = console.open("access")
    assert not app.exception
    assert "no application can call" in app.info[0].value


def test_a_new_key_is_shown_until_it_is_kept_and_never_again(console: Console) -> None:
    console.sign_in(Role.ADMIN)
    app = console.open("access")
    field(app, "Name of the application").set_value("shop")
    app = send(app, "Create", "the shop goes live")
    (key,) = console.sluice.keys.list_keys(HOST)
    token = app.code[0].value
    assert console.post_chat(token).status_code == 400
    assert (key.name, key.scopes) == ("shop", {"ai:generate"})
    app = next(b for b in app.button if b.label == "I have kept it").click().run()
    assert not app.code
    assert token not in repr(app.session_state)
    assert field(app, "Name of the application").value == ""
    assert not console.open("access").code


def test_a_bad_key_is_refused_and_the_form_stays(console: Console) -> None:
    console.sign_in(Role.ADMIN)
    app = console.open("access")
    app = send(app, "Create")
    assert "needs a name" in app.error[0].value
    assert console.sluice.keys.list_keys(HOST) == ()


def choose_role(app: AppTest, role: str) -> AppTest:
    return next(b for b in app.selectbox if b.label == "Role of its calls").set_value(role).run()


def test_roles_that_open_something_are_a_choice(console: Console) -> None:
    console.sign_in(Role.ADMIN)
    app = console.open("access")
    field(app, "Name of the application").set_value("desk")
    app = send(choose_role(app, "teacher"), "Create")
    (key,) = console.sluice.keys.list_keys(HOST)
    assert key.role == "teacher"
    assert not app.warning


def test_another_role_is_asked_for_by_name_and_warned_of(console: Console) -> None:
    console.sign_in(Role.ADMIN)
    app = console.open("access")
    field(app, "Name of the application").set_value("desk")
    app = choose_role(app, "other")
    field(app, "Name of that role").set_value("techer")
    app = send(app, "Create")
    (key,) = console.sluice.keys.list_keys(HOST)
    assert key.role == "techer"
    assert "'techer' counts as an ordinary user" in app.warning[0].value


def test_a_taken_name_is_refused_and_keys_of_one_name_are_told_apart(console: Console) -> None:
    made = console.sluice.keys.create(HOST, name="shop", scopes=["ai:generate"])
    console.sign_in(Role.ADMIN)
    app = console.open("access")
    field(app, "Name of the application").set_value("shop")
    app = send(app, "Create")
    assert "Choose another name, revoke that key first, or say" in app.error[0].value
    assert made.key.id in texts(app)
    (choice,) = next(b for b in app.selectbox if b.label == "Key").options
    assert choice.endswith(made.key.id[-6:])


def test_a_key_is_replaced_under_its_name(console: Console) -> None:
    old = console.sluice.keys.create(HOST, name="shop", scopes=["ai:generate"])
    console.sign_in(Role.ADMIN)
    app = console.open("access")
    next(b for b in app.selectbox if b.label == "Replaces").set_value(old.key.id)
    app = send(app.run(), "Create", "the old one is two years old")
    assert "Key of shop" in texts(app)
    keys, now = console.sluice.keys.list_keys(HOST), console.sluice.clock.now()
    assert [(key.name, key.is_live(now)) for key in keys] == [("shop", True)] * 2


def test_revoking_needs_the_word(console: Console) -> None:
    made = console.sluice.keys.create(HOST, name="shop", scopes=["ai:generate"])
    console.sign_in(Role.ADMIN)
    app = send(console.open("access"), "Revoke", word="revoke")
    assert console.sluice.keys.list_keys(HOST)[0].revoked_at is None
    app = send(app, "Revoke", "leaked", word="REVOKE")
    assert console.sluice.keys.list_keys(HOST)[0].revoked_at is not None
    assert console.post_chat(made.token).json()["error"]["code"] == "api_key_revoked"
    assert "No key is live." in texts(app)


def test_a_new_account_can_sign_in(console: Console) -> None:
    console.sign_in(Role.ADMIN)
    app = console.open("access", access_part="Accounts")
    field(app, "Login").set_value("Can")
    field(app, "Password").set_value(OTHER)
    next(b for b in app.selectbox if b.key == "people.role.0").set_value(Role.OPERATOR)
    app = send(app, "Create", "joins us")
    assert console.sluice.sessions.sign_in("can", OTHER).session.account.role is Role.OPERATOR
    assert field(app, "Password").value == ""


def test_raising_a_role_needs_the_word_and_lowering_does_not(console: Console) -> None:
    console.sluice.accounts.create_account(HOST, "can", Role.AUTHOR, OTHER, "joins us")
    console.sign_in(Role.ADMIN)
    app = console.open("access", access_part="Accounts")
    app.selectbox(key="people.who").set_value("can").run()
    choice = next(b for b in app.selectbox if b.label == "New role")
    app = choice.set_value(Role.OPERATOR).run()
    send(app, "Change role", word="")
    assert role_of(console, "can") is Role.AUTHOR
    app = send(app, "Change role", word="RAISE")
    assert role_of(console, "can") is Role.OPERATOR
    choice = next(b for b in app.selectbox if b.label == "New role")
    send(choice.set_value(Role.VIEWER).run(), "Change role")
    assert role_of(console, "can") is Role.VIEWER


def test_the_role_it_has_is_not_offered_as_a_change(console: Console) -> None:
    console.sign_in(Role.ADMIN)
    app = console.open("access", access_part="Accounts")
    assert "is admin already: choose another role." in texts(app)
    assert "instead of" not in texts(app)
    assert next(b for b in app.form_submit_button if b.label == "Change role").disabled


def role_of(console: Console, login: str) -> Role:
    return next(a.role for a in console.sluice.accounts.list_accounts(HOST) if a.login == login)


@pytest.mark.parametrize(
    ("what", "button"), [("Close or reopen", "Close"), ("Set a password", "Set password")]
)
def test_closing_and_a_set_password_end_sessions(console: Console, what: str, button: str) -> None:
    console.sluice.accounts.create_account(HOST, "can", Role.AUTHOR, PASSWORD, "joins us")
    token = console.sluice.sessions.sign_in("can", PASSWORD).token
    console.sign_in(Role.ADMIN)
    app = console.open("access", access_part="Accounts")
    app.selectbox(key="people.who").set_value("can").run()
    next(b for b in app.selectbox if b.label == "What").set_value(
        {"Close": "close", "Set password": "password"}[button]
    ).run()
    if button == "Set password":
        [one for one in app.text_input if one.label == "Password"][-1].set_value(OTHER)
    send(app, button)
    assert console.sluice.sessions.find_session(token) is None


def test_the_only_administrator_cannot_be_closed(console: Console) -> None:
    console.sign_in(Role.ADMIN)
    app = console.open("access", access_part="Accounts")
    next(b for b in app.selectbox if b.label == "What").set_value("close").run()
    app = send(app, "Close")
    assert "only administrator" in app.error[0].value
    assert console.sluice.accounts.list_accounts(HOST)[0].is_active


def test_a_session_is_ended(console: Console) -> None:
    console.sluice.accounts.create_account(HOST, "can", Role.AUTHOR, PASSWORD, "joins us")
    token = console.sluice.sessions.sign_in("can", PASSWORD, "10.0.0.7").token
    console.sign_in(Role.ADMIN)
    app = console.open("access", access_part="Sessions")
    assert set(app.dataframe[0].value["Login"]) == {"can", "admin.person"}
    box = app.selectbox(key="sessions.end")
    box.select(next(option for option in box.options if "10.0.0.7" in option)).run()
    send(app, "End it", "a café's computer")
    assert console.sluice.sessions.find_session(token) is None


@pytest.mark.parametrize("part", ["API keys", "Accounts", "Sessions"])
def test_without_sql_the_page_says_so(console: Console, part: str) -> None:
    console.sign_in(Role.ADMIN)
    app = console.open("access", access_part=part)
    console.take_ledger_away()
    app.run()
    assert not app.exception
    assert "Not available now" in app.error[0].value
    assert not app.dataframe


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUTHOR, Role.OPERATOR])
def test_who_may_not_see_it_is_refused_on_record(console: Console, role: Role) -> None:
    console.sign_in(role)
    app = console.open("access")
    assert "You may not see this page" in app.error[0].value
    assert not app.dataframe
    (event,) = console.sluice.audit.list_events(HOST, AuditFilter(action="page.forbidden")).rows
    assert event.target == "Access"
