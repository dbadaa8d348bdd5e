"""A call that is copied from the Playground is one that a shell and the gateway understand."""

import json
import shlex

from console.components.call_code import curl_text

BASE = "http://127.0.0.1:8501"


def test_a_template_is_called_by_its_id_with_its_feature_and_any_words() -> None:
    variables = {"question": "Ali'nin $5'ı var; \"kaç\"\nkalır?", "hint_level": 1}
    text = curl_text(BASE, {"template_id": "hint", "variables": variables}, "openai/gpt", "hints")
    words = [word for word in shlex.split(text) if word != "\n"]
    assert words[:2] == ["curl", f"{BASE}/v1/chat/completions"]
    assert "X-AI-Feature: hints" in words
    body = json.loads(words[words.index("-d") + 1])
    assert body == {"model": "openai/gpt", "prompt": {"id": "hint", "variables": variables}}


def test_messages_are_sent_as_they_are() -> None:
    messages = [{"role": "user", "content": "Merhaba!"}]
    words = shlex.split(curl_text(BASE, {"messages": messages}, "auto", "FEATURE"))
    assert json.loads(words[-1]) == {"model": "auto", "messages": messages}
