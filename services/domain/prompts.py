"""Fills prompt templates in, and holds input and answer to their constraints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

from services.domain.errors import GuardrailBlocked, Unprocessable
from services.domain.forbidden_topics import find_forbidden_topics
from services.domain.templates import PLACEHOLDER, Constraints, Template, template_variables

_MAIN_INPUT = "question"
_PROBLEM_TEXTS = {
    "prompt_variable_invalid": "neither text nor a number nor true/false",
    "prompt_variable_missing": "missing",
    "prompt_variable_unknown": "unknown",
}


class Message(TypedDict):
    """One chat message in the form every provider takes."""

    role: str
    content: str


def render_template(template: Template, variables: Mapping[str, object]) -> tuple[Message, ...]:
    """Fill in the variables and return the system and the user message.

    One pass of one regular expression: `{{name}}` inside a value stays text.

    Raises:
        Unprocessable: `prompt_variable_invalid` (neither text, number nor true/false),
            `prompt_variable_missing` or `prompt_variable_unknown`, in this order of precedence;
            the message names every variable at fault of every kind.
    """
    _check_variables(template, variables)
    values = {name: _as_text(value) for name, value in {**template.defaults, **variables}.items()}

    def fill(text: str) -> str:
        return PLACEHOLDER.sub(lambda match: values[match[1]], text)

    return (
        {"role": "system", "content": fill(template.system_prompt)},
        {"role": "user", "content": fill(template.user_template)},
    )


def check_input(template: Template, variables: Mapping[str, object]) -> None:
    """Hold the caller's text to the template's length bounds.

    The bounds apply to the variable `question` where the template has one, else to the longest
    value the caller supplied. Length is counted in characters without surrounding white space.

    Raises:
        GuardrailBlocked: `prompt_input_too_short` or `prompt_input_too_long`.
    """
    name = _measured_variable(template, variables)
    if name is None:
        return
    length = _length(variables.get(name, template.defaults.get(name, "")))
    low, high = template.constraints.min_input_length, template.constraints.max_input_length
    if low is not None and length < low:
        raise GuardrailBlocked(
            f"`{name}` has {length} characters, prompt `{template.name}` needs at least {low}: "
            "nothing was sent to a model. Write more.",
            code="prompt_input_too_short",
            param=name,
        )
    if high is not None and length > high:
        raise GuardrailBlocked(
            f"`{name}` has {length} characters, prompt `{template.name}` takes at most {high}: "
            "nothing was sent to a model. Shorten it.",
            code="prompt_input_too_long",
            param=name,
        )


def check_answer(constraints: Constraints, text: str) -> None:
    """Refuse an answer that mentions a forbidden topic.

    `find_forbidden_topics` says what counts as a mention. The question is never checked: a pupil
    may ask for the answer, the hint may not talk about it. It is a tripwire, no proof: an answer
    given away without these words passes, and only the prompt itself prevents that.

    Raises:
        GuardrailBlocked: `prompt_answer_forbidden`, naming every topic found.
    """
    refuse_topics(find_forbidden_topics(constraints.forbidden_topics, text))


def refuse_topics(found: Sequence[str]) -> None:
    """Refuse an answer for the forbidden topics found in it, if any; raises GuardrailBlocked."""
    if found:
        raise GuardrailBlocked(
            f"The model's answer mentions {_quoted(found)}, which this prompt forbids: it was "
            "withheld. Ask again, or have the prompt's author make its instructions stricter.",
            code="prompt_answer_forbidden",
        )


def _check_variables(template: Template, variables: Mapping[str, object]) -> None:
    known = template_variables(template)
    problems = {
        "prompt_variable_invalid": [
            name for name in variables if name in known and not _is_scalar(variables[name])
        ],
        "prompt_variable_missing": [
            name for name in known if name not in variables and name not in template.defaults
        ],
        "prompt_variable_unknown": [name for name in variables if name not in known],
    }
    listed = [
        f"{_PROBLEM_TEXTS[code]}: {_quoted(names)}" for code, names in problems.items() if names
    ]
    if listed:
        code, names = next((code, names) for code, names in problems.items() if names)
        raise Unprocessable(
            f"Prompt `{template.name}` cannot be filled in ({'; '.join(listed)}): nothing was sent "
            f"to a model. It takes these variables: {_quoted(known) or 'none'}.",
            code=code,
            param=names[0],
        )


def _measured_variable(template: Template, variables: Mapping[str, object]) -> str | None:
    if _MAIN_INPUT in template_variables(template):
        return _MAIN_INPUT
    return max(variables, key=lambda name: _length(variables[name]), default=None)


def _length(value: object) -> int:
    return len(_as_text(value).strip())


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | float)


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
