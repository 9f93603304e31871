"""Checks answers against an OpenAPI document: required fields, types and enums.

Usage: openapi_check.py DOCUMENT ANSWERS REPORT

ANSWERS is JSON: a list of {"schema": name of a component, "body": the answer}. REPORT gets one line for each thing that
is wrong: the schema, where in it, and what.
"""

import json
import sys

import yaml

TYPES = {
    "string": str,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


class Checker:
    def __init__(self, document):
        self.document = document

    def resolve(self, schema):
        while "$ref" in schema:
            found = self.document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            schema = found
        return schema

    def check(self, schema, value, path):
        schema = self.resolve(schema)
        for part in schema.get("allOf", []):
            yield from self.check(part, value, path)
        for key in ("oneOf", "anyOf"):
            options = [list(self.check(option, value, path)) for option in schema.get(key, [])]
            if options and all(options):
                yield from min(options, key=len)
        types = schema.get("type", [])
        types = [types] if isinstance(types, str) else types
        if types and not any(self.fits(value, name) for name in types):
            yield f"{path}: {json.dumps(value)[:40]} is not {' or '.join(types)}"
            return
        if value is not None and "enum" in schema and value not in schema["enum"]:
            yield f"{path}: {json.dumps(value)[:40]} is not in the enum"
        if isinstance(value, dict):
            for name in schema.get("required", []):
                if name not in value:
                    yield f"{path}.{name}: missing"
            for name, inner in schema.get("properties", {}).items():
                if name in value:
                    yield from self.check(inner, value[name], f"{path}.{name}")
        if isinstance(value, list) and "items" in schema:
            for item in value:
                yield from self.check(schema["items"], item, path + "[]")

    @staticmethod
    def fits(value, name):
        if name == "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        if name == "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        return isinstance(value, TYPES[name])


def main():
    document, answers, report = sys.argv[1:]
    with open(document, encoding="utf-8") as file:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        checker = Checker(yaml.load(file, Loader=loader))
    with open(answers, encoding="utf-8") as file:
        pairs = json.load(file)
    lines = []
    for pair in pairs:
        schema = {"$ref": "#/components/schemas/" + pair["schema"]}
        lines += checker.check(schema, pair["body"], pair["schema"])
    with open(report, "w", encoding="utf-8") as file:
        file.write("\n".join(dict.fromkeys(lines)))


main()
