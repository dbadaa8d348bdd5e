"""The registry of prompt templates: list, render a preview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.domain.ports import LiveControl
from services.domain.prompts import render_template
from services.domain.templates import Template, template_variables


@dataclass(frozen=True, slots=True)
class RenderedPrompt:
    """A template with its variables filled: the messages that would be sent."""

    template: Template
    messages: tuple[Mapping[str, Any], ...]


class Prompts:
    """The reads behind the Prompts page and the Playground's form."""

    def __init__(self, *, live: LiveControl) -> None:
        self._live = live

    def list_templates(self) -> tuple[Template, ...]:
        """Every template once, by file id."""
        templates = self._live.snapshot.templates.values()
        return tuple(sorted({t.id: t for t in templates}.values(), key=lambda t: t.id))

    def list_variables(self, template: Template) -> tuple[str, ...]:
        """The template's variables in the order they appear."""
        return template_variables(template)

    def render(self, template_id: str, variables: Mapping[str, Any]) -> RenderedPrompt:
        """A preview; raises NotFound, Unprocessable."""
        template = self._live.snapshot.template(template_id, None)
        return RenderedPrompt(template, tuple(render_template(template, variables)))
