"""A user's code is brought to where it runs: once a version, whole or not at all."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import fsspec  # type: ignore[import-untyped]
import pytest
from fsspec.implementations.memory import MemoryFileSystem  # type: ignore[import-untyped]

from featurestore.config import Profile, load_profile
from featurestore.errors import InvalidRequest, InvalidSetting, MissingPart
from featurestore.files import list_names, open_binary
from featurestore.progress import listening
from pipelines.own_code import bring, install_here, upload
from pipelines.own_job import OwnJob, folder_here, own_application, uri_in_lake
from tests.helpers.wheels import requirements, wheel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TINY = "def answer():\n    return 42\n"


class StandInStore(MemoryFileSystem):  # type: ignore[misc]
    """Stands in for an object store: objects in memory, under its scheme."""

    protocol = "s3a"
    store: dict[str, object] = {}  # noqa: RUF012 - fsspec's own way
    pseudo_dirs = [""]  # noqa: RUF012


@pytest.fixture
def lake() -> Iterator[Profile]:
    """A profile of a cluster whose lake is the stand-in."""
    before = fsspec.get_filesystem_class("s3a")
    fsspec.register_implementation("s3a", StandInStore, clobber=True)
    try:
        yield load_profile("kind", variables={})
    finally:
        fsspec.register_implementation("s3a", before, clobber=True)
        StandInStore.store.clear()
        fsspec.config.conf.pop("s3a", None)


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    overrides = {"state_directory": str(tmp_path / "state"), "storage.root_uri": str(tmp_path / "lake")}
    return load_profile("local", overrides=overrides, variables={})


@pytest.fixture
def job(tmp_path: Path) -> OwnJob:
    file = tmp_path / "my job.py"
    file.write_text("import tiny\nprint(tiny.answer())\n", encoding="utf-8")
    return OwnJob(file=file, requirements=requirements(tmp_path, wheel(tmp_path, "tiny", TINY)))


def bytes_of(uri: str) -> bytes:
    with open_binary(uri) as file:
        return bytes(file.read())


def test_packages_are_installed_here_once(job: OwnJob, profile: Profile) -> None:
    told: list[str] = []
    with listening(told.append):
        install_here(job, profile)
        install_here(job, profile)

    folder = folder_here(job, profile)
    program = f"import sys; sys.path.insert(0, {str(folder)!r}); import tiny; print(tiny.answer())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "42\n"
    assert len(told) == 1
    assert [path.name for path in folder.parent.iterdir()] == ["packages"]


def test_an_installation_that_fails_leaves_nothing_and_says_what_pip_says(
    profile: Profile, job: OwnJob, tmp_path: Path
) -> None:
    (tmp_path / "requirements.txt").write_text("--no-index\nnosuch==1\n", encoding="utf-8")

    with pytest.raises(InvalidRequest, match="No matching distribution found for nosuch==1"):
        install_here(job, profile)

    assert list(folder_here(job, profile).parent.iterdir()) == []


def test_a_python_without_pip_is_told_how_to_get_one(
    job: OwnJob, profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare" / "bin" / "python"))

    with pytest.raises(MissingPart, match="python -m ensurepip"):
        install_here(job, profile)


def test_whoever_installed_the_same_meanwhile_was_first(
    job: OwnJob, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_here(job, profile)

    def meanwhile(_requirements: Path, beside: Path) -> None:
        beside.mkdir()
        folder.mkdir()
        (folder / "theirs.py").touch()

    monkeypatch.setattr("pipelines.own_code.install", meanwhile)
    install_here(job, profile)

    assert [path.name for path in folder.iterdir()] == ["theirs.py"]
    assert list(folder.parent.iterdir()) == [folder]


def test_a_job_is_uploaded_under_its_version_with_its_packages(job: OwnJob, lake: Profile) -> None:
    upload(job, lake)

    assert list_names(uri_in_lake(job, lake, "")) == ["my-job.py", "packages.zip", "with_packages.py"]
    assert bytes_of(uri_in_lake(job, lake, "my-job.py")) == job.file.read_bytes()
    with zipfile.ZipFile(io.BytesIO(bytes_of(uri_in_lake(job, lake, "packages.zip")))) as archive:
        assert archive.read("tiny.py").decode() == TINY
        assert not [name for name in archive.namelist() if name.endswith(".pyc")]
    assert b"spark.archives" in bytes_of(uri_in_lake(job, lake, "with_packages.py"))


def test_a_job_without_packages_is_one_file(job: OwnJob, lake: Profile) -> None:
    alone = OwnJob(file=job.file)

    upload(alone, lake)

    assert list_names(uri_in_lake(alone, lake, "")) == ["my-job.py"]


def test_what_was_uploaded_is_never_changed(
    job: OwnJob, lake: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(job, lake)
    before = dict(StandInStore.store)
    monkeypatch.setattr("pipelines.own_code.install", lambda *_: pytest.fail("installed again"))

    upload(job, lake)

    assert StandInStore.store == before


def test_requirements_that_cannot_be_had_leave_the_lake_as_it_was(
    job: OwnJob, lake: Profile, tmp_path: Path
) -> None:
    (tmp_path / "requirements.txt").write_text("--no-index\nnosuch\n", encoding="utf-8")

    with pytest.raises(InvalidRequest, match="nosuch"):
        upload(job, lake)

    assert StandInStore.store == {}


def test_only_wheels_for_the_image_are_taken(job: OwnJob, lake: Profile, tmp_path: Path) -> None:
    made = wheel(tmp_path, "tiny", TINY)
    other = made.rename(tmp_path / "tiny-1.0-cp39-cp39-win_amd64.whl")
    requirements(tmp_path, other)

    with pytest.raises(InvalidRequest, match="not a supported wheel"):
        upload(job, lake)


def test_a_manifest_says_what_is_brought(job: OwnJob, lake: Profile, profile: Profile) -> None:
    bring(job, own_application(job, lake, image="mine:1"), lake)
    assert list_names(uri_in_lake(job, lake, "")) == []

    bring(job, own_application(job, lake), lake)
    assert list_names(uri_in_lake(job, lake, "")) != []

    assert not folder_here(job, profile).exists()
    bring(job, own_application(job, profile, here=True), profile)
    assert folder_here(job, profile).is_dir()


def test_a_program_finds_the_folder_of_its_event_log(job: OwnJob, lake: Profile) -> None:
    """Without it Spark ends the driver, and a user's program has no step that would make it."""
    log = lake.kubernetes.event_log_uri
    silent = replace(lake, kubernetes=replace(lake.kubernetes, event_log_uri=None))
    bring(job, own_application(job, silent, image="mine:1"), silent)
    assert StandInStore.store == {}

    bring(job, own_application(job, lake, image="mine:1"), lake)

    assert list(StandInStore.store) == [f"{log}/.keep"]


def test_a_path_is_no_place_to_upload_to(job: OwnJob, profile: Profile) -> None:
    with pytest.raises(InvalidSetting, match="in a cluster"):
        upload(job, profile)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ImportError("no s3fs", name="s3fs"), "s3fs is needed.*extra of the lake's cloud"),
        (RuntimeError("Unable to locate credentials"), "Access to s3a://.*Unable to locate credentials"),
    ],
    ids=["client", "credentials"],
)
def test_a_lake_that_this_machine_cannot_use_is_told_in_one_line(
    error: Exception, told: str, job: OwnJob, lake: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(_uri: str) -> bool:
        raise error

    monkeypatch.setattr("pipelines.own_code.exists", refusing)

    with pytest.raises(MissingPart, match=told):
        upload(job, lake)
