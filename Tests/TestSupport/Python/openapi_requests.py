"""Checks requests against an OpenAPI document: method, path, and the query's names, types and required ones.

Usage: openapi_requests.py DOCUMENT REQUESTS FINDINGS

REQUESTS holds a JSON list of texts as "GET /wallets?page=1"; FINDINGS gets a JSON list of texts, one for each thing that
the document does not allow.
"""

import json
import re
import sys
import uuid
from datetime import date
from urllib.parse import parse_qsl, unquote, urlsplit

import yaml


class Document:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.root = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))

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


def findings(document, request):
    method, target = request.split(" ", 1)
    parts = urlsplit(target)
    templates = [t for t in document.templates(parts.path) if method.lower() in document.root["paths"][t]]
    if not templates:
        yield f"{method} {parts.path}: no such call"
        return
    call = f"{method} {templates[0]}"
    parameters = document.parameters(templates[0], method.lower())
    yield from path_findings(document, call, templates[0], parts.path, parameters)
    query = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
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


def path_findings(document, call, template, path, parameters):
    schemas = {p["name"]: p["schema"] for p in parameters if p["in"] == "path"}
    for segment, text in zip(template.split("/"), path.split("/")):
        name = segment.removeprefix("{").removesuffix("}")
        if name != segment and not document.fits(unquote(text), schemas.get(name, {})):
            yield f"{call}: {name} may not be {unquote(text)}"


def main():
    document = Document(sys.argv[1])
    with open(sys.argv[2], encoding="utf-8") as file:
        requests = json.load(file)
    found = sorted({finding for request in requests for finding in findings(document, request)})
    with open(sys.argv[3], "w", encoding="utf-8") as file:
        json.dump(found, file)


main()
