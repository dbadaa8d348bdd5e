"""Reads the settings, or tells everything that is wrong with them at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from services.settings.checks import find_problems
from services.settings.unknown import find_unknown_names
from services.settings.values import SECRETS, Settings


class ConfigurationError(Exception):
    """The environment cannot be used as it is; the message lists every problem."""


def load_settings(**overrides: Any) -> Settings:
    """The settings of this process.

    Args:
        overrides: settings by field name that replace the environment's, for tests and commands.

    Raises:
        ConfigurationError: something in the environment cannot be used; all problems are listed.
    """
    settings, unreadable = _read(overrides)
    unfit = (p for p in find_problems(settings) if not p.fields & unreadable.keys())
    problems = [*unreadable.values(), *(problem.message for problem in unfit)]
    if problems:
        raise ConfigurationError(_report(problems))
    return settings


def _read(overrides: dict[str, Any]) -> tuple[Settings, dict[str, str]]:
    """The settings, with defaults for those that cannot be read, and what is wrong with these."""
    try:
        return Settings(**overrides), {}
    except ValidationError as error:
        unreadable = {str(e["loc"][0]): _explain(e) for e in error.errors(include_url=False)}
    fields = Settings.model_fields
    defaults = {name: fields[name].get_default(call_default_factory=True) for name in unreadable}
    return Settings(**(overrides | defaults)), unreadable


def _explain(problem: Any) -> str:
    name = str(problem["loc"][0])
    given = "" if name in SECRETS else f" (it is {problem['input']!r})"
    return f"{name.upper()}{given}: {problem['msg'].removeprefix('Value error, ')}"


def _report(problems: list[str]) -> str:
    number = "a problem" if len(problems) == 1 else f"{len(problems)} problems"
    return "\n".join(
        [
            f"Sluice cannot start: its settings have {number}.",
            *_bullets(problems),
            *_bullets(f"perhaps the cause: {unknown}" for unknown in find_unknown_names()),
            "Mend the environment or .env and start again; .env.example lists every setting.",
        ]
    )


def _bullets(lines: Iterable[str]) -> Iterable[str]:
    return (f"  - {line}" for line in lines)
