"""What a playground run is made of: the prompt and the models, and what keeps it from starting."""

from __future__ import annotations

from typing import Any

from streamlit.delta_generator import DeltaGenerator

from console.components.prompt_form import find_gap, variable_form
from console.kill_text import is_everything_stopped
from services.bootstrap import Sluice
from services.domain.calls import Candidate

FREE_TEXT, FIRST = "Free text", "hint"


def choose_prompt(
    sluice: Sluice, left: DeltaGenerator, right: DeltaGenerator
) -> tuple[dict[str, Any], str | None]:
    """The prompt to run, and what keeps it from being run."""
    templates = {t.id: t for t in sluice.prompts.list_templates()}
    chosen = left.selectbox(
        "Prompt",
        [*templates, FREE_TEXT],
        index=list(templates).index(FIRST) if FIRST in templates else 0,
        format_func=lambda name: f"{name} {templates[name].version}" if name in templates else name,
        key="playground_prompt",
        bind="query-params",
    )
    if template := templates.get(chosen):
        left.caption(template.description)
        with right:
            variables = variable_form(template)
        return {"template_id": chosen, "variables": variables}, find_gap(variables)
    system = left.text_area("System message", "Kısa ve açık yanıt ver.", height=76)
    user = right.text_area("User message", "Merhaba!", height=180)
    messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
    gap = None if user.strip() else "write a user message"
    return {"messages": [m for m in messages if m["content"].strip()]}, gap


def choose_targets(sluice: Sluice, place: DeltaGenerator) -> tuple[list[Candidate], str | None]:
    """The models to ask, and what keeps them from being asked."""
    targets = {str(t.candidate): t for t in sluice.playground.list_targets()}
    first_models = {t.candidate.provider: name for name, t in reversed(targets.items())}
    chosen = place.pills(
        "Models",
        list(targets),
        selection_mode="multi",
        default=list(first_models.values()),
        format_func=lambda name: f"{name} (stopped)" if targets[name].is_killed else name,
        key="playground_models",
        bind="query-params",
        wrap=True,
    )
    if not chosen:
        return [], "choose a model"
    if is_everything_stopped(sluice.live.register.active):
        return [], "release the kill switch first: everything is stopped"
    if all(targets[name].is_killed for name in chosen):
        return [], "choose another model: the kill switch has stopped every chosen model"
    return [targets[name].candidate for name in chosen], None
