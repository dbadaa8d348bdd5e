"""API keys: made once, never stored as they are, ended for good."""

from datetime import timedelta

import pytest

from services.domain.credentials import hash_token
from services.domain.errors import Conflict, Forbidden, NotFound, Unprocessable
from services.domain.identity import Role, actor_for
from services.operations.keys import KEY_PREFIX
from tests.unit.operations.conftest import HOST, Bench

ADMIN = actor_for("ayse", Role.ADMIN)
OPERATOR = actor_for("can", Role.OPERATOR)


def test_a_key_is_stored_as_its_hash_alone(bench: Bench) -> None:
    made = bench.keys.create(ADMIN, name=" shop ", scopes=["ai:generate"], reason="new shop")
    (stored,) = bench.keys.list_keys(ADMIN)
    assert made.token.startswith(KEY_PREFIX)
    assert stored.hash == hash_token(made.token)
    assert (stored.name, stored.created_by) == ("shop", "ayse")
    assert made.token.encode() not in bench.path.read_bytes()


def test_making_a_key_leaves_an_event_without_the_key(bench: Bench) -> None:
    made = bench.keys.create(ADMIN, name="shop", scopes=["ai:generate"], reason="new shop")
    (event,) = bench.events("key.create")
    assert (event.target, event.reason) == ("shop", "new shop")
    assert made.token not in str(event)
    assert made.key.hash not in str(event)


def test_newest_key_comes_first(bench: Bench) -> None:
    for name in ("first", "second"):
        bench.keys.create(ADMIN, name=name, scopes=["ai:generate"])
        bench.clock.advance(1)
    assert [key.name for key in bench.keys.list_keys(ADMIN)] == ["second", "first"]


def test_a_key_lives_until_it_expires(bench: Bench) -> None:
    expiry = bench.clock.now() + timedelta(days=1)
    made = bench.keys.create(ADMIN, name="shop", scopes=["ai:generate"], expires_at=expiry)
    assert made.key.is_live(bench.clock.now())
    bench.clock.advance(86_400)
    assert not made.key.is_live(bench.clock.now())


def test_a_revoked_key_is_dead_at_once_and_for_good(bench: Bench) -> None:
    made = bench.keys.create(ADMIN, name="shop", scopes=["ai:generate"])
    bench.keys.revoke(ADMIN, made.key.id, "leaked")
    (stored,) = bench.keys.list_keys(ADMIN)
    assert not stored.is_live(bench.clock.now())
    bench.clock.advance(60)
    with pytest.raises(Conflict, match="revoked already"):
        bench.keys.revoke(ADMIN, made.key.id, "again")
    assert bench.keys.list_keys(ADMIN) == (stored,)
    assert [event.reason for event in bench.events("key.revoke")] == ["leaked"]


