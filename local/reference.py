"""The OpenAPI document as a page for people: plain HTML that needs no script and loads nothing but its own style sheet."""

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

Schema = Mapping[str, Any]

_CODE = re.compile(r"`([^`]+)`")
_FORMATS = {"date-time": "time", "binary": "bytes"}
_PLACE = re.compile(r"\{(\w+)\}")

FIRST_STEPS = """# what is on the wall
curl -s SITE/api/images?limit=3
# a ticket for one picture, then the picture itself
curl -s SITE/api/uploads SIGNED -H 'content-type: application/json' \\
     -d '{"filename": "harbour.jpg", "content_type": "image/jpeg", "bytes": 483210}'
curl -s [upload.url of the answer] -F key=… -F policy=… [every one of upload.fields] -F file=@harbour.jpg
# how it is doing, step by step
curl -s SITE/api/images?ids=9f1c2f0a4b7d4e0e8a53c1de6a2b7c11 SIGNED"""
HERE = "http://localhost:8000"


def page(document: Mapping[str, Any], site: str = HERE) -> str:
    """A whole HTML document. `site` is the gallery's address; elsewhere than on one machine people bring a token."""
    groups = list(_groups(document))
    body = [
        "<header>",
        f'<p class="mark"><a href="/">SightSync</a></p><h1>The API</h1><p class="lead">{_inline(document["info"]["summary"])}. '
        f'Version {escape(document["info"]["version"])} · <a href="/api/openapi.json">openapi.json</a></p>',
        "</header>",
        f'<nav aria-label="Contents"><ul>{"".join(_contents(groups))}</ul></nav>',
        "<main>",
        f'<section id="about">{_paragraphs(document["info"]["description"])}',
        f'<h2>First steps</h2><pre tabindex="0" aria-label="First steps"><code>{escape(_first_steps(site))}</code></pre></section>',
        *(_group(name, text, operations, document) for name, text, operations in groups),
        f'<section id="shapes"><h2>Shapes</h2>{"".join(_shapes(document))}</section>',
        "</main>",
    ]
    return "\n".join([_HEAD, *body, "</body></html>", ""])


def _first_steps(site: str) -> str:
    signed = "" if site == HERE else ' -H "authorization: Bearer $TOKEN"'
    return FIRST_STEPS.replace("SITE", site).replace(" SIGNED", signed)


