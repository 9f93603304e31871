"""Checks answers, and a document's own examples, against an OpenAPI 3.1 document."""

import json

from openapi_requests import check_schema
from openapi_spec_validator import OpenAPIV31SpecValidator


def check_answer(document, item):
    path = item["path"].split("?")[0]
    method = item["method"].lower()
    call = f"{item['method']} {path} answered {item['status']}"
    template = next((t for t in document.templates(path) if method in document.root["paths"][t]), None)
    if template is None:
        yield from check_strange(document, call, item)
        return
    if item["status"] == 500:
        yield f"{call}: {item['body'][:200]}"
    responses = document.root["paths"][template][method]["responses"]
    if str(item["status"]) not in responses:
        yield f"{call}, which is not documented: {item['body'][:200]}"
        return
    response = document.resolve(responses[str(item["status"])])
    yield from check_headers(document, call, response, item)
    yield from check_content(document, call, response, item)


def check_strange(document, call, item):
    """A call that the document does not have is one of a test's own; its errors have their shape all the same."""
    if item["status"] >= 400 and item["type"].startswith("application/json"):
        for line in check_schema(document, {"$ref": "#/components/schemas/Error"}, json.loads(item["body"])):
            yield f"{call}: {line}"


def check_headers(document, call, response, item):
    headers = {name.lower(): value for name, value in item["headers"].items()}
    documented = {name.lower() for name in response.get("headers", {})}
    for name, header in response.get("headers", {}).items():
        schema = document.resolve(header)["schema"]
        value = headers.get(name.lower())
        if value is not None and schema.get("type") == "integer":
            value = int(value) if value.isascii() and value.isdigit() else value
        if value is not None:
            for line in check_schema(document, schema, value):
                yield f"{call}, header {name}: {line}"
    for name in ("Idempotent-Replayed", "Warning", "ETag"):
        if name.lower() in headers and item["status"] < 300 and name not in response.get("headers", {}):
            yield f"{call}: the header {name} is not documented"
    for name in headers:
        if name.startswith("ratelimit-") and name not in documented:
            yield f"{call}: the header {name} is not documented"


def check_content(document, call, response, item):
    content = response.get("content", {})
    kind = item["type"].split(";")[0].strip().lower()
    if not content:
        if item["body"] or kind:
            yield f"{call}: a body that is not documented"
        return
    if kind not in content:
        yield f"{call}: the content type {kind or 'none'} is not documented"
        return
    schema = content[kind].get("schema")
    if kind != "application/json" or schema is None:
        return
    try:
        value = json.loads(item["body"])
    except ValueError:
        yield f"{call}: no JSON"
        return
    for line in check_schema(document, schema, value):
        yield f"{call}: {line}"


def check_examples(document):
    for error in OpenAPIV31SpecValidator(document.root).iter_errors():
        yield f"{error.json_path}: {error.message[:200]}"
    yield from examples_below(document, document.root, "#")


def examples_below(document, node, place):
    if isinstance(node, dict):
        if isinstance(node.get("schema"), dict):
            examples = [node["example"]] if "example" in node else []
            named = node.get("examples", {})
            for value in examples + [document.resolve(example)["value"] for example in named.values()]:
                for line in check_schema(document, node["schema"], value):
                    yield f"{place}: {line}"
        for name, inner in node.items():
            if name not in ("example", "examples"):
                yield from examples_below(document, inner, f"{place}/{name}")
    elif isinstance(node, list):
        for index, inner in enumerate(node):
            yield from examples_below(document, inner, f"{place}/{index}")
