"""The API's description as one page: no script, and nothing from other hosts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from starlette.responses import HTMLResponse

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h2 { border-bottom: 1px solid #ccc; margin-top: 2.5rem } h3 { margin: 1.5rem 0 .3rem }
code, pre { font: 14px/1.4 ui-monospace, monospace; background: #f4f4f4 } code { padding: 0 .2rem }
pre { padding: .6rem; overflow-x: auto } .method { font-weight: bold; margin-right: .5rem }
table { border-collapse: collapse } td, th { text-align: left; padding: .1rem 1rem .1rem 0; vertical-align: top }
@media (prefers-color-scheme: dark) { body { background: #1c1c1c; color: #ddd } code, pre { background: #2b2b2b } }
"""


def page(description: dict[str, Any], roles: dict[str, str]) -> HTMLResponse:
    """The page of an OpenAPI description; `roles` by operation."""
    return HTMLResponse("\n".join(_page(description, roles)))


def _page(description: dict[str, Any], roles: dict[str, str]) -> Iterator[str]:
    info = description["info"]
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["summary"])}</title>'
    yield f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style>'
    yield f"<h1>{escape(info['summary'])}</h1><p>{_marked(info['description'])}</p>"
    yield f'<p>Version {escape(info["version"])}. For machines: <a href="/api/openapi.json">openapi.json</a>.</p>'
    by_tag: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            by_tag.setdefault(operation["tags"][0], []).append((method.upper(), path, operation))
    for tag, operations in by_tag.items():
        yield f"<h2>{escape(tag)}</h2>"
        for method, path, operation in operations:
            yield from _operation(method, path, operation, description, roles)
    yield "</html>"


def _operation(
    method: str, path: str, operation: dict[str, Any], description: dict[str, Any], roles: dict[str, str]
) -> Iterator[str]:
    name = operation["operationId"]
    yield f'<h3 id="{escape(name)}">{escape(operation["summary"])}</h3>'
    yield f'<p><code><span class="method">{method}</span>{escape(path)}</code> {escape(roles.get(name, ""))}</p>'
    yield f"<p>{_marked(operation.get('description', ''))}</p>"
    parameters = [
        (p["name"], p.get("required", False), p.get("description", "")) for p in operation.get("parameters", [])
    ]
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = _resolved(content.get("schema", {}), description)
    required = schema.get("required", [])
    parameters += [(n, n in required, p.get("description", "")) for n, p in schema.get("properties", {}).items()]
    if parameters:
        yield "<table>"
        for parameter, needed, words in parameters:
            yield f"<tr><td><code>{escape(parameter)}</code>{'' if needed else ' (optional)'}<td>{_marked(words)}"
        yield "</table>"
    for example in schema.get("examples", [])[:1]:
        yield f"<pre>{escape(json.dumps(example, indent=2, ensure_ascii=False))}</pre>"
    answer = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("example")
    if answer is not None:
        yield f"<p>Answers</p><pre>{escape(json.dumps(answer, indent=2, ensure_ascii=False))}</pre>"


def _resolved(schema: dict[str, Any], description: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = description["components"]["schemas"][name] if name else schema
    return found


def _marked(text: str) -> str:
    """Escaped, with `code` in it."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if n % 2 else part for n, part in enumerate(parts))
