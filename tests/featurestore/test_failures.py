"""What a failure looks like to whoever started a step."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from featurestore.config import load_profile
from featurestore.errors import FeatureStoreError, InTheFuture, NotEnoughRows
from featurestore.failures import encode, failure_of, one_line
from featurestore.instants import parse_time
from tests.helpers.next_moves import next_move

if TYPE_CHECKING:
    from featurestore.config import Profile


def profile_at(folder: Path) -> Profile:
    return load_profile("local", overrides={"state_directory": str(folder)}, variables={})


def test_an_error_of_ours_keeps_its_words_code_and_attributes() -> None:
    asked, now = (
        parse_time(text, subject="time") for text in ("2030-01-01T00:00:00Z", "2024-01-01T00:00:00Z")
    )
    error = InTheFuture("events/x", asked, now=now)
    failure = failure_of(error, None)

    assert failure.to_json()["error"] == {
        "type": "InTheFuture",
        "message": str(error),
        "exit_code": 2,
        "attributes": {"table": "events/x", "asked": "2030-01-01T00:00:00Z", "now": "2024-01-01T00:00:00Z"},
    }


def test_a_step_that_failed_is_1_and_one_that_was_interrupted_130() -> None:
    assert failure_of(NotEnoughRows("x", expected="rows", received=0), None).exit_code == 1
    assert failure_of(KeyboardInterrupt(), None).exit_code == 130


def test_what_fails_while_an_interrupt_is_cleaned_up_after_is_the_interrupt() -> None:
    try:
        try:
            raise KeyboardInterrupt
        finally:
            raise ConnectionResetError
    except ConnectionResetError as error:
        failure = failure_of(error, None)

    assert (failure.type, failure.exit_code) == ("Interrupted", 130)


def test_a_message_is_one_line() -> None:
    assert failure_of(FeatureStoreError("two\n  lines"), None).message == "two lines"
    assert one_line(" a\n\tb ") == "a b"


def test_a_full_disk_is_named() -> None:
    with pytest.raises(OSError, match="No space") as caught:
        Path("/dev/full").write_text("text", encoding="utf-8")

    told = failure_of(caught.value, None).message
    assert told == "The machine refused to go on: the disk is full. Free space there, or use another disk."


def test_a_refused_path_is_named() -> None:
    failure = failure_of(OSError(errno.EACCES, "Permission denied", "/lake/events"), None)

    assert failure.message.startswith("The machine refused to go on: permission denied at /lake/events. ")
    assert next_move(failure.message) == "Change the permissions, or use another place."
    assert failure.attributes == {"path": "/lake/events"}


def test_a_defect_names_the_file_that_holds_its_traceback(tmp_path: Path) -> None:
    failure = failure_of(ValueError("odd\nvalue"), profile_at(tmp_path))

    (report,) = (tmp_path / "logs").iterdir()
    assert failure.exit_code == 1
    assert failure.message.startswith("Unexpected ValueError (odd value)")
    assert failure.attributes == {"crash_report": str(report)}
    assert str(report) in failure.message
    assert "ValueError: odd\nvalue" in report.read_text()


def test_a_defect_is_told_where_its_report_cannot_be_kept_beside_the_logs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "state").write_text("a file, no folder")
    failure = failure_of(ValueError("odd"), profile_at(tmp_path / "state"))

    assert [path.name for path in tmp_path.glob("crash-*")] == [
        failure.attributes["crash_report"].rsplit("/", 1)[-1]
    ]


def test_what_json_has_no_numbers_for_is_null(tmp_path: Path) -> None:
    text = encode({"mean": float("nan"), "path": tmp_path, "names": ("a", "ü")})

    assert json.loads(text) == {"mean": None, "path": str(tmp_path), "names": ["a", "ü"]}
    assert "\n" not in text
