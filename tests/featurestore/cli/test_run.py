"""One command from its settings to its exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import typer

from featurestore.cli.run import Call, Manner, overrides_of, run
from featurestore.errors import InvalidSetting, TableNotFound

if TYPE_CHECKING:
    from pathlib import Path


def code_of(act: Any, **choices: Any) -> int:
    try:
        run(Manner(**choices), act)
    except typer.Exit as end:
        return end.exit_code
    return 0


def fail(error: BaseException) -> Any:
    def act(_call: Call) -> None:
        raise error

    return act


def test_settings_are_read_as_a_profile_reads_them() -> None:
    texts = [
        "kafka.max_events_per_batch=10",
        "storage.root_uri=/tmp/a=b: c",
        "spark.driver_memory=2g",
        "project={",
    ]

    assert overrides_of(texts) == {
        "kafka.max_events_per_batch": 10,
        "storage.root_uri": "/tmp/a=b: c",
        "spark.driver_memory": "2g",
        "project": "{",
    }


@pytest.mark.parametrize("text", ["storage.root_uri", "=3"])
def test_a_setting_without_key_and_value_is_refused(text: str) -> None:
    with pytest.raises(InvalidSetting, match="key=value"):
        overrides_of([text])


def test_json_is_one_object_and_all_that_standard_output_gets(capsys: pytest.CaptureFixture[str]) -> None:
    def act(call: Call) -> dict[str, Any]:
        call.say("working")
        return {"rows": 3, "mean": float("nan")}

    assert code_of(act, as_json=True) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"rows": 3, "mean": None}
    assert captured.err == "working\n"


def test_without_json_people_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    def act(call: Call) -> None:
        call.say("working")

    assert code_of(act) == 0
    assert capsys.readouterr().out == "working\n"


def test_an_error_is_one_line_and_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    error = TableNotFound("events/x", location="/lake", known=["events/y"])

    assert code_of(fail(error)) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"error: {error}\n"


def test_an_error_in_json_keeps_its_attributes(capsys: pytest.CaptureFixture[str]) -> None:
    error = TableNotFound("events/x", location="/lake", known=["events/y"])

    assert code_of(fail(error), as_json=True) == 2
    told = json.loads(capsys.readouterr().out)["error"]
    assert (told["type"], told["message"], told["exit_code"]) == ("TableNotFound", str(error), 2)
    assert told["attributes"] == {"table": "events/x", "location": "/lake", "known": ["events/y"]}


def test_an_interrupt_says_that_nothing_half_written_stays(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(fail(KeyboardInterrupt())) == 130
    told = capsys.readouterr().err
    assert told == "error: Interrupted. Nothing half-written stays: the same command run again resumes.\n"


def test_a_defect_leaves_its_traceback_in_the_logs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = [f"state_directory={tmp_path}"]

    assert code_of(fail(ZeroDivisionError("by zero")), settings=settings) == 1
    captured = capsys.readouterr()
    (report,) = (tmp_path / "logs").glob("crash-*.txt")
    assert captured.err.count("\n") == 1
    assert str(report) in captured.err
    assert "ZeroDivisionError: by zero" in report.read_text()


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ({"profile": "nowhere"}, "got 'nowhere'"),
        ({"settings": ["spark.memory=1g"]}, "unknown setting 'spark.memory'"),
        ({"settings": ["project=no.such:PROJECT"]}, "'no' was not found"),
    ],
)
def test_wrong_configuration_is_wrong_use(
    choices: dict[str, Any], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code_of(fail(AssertionError("the act must not begin")), **choices) == 2
    assert told in capsys.readouterr().err
