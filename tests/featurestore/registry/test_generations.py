"""Generations: each written once, by one of many writers, and read back as it was."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from featurestore.definitions import definition_hash
from featurestore.errors import ArtifactBroken, RegistryMoved
from featurestore.registry.generations import Generation, Registry
from tests.helpers.definitions import project

if TYPE_CHECKING:
    from pathlib import Path

WRITERS = 8


def test_a_lake_without_definitions_has_no_generation(tmp_path: Path) -> None:
    registry = Registry(str(tmp_path))

    assert (registry.newest(), registry.generations()) == (None, [])


def test_a_generation_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    registry = Registry(str(tmp_path))

    first = registry.add(project(), after=0, code_version="1")
    second = registry.add(project(name="other"), after=1, code_version="2")

    assert (registry.generation(1), registry.newest()) == (first, second)
    assert second.project == project(name="other")
    assert second.project_hash == definition_hash(project(name="other"))
    assert [path.name for path in sorted((tmp_path / "_registry").iterdir())] == ["1.json", "2.json"]


def test_of_many_writers_of_one_number_one_wins_and_the_others_are_told(tmp_path: Path) -> None:
    start = Barrier(WRITERS)

    def write(number: int) -> Generation | RegistryMoved:
        start.wait()
        try:
            return Registry(str(tmp_path)).add(project(name=f"p{number}"), after=0, code_version="1")
        except RegistryMoved as error:
            return error

    with ThreadPoolExecutor(WRITERS) as pool:
        found = list(pool.map(write, range(WRITERS)))

    (winner,) = (one for one in found if isinstance(one, Generation))
    assert Registry(str(tmp_path)).newest() == winner
    lost = [one for one in found if isinstance(one, RegistryMoved)]
    assert {(error.planned, error.found) for error in lost} == {("generation 0", "generation 1")}


def test_ten_comes_after_nine(tmp_path: Path) -> None:
    registry = Registry(str(tmp_path))
    for number in range(10):
        registry.add(project(name=f"p{number}"), after=number, code_version="1")

    newest = registry.newest()
    assert newest is not None
    assert (newest.number, newest.project.name) == (10, "p9")


@pytest.mark.parametrize("damage", ["{", '{"number": 1}', "hash"])
def test_a_damaged_generation_is_refused(tmp_path: Path, damage: str) -> None:
    registry = Registry(str(tmp_path))
    registry.add(project(), after=0, code_version="1")
    path = tmp_path / "_registry" / "1.json"
    tree = json.loads(path.read_text())
    tree["project"]["name"] = "another"
    path.write_text(json.dumps(tree) if damage == "hash" else damage)

    with pytest.raises(ArtifactBroken):
        registry.newest()
