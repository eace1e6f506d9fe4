"""What is said of this machine."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from typing import TYPE_CHECKING

from featurestore import __version__
from featurestore.config import load_profile
from featurestore.doctor import machine as looked_at
from featurestore.doctor.finding import Finding, Outcome
from featurestore.doctor.machine import machine

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def found(profile: str = "local") -> dict[str, Finding]:
    return {one.check: one for one in machine(load_profile(profile, variables={}))}


def test_versions_and_places_are_told() -> None:
    told = found()

    assert [one.outcome for one in told.values()] == [Outcome.PASS] * 4
    assert told["packages"].seen.startswith(f"featurestore {__version__}, pyspark 3.5.7")
    assert told["java"].seen.startswith("17.")


def test_a_store_has_packages_of_its_own() -> None:
    told = found("aws")["packages"]

    assert "s3fs" in told.seen
    assert "kafka-python" in told.seen


def test_a_package_of_another_version_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = looked_at._asked_for()
    monkeypatch.setattr(looked_at, "_asked_for", lambda: {**asked, "pyspark": "3.4.1"})

    told = found()["packages"]

    assert (told.outcome, told.seen) == (Outcome.FAIL, "pyspark is 3.5.7, not 3.4.1")
    assert asked["pyspark"] == "3.5.7"


def test_a_package_that_is_not_there_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(looked_at, "version", absent)

    assert found()["packages"].seen == "featurestore is not installed, pyspark is not installed"


def test_a_python_that_spark_does_not_know_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looked_at, "_NEWEST", (3, 9))

    told = found()["python"]

    assert (told.outcome, told.fix) == (Outcome.FAIL, "Use Python 3.10, 3.11 or 3.12.")


def test_jars_that_a_session_would_fetch_are_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    told = found("aws")["jars"]

    assert told.outcome is Outcome.SKIP
    assert "the first session fetches them" in told.seen
    assert not list(tmp_path.iterdir())


def test_without_java_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("featurestore.java._candidates", lambda _: iter(()))

    told = found()["java"]

    assert told.outcome is Outcome.FAIL
    assert "set JAVA_HOME" in told.seen
