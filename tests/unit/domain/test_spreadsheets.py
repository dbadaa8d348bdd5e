"""No text of a file is run by the spreadsheet that opens it."""

import pytest

from services.domain.spreadsheets import escape_formula


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "  ="])
def test_what_looks_like_a_formula_gets_an_apostrophe(start: str) -> None:
    assert escape_formula(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("text", ["", "question_hint", "a=b", "'=1"])
def test_other_text_stays(text: str) -> None:
    assert escape_formula(text) == text
