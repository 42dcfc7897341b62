"""Pages for people: the landing page and the rendered AsyncAPI document. Plain HTML, no script, nothing from elsewhere."""

import json
from collections.abc import Iterator
from html import escape
from typing import Any

Document = dict[str, Any]

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
h2 { border-bottom: 1px solid var(--line); margin-top: 2rem; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .4rem 0; }
summary { cursor: pointer; padding: .4rem .6rem; }
details > div { overflow-x: auto; padding: 0 .8rem .8rem; }
code { font: 13px/1.45 ui-monospace, monospace; }
table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 1px solid var(--line); padding: .2rem .5rem; text-align: left; vertical-align: top; }
"""


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n{body}\n</html>\n"
    )


def landing() -> str:
    """What somebody sees who opens the gateway's address."""
    return _page(
        "Terrain",
        """<h1>Terrain</h1>
<p>The field-force CRM: this is its gateway, the one door to all services.</p>
<ul>
<li><a href="/docs">HTTP interface</a>, also as <a href="/openapi.json">OpenAPI document</a></li>
<li><a href="/docs/events">Events</a>, also as <a href="/asyncapi.json">AsyncAPI document</a></li>
<li><a href="/readyz">Is it ready?</a> · <a href="/livez">Is it alive?</a> · <a href="/metrics">Metrics</a></li>
</ul>
<p>Sign in with <code>POST /api/v1/auth/token {"username", "password"}</code> and send the access token as
<code>Authorization: Bearer …</code>.</p>""",
    )


def events_page(document: Document) -> str:
    """The AsyncAPI document for reading."""
    info = document["info"]
    return _page(info["title"], "\n".join(_events(document)))


def _events(document: Document) -> Iterator[str]:
    info, components = document["info"], document["components"]
    yield f"<h1>{escape(info['title'])}</h1>\n<p>{escape(info['description'])}</p>"
    yield '<p>Also as <a href="/asyncapi.json">AsyncAPI document</a>.</p>'
    yield "<details><summary>Headers of every message</summary><div>"
    yield _table(components["messageTraits"]["cloudEvent"]["headers"])
    yield "</div></details>"
    for name, channel in document["channels"].items():
        partitions = channel["bindings"]["kafka"]["partitions"]
        yield f'<h2 id="{escape(name)}">{escape(name)}</h2>\n<p>{partitions} partitions.</p>'
        for kind in channel["messages"]:
            message = components["messages"][kind]
            yield f"<details><summary><code>{escape(kind)}</code> {escape(message['summary'])}</summary><div>"
            yield _table(components["schemas"][_name(message["payload"])])
            for example in message.get("examples", []):
                shown = json.dumps(example["payload"], indent=2, ensure_ascii=False)
                yield f"<p>For example:</p><pre><code>{escape(shown)}</code></pre>"
            yield "</div></details>"
    yield "<h2>Types</h2>"
    used = {_name(message["payload"]) for message in components["messages"].values()}
    for name, schema in components["schemas"].items():
        if name not in used:
            about = schema.get("description", "")
            yield f'<details id="type-{escape(name)}"><summary><code>{escape(name)}</code></summary><div>'
            yield f"<p>{escape(about)}</p>{_table(schema)}</div></details>"


def _table(schema: Document) -> str:
    if "properties" not in schema:
        return f"<p>{_kind(schema)}</p>"
    required = schema.get("required", [])
    rows = "".join(
        f"<tr><td><code>{escape(name)}{'' if name in required else '?'}</code></td><td>{_kind(inner)}</td>"
        f"<td>{escape(inner.get('description', ''))}</td></tr>"
        for name, inner in schema["properties"].items()
    )
    return f"<table><tr><th>Field</th><th>Type</th><th></th></tr>{rows}</table>"


def _kind(schema: Document) -> str:
    if "$ref" in schema:
        name = escape(_name(schema))
        return f'<a href="#type-{name}">{name}</a>'
    if "anyOf" in schema:
        return " | ".join(_kind(part) for part in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(str(schema['const']))}</code>"
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    shown = escape(str(schema.get("type", "any")))
    for limit in ("format", "pattern"):
        if limit in schema:
            shown += f" <code>{escape(str(schema[limit]))}</code>"
    return shown


def _name(reference: Document) -> str:
    return str(reference["$ref"]).rpartition("/")[2]
