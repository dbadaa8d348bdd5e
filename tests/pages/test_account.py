"""The page of one's own account changes the password and keeps the session that did it."""

import pytest
from streamlit.testing.v1 import AppTest

from services.domain.errors import Unauthenticated
from services.domain.identity import Role
from tests.pages.running import PASSWORD, Console, texts

OTHER = "another long passphrase"


def change(app: AppTest, old: str, new: str, repeated: str) -> AppTest:
    for field, value in zip(app.text_input, (old, new, repeated), strict=True):
        field.set_value(value)
    return app.form_submit_button[0].click().run()


@pytest.mark.parametrize("role", list(Role))
def test_everyone_changes_their_own_password(console: Console, role: Role) -> None:
    console.sign_in(role)
    elsewhere = console.sluice.sessions.sign_in(f"{role}.person", PASSWORD).token
    app = change(console.open("account"), PASSWORD, OTHER, OTHER)
    assert "The password is changed" in app.success[0].value
    assert console.sluice.sessions.find_session(elsewhere) is None
    assert console.sluice.sessions.find_session(console.token) is not None
    assert console.sluice.sessions.sign_in(f"{role}.person", OTHER)
    assert [field.value for field in app.text_input] == ["", "", ""]


@pytest.mark.parametrize(
    ("old", "new", "repeated", "words"),
    [
        ("not the password", OTHER, OTHER, "present password is wrong"),
        (PASSWORD, OTHER, OTHER + "!", "two new passwords differ"),
        (PASSWORD, "short", "short", "12 or more"),
    ],
)
def test_a_change_that_cannot_be_changes_nothing(
    console: Console, old: str, new: str, repeated: str, words: str
) -> None:
    console.sign_in(Role.VIEWER)
    app = change(console.open("account"), old, new, repeated)
    assert words in app.error[0].value
    assert console.sluice.sessions.sign_in("viewer.person", PASSWORD)
    with pytest.raises(Unauthenticated):
        console.sluice.sessions.sign_in("viewer.person", new)


def test_ones_own_sessions_are_listed(console: Console) -> None:
    console.sign_in(Role.ADMIN)
    console.sign_in(Role.VIEWER)
    app = console.open("account")
    assert list(app.dataframe[0].value["Login"]) == ["viewer.person"]
    assert "role viewer" in texts(app)


def test_without_sql_the_page_says_so(console: Console) -> None:
    console.sign_in(Role.VIEWER)
    app = console.open("account")
    console.take_ledger_away()
    app.run()
    assert not app.exception
    assert "Not available now" in app.error[0].value
