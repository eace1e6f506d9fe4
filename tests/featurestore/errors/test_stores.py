"""Errors of object stores."""

from __future__ import annotations

from featurestore.errors import EmulatorFailed, Retryable


def test_an_emulator_that_failed_is_told_with_its_log_and_may_be_started_again() -> None:
    error = EmulatorFailed("minio", finding="it ended", log="/state/minio/server.log")

    assert (error.profile, error.finding, error.log) == ("minio", "it ended", "/state/minio/server.log")
    assert str(error).startswith(
        "The emulator of profile minio: it ended. Its log is /state/minio/server.log. Read"
    )
    assert isinstance(error, Retryable)
    assert error.exit_code == 1
