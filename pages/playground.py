"""Playground: one prompt on several models side by side."""

from typing import Any

import streamlit as st

from console.components import error_box, find_gap, run_columns, variable_form
from console.format import money_text
from console.session import current_actor, require_page, sluice
from services.domain.errors import SluiceError
from services.domain.identity import Actor, Permission
from services.domain.money import price_estimate
from services.domain.prompts import Template

FREE_TEXT = "Free text"


def choose_prompt() -> tuple[dict[str, Any], str | None]:
    """The prompt to run, and what keeps it from being run."""
    templates = {t.id: t for t in sluice().prompts.list_templates()}
    chosen = st.selectbox(
        "Prompt",
        [*templates, FREE_TEXT],
        index=list(templates).index("hint") if "hint" in templates else 0,
        format_func=lambda key: describe(templates.get(key)),
        key="playground_prompt",
        bind="query-params",
    )
    if chosen in templates:
        template = templates[chosen]
        st.caption(template.description)
        variables = variable_form(template)
        return {"template_id": chosen, "variables": variables}, find_gap(variables)
    system = st.text_area("System message", "Kısa ve açık yanıt ver.", height=70)
    user = st.text_area("User message", "Merhaba!", height=100)
    messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
    gap = None if user.strip() else "write a user message"
    return {"messages": [m for m in messages if m["content"].strip()]}, gap


def describe(template: Template | None) -> str:
    """A template as the list of prompts names it."""
    return f"{template.id}, version {template.version}" if template else FREE_TEXT


def choose_targets() -> tuple[list[Any], str | None]:
    """The models to ask, and what keeps them from being asked."""
    targets = {str(t.candidate): t for t in sluice().playground.list_targets()}
    chosen = st.pills(
        "Models",
        list(targets),
        selection_mode="multi",
        default=list(targets)[:4],
        format_func=lambda name: f"{name} (stopped)" if targets[name].is_killed else name,
        key="playground_models",
        bind="query-params",
    )
    if not chosen:
        return [], "choose a model"
    if all(targets[name].is_killed for name in chosen):
        return [], "the kill switch has stopped every chosen model"
    return [targets[name].candidate for name in chosen], None


def guess_cost(prompt: dict[str, Any], targets: list[Any]) -> str:
    """The most a run can cost, from its length and the price book."""
    snapshot = sluice().live.snapshot
    template = snapshot.templates.get(prompt.get("template_id", ""))
    texts = [m["content"] for m in prompt.get("messages", ())]
    if template is not None:
        texts = [template.system_prompt, template.user_template, *prompt["variables"].values()]
    tokens = sum(len(str(text)) for text in texts) // 2
    output = (template and template.parameters.max_tokens) or snapshot.max_tokens
    prices = [snapshot.prices.get(target) for target in targets]
    known = sum(price_estimate(tokens, output, price) for price in prices if price is not None)
    unknown = prices.count(None)
    return f"at most about \\{money_text(known)}" + (f", {unknown} unpriced" if unknown else "")


def draw_run(actor: Actor, run_id: str) -> None:
    """A run as the server has it; the timer ends with the run."""
    view = sluice().playground.get_run(actor, run_id)
    as_text = st.toggle("Answers letter by letter", key="playground_text", bind="query-params")

    @st.fragment(run_every=None if view.is_done else 0.4)
    def draw_columns() -> None:
        now = sluice().playground.get_run(current_actor(), run_id)
        run_columns(now.columns, as_text=as_text)
        if now.is_done and not view.is_done:
            st.rerun()

    draw_columns()


def start(actor: Actor, prompt: dict[str, Any], targets: list[Any]) -> None:
    """Start a run and put it into the address, so that a reload shows it."""
    try:
        st.query_params["run"] = sluice().playground.start_run(actor, targets=targets, **prompt)
    except SluiceError as error:
        error_box(error)


actor = require_page(Permission.USE_PLAYGROUND, "Playground")
st.title("Playground")
prompt, gap = choose_prompt()
targets, missing = choose_targets()
blocked = gap or missing
with st.container(horizontal=True, vertical_alignment="center"):
    if st.button(
        "Run", type="primary", icon=":material/play_arrow:", disabled=bool(blocked),
        shortcut="Ctrl+Enter",
    ):  # fmt: skip
        start(actor, prompt, targets)
    run_id = st.query_params.get("run")
    if st.button("Stop", icon=":material/stop:", disabled=run_id is None) and run_id:
        sluice().playground.stop_run(actor, run_id)
    if blocked:
        st.caption(f":material/info: To run, {blocked}.")
    else:
        st.caption(f"{guess_cost(prompt, targets)}; billed to the playground's own budget")
if run_id:
    try:
        draw_run(actor, run_id)
    except SluiceError as error:
        error_box(error)
