"""The command that looks whether a profile's place can be worked in."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from featurestore.cli.app import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def arguments(folder: Path, *more: str) -> list[str]:
    here = (f"storage.root_uri={folder}/lake", f"state_directory={folder}/state", *more)
    return ["doctor", *(word for one in here for word in ("--set", one))]


def test_each_thing_has_a_line_and_the_last_says_whether_all_is_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(tmp_path)) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == ["pass"] * 12 + ["skip"] * 2
    assert lines[-1] == "Nothing failed."
    assert any(line.startswith("pass  conditional write   ") for line in lines)


def test_what_failed_says_what_to_do_and_the_exit_code_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    given = arguments(tmp_path / "file", f"state_directory={tmp_path}/state")

    code = main(given)

    lines = capsys.readouterr().out.splitlines()
    (failed,) = (line for line in lines if line.startswith("fail"))
    assert code == 1
    assert " Fix: " in failed
    assert lines[-1] == f"1 of {len(lines) - 1} failed."


def test_its_json_has_every_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*arguments(tmp_path), "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["profile"] == "local"
    assert {"check", "outcome", "seen", "fix"} == set(told["findings"][0])
    assert {one["outcome"] for one in told["findings"]} == {"pass", "skip"}


def test_it_looks_without_spark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)

    assert main(arguments(tmp_path)) == 0
