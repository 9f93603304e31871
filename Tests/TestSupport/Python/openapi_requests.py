"""Checks requests against an OpenAPI document: method, path, the query's names, types and required ones, and the body.

A request is {"method", "path", "query", "body", "status"}; a body that was answered 422, or an id that was answered 404,
is the word of somebody who was told so.
"""

import json
import re
import uuid
from datetime import date
from urllib.parse import parse_qsl, unquote

import yaml
from jsonschema import Draft202012Validator


class Document:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.root = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        # By schema, those that were made already.
        self.validators = {}

    def resolve(self, node):
        while "$ref" in node:
            found = self.root
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            node = found
        return node

    def templates(self, path):
        """The path templates that fit, those with most literal segments first."""
        fitting = []
        for template in self.root["paths"]:
            pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, path):
                fitting.append(template)
        return sorted(fitting, key=lambda template: template.count("{"))

    def parameters(self, template, method):
        item = self.root["paths"][template]
        entries = item.get("parameters", []) + item[method].get("parameters", [])
        return [self.resolve(entry) for entry in entries]

    def fits(self, value, schema):
        schema = self.resolve(schema)
        if not all(self.fits(value, part) for part in schema.get("allOf", [])):
            return False
        for choice in ("anyOf", "oneOf"):
            if choice in schema and not any(self.fits(value, part) for part in schema[choice]):
                return False
        if "enum" in schema and value not in [str(word) for word in schema["enum"]]:
            return False
        kinds = schema.get("type", "string")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        return any(self.is_kind(value, kind, schema) for kind in kinds)

    def is_kind(self, value, kind, schema):
        if kind == "integer":
            return re.fullmatch(r"-?\d+", value) is not None
        if kind == "number":
            return re.fullmatch(r"-?\d+(\.\d+)?", value) is not None
        if kind == "boolean":
            return value in ("true", "false")
        if kind == "array":
            return self.fits(value, schema.get("items", {}))
        if kind == "string":
            return self.has_format(value, schema.get("format"))
        return kind == "object"

    @staticmethod
    def has_format(value, name):
        try:
            if name == "date":
                date.fromisoformat(value)
            if name == "uuid":
                uuid.UUID(value)
        except ValueError:
            return False
        return True


def check_schema(document, schema, value):
    """What does not fit; `schema` may refer to the document's components."""
    key = json.dumps(schema, sort_keys=True)
    if key not in document.validators:
        whole = {**schema, "components": document.root["components"]}
        document.validators[key] = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
    for error in document.validators[key].iter_errors(value):
        # Of several choices, the one that comes nearest tells most.
        while error.context:
            error = min(error.context, key=lambda inner: -len(inner.absolute_path))
        yield f"{error.json_path}: {error.message[:200]}"


def findings(document, request):
    method, path = request["method"], request["path"]
    templates = [t for t in document.templates(path) if method.lower() in document.root["paths"][t]]
    if not templates:
        yield f"{method} {path}: no such call"
        return
    call = f"{method} {templates[0]}"
    parameters = document.parameters(templates[0], method.lower())
    if request.get("status") != 404:
        yield from path_findings(document, call, templates[0], path, parameters)
    yield from query_findings(document, call, request["query"], parameters)
    yield from body_findings(document, call, document.root["paths"][templates[0]][method.lower()], request)


def query_findings(document, call, text, parameters):
    query = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text))
    known = {re.sub(r"\[key\]$", "[*]", p["name"]): p for p in parameters if p["in"] == "query"}
    for name, value in query:
        parameter = known.get(name) or known.get(re.sub(r"\[[^\]]+\]$", "[*]", name))
        if parameter is None:
            yield f"{call}: no parameter {name}"
        elif not document.fits(value, parameter["schema"]):
            yield f"{call}: {name} may not be {value}"
    for name, parameter in known.items():
        if parameter.get("required") and name not in [name for name, _ in query]:
            yield f"{call}: {name} is missing"


def body_findings(document, call, operation, request):
    if request.get("status") == 422:
        return
    body = document.resolve(operation.get("requestBody", {}))
    if not request["body"]:
        if body.get("required"):
            yield f"{call}: the body is missing"
        return
    if "content" not in body:
        yield f"{call}: no body is expected"
        return
    for line in check_schema(document, body["content"]["application/json"]["schema"], json.loads(request["body"])):
        yield f"{call}: {line}"


def path_findings(document, call, template, path, parameters):
    schemas = {p["name"]: p["schema"] for p in parameters if p["in"] == "path"}
    for segment, text in zip(template.split("/"), path.split("/")):
        name = segment.removeprefix("{").removesuffix("}")
        if name != segment and not document.fits(unquote(text), schemas.get(name, {})):
            yield f"{call}: {name} may not be {unquote(text)}"
