"""A pipeline by its name, and the values of its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from featurestore.errors import InvalidRequest
from pipelines.compiled_pipelines import PIPELINES, compiled
from pipelines.pipeline_source import (
    arguments_given,
    arguments_of,
    has_parameter,
    pipeline_document,
    pipeline_name,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", PIPELINES)
def test_ours_are_had_by_name(name: str) -> None:
    assert pipeline_name(pipeline_document(name)) == name
    assert pipeline_document(name.replace("-", "_")) == pipeline_document(name)


def test_a_function_and_a_compiled_file_are_the_same_pipeline(tmp_path: Path) -> None:
    (tmp_path / "clickstream.yaml").write_text(compiled("clickstream"))

    by_file = pipeline_document(str(tmp_path / "clickstream.yaml"))
    assert by_file == pipeline_document("clickstream")
    assert pipeline_document("pipelines.clickstream:clickstream") == by_file


@pytest.mark.parametrize(
    "name", ["nothing", "pipelines.nothing:x", "pipelines.clickstream:nothing", "nothing.yaml"]
)
def test_what_is_no_pipeline_is_told_from_what_is(name: str) -> None:
    with pytest.raises(InvalidRequest):
        pipeline_document(name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a: b",
        "- a",
        "pipelineInfo: {}",
        "\x00",
        "pipelineInfo: {name: x}\nroot: 3",
        "pipelineInfo: {name: x}\n---\nplatforms: {kubernetes: {}}",
    ],
)
def test_a_file_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(text)

    with pytest.raises(InvalidRequest, match="a compiled file"):
        pipeline_document(str(tmp_path / "p.yaml"))


def test_values_have_the_types_that_the_pipeline_states() -> None:
    texts = ['views=["a"]', "batch=true", "test_fraction=0.3", "path=[1]", "pinned="]

    assert arguments_of(pipeline_document("clickstream"), texts) == {
        "views": ["a"],
        "batch": True,
        "test_fraction": 0.3,
        "path": "[1]",
        "pinned": "",
    }


@pytest.mark.parametrize(
    "text", ["views=a", "views={}", "batch=yes", "batch=1", "test_fraction=true", "nothing=1", "batch", "=1"]
)
def test_other_values_are_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        arguments_of(pipeline_document("clickstream"), [text])


def test_a_value_that_it_needs_is_asked_for() -> None:
    with pytest.raises(InvalidRequest, match="a value for tables"):
        arguments_of(pipeline_document("training"), [])
    with pytest.raises(InvalidRequest, match="a value of type list"):
        arguments_given(pipeline_document("training"), {"tables": "a@1"})


def test_what_a_pipeline_takes_is_known() -> None:
    document: dict[str, Any] = pipeline_document("clickstream")

    assert has_parameter(document, "pinned")
    assert not has_parameter(document, "tables")
