"""What the page on Kubernetes shows of a user's own job is what runs."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from featurestore.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (Path(__file__).resolve().parents[2] / "docs/kubernetes.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## Your own job")[2].partition("\n## ")[0]
EVENTS = [{"event_timestamp": f"2024-06-{day:02}T10:00:00Z"} for day in (1, 2, 2)]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", SECTION, re.DOTALL)


def commands() -> Iterator[list[str]]:
    """The words of each command that is shown, without the program's own name."""
    for block in blocks("bash"):
        for line in block.strip().splitlines():
            yield shlex.split(line)[1:]


@pytest.fixture(autouse=True)
def _a_folder_with_what_the_page_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (program,) = blocks("python")
    Path(program.split()[1]).write_text(program, encoding="utf-8")
    Path("requirements.txt").write_text("humanize==4.9.0\n", encoding="utf-8")
    Path("events.jsonl").write_text("".join(json.dumps(one) + "\n" for one in EVENTS), encoding="utf-8")


@pytest.mark.spark
def test_the_program_runs_here_and_answers(capsys: pytest.CaptureFixture[str]) -> None:
    words = next(commands())

    assert main([*words[:2], "--json", "--quiet", *words[2:]]) == 0

    assert json.loads(capsys.readouterr().out) == {"2024-06-01": 1, "2024-06-02": 2}


def test_each_run_that_is_shown_can_be_rendered(capsys: pytest.CaptureFixture[str]) -> None:
    shown = [words for words in commands() if words[0] == "run"]

    for words in shown[1:]:
        given = [word for word in words if word != "--render"]
        rendered = [word.replace(":<code>", ":1") for word in [*given[:2], "--render", *given[2:]]]
        profile = [] if "--profile" in given else ["--profile", "kind"]
        assert main([*rendered[:2], *profile, *rendered[2:]]) == 0
        assert yaml.safe_load(capsys.readouterr().out)["metadata"]["name"] == "job-events-per-day"
    assert len(shown) == 4
