"""The programs of the emulators."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING

import pytest

from featurestore.dev import emulator_programs
from featurestore.dev.emulator_programs import PROGRAMS, installed, main
from featurestore.errors import InvalidRequest, MissingPart

if TYPE_CHECKING:
    from pathlib import Path

AZURITE = resources.files("featurestore.dev") / "azurite"
GO = """#!/bin/sh
test "$1" = install || exit 3
echo "$2" > "$GOBIN/minio"
"""


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that alone has programs, and an empty cache."""
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")
    monkeypatch.setattr("featurestore.dev.emulator_programs.shutil.which", lambda name: _in(folder, name))
    monkeypatch.setattr(emulator_programs, "cache_folder", lambda: tmp_path / "cache" / "jars")
    return folder


def _in(folder: Path, name: str) -> str | None:
    return str(folder / name) if (folder / name).exists() else None


def tool(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    (folder / name).chmod(0o755)


def test_a_program_is_made_once_at_its_version(tools: Path, tmp_path: Path) -> None:
    tool(tools, "go", GO)
    said: list[str] = []
    (minio,) = (one for one in PROGRAMS if one.name == "minio")

    first = installed("minio", said.append)
    (tools / "go").unlink()
    assert installed("minio", said.append) == first
    assert first == tmp_path / "cache" / "emulators" / f"minio-{minio.version}" / "minio"
    assert first.read_text().strip() == f"{minio.module}@{minio.version}"
    assert len(said) == 1


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda one: one.name)
def test_without_what_makes_it_the_tool_is_named(
    program: emulator_programs.Program, tools: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(MissingPart, match=program.tool) as missing:
        installed(program.name, lambda _: None)
    assert missing.value.needed_for == program.name
    assert main([program.name]) == 2
    assert program.tool in capsys.readouterr().err


def test_what_cannot_be_made_leaves_nothing_and_says_why(tools: Path, tmp_path: Path) -> None:
    tool(tools, "go", "#!/bin/sh\necho first >&2; echo no network >&2; touch $GOBIN/half; exit 1\n")

    with pytest.raises(MissingPart, match="no network"):
        installed("minio", lambda _: None)
    assert list((tmp_path / "cache" / "emulators").iterdir()) == []


def test_a_program_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="azurite"):
        installed("floci", lambda _: None)


def test_azurite_is_locked_by_hashes_and_no_address_is_named() -> None:
    wanted = json.loads((AZURITE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    text = (AZURITE / "package-lock.json").read_text(encoding="utf-8")
    packages = {name: one for name, one in json.loads(text)["packages"].items() if name}
    (azurite,) = (one for one in PROGRAMS if one.name == "azurite")

    assert wanted == {"azurite": azurite.version}
    assert packages["node_modules/azurite"]["version"] == azurite.version
    assert all(one["integrity"].startswith("sha512-") for one in packages.values())
    assert '"resolved"' not in text
