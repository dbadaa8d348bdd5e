"""The OpenAPI document as a plain page: no scripts, nothing fetched from elsewhere."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from typing import Any

from starlette.responses import HTMLResponse

from services.api.auth_pages import html_page

Json = Mapping[str, Any]

_INTRODUCTION = """
<p>Send <code>Authorization: Bearer TOKEN</code>: AI_ADMIN_TOKEN, or an API key or JWT with scope
<code>ai:admin</code>. Errors have OpenAI's form with a stable <code>code</code>. Programs read
<a href="/api/openapi.json">the OpenAPI document</a> with the same token.</p>
<p>Applications call <code>/v1/chat/completions</code>, <code>/v1/completions</code>,
<code>/v1/embeddings</code> and <code>/v1/models</code> as they would call OpenAI, with a key or
JWT of scope <code>ai:generate</code>.</p>
"""


def docs_page(schema: Json) -> HTMLResponse:
    """Every operation with its parameters and its body."""
    parts = [_INTRODUCTION]
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            parts.append(_operation(method.upper(), path, operation, schema))
    return html_page("HTTP interface", "".join(parts), more_style="docs.css")


def _operation(method: str, path: str, operation: Json, schema: Json) -> str:
    rows = [*_parameter_rows(operation), *_body_rows(operation, schema)]
    table = ""
    if rows:
        head = "<tr><th>Name</th><th>In</th><th>Type</th><th></th></tr>"
        table = f"<table>{head}{''.join(rows)}</table>"
    title = f"<h2><code>{html.escape(f'{method} {path}')}</code></h2>"
    return (
        f"<section>{title}<p>{html.escape(operation.get('description', ''))}</p>{table}</section>"
    )


def _parameter_rows(operation: Json) -> Iterator[str]:
    for parameter in operation.get("parameters", ()):
        note = parameter.get("description") or ""
        required = parameter.get("required", False)
        yield _row(parameter["name"], parameter["in"], parameter["schema"], note, required=required)


def _body_rows(operation: Json, schema: Json) -> Iterator[str]:
    content = operation.get("requestBody", {}).get("content", {})
    body = content.get("application/json", {}).get("schema", {})
    if "$ref" in body:
        body = schema["components"]["schemas"][body["$ref"].rpartition("/")[2]]
    for name, field in body.get("properties", {}).items():
        note = field.get("description", "")
        yield _row(name, "body", field, note, required=name in body.get("required", ()))


def _row(name: str, place: str, field: Json, note: str, *, required: bool) -> str:
    cells = (f"{name} (required)" if required else name, place, _type(field), note)
    return f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr>"


def _type(field: Json) -> str:
    """A field's type in a few words."""
    if "anyOf" in field:
        kinds = dict.fromkeys(_type(kind) for kind in field["anyOf"])
        return " or ".join(kind for kind in kinds if kind != "null")
    if "$ref" in field:
        return str(field["$ref"].rpartition("/")[2])
    kind = str(field.get("format") or field.get("type", "any"))
    return f"list of {_type(field.get('items', {}))}" if kind == "array" else kind
