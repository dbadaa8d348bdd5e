"""Every setting is shown with what it is, and every number with what it counts."""

from pathlib import Path

from services.settings import Settings, describe_settings, load_settings
from services.settings.described import read_descriptions, unit_of

NUMBERS = ("int", "float", "Decimal")


def test_every_setting_is_described_in_the_example() -> None:
    described = read_descriptions()
    assert {name for name in Settings.model_fields if not described.get(name.upper())} == set()


def test_every_number_has_a_unit_and_nothing_else_has() -> None:
    fields = Settings.model_fields.items()
    numbers = {n.upper() for n, f in fields if any(kind in str(f.annotation) for kind in NUMBERS)}
    listed = {"AI_PROVIDER_RPM", "AI_PROVIDER_TPM", "AI_CONTEXT_TOKENS"}
    assert {name for name in numbers if not unit_of(name)} == set()
    assert {n.upper() for n, _ in fields if unit_of(n.upper())} == numbers | listed


def test_comments_are_told_with_their_section(tmp_path: Path) -> None:
    example = tmp_path / "example"
    example.write_text(
        "# --- Limits: requests ---\n#A=1\n# A minute, of\n# everybody\n#B=2\n#C=3\n# One\n#D=\n"
    )
    assert read_descriptions(example) == {
        "A": "Limits: requests",
        "B": "Limits: requests. A minute, of everybody",
        "C": "Limits: requests. A minute, of everybody",
        "D": "Limits: requests. One",
    }


def test_without_the_example_settings_are_shown_all_the_same(tmp_path: Path) -> None:
    assert read_descriptions(tmp_path / "gone") == {}
    shown = {s.name: s for s in describe_settings(load_settings(_env_file=None, ai_rpm=7))}
    assert (shown["AI_RPM"].value, shown["AI_RPM"].unit) == ("7", "requests a minute")
    assert (shown["AI_FEATURE_DAILY_TOKENS"].value, shown["AI_FEATURE_DAILY_TOKENS"].unit) == (
        "",
        "",
    )
