"""A pipeline by its name: one of ours, a function of one's own, or a compiled file."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from google.protobuf import json_format  # type: ignore[import-untyped]
from kfp.pipeline_spec import pipeline_spec_pb2  # type: ignore[import-untyped]

from featurestore.errors import InvalidRequest
from pipelines.compiled_pipelines import PIPELINES, compiled_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_EXPECTED = f"{', '.join(PIPELINES)}, package.module:function, or a compiled file"
_KINDS: dict[str, tuple[type, ...]] = {
    "STRING": (str,),
    "NUMBER_INTEGER": (int,),
    "NUMBER_DOUBLE": (float, int),
    "BOOLEAN": (bool,),
    "LIST": (list,),
    "STRUCT": (dict,),
}


def pipeline_document(name: str) -> dict[str, Any]:
    """The compiled pipeline as plain data; `InvalidRequest` where there is none of this name, or it is none."""
    if name.endswith((".yaml", ".yml")):
        return _from_file(name)
    if ":" in name:
        return _of_function(name)
    if name.replace("_", "-") not in PIPELINES:
        raise InvalidRequest("pipeline", expected=_EXPECTED, received=name)
    return _plain(compiled_text(PIPELINES[name.replace("_", "-")]))


def pipeline_name(document: dict[str, Any]) -> str:
    """What it calls itself."""
    return str(document["pipelineInfo"]["name"])


def arguments_of(document: dict[str, Any], given: Iterable[str]) -> dict[str, Any]:
    """The values of `name=value` texts, by the types that the pipeline states: lists and mappings as JSON.

    Raises `InvalidRequest` for a parameter that it has not, a value of another type, or one that it needs.
    """
    stated = _stated(document)
    found: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name not in stated:
            raise InvalidRequest("--parameter", expected=f"name=value, of {_known(stated)}", received=text)
        found[name] = value if stated[name]["parameterType"] == "STRING" else _json(name, value)
    return arguments_given(document, found)


def arguments_given(document: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The same of values by name."""
    stated = _stated(document)
    for name, value in given.items():
        if name not in stated:
            raise InvalidRequest("parameters", expected=_known(stated), received=name)
        kind = stated[name]["parameterType"]
        if not isinstance(value, _KINDS[kind]) or (kind != "BOOLEAN" and isinstance(value, bool)):
            expected = f"a value of type {kind.lower().replace('_', ' ')}"
            raise InvalidRequest(name, expected=expected, received=value)
    missing = sorted(
        name
        for name, one in stated.items()
        if name not in given and not one.get("isOptional") and "defaultValue" not in one
    )
    if missing:
        raise InvalidRequest("parameters", expected=f"a value for {', '.join(missing)}", received="none")
    return dict(given)


def has_parameter(document: dict[str, Any], name: str) -> bool:
    """Whether the pipeline takes it."""
    return name in _stated(document)


def _stated(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["root"].get("inputDefinitions", {}).get("parameters", {})
    return found


def _known(stated: dict[str, Any]) -> str:
    return ", ".join(sorted(stated)) or "none"


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidRequest(name, expected="a value as JSON", received=text) from error


def _function(name: str) -> Any:
    module, _, attribute = name.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise InvalidRequest("pipeline", expected=_EXPECTED, received=f"{name} ({error})") from error


def _of_function(name: str) -> dict[str, Any]:
    text = compiled_text(_function(name))
    try:
        return _plain(text)
    except ValueError as error:
        raise InvalidRequest("pipeline", expected=_EXPECTED, received=f"{name}: {error}") from error


def _from_file(name: str) -> dict[str, Any]:
    try:
        return _plain(Path(name).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError, json_format.ParseError) as error:
        problem = str(error).splitlines()[0]
        raise InvalidRequest("pipeline", expected="a compiled file", received=f"{name}: {problem}") from error


def _plain(text: str) -> dict[str, Any]:
    """The first document, which Kubeflow's own specification must take."""
    document, *others = list(yaml.safe_load_all(text)) or [{}]
    if any(others):
        raise ValueError("it has settings of a platform: compile it without them, the profile has its own")
    json_format.ParseDict(document, pipeline_spec_pb2.PipelineSpec())
    if not document.get("pipelineInfo", {}).get("name"):
        raise ValueError("it has no pipelineInfo.name")
    found: dict[str, Any] = document
    return found
