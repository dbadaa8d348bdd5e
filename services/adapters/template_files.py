"""The prompt templates that come with Sluice, read from YAML files."""

from __future__ import annotations

from importlib.resources import files

import yaml

from services.domain.templates import Template, parse_template


def read_shipped_templates() -> dict[str, Template]:
    """Every shipped template, by file id and by name."""
    templates: dict[str, Template] = {}
    for file in files("services").joinpath("prompts").iterdir():
        if file.name.endswith(".yaml"):
            template_id = file.name.removesuffix(".yaml")
            template = parse_template(template_id, yaml.safe_load(file.read_text("utf-8")))
            templates[template.id] = template
            templates.setdefault(template.name, template)
    return templates
