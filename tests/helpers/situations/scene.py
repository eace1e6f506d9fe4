"""Where a situation is made: a folder with a lake in it, and the command line."""

from __future__ import annotations

import io
import json
import shutil
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from featurestore.cli.app import main

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest

SHOP = "tests.helpers.shop:PROJECT"


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a command left: its exit code and both outputs."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A folder of one's own, and the fixtures of the test."""

    folder: Path
    request: pytest.FixtureRequest
    monkeypatch: pytest.MonkeyPatch

    @property
    def lake(self) -> Path:
        """The lake that commands work on."""
        return self.folder / "lake"

    def fixture(self, name: str) -> Any:
        """A fixture that only some situations need."""
        return self.request.getfixturevalue(name)

    def with_grown_shop(self) -> None:
        """Begins with a copy of the lake of `grown_shop`."""
        shutil.copytree(self.fixture("grown_shop") / "lake", self.lake)

    def written(self, name: str, text: str) -> str:
        """The path of a file with this text."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def visits(self, *rows: dict[str, Any]) -> str:
        """The path of a file that holds these visits."""
        return self.written("visits.jsonl", "".join(json.dumps(row) + "\n" for row in rows))

    def command(self, *words: str, project: str = SHOP, **settings: object) -> list[str]:
        """The words with what puts them into this folder; `__` stands for the dot of a setting's name."""
        return [*words, *_placed(self.folder, project=project, **settings)]

    def did(self, *words: str, project: str = SHOP, **settings: object) -> dict[str, Any]:
        """The report of a command that succeeds."""
        return did(self.folder, *words, project=project, **settings)


def did(folder: Path, *words: str, project: str = SHOP, **settings: object) -> dict[str, Any]:
    """The report of a command that succeeds in a folder."""
    told = ran([*words, *_placed(folder, project=project, **settings)])
    assert told.code == 0, told.err
    report: dict[str, Any] = json.loads(told.out)
    return report


def ran(arguments: Sequence[str]) -> Told:
    """Runs a command in this process, told nothing but its end."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([*arguments, "--json", "--quiet"])
    return Told(code=code, out=out.getvalue(), err=err.getvalue())


def _placed(folder: Path, *, project: str, **settings: object) -> list[str]:
    stated = {
        "project": project,
        "storage.root_uri": folder / "lake",
        "state_directory": folder / "state",
        "spark.shuffle_partitions": 2,
        **{key.replace("__", "."): value for key, value in settings.items()},
    }
    return [word for key, value in stated.items() for word in ("--set", f"{key}={value}")]