_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>The API · SightSync</title>
<link rel="stylesheet" href="/api/docs.css"><link rel="icon" href="/favicon.svg"></head><body>"""

Operation = tuple[str, str, Schema]  # method, path, what the document says of it


def _groups(document: Schema) -> Iterator[tuple[str, str, list[Operation]]]:
    for tag in document["tags"]:
        operations = [
            (method.upper(), path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if tag["name"] in operation["tags"]
        ]
        yield tag["name"], tag["description"], operations


def _contents(groups: list[tuple[str, str, list[Operation]]]) -> Iterator[str]:
    yield '<li><a href="#about">About</a></li>'
    yield from (f'<li><a href="#{_anchor(name)}">{escape(name.capitalize())}</a></li>' for name, _, _ in groups)
    yield '<li><a href="#shapes">Shapes</a></li>'


def _group(name: str, text: str, operations: list[Operation], document: Schema) -> str:
    inner = "".join(_operation(*operation, document) for operation in operations)
    return f'<section id="{_anchor(name)}"><h2>{escape(name.capitalize())}</h2><p>{_inline(text)}</p>{inner}</section>'


def _operation(method: str, path: str, operation: Schema, document: Schema) -> str:
    who = '<span class="who">needs a user</span>' if operation["security"] == [{"bearer": []}] else ""
    places = _PLACE.sub(r"<i>{\1}</i>", escape(path))
    summary = [
        f'<span class="method {method.lower()}">{method}</span>',
        f"<code>{places}</code>",
        f'<span class="says">{_inline(operation["summary"])}</span>{who}',
    ]
    inner = [
        _paragraphs(operation.get("description", "")),
        _parameters(operation["parameters"]),
        _request(operation.get("requestBody"), document),
        _responses(operation["responses"]),
    ]
    name = _anchor(operation["operationId"])
    return f'<details class="route" id="route-{name}"><summary>{"".join(summary)}</summary><div>{"".join(inner)}</div></details>'


def _parameters(parameters: list[Schema]) -> str:
    if not parameters:
        return ""
    rows = (
        (
            f"<code>{escape(p['name'])}</code>{_needed(p.get('required', False))}",
            f"{p['in']}, {_type(p['schema'])}",
            p.get("description", ""),
        )
        for p in parameters
    )
    return "<h3>Parameters</h3>" + _table(rows)


def _request(body: Schema | None, document: Schema) -> str:
    if body is None:
        return ""
    kinds = ", ".join(f"<code>{escape(kind)}</code>" for kind in body["content"])
    schema = next(iter(body["content"].values()))["schema"]
    shown = _fields(_resolved(schema, document)) or f"<p>{_type(schema)}</p>"
    return f"<h3>Send</h3><p>{kinds}</p>{shown}{_example(_resolved(schema, document).get('examples', [None])[0])}"


def _responses(responses: Schema) -> str:
    rows = []
    for status, response in sorted(responses.items()):
        content = response.get("content", {})
        types = [_type(medium["schema"]) if medium.get("schema") else escape(kind) for kind, medium in content.items()]
        rows.append((f'<b class="s{status[0]}">{status}</b>', " or ".join(types) or "nothing", response["description"]))
    return "<h3>Get</h3>" + _table(iter(rows))


def _shapes(document: Schema) -> Iterator[str]:
    for name, schema in sorted(document["components"]["schemas"].items()):
        shown = _paragraphs(schema.get("description", "")) + _fields(schema) + _example((schema.get("examples") or [None])[0])
        summary = f"<summary><code>{escape(name)}</code></summary>"
        yield f'<details class="shape" id="shape-{_anchor(name)}">{summary}<div>{shown}</div></details>'


def _fields(schema: Schema) -> str:
    if "properties" not in schema:
        return ""
    needed = schema.get("required", [])
    rows = (
        (f"<code>{escape(name)}</code>{_needed(name in needed)}", _type(field), field.get("description", ""))
        for name, field in schema["properties"].items()
    )
    return _table(rows)


def _table(rows: Iterator[tuple[str, str, str]]) -> str:
    """Rows of name and type, which are HTML already, and words, which are not."""
    inner = "".join(f"<tr><th scope=row>{name}</th><td>{kind}</td><td>{_inline(words)}</td></tr>" for name, kind, words in rows)
    return f'<div class="wide" tabindex="0" role="group" aria-label="Table"><table>{inner}</table></div>'


def _needed(needed: bool) -> str:
    return ' <span class="needed">needed</span>' if needed else ""


def _type(schema: Schema) -> str:
    """A schema in a few words, with a link where it is one of the shapes."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#shape-{_anchor(name)}">{escape(name)}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(choice) for choice in schema["anyOf"])
    if "const" in schema:
        return f"<code>{escape(json.dumps(schema['const']))}</code>"
    if "enum" in schema:
        return ", ".join(f"<code>{escape(str(choice))}</code>" for choice in schema["enum"])
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"names to {_type(schema['additionalProperties'])}"
    return escape(_FORMATS.get(schema.get("format", ""), kind)) + _range(schema)


def _range(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None:
        return ""
    return f", from {low:g}" if high is None else f", {low:g} to {int(high)}"


def _resolved(schema: Schema, document: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found: Schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _example(example: Any) -> str:
    if example is None:
        return ""
    return f'<pre tabindex="0" aria-label="Example"><code>{escape(json.dumps(example, indent=2, ensure_ascii=False))}</code></pre>'


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{_inline(part)}</p>" for part in text.split("\n\n") if part.strip())


def _inline(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text, quote=False))


def _anchor(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())
