"""Prompts: the registry of templates, with a preview of what is sent to a model."""

from typing import Any

import streamlit as st

from console.components import find_gap, showing_errors, variable_form
from console.format import DASH, escape_markdown
from console.navigation import page_path
from console.session import require_page, sluice
from services.domain.identity import Actor, Permission
from services.domain.templates import Template


def choose_template(templates: dict[str, Template]) -> Template:
    """One of the templates; the address names it."""
    chosen = st.selectbox(
        "Prompt",
        list(templates),
        key="prompt",
        bind="query-params",
        width=340,
    )
    return templates[chosen]


def draw_facts(template: Template) -> None:
    """Everything about it but its text."""
    variables = sluice().prompts.list_variables(template)
    low, high = template.constraints.min_input_length, template.constraints.max_input_length
    topics = template.constraints.forbidden_topics
    facts = {
        "Called as": " or ".join(dict.fromkeys((template.id, template.name))),
        "Version": template.version,
        "Feature": template.feature or "any",
        "Variables": ", ".join(variables) or "none",
        "Preset": ", ".join(f"{k} = {v}" for k, v in template.defaults.items()) or "none",
        "Temperature": show(template.parameters.temperature),
        "Longest answer": f"{show(template.parameters.max_tokens)} tokens",
        "Input length": f"{show(low)} to {show(high)} characters",
        "Words an answer may not have": ", ".join(topics) or "none",
    }
    rows = {"": list(facts), "Value": [escape_markdown(value) for value in facts.values()]}
    st.table(rows, border="horizontal", hide_index=True, hide_header=True, alt="Facts")


def show(value: Any) -> str:
    """A value that a template may leave to the route."""
    return DASH if value is None else str(value)


def draw_preview(template: Template) -> None:
    """Fill the variables in, and see the messages that a call would send."""
    values = variable_form(template)
    gap = find_gap(values)
    if gap is not None:
        st.caption(f":material/info: To see the messages, {gap}.")
        return
    with showing_errors():
        for message in sluice().prompts.render(template.id, values).messages:
            st.markdown(f"**{message['role'].capitalize()} message**")
            st.code(message["content"], language=None, wrap_lines=True)


def draw_text(template: Template) -> None:
    """The text as it is shipped, variables unfilled."""
    st.markdown("**System message**")
    st.code(template.system_prompt, language=None, wrap_lines=True)
    st.markdown("**User message**")
    st.code(template.user_template, language=None, wrap_lines=True)


def draw_link(actor: Actor, template: Template) -> None:
    """The way to run it, for those who may."""
    if actor.may(Permission.USE_PLAYGROUND):
        st.page_link(
            page_path("playground"),
            label="Try in Playground",
            icon=":material/experiment:",
            query_params={"playground_prompt": f"{template.id} {template.version}"},
        )


actor = require_page(Permission.VIEW, "Prompts")
st.title("Prompts")
templates = {template.id: template for template in sluice().prompts.list_templates()}
with st.container(horizontal=True, vertical_alignment="bottom"):
    template = choose_template(templates)
    draw_link(actor, template)
st.caption(escape_markdown(template.description))
left, right = st.columns([2, 3], gap="medium")
with left:
    draw_facts(template)
with right:
    preview, text = st.tabs(["Preview", "Template"])
    with preview:
        draw_preview(template)
    with text:
        draw_text(template)
