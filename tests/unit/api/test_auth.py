"""After signing in one is sent to pages of ours alone."""

import pytest

from services.api.auth import local_path


@pytest.mark.parametrize("path", ["/", "/kill_switch", "/playground?run=1&x=%2F", "/a/b"])
def test_paths_of_ours_are_kept(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    ["", "kill_switch", "//evil.example", "/\\evil.example", "https://evil.example", "/a\\b",
     "/\t/evil.example", "/a\r\nSet-Cookie: x=1", "/auth/sign-out", "javascript:alert(1)"],
)  # fmt: skip
def test_anything_else_leads_to_the_first_page(path: str) -> None:
    assert local_path(path) == "/"
