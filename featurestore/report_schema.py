"""The JSON schema of all reports, and the page that explains it, both made from the reports' own classes.

python -m featurestore.report_schema docs      writes docs/reports.schema.json and docs/reports.md
"""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from featurestore import step_reports
from featurestore.step_reports import Report

_OPENING = """# Reports

Every step ends with a report: one JSON object, printed by a command with `--json` and by a job on standard output.
Python gives it as a frozen object whose `to_json()` is the same. This page and `reports.schema.json` (JSON Schema
2020-12) are made from the code by `make docs`. Every field is there in every report. Times are ISO 8601 in UTC. A
number that is none (NaN, infinity) is null. A failed step prints
`{"error": {"type", "message", "exit_code", "attributes"}}` instead, which [errors.md](errors.md) explains.
"""


def report_kinds() -> tuple[type[Report], ...]:
    """The kinds of reports, in the order of the module."""
    kinds = (kind for kind in vars(step_reports).values() if isinstance(kind, type))
    return tuple(kind for kind in kinds if issubclass(kind, Report) and kind is not Report)


def report_schema() -> dict[str, Any]:
    """JSON Schema 2020-12: an object is a report where it fits one of `$defs` that `anyOf` names."""
    references, definitions = msgspec.json.schema_components(report_kinds(), ref_template="#/$defs/{name}")
    for definition in definitions.values():
        definition["required"] = list(
            definition["properties"]
        )  # defaults are for Python; JSON holds them too
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Reports of featurestore",
        "anyOf": list(references),
        "$defs": definitions,
    }


def report_page() -> str:
    """The page in Markdown: each report with its fields, and the objects in them."""
    definitions = report_schema()["$defs"]
    reports = [kind.__name__ for kind in report_kinds()]
    parts = [name for name in definitions if name not in reports]
    sections = [_section(name, definitions[name]) for name in reports]
    inner = [_section(name, definitions[name]) for name in sorted(parts)]
    return "\n".join([_OPENING, *sections, "# Objects in reports\n", *inner])


def _section(name: str, definition: dict[str, Any]) -> str:
    kind = getattr(step_reports, name)
    rows = [f"| `{field}` | {_words(shape)} |" for field, shape in definition["properties"].items()]
    table = ["| field | type |", "|---|---|", *rows]
    return "\n".join([f"## {name}\n", inspect.getdoc(kind) or "", "", *table, ""])


def _words(shape: dict[str, Any]) -> str:
    """A field's type in words."""
    if "prefixItems" in shape:
        return f"list of {', '.join(_words(one) for one in shape['prefixItems'])}"
    if "anyOf" in shape:
        return " or ".join(_words(one) for one in shape["anyOf"])
    if "$ref" in shape:
        name = shape["$ref"].rsplit("/", maxsplit=1)[-1]
        return f"[{name}](#{name.lower()})"
    if shape.get("type") == "array":
        return f"list of {_words(shape.get('items', {}))}"
    if shape.get("type") == "object":
        return f"object of {_words(shape.get('additionalProperties', {}))}"
    return str(shape.get("format") or shape.get("type") or "anything")


def main(folder: str) -> None:
    """Writes schema and page into a folder."""
    schema = json.dumps(report_schema(), indent=2) + "\n"
    (Path(folder) / "reports.schema.json").write_text(schema, encoding="utf-8")
    (Path(folder) / "reports.md").write_text(report_page(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
