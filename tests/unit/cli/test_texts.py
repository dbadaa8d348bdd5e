"""What commands print of sums of money."""

import pytest

from services.cli.texts import money_text


@pytest.mark.parametrize(
    ("exact", "shown"),
    [
        ("0.000000000", "$0.00"),
        ("50.000000000", "$50.00"),
        ("12.340000000", "$12.34"),
        ("0.012345678", "$0.0123"),
        ("1234.567891234", "$1,234.5679"),
        ("0.000000400", "under $0.0001"),
        ("-0.012345678", "$-0.0123"),
    ],
)
def test_sums_are_shown_with_four_decimals_at_most(exact: str, shown: str) -> None:
    assert money_text(exact) == shown