@pytest.mark.parametrize(
    ("wanted", "error", "words"),
    [
        ({"name": " "}, Unprocessable, "needs a name"),
        ({"scopes": []}, Unprocessable, "none is given"),
        ({"scopes": ["ai:everything"]}, Unprocessable, "ai:everything is not known"),
        ({"scopes": ["ai:playground"]}, Unprocessable, "ai:playground is not known"),
        ({"may_assert": ["name"]}, Unprocessable, "name is not known"),
        ({"feature": "poems"}, NotFound, "poems"),
        ({"reason": ""}, Unprocessable, "reason"),
    ],
)
def test_a_key_that_cannot_be_is_refused(
    bench: Bench, wanted: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        bench.keys.create(ADMIN, **{"name": "shop", "scopes": ["ai:generate"]} | wanted)
    assert bench.keys.list_keys(ADMIN) == ()


def test_an_expiry_in_the_past_is_refused(bench: Bench) -> None:
    with pytest.raises(Unprocessable, match="past"):
        bench.keys.create(ADMIN, name="shop", scopes=["ai:generate"], expires_at=bench.clock.now())


def test_only_those_who_manage_access_touch_keys(bench: Bench) -> None:
    made = bench.keys.create(HOST, name="shop", scopes=["ai:generate"])
    with pytest.raises(Forbidden):
        bench.keys.create(OPERATOR, name="mine", scopes=["ai:admin"])
    with pytest.raises(Forbidden):
        bench.keys.revoke(OPERATOR, made.key.id, "not mine")
    with pytest.raises(Forbidden):
        bench.keys.list_keys(OPERATOR)


def test_an_unknown_key_cannot_be_revoked(bench: Bench) -> None:
    with pytest.raises(NotFound, match="no key with id"):
        bench.keys.revoke(ADMIN, "01-unknown", "why")


@pytest.mark.parametrize("role", [None, "staff", "admin", "teacher"])
def test_a_role_that_opens_something_has_no_warning(bench: Bench, role: str | None) -> None:
    made = bench.keys.create(ADMIN, name="shop", scopes=["ai:generate"], role=role)
    assert made.warning is None


def test_a_role_that_opens_nothing_is_taken_only_when_it_is_meant(bench: Bench) -> None:
    wanted = {"name": "shop", "scopes": ["ai:generate"], "role": "techer"}
    with pytest.raises(Unprocessable, match=r"No key was made\. Did you mean teacher\?") as refusal:
        bench.keys.create(ADMIN, **wanted)
    assert (refusal.value.decision, refusal.value.param) == ("role_unknown", "role")
    assert bench.keys.list_keys(ADMIN) == ()
    assert bench.keys.create(ADMIN, **wanted, custom_role=True).key.role == "techer"


def test_a_role_of_blanks_is_none(bench: Bench) -> None:
    made = bench.keys.create(ADMIN, name="shop", scopes=["ai:generate"], role=" ")
    assert (made.key.role, made.warning) == (None, None)
    made = bench.keys.create(ADMIN, name="desk", scopes=["ai:generate"], role=" staff ")
    assert (made.key.role, made.warning) == ("staff", None)


def test_a_live_keys_name_is_not_given_twice(bench: Bench) -> None:
    first = bench.keys.create(ADMIN, name="shop", scopes=["ai:generate"])
    with pytest.raises(Conflict, match="another name, revoke that key first, or say") as refusal:
        bench.keys.create(ADMIN, name=" shop", scopes=["ai:read"])
    assert first.key.id in refusal.value.message
    assert (refusal.value.decision, refusal.value.param) == ("key_name_taken", "name")
    assert [key.id for key in bench.keys.list_keys(ADMIN)] == [first.key.id]
    assert len(bench.events("key.create")) == 1


def test_a_key_replaces_a_live_one_of_its_name_and_both_work_meanwhile(bench: Bench) -> None:
    old = bench.keys.create(ADMIN, name="shop", scopes=["ai:generate"]).key
    new = bench.keys.create(ADMIN, name="shop", scopes=["ai:generate"], replaces=old.id).key
    assert all(key.is_live(bench.clock.now()) for key in bench.keys.list_keys(ADMIN))
    assert bench.events("key.create")[0].after["replaces"] == old.id
    with pytest.raises(Conflict, match=f"id {new.id}") as refusal:
        bench.keys.create(ADMIN, name="shop", scopes=["ai:generate"], replaces=old.id)
    assert refusal.value.decision == "key_name_taken"
    bench.keys.revoke(ADMIN, old.id, "the new one is in use")
    assert [k.id for k in bench.keys.list_keys(ADMIN) if k.is_live(bench.clock.now())] == [new.id]


def test_only_a_live_key_of_the_same_name_can_be_replaced(bench: Bench) -> None:
    old = bench.keys.create(ADMIN, name="shop", scopes=["ai:generate"]).key
    with pytest.raises(Conflict, match="is called 'shop', so no key was made") as refusal:
        bench.keys.create(ADMIN, name="desk", scopes=["ai:generate"], replaces=old.id)
    assert (refusal.value.decision, refusal.value.param) == ("key_not_replaceable", "replaces")
    bench.keys.revoke(ADMIN, old.id, "leaked")
    with pytest.raises(Conflict, match="is not live any more"):
        bench.keys.create(ADMIN, name="shop", scopes=["ai:generate"], replaces=old.id)
    with pytest.raises(NotFound, match="no key with id 'k9'"):
        bench.keys.create(ADMIN, name="shop", scopes=["ai:generate"], replaces="k9")


def test_the_name_of_a_key_that_is_over_is_free(bench: Bench) -> None:
    expiry = bench.clock.now() + timedelta(days=1)
    bench.keys.create(ADMIN, name="shop", scopes=["ai:generate"], expires_at=expiry)
    bench.clock.advance(86_400)
    second = bench.keys.create(ADMIN, name="shop", scopes=["ai:generate"])
    bench.keys.revoke(ADMIN, second.key.id, "leaked")
    third = bench.keys.create(ADMIN, name="shop", scopes=["ai:generate"])
    assert third.key.is_live(bench.clock.now())


def test_a_role_that_opens_nothing_is_warned_of_with_those_that_do(bench: Bench) -> None:
    made = bench.keys.create(
        ADMIN, name="shop", scopes=["ai:generate"], role="wizard", custom_role=True
    )
    assert made.key.role == "wizard"
    assert made.warning is not None
    assert "let in from internal_only on are admin, staff" in made.warning
    assert "higher limits are for admin, staff, teacher" in made.warning
