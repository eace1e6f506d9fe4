"""The tutorial, followed word by word: its files written, its commands run, its outputs compared."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from featurestore.cli import main

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TUTORIAL = (Path(__file__).resolve().parents[2] / "docs/tutorial.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


@dataclass(kw_only=True)
class Reader:
    """Someone who does what the page says, in a folder; what a shell would keep is in `variables`."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    variables: dict[str, str] = field(default_factory=dict)
    output: str = ""
    codes: dict[str, int] = field(default_factory=dict)

    def python(self, text: str) -> None:
        """Writes the file that the first line names, whole or in place of one statement."""
        named = re.match(r"# (\S+?\.py)(?:, in place of (\w+))?\n", text)
        assert named, text[:80]
        path = self.folder / named.group(1)
        if named.group(2):
            statement = re.compile(rf"^{named.group(2)} = .*?^\)\n", re.DOTALL | re.MULTILINE)
            text, number = statement.subn(text.split("\n", 1)[1], path.read_text(encoding="utf-8"))
            assert number == 1
        path.write_text(text, encoding="utf-8")
        sys.modules.pop("reading", None)

    def yaml(self, text: str) -> None:
        """Writes the file that the first line names."""
        (self.folder / text.split()[1]).write_text(text, encoding="utf-8")

    def text(self, text: str) -> None:
        """Looks for each line in what the commands before printed."""
        for line in text.strip().splitlines():
            assert line in self.output, f"{line!r} is not in:\n{self.output}"

    def bash(self, text: str) -> None:
        """Runs each line."""
        self.output = ""
        for line in text.strip().splitlines():
            self.line(line)

    def line(self, line: str) -> None:
        """What the shell would do; our own commands run in this process, which has its Spark already."""
        if line.startswith(("make ", "source ", "mkdir ", "cd ")):
            return
        if line.startswith("export "):
            name, value = line.removeprefix("export ").split("=")
            self.monkeypatch.setenv(name, value)
        elif "$(date" in line:
            time.sleep(1)
            now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            self.variables["$BEFORE_MAY"] = now
            time.sleep(1)
        elif line.startswith("featurestore "):
            command = line.split(" || ", maxsplit=1)[0]
            words = [self.variables.get(word, word) for word in shlex.split(command)[1:]]
            self.codes[line] = main(words)
            captured = self.capsys.readouterr()
            self.output += captured.out + captured.err
            assert self.codes[line] == (1 if " || " in line else 0), captured.err
        else:
            program = [sys.executable if word == "python" else word for word in shlex.split(line)]
            done = subprocess.run(program, cwd=self.folder, capture_output=True, text=True, check=True)
            self.output += done.stdout


@pytest.mark.spark
def test_every_step_does_what_it_says(
    spark: SparkSession,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert spark
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("FEATURESTORE__SPARK__SHUFFLE_PARTITIONS", "2")
    reader = Reader(folder=tmp_path, monkeypatch=monkeypatch, capsys=capsys)

    for kind, text in BLOCK.findall(TUTORIAL):
        getattr(reader, kind)(text)

    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "It passes its gate." in page
    assert "subscribe version 3" in page
    assert not (tmp_path / "reading.py").read_text(encoding="utf-8").count("in place of")


def test_nothing_in_it_but_what_the_test_follows() -> None:
    assert {kind for kind, _ in BLOCK.findall(TUTORIAL)} == {"bash", "python", "text", "yaml"}
    for line in "\n".join(text for kind, text in BLOCK.findall(TUTORIAL) if kind == "bash").splitlines():
        if not line:
            continue
        assert re.match(r"(make|source|mkdir|cd|export|sleep|python|head|featurestore) ", line), line
