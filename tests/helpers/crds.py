"""The published schema of a SparkApplication, made strict: a field that it does not know is an error."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

_FOLDER = Path(__file__).parents[3] / "shared" / "crds"
_FILE = _FOLDER / "sparkoperator.k8s.io_sparkapplications.yaml"


def crd_files() -> list[Path]:
    """The definitions that an API server takes; none where they are not beside this checkout."""
    return sorted(_FOLDER.glob("*.yaml"))


def problems(manifest: dict[str, Any]) -> list[str]:
    """What the operator's API server would refuse; skips the test where the schema is not to be had."""
    return [f"{error.json_path}: {error.message}" for error in _validator().iter_errors(manifest)]


@cache
def _validator() -> Draft202012Validator:
    if not _FILE.is_file():
        pytest.skip("the CustomResourceDefinition of SparkApplication is not beside this checkout")
    document = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    (version,) = document["spec"]["versions"]
    return Draft202012Validator(_strict(version["schema"]["openAPIV3Schema"]))


def _strict(schema: Any) -> Any:
    """Kubernetes' own `strict` field validation, said in the words of JSON Schema."""
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {name: _strict(value) for name, value in schema.items()}
    if schema.get("x-kubernetes-int-or-string"):
        strict = {"type": ["integer", "string"]}
    if schema.get("type") == "object" and "properties" in schema and schema["properties"]:
        strict.setdefault("additionalProperties", False)
    return strict
