"""A user's own file as a job: which code it is, what its manifest asks for, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import pipelines.own_job
from featurestore.config import Profile, load_profile
from featurestore.errors import InvalidRequest, InvalidSetting, MissingSetting
from featurestore.step_requests import PlanRequest
from pipelines.check import check
from pipelines.own_job import OwnJob, own_application
from pipelines.rules.base import Level
from pipelines.spark_application import SPEC_DIGEST, spark_application
from tests.helpers.crds import problems
from tests.helpers.profiles import CLUSTERS

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "print('hello')\n"


@pytest.fixture
def job(tmp_path: Path) -> OwnJob:
    return OwnJob(file=written(tmp_path / "daily_report.py"), arguments=("--days", "3"))


@pytest.fixture
def packed(job: OwnJob, tmp_path: Path) -> OwnJob:
    return replace(job, requirements=written(tmp_path / "requirements.txt", "humanize==4.9.0\n"))


def written(path: Path, text: str = TEXT) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def profile_of(name: str = "kind", **settings: object) -> Profile:
    overrides = {key.replace("__", "."): value for key, value in settings.items()}
    return load_profile(name, overrides=overrides, variables={})


def spec_of(job: OwnJob, **options: Any) -> Any:
    return own_application(job, profile_of(), **options)["spec"]


def variables(manifest: Any, role: str) -> dict[str, str]:
    return {one["name"]: one["value"] for one in manifest["spec"][role]["env"]}


@pytest.mark.parametrize("name", CLUSTERS)
def test_every_profile_gives_a_manifest_that_schema_and_rules_take(name: str, packed: OwnJob) -> None:
    manifest = own_application(packed, profile_of(name), run="1")

    assert problems(manifest) == []
    found = check(manifest, profile_of(name))
    assert [one.line for one in found if one.level == Level.ERROR.value] == []


def test_a_job_differs_from_a_step_in_what_it_runs_and_that_it_runs_once(job: OwnJob) -> None:
    mine, step = spec_of(job), spark_application(PlanRequest(), profile_of(), retries=0)["spec"]

    same = {key for key in step if mine[key] == step[key]}
    assert step.keys() == mine.keys()
    assert step.keys() - same == {"mainApplicationFile", "arguments", "driver", "executor"}
    assert mine["restartPolicy"] == {"type": "Never"}
    for role in ("driver", "executor"):
        assert {key for key in step[role] if mine[role][key] != step[role][key]} == {"labels"}


def test_a_file_comes_from_the_lake_by_its_code_and_gets_its_arguments_as_they_are(job: OwnJob) -> None:
    spec = spec_of(job)

    assert spec["mainApplicationFile"] == (
        f"s3a://featurestore-lake/lake/_jobs/{job.version}/daily_report.py"
    )
    assert spec["arguments"] == ["--days", "3"]


def test_packages_are_fetched_by_what_the_driver_begins_with(packed: OwnJob) -> None:
    manifest = own_application(packed, profile_of())
    place = f"s3a://featurestore-lake/lake/_jobs/{packed.version}"

    assert manifest["spec"]["mainApplicationFile"] == f"{place}/with_packages.py"
    wanted = [f"{place}/packages.zip", f"{place}/daily_report.py", "--days", "3"]
    assert manifest["spec"]["arguments"] == wanted
    for role in ("driver", "executor"):
        assert variables(manifest, role)["PYTHONPATH"] == "packages"


def test_whoever_submits_needs_no_connector_for_the_lake(packed: OwnJob) -> None:
    spec = spec_of(packed)

    assert "deps" not in spec
    assert (
        not {"spark.archives", "spark.files", "spark.submit.pyFiles", "spark.jars"} & spec["sparkConf"].keys()
    )


def test_a_job_is_called_after_its_file_and_its_run(job: OwnJob) -> None:
    plain, first = (own_application(job, profile_of(), run=run) for run in (None, "1"))
    others = [
        own_application(job, profile_of(), run="2"),
        own_application(replace(job, arguments=("--days", "4")), profile_of(), run="1"),
    ]

    assert plain["metadata"]["name"] == "job-daily-report"
    names = {one["metadata"]["name"] for one in (plain, first, *others)}
    assert len(names) == 4
    assert own_application(job, profile_of(), run="1") == first
    assert SPEC_DIGEST in first["metadata"]["annotations"]


def test_a_name_takes_the_place_of_the_files(job: OwnJob) -> None:
    manifest = own_application(replace(job, name="nightly"), profile_of())

    assert manifest["metadata"]["name"] == "job-nightly"
    assert manifest["metadata"]["labels"]["featurestore/subject"] == "nightly"


def test_labels_say_that_it_is_a_run_of_which_code(job: OwnJob) -> None:
    manifest = own_application(job, profile_of(), run="1")

    for labels in (manifest["metadata"]["labels"], manifest["spec"]["executor"]["labels"]):
        assert labels["featurestore/step"] == "run"
        assert labels["featurestore/subject"] == "daily_report"
        assert labels["featurestore/code"] == job.version
        assert labels["featurestore/run"] == "1"


def test_the_version_is_that_of_file_requirements_and_featurestore(
    job: OwnJob, packed: OwnJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert packed.requirements is not None
    changed = OwnJob(file=written(tmp_path / "other.py", TEXT + "\n"))
    moved = OwnJob(file=written(tmp_path / "same.py", TEXT), arguments=("x",))
    joined = replace(
        packed,
        file=written(tmp_path / "a.py", TEXT + "#"),
        requirements=written(tmp_path / "b.txt", packed.requirements.read_text()),
    )
    empty = replace(packed, requirements=written(tmp_path / "empty.txt", ""))
    versions = [one.version for one in (job, packed, changed, joined, empty)]
    monkeypatch.setattr(pipelines.own_job, "__version__", "9.9.9")

    assert len({*versions, OwnJob(file=job.file).version}) == 6
    assert moved.version == OwnJob(file=job.file).version
    assert all(len(one) == 12 for one in versions)


def test_here_a_job_runs_where_it_lies_with_packages_of_this_machine(packed: OwnJob, tmp_path: Path) -> None:
    profile = profile_of("local", state_directory=str(tmp_path / "state"))

    manifest = own_application(packed, profile, here=True)

    assert manifest["spec"]["mainApplicationFile"] == f"local://{packed.file}"
    assert manifest["spec"]["arguments"] == ["--days", "3"]
    folder = tmp_path / "state" / "jobs" / packed.version / "packages"
    assert variables(manifest, "driver")["PYTHONPATH"] == str(folder)
    found = check(manifest, profile)
    assert [one.line for one in found if one.level == Level.ERROR.value] == []


@pytest.mark.parametrize("settings", [{}, {"kubernetes__namespace": "growth"}], ids=["nowhere", "path"])
def test_a_cluster_cannot_reach_a_lake_that_is_a_path(settings: dict[str, Any], job: OwnJob) -> None:
    for image in (None, "mine:1"):
        with pytest.raises(InvalidSetting, match=r"storage.root_uri.*in a cluster"):
            own_application(job, profile_of("local", **settings), image=image)


def test_a_cluster_needs_a_namespace(job: OwnJob) -> None:
    with pytest.raises(MissingSetting, match=r"kubernetes\.namespace"):
        own_application(job, profile_of(kubernetes__namespace=None))


def test_an_image_holds_the_job_under_its_name(packed: OwnJob) -> None:
    image = f"registry.example.com:5000/growth/daily:{packed.version}"
    manifest = own_application(packed, profile_of(), image=image)

    assert manifest["spec"]["image"] == image
    assert manifest["spec"]["mainApplicationFile"] == "local:///opt/job/daily_report.py"
    assert manifest["spec"]["arguments"] == ["--days", "3"]
    assert "PYTHONPATH" not in variables(manifest, "driver")
    assert manifest["metadata"]["labels"]["featurestore/code"] == packed.version


def test_an_image_of_other_code_is_refused(job: OwnJob, packed: OwnJob) -> None:
    with pytest.raises(InvalidRequest, match=job.version):
        own_application(job, profile_of(), image=f"daily:{packed.version}")


@pytest.mark.parametrize("image", ["daily:2", "host:5000/daily", "daily@sha256:" + "0" * 64])
def test_of_an_image_that_does_not_say_which_code_none_is_told(image: str, job: OwnJob) -> None:
    manifest = own_application(job, profile_of(), image=image)

    assert "featurestore/code" not in manifest["metadata"]["labels"]


def test_a_file_of_any_name_has_a_uri(tmp_path: Path) -> None:
    job = OwnJob(file=written(tmp_path / "täglich 7#b.py"))

    manifest = own_application(job, profile_of(), run="1")

    assert manifest["spec"]["mainApplicationFile"].endswith(f"/{job.version}/t-glich-7-b.py")
    assert check(manifest, profile_of())[0].level == Level.WARNING.value


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = 1\ny = = 2\n", "line 2: "),
        ("def f(:\n", "line 1: "),
        ("a\0b", "null"),
        ("#!/bin/sh\nfi\nls -l /\n", "line 3"),
    ],
    ids=["assignment", "parameters", "binary", "shell"],
)
def test_a_file_that_is_no_python_is_told_with_its_line(text: str, line: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="a file of Python") as raised:
        OwnJob(file=written(tmp_path / "job.py", text))

    assert line in str(raised.value)


def test_a_file_is_compiled_and_not_run(tmp_path: Path) -> None:
    OwnJob(file=written(tmp_path / "job.py", "raise SystemExit('run')\nx = '\\d'\n"))


def test_what_is_not_there_is_refused_by_its_name(job: OwnJob, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=r"nowhere\.py: No such file"):
        OwnJob(file=tmp_path / "nowhere.py")
    with pytest.raises(InvalidRequest, match=r"--requirements.*nowhere\.txt"):
        replace(job, requirements=tmp_path / "nowhere.txt")
    with pytest.raises(InvalidRequest, match="directory"):
        OwnJob(file=tmp_path)
