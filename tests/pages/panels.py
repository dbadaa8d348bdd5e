"""The panels of pages that ask for a reason, filled in and sent."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def send(app: AppTest, label: str, reason: str = "for a test", word: str = "") -> AppTest:
    """Fill in the panel that a button belongs to and press it."""
    pressed = next(b for b in app.form_submit_button if b.label == label)
    for one in app.text_input:
        if one.form_id == pressed.form_id:
            one.set_value(word if one.label.startswith("Type ") else reason)
    return pressed.click().run()
