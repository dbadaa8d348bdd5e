"""What each setting is, as `.env.example` tells it, and the unit of its number."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from services.domain.shown_settings import ShownSetting
from services.settings.values import Settings, public_settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"
_SETTING = re.compile(r"#?([A-Z][A-Z0-9_]*)=")
_HEADING = re.compile(r"# --- (.*) ---")

_BY_ENDING = {
    "_RPM": "requests a minute",
    "_RPH": "requests an hour",
    "_TPM": "tokens a minute",
    "_USD": "US dollars",
    "_DAILY_TOKENS": "tokens",
    "_MONTHLY_TOKENS": "tokens",
    "_MAX_TOKENS": "tokens",
    "_CONTEXT_TOKENS": "tokens",
    "_DAILY_REQUESTS": "requests",
    "_MONTHLY_REQUESTS": "requests",
    "_TIMEOUT": "s",
    "_DELAY": "s",
    "_DELAY_MIN": "s",
    "_DELAY_MAX": "s",
    "_TTL": "s",
}
_BY_NAME = {
    "AI_ABUSE_BLOCK": "s",
    "AI_ABUSE_VIOLATIONS": "calls",
    "AI_ABUSE_WINDOW": "s",
    "AI_ALERT_THRESHOLD": "of a budget, 1 is all",
    "AI_CB_FAILURE_THRESHOLD": "failures in a row",
    "AI_CB_RETURN": "s",
    "AI_CB_SUCCESS_THRESHOLD": "probes",
    "AI_COOLDOWN": "s",
    "AI_FEATURE_BURST": "requests at once",
    "AI_MAX_RETRIES": "retries",
    "AI_RAISED_LIMIT_FACTOR": "times",
    "AI_ROLLOUT_PERCENTAGE": "%",
    "PORT": "TCP port",
}


def describe_settings(settings: Settings) -> tuple[ShownSetting, ...]:
    """Every setting in force, by name, with its unit and what it is."""
    texts = read_descriptions()
    return tuple(
        ShownSetting(name, value, unit_of(name) if value else "", texts.get(name, ""))
        for name, value in public_settings(settings).items()
    )


def unit_of(name: str) -> str:
    """What a setting's number counts; "" for settings that are no numbers."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    return next((unit for ending, unit in _BY_ENDING.items() if name.endswith(ending)), "")


@cache
def read_descriptions(example: Path = EXAMPLE) -> dict[str, str]:
    """The section and comment that stand above each setting; nothing where the file is missing.

    Settings without a comment between them share the one above.
    """
    try:
        lines = example.read_text("utf-8").splitlines()
    except OSError:
        return {}
    found: dict[str, str] = {}
    section, is_open = "", False
    comment: list[str] = []
    for line in lines:
        if heading := _HEADING.match(line):
            section, comment = heading[1], []
        elif setting := _SETTING.match(line):
            found[setting[1]] = ". ".join(filter(None, (section, " ".join(comment))))
            is_open = False
        elif line.startswith("# "):
            comment = [*comment, line[2:]] if is_open else [line[2:]]
            is_open = True
    return found
