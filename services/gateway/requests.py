"""From a request's JSON to what is to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from services.domain.calls import Endpoint
from services.domain.errors import InvalidRequest
from services.domain.messages import Incoming, check_size
from services.domain.prompts import Parameters, Template, check_input, render_template
from services.domain.routes import AUTO
from services.domain.snapshot import Snapshot
from services.gateway.body_fields import (
    check_numbers,
    kind_of,
    read_boolean,
    read_integer,
    wrong_type,
)
from services.gateway.exchange import Prepared

MAX_DEPTH = 200
"""What orjson reads but refuses to write again begins a little above."""

_OWN_FIELDS = frozenset({"model", "prompt", "user", "max_tokens", "max_completion_tokens"})
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_SCREENED_ROLES = frozenset({"user", "tool", "function"})


def parse_body(incoming: Incoming) -> dict[str, Any]:
    """The JSON object of the body; raises TooLarge, InvalidRequest."""
    check_size(incoming.body)
    try:
        body = orjson.loads(incoming.body)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(
            f"The body is not valid JSON ({error}): send a JSON object.", code="invalid_json"
        ) from None
    if not isinstance(body, dict):
        raise InvalidRequest(
            f"The body is a JSON {kind_of(body)}: send a JSON object.", code="invalid_json"
        )
    levels_at_most = incoming.body.count(b"{") + incoming.body.count(b"[")
    if levels_at_most > MAX_DEPTH and _is_deeper_than(body, MAX_DEPTH):
        raise InvalidRequest(
            f"The body is nested more than {MAX_DEPTH} levels deep: flatten it.",
            code="invalid_json",
        )
    return body


def prepare(snapshot: Snapshot, incoming: Incoming, body: dict[str, Any]) -> Prepared:
    """The call to send: template rendered, types and sizes checked.

    Raises:
        InvalidRequest, NotFound, Unprocessable: the message names the field and the cure.
        GuardrailBlocked: a variable breaks the template's constraints.
    """
    requested = body.get("model", AUTO)
    if not isinstance(requested, str) or not requested:
        raise wrong_type("model", '"auto" or "provider/model"', requested)
    template = _template(snapshot, incoming.endpoint, body)
    sent = {name: value for name, value in body.items() if name not in _OWN_FIELDS}
    texts = _fill_content(sent, body, incoming.endpoint, template)
    if template is not None and template.parameters.temperature is not None:
        sent.setdefault("temperature", template.parameters.temperature)
    streamed = read_boolean(body, "stream")
    options = body.get("stream_options") or {}
    if not isinstance(options, dict):
        raise wrong_type("stream_options", "an object", options)
    check_numbers(body)
    tier = body.get("service_tier")
    if tier is not None and not isinstance(tier, str):
        raise wrong_type("service_tier", "a string", tier)
    sent.pop("stream_options", None)
    sent.pop("stream", None)
    return Prepared(
        endpoint=incoming.endpoint,
        requested_model=requested,
        body=sent,
        texts=texts,
        is_streamed=streamed and incoming.endpoint is not Endpoint.EMBEDDING,
        wants_usage=bool(options.get("include_usage")),
        max_output_tokens=_max_tokens(snapshot, incoming.endpoint, body, template),
        choices=count_choices(incoming.endpoint, body),
        template=template,
    )


def count_choices(endpoint: Endpoint, body: Mapping[str, Any]) -> int:
    """How many answers the call makes the provider write, shown or not: all of them are billed."""
    choices = read_integer(body, "n", 1, 128) or 1
    if endpoint is not Endpoint.COMPLETION:
        return choices
    tried = max(choices, read_integer(body, "best_of", 1, 128) or 1)
    prompt = body.get("prompt")
    is_batch = isinstance(prompt, list) and not all(isinstance(part, int) for part in prompt)
    return tried * (len(prompt) if is_batch and prompt else 1)


def _template(snapshot: Snapshot, endpoint: Endpoint, body: Mapping[str, Any]) -> Template | None:
    prompt = body.get("prompt")
    if endpoint is not Endpoint.CHAT or prompt is None:
        return None
    if not isinstance(prompt, dict) or not isinstance(prompt.get("id"), str):
        raise InvalidRequest(
            'prompt must be an object such as {"id": "hint", "variables": {…}}.', param="prompt"
        )
    version = prompt.get("version")
    if version is not None and not isinstance(version, str):
        raise wrong_type("prompt.version", "a string", version)
    return snapshot.template(prompt["id"], version)


def _fill_content(
    sent: dict[str, Any], body: Mapping[str, Any], endpoint: Endpoint, template: Template | None
) -> tuple[str, ...]:
    """Put the content into the call; returns what users and tools wrote, for screening."""
    if endpoint is Endpoint.EMBEDDING:
        return _text_or_list(sent, body, "input")
    if endpoint is Endpoint.COMPLETION:
        return _text_or_list(sent, body, "prompt")
    if template is None:
        return _message_texts(body.get("messages"))
    variables = body["prompt"].get("variables") or {}
    if not isinstance(variables, dict):
        raise wrong_type("prompt.variables", "an object", variables)
    rendered = render_template(template, variables)
    check_input(template, variables)
    following = body.get("messages") or []
    texts = _message_texts(following) if following else ()
    sent["messages"] = [*rendered, *following]
    return tuple(str(value) for value in variables.values()) + texts


def _message_texts(messages: Any) -> tuple[str, ...]:
    if not isinstance(messages, list) or not messages:
        raise InvalidRequest(
            "messages must be a list with at least one message, or send a prompt with an id.",
            param="messages",
        )
    texts: list[str] = []
    for index, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if not isinstance(role, str) or role not in _ROLES:
            raise InvalidRequest(
                f"messages[{index}] needs a role, one of {', '.join(sorted(_ROLES))}.",
                param=f"messages[{index}].role",
            )
        content = message.get("content")
        is_screened = message["role"] in _SCREENED_ROLES
        if isinstance(content, str):
            texts += [content] if is_screened else []
        elif isinstance(content, list):
            texts += [p["text"] for p in content if is_screened and _is_text_part(p)]
        elif content is not None:
            raise wrong_type(f"messages[{index}].content", "a string or a list", content)
    return tuple(texts)


def _is_text_part(part: Any) -> bool:
    return isinstance(part, dict) and isinstance(part.get("text"), str)


def _text_or_list(sent: dict[str, Any], body: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = body.get(name)
    if not value or not isinstance(value, str | list):
        raise InvalidRequest(f"{name} must be a text or a list of texts, not empty.", param=name)
    sent[name] = value
    return (value,) if isinstance(value, str) else tuple(v for v in value if isinstance(v, str))


def _max_tokens(
    snapshot: Snapshot, endpoint: Endpoint, body: Mapping[str, Any], template: Template | None
) -> int:
    if endpoint is Endpoint.EMBEDDING:
        return 0
    for name in ("max_completion_tokens", "max_tokens"):
        given = read_integer(body, name, 1, 1_000_000)
        if given is not None:
            return given
    parameters = template.parameters if template else Parameters()
    return parameters.max_tokens or snapshot.max_tokens


def _is_deeper_than(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [
            inner
            for item in layer
            if isinstance(item, dict | list)
            for inner in (item.values() if isinstance(item, dict) else item)
            if isinstance(inner, dict | list)
        ]
        if not layer:
            return False
    return True
