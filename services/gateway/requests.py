"""From a request's headers and JSON to values: who asks, and what is to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from services.domain.calls import Endpoint
from services.domain.errors import Forbidden, InvalidRequest, TooLarge, Unauthenticated
from services.domain.identity import ApiKey, Assertion, Scope, check_key
from services.domain.ledger import Source
from services.domain.messages import MAX_BODY_BYTES, Incoming
from services.domain.prompts import Parameters, Template, check_input, render_template
from services.domain.rollout import Subject
from services.domain.routes import AUTO
from services.domain.snapshot import Snapshot
from services.gateway.exchange import Caller, Exchange, Prepared

MAX_USER = 256
MAX_ROLE = 256
"""What is remembered of each caller must not grow with what it sends."""

MAX_DEPTH = 200
"""What orjson reads but refuses to write again begins a little above."""

_OWN_FIELDS = frozenset({"model", "prompt", "user", "max_tokens", "max_completion_tokens"})
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_SCREENED_ROLES = frozenset({"user", "tool", "function"})
_NUMBERS = {
    "temperature": (0, 2),
    "top_p": (0, 1),
    "presence_penalty": (-2, 2),
    "frequency_penalty": (-2, 2),
}
_OWN_SOURCES = {Scope.PLAYGROUND: Source.PLAYGROUND, Scope.SAMPLE: Source.SAMPLE}
_BEARER_HELP = "send the header Authorization: Bearer <key>"


def read_key(exchange: Exchange) -> ApiKey:
    """The key of the request, or what its signed token stands for.

    Raises:
        Unauthenticated, Forbidden: the message says what is wrong with it.
    """
    header = exchange.incoming.headers.get("authorization", "")
    scheme, _, token = header.partition(" ")
    if not header:
        raise Unauthenticated(f"No API key was sent: {_BEARER_HELP}.", code="api_key_missing")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated(f"The Authorization header is not a bearer token: {_BEARER_HELP}.")
    found = exchange.snapshot.find_key(token.strip())
    own = (scope for scope in _OWN_SOURCES if found is not None and scope in found.scopes)
    return check_key(found, exchange.started_at, next(own, Scope.GENERATE))


def read_body(incoming: Incoming) -> dict[str, Any]:
    """The JSON object of the body; raises TooLarge, InvalidRequest."""
    if len(incoming.body) > MAX_BODY_BYTES:
        raise TooLarge(
            f"The request is over {MAX_BODY_BYTES} bytes (1 MiB): send a shorter conversation."
        )
    try:
        body = orjson.loads(incoming.body)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(
            f"The body is not valid JSON ({error}): send a JSON object.", code="invalid_json"
        ) from None
    if not isinstance(body, dict):
        raise InvalidRequest(
            f"The body is a JSON {_kind(body)}: send a JSON object.", code="invalid_json"
        )
    if _is_deeper_than(body, MAX_DEPTH):
        raise InvalidRequest(
            f"The body is nested more than {MAX_DEPTH} levels deep: flatten it.",
            code="invalid_json",
        )
    return body


def provisional_caller(key: ApiKey, headers: Mapping[str, str]) -> Caller:
    """The caller as far as the key and headers tell, for the record of a request that goes wrong
    before its body is understood."""
    feature = headers.get("x-ai-feature") or key.feature or ""
    return Caller(key, feature, Subject(), _source(key))


def read_caller(key: ApiKey, headers: Mapping[str, str], body: Mapping[str, Any]) -> Caller:
    """Who the key asks for; a key that asserts more than it may is told so.

    Raises:
        InvalidRequest: no feature is known, or the user's or role's name cannot be taken.
        Forbidden: the key may not assert a role or segments, or the signed token another user.
    """
    feature = headers.get("x-ai-feature") or key.feature
    if not feature:
        raise InvalidRequest(
            "The call names no feature: send the header X-AI-Feature, or use a key made with "
            "--feature NAME.",
            code="feature_missing",
            param="X-AI-Feature",
        )
    user = _user(key, headers, body)
    role = _asserted(key, headers, "x-ai-role", Assertion.ROLE) or key.role
    if role is not None and len(role) > MAX_ROLE:
        raise InvalidRequest(
            f"The role must have at most {MAX_ROLE} characters.", param="x-ai-role"
        )
    segments = _asserted(key, headers, "x-ai-segments", Assertion.SEGMENTS) or ""
    names = frozenset(name.strip() for name in segments.split(",") if name.strip())
    return Caller(key, feature, Subject(user, role, names), _source(key))


def prepare(snapshot: Snapshot, incoming: Incoming, body: dict[str, Any]) -> Prepared:
    """The call to send: template rendered, types and sizes checked.

    Raises:
        InvalidRequest, NotFound, Unprocessable: the message names the field and the cure.
        GuardrailBlocked: a variable breaks the template's constraints.
    """
    requested = body.get("model", AUTO)
    if not isinstance(requested, str) or not requested:
        raise _wrong_type("model", '"auto" or "provider/model"', requested)
    template = _template(snapshot, incoming.endpoint, body)
    sent = {name: value for name, value in body.items() if name not in _OWN_FIELDS}
    texts = _fill_content(sent, body, incoming.endpoint, template)
    if template is not None and template.parameters.temperature is not None:
        sent.setdefault("temperature", template.parameters.temperature)
    streamed = _boolean(body, "stream")
    options = body.get("stream_options") or {}
    if not isinstance(options, dict):
        raise _wrong_type("stream_options", "an object", options)
    _check_numbers(body)
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
    choices = _integer(body, "n", 1, 128) or 1
    if endpoint is not Endpoint.COMPLETION:
        return choices
    tried = max(choices, _integer(body, "best_of", 1, 128) or 1)
    prompt = body.get("prompt")
    is_batch = isinstance(prompt, list) and not all(isinstance(part, int) for part in prompt)
    return tried * (len(prompt) if is_batch and prompt else 1)


def _user(key: ApiKey, headers: Mapping[str, str], body: Mapping[str, Any]) -> str | None:
    """The user a call names; a signed token calls for its own user alone."""
    user = body.get("user") or headers.get("x-ai-user") or key.user
    if user is not None and not isinstance(user, str):
        raise _wrong_type("user", "a string", user)
    if user is not None and (len(user) > MAX_USER or user.startswith("@")):
        raise InvalidRequest(
            f"user must have at most {MAX_USER} characters and not begin with @.", param="user"
        )
    if key.user is not None and user != key.user:
        raise Forbidden(
            f"{key.label} may not call for user {user!r}: leave the user out, or use that user's "
            "own token.",
            code="assertion_not_allowed",
            param="user",
        )
    return user


def _source(key: ApiKey) -> Source:
    found = (source for scope, source in _OWN_SOURCES.items() if scope in key.scopes)
    return next(found, Source.APPLICATION)


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
        raise _wrong_type("prompt.version", "a string", version)
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
        raise _wrong_type("prompt.variables", "an object", variables)
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
            raise _wrong_type(f"messages[{index}].content", "a string or a list", content)
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
        given = _integer(body, name, 1, 1_000_000)
        if given is not None:
            return given
    parameters = template.parameters if template else Parameters()
    return parameters.max_tokens or snapshot.max_tokens


def _check_numbers(body: Mapping[str, Any]) -> None:
    for name, (low, high) in _NUMBERS.items():
        value = body.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _wrong_type(name, "a number", value)
        if not low <= value <= high:
            raise InvalidRequest(f"{name} is {value}: use {low} to {high}.", param=name)


def _integer(body: Mapping[str, Any], name: str, low: int, high: int) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong_type(name, "a whole number", value)
    if not low <= value <= high:
        raise InvalidRequest(f"{name} is {value}: use {low} to {high}.", param=name)
    return value


def _boolean(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise _wrong_type(name, "true or false", value)
    return bool(value)


def _asserted(
    key: ApiKey, headers: Mapping[str, str], header: str, assertion: Assertion
) -> str | None:
    value = headers.get(header)
    if not value:
        return None
    if assertion not in key.may_assert:
        raise Forbidden(
            f"{key.label} may not assert the {assertion} of its users: leave the header "
            f"{header} out, or use a key made with --may-assert {assertion}.",
            code="assertion_not_allowed",
            param=header,
        )
    return value


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


def _kind(value: Any) -> str:
    names = {list: "list", str: "string", int: "number", float: "number", bool: "boolean"}
    return names.get(type(value), "null")


def _wrong_type(name: str, wanted: str, value: Any) -> InvalidRequest:
    return InvalidRequest(f"{name} must be {wanted}, not a {_kind(value)}.", param=name)
