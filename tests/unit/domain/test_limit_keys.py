"""Records name whose limits counted, and no user by name."""

from __future__ import annotations

import pytest

from services.domain.ledger import Source
from services.domain.limit_keys import limit_key, name_subject


@pytest.mark.parametrize(
    ("user", "source", "shown"),
    [
        ("ayse", Source.APPLICATION, "<ayse>"),
        ("school:ayse", Source.APPLICATION, "<school:ayse>"),
        (None, Source.APPLICATION, "@application:school"),
        ("mina", Source.PLAYGROUND, "@playground:<mina>"),
        (None, Source.PLAYGROUND, "@application:school"),
    ],
)
def test_keys_of_limits_are_shown_without_the_users_name(
    user: str | None, source: Source, shown: str
) -> None:
    key = limit_key(user, "school", source)
    assert name_subject(key, lambda name: f"<{name}>") == shown


def test_user_in_the_playground_shares_no_limit_with_an_applications_user_of_that_name() -> None:
    assert limit_key("ayse", "school") != limit_key("ayse", "school", Source.PLAYGROUND)
