"""Which addresses the console's own pages have."""

import pytest

from console.navigation import is_page


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("/", True),
        ("/cost", True),
        ("/kill_switch/", True),
        ("/overview", True),
        ("/_stcore/health", True),
        ("/static/js/index.js", True),
        ("/media/file.csv", True),
        ("/favicon.png", True),
        ("/nonsense", False),
        ("/Cost", False),
    ],
)
def test_only_pages_and_their_files_have_an_address(address: str, *, found: bool) -> None:
    assert is_page(address) is found
