"""What people and rules changed lately, and what to do on a system that nobody uses yet."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from console.components.audit_log import change_text
from console.components.cards import describe_reading
from console.format import age_text, escape_markdown
from services.domain.audit import AuditRow
from services.domain.readings import Reading

_MESSAGE = "Bir üçgenin iç açıları toplamı neden 180 derecedir?"


def changes_list(changes: Reading[tuple[AuditRow, ...]], now: datetime) -> None:
    """Draw the latest changes, one line each; says so when there are none or they are unknown."""
    if changes.value is None:
        face = describe_reading(changes, lambda rows: "", now)
        st.markdown(f":material/{face.icon}: {face.text}: {escape_markdown(face.origin)}")
        return
    for row in changes.value:
        st.markdown(_describe(row, now))


def first_steps(base_url: str) -> None:
    """Tell how to send the first request, with commands to copy."""
    st.markdown("**No application has called yet.** Make a key, then send the first request:")
    st.code(
        ".venv/bin/python -m services ai-create-key --name my-app --scopes ai:generate \\\n"
        "    --feature question_hint --role staff",
        language="bash",
    )
    body = f'{{"model": "auto", "messages": [{{"role": "user", "content": "{_MESSAGE}"}}]}}'
    st.code(
        f"curl {base_url}/v1/chat/completions -H 'Authorization: Bearer KEY' \\\n"
        f"    -H 'Content-Type: application/json' -d '{body}'",
        language="bash",
    )


def _describe(row: AuditRow, now: datetime) -> str:
    change = escape_markdown(change_text(row.before, row.after)) if row.before else ""
    what = f"**{escape_markdown(row.action)}** {escape_markdown(row.target)} {change}"
    who = f"{escape_markdown(row.actor)}, {age_text(row.at, now)}"
    return f"{what}  \n{_small(f'{who}: {escape_markdown(row.reason)}')}"


def _small(text: str) -> str:
    return f":small[{text}]"
