"""From a request's JSON to what is to be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from services.domain.calls import Endpoint
from services.domain.errors import InvalidRequest
from services.domain.messages import Incoming, check_size
from services.domain.prompts import check_input, render_template
from services.domain.routes import AUTO
from services.domain.snapshot import Snapshot
from services.domain.templates import Parameters, Template
from services.gateway.body_fields import (
    check_numbers,
    kind_of,
    read_integer,
    wrong_type,
)
from services.gateway.body_shapes import check_objects, check_shapes
from services.gateway.exchange import Prepared

MAX_DEPTH = 200
"""What orjson reads but refuses to write again begins a little above."""

_OWN_FIELDS = frozenset({"model", "prompt", "user", "max_tokens", "max_completion_tokens"})
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_ROLES_WITH_CONTENT = frozenset({"system", "developer", "user"})
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
            f"The body is {kind_of(body)}: send a JSON object.", code="invalid_json"
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
        raise InvalidRequest(
            'model must be "auto", so that the route decides, or "provider/model" as a string.',
            param="model",
        )
    template = _template(snapshot, incoming.endpoint, body)
    sent = {name: value for name, value in body.items() if name not in _OWN_FIELDS}
    texts = _fill_content(sent, body, incoming.endpoint, template)
    if template is not None and template.parameters.temperature is not None:
        sent.setdefault("temperature", template.parameters.temperature)
    check_shapes(body)
    check_numbers(body)
    options = body.get("stream_options") or {}
    sent.pop("stream_options", None)
    sent.pop("stream", None)
    return Prepared(
        endpoint=incoming.endpoint,
        requested_model=requested,
        body=sent,
        texts=texts,
        is_streamed=bool(body.get("stream")) and incoming.endpoint is not Endpoint.EMBEDDING,
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
        return _prompt_texts(sent, body)
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
    return tuple(
        text
        for index, message in enumerate(messages)
        for text in _said(f"messages[{index}]", message)
    )


def _said(name: str, message: Any) -> Sequence[str]:
    """The texts of one message that are to be screened."""
    role = message.get("role") if isinstance(message, dict) else None
    if not isinstance(role, str) or role not in _ROLES:
        roles = ", ".join(sorted(_ROLES))
        raise InvalidRequest(f"{name} needs a role, one of {roles}.", param=f"{name}.role")
    if message.get("tool_calls") is not None:
        check_objects(f"{name}.tool_calls", message["tool_calls"])
    content = message.get("content")
    if content is None:
        if role in _ROLES_WITH_CONTENT:
            raise InvalidRequest(
                f"{name} has no content: a message of role {role} needs some.",
                param=f"{name}.content",
            )
        return ()
    is_screened = role in _SCREENED_ROLES
    if isinstance(content, str):
        return (content,) if is_screened else ()
    if not isinstance(content, list):
        raise wrong_type(f"{name}.content", "a string or a list", content)
    texts = [_part_text(f"{name}.content[{index}]", part) for index, part in enumerate(content)]
    return [text for text in texts if text] if is_screened else ()


def _part_text(name: str, part: Any) -> str:
    """What a part of a message says; some servers take plain strings for parts too."""
    if isinstance(part, str):
        return part
    if not isinstance(part, dict):
        raise wrong_type(name, "an object with a type", part)
    text = part.get("text")
    return text if isinstance(text, str) else ""


def _prompt_texts(sent: dict[str, Any], body: Mapping[str, Any]) -> tuple[str, ...]:
    """Of null there are none: the model begins a new document.

    Source: OpenAI, API reference, "Create completion".
    """
    if body.get("prompt", "") is None:
        sent["prompt"] = None
        return ()
    return _text_or_list(sent, body, "prompt", or_else=", or null for a document of its own")


def _text_or_list(
    sent: dict[str, Any], body: Mapping[str, Any], name: str, or_else: str = ""
) -> tuple[str, ...]:
    value = body.get(name)
    if not value or not isinstance(value, str | list):
        raise InvalidRequest(
            f"{name} must be a text or a list of texts, not empty{or_else}.", param=name
        )
    sent[name] = value
    if isinstance(value, str):
        return (value,)
    for index, item in enumerate(value):
        if isinstance(item, bool) or not isinstance(item, str | int | list):
            raise wrong_type(f"{name}[{index}]", "a text or token numbers", item)
    return tuple(item for item in value if isinstance(item, str))


def _max_tokens(
    snapshot: Snapshot, endpoint: Endpoint, body: Mapping[str, Any], template: Template | None
) -> int:
    if endpoint is Endpoint.EMBEDDING:
        return 0
    # A completion may write nothing: with echo, that is how a prompt is scored.
    least = 0 if endpoint is Endpoint.COMPLETION else 1
    for name in ("max_completion_tokens", "max_tokens"):
        given = read_integer(body, name, least, 1_000_000)
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
