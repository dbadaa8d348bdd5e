"""The call that a playground run makes, as a command to copy."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from services.bootstrap import Sluice
from services.domain.calls import Candidate


def call_code(sluice: Sluice, prompt: Mapping[str, Any], targets: Sequence[Candidate]) -> None:
    """Draw the call of the first chosen model; the route's own where none is chosen."""
    features = {template.id: template.feature for template in sluice.prompts.list_templates()}
    with st.expander("Call it from your application", icon=":material/code:"):
        st.caption(
            "KEY is an application's, from Access. With OpenAI's client: this address up to /v1 as "
            "base_url, and what its methods do not know, as prompt, in extra_body."
        )
        text = curl_text(
            sluice.settings.own_url,
            prompt,
            str(targets[0]) if targets else "auto",
            features.get(prompt.get("template_id", "")) or "FEATURE",
        )
        st.code(text, language="bash", wrap_lines=True)


def curl_text(base_url: str, prompt: Mapping[str, Any], model: str, feature: str) -> str:
    """One call as a shell takes it.

    Args:
        prompt: `template_id` and `variables`, or `messages`.
    """
    if "template_id" in prompt:
        named = {"id": prompt["template_id"], "variables": prompt["variables"]}
        body = {"model": model, "prompt": named}
    else:
        body = {"model": model, "messages": prompt["messages"]}
    return (
        f"curl {base_url}/v1/chat/completions -H 'Authorization: Bearer KEY' \\\n"
        f"    -H {shlex.quote(f'X-AI-Feature: {feature}')} -H 'Content-Type: application/json' \\\n"
        f"    -d {shlex.quote(json.dumps(body, ensure_ascii=False))}"
    )
