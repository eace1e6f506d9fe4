"""The page on pipelines says what is true."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import yaml
from kfp import compiler  # type: ignore[import-untyped]

from pipelines import tasks
from pipelines.clickstream import clickstream
from tests.architecture.sources import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_pipeline_of_ones_own_compiles_to_its_three_tasks(tmp_path: Path) -> None:
    (block,) = (one for one in BLOCKS if "@dsl.pipeline" in one)
    names: dict[str, Any] = {}
    exec(compile(block, "docs/pipelines.md", "exec", dont_inherit=True), names)  # noqa: S102 - the page's own code

    compiler.Compiler().compile(names["clicks"], str(tmp_path / "clicks.yaml"))

    document = next(yaml.safe_load_all((tmp_path / "clicks.yaml").read_text()))
    assert set(document["root"]["dag"]["tasks"]) == {"kafka-streamer", "hudi-writer", "compute-features"}


def test_every_parameter_of_the_pipeline_is_explained() -> None:
    table = PAGE[PAGE.index("| parameter |") : PAGE.index("## Nothing is made twice")]
    named = set(re.findall(r"`(\w+)`", "\n".join(line.split("|")[1] for line in table.splitlines() if line)))

    assert named == set(inspect.signature(clickstream.pipeline_func).parameters)


def test_the_components_are_those_of_the_table_beside_the_code() -> None:
    def rows(text: str) -> list[list[str]]:
        lines = [line for line in text.splitlines() if line.startswith("| `")]
        return [[cell.strip() for cell in line.split("|")[1:3]] for line in lines]

    section = PAGE[PAGE.index("## Components") : PAGE.index("## A pipeline of your own")]

    assert rows(section) == rows(tasks.__doc__ or "")
    assert len(rows(section)) == 14
