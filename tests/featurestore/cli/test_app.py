"""The application as a process: help, versions, wrong use and exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from featurestore import __version__
from featurestore.cli.app import app, main

if TYPE_CHECKING:
    from collections.abc import Sequence

HEAVY = ("kafka", "numpy", "pandas", "py4j", "pyarrow", "pyspark", "sklearn")
PROGRAM = f"""
import json, sys
from featurestore.cli import main
code = main(sys.argv[1:])
print(json.dumps([code, [name for name in {HEAVY!r} if name in sys.modules]]), file=sys.stderr)
"""


def code_and_heavy_modules(arguments: Sequence[str], folder: Path) -> list[object]:
    """The exit code, and the heavy packages that a fresh process has loaded after the command."""
    command = [sys.executable, "-c", PROGRAM, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    told: list[object] = json.loads(done.stderr.splitlines()[-1])
    return told


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["ingest", "--help"],
        ["train", "--help"],
        ["demo", "--help"],
        ["--version"],
        ["profile", "show"],
    ],
)
def test_help_needs_no_engine(arguments: list[str], tmp_path: Path) -> None:
    assert code_and_heavy_modules(arguments, tmp_path) == [0, []]


def test_the_installed_command_runs() -> None:
    program = Path(sys.executable).with_name("featurestore")
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)

    assert done.stdout == f"featurestore {__version__}\n"


def test_help_lists_every_command() -> None:
    text = CliRunner().invoke(app, ["--help"]).stdout

    for name in (
        *("ingest", "features", "read", "history", "training-set", "split", "train", "evaluate", "score"),
        *("demo", "dev", "profile"),
    ):
        assert f" {name} " in text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["bogus"], "No such command 'bogus'. See `featurestore --help`."),
        (["ingest", "batch"], "Missing argument 'SOURCE'. See `featurestore ingest batch --help`."),
        (["read", "events/x", "--rows", "3"], "No such option: --rows"),
        (["train", "t", "--model", "m", "--algorithm", "magic"], "got 'magic'"),
        (["read", "events/x", "--limit", "-1"], "Invalid value for '--limit'"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1
    assert told in captured.err


def test_wrong_use_is_told_in_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ingest", "batch", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["type"], error["exit_code"]) == ("WrongUse", 2)
    assert error["message"].startswith("Missing argument 'SOURCE'")


def test_a_group_alone_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ingest"]) == 2
    captured = capsys.readouterr()
    assert "batch" in captured.out + captured.err


@pytest.mark.parametrize("choices", [[], ["--json"]])
def test_a_reader_that_goes_away_is_no_traceback(choices: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; from featurestore.cli import main; sys.exit(main())"]
    with subprocess.Popen(
        [*command, "profile", "show", *choices],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()

    assert (process.returncode, told) == (1, "")
