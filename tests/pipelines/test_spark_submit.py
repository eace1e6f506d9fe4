"""A manifest as a command: what means something on this machine is in it, the rest is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from featurestore.config import load_profile
from featurestore.errors import InvalidSetting, MissingPart
from featurestore.spark_home import pyspark_folder
from featurestore.step_requests import ComputeFeaturesRequest
from pipelines.spark_application import JOBS, spark_application
from pipelines.spark_submit import local_submission

REQUEST = ComputeFeaturesRequest(view="user_activity")
CLUSTER = {"kubernetes.namespace": "growth", "executors.spot": True, "executors.max_instances": 4}
JARS = [Path("/jars/a.jar"), Path("/jars/b.jar")]
HOME = pyspark_folder()
ROOT = Path(__file__).parents[2]


def profile_at(folder: Path, **settings: Any) -> Any:
    return load_profile(
        "local", overrides={"storage.root_uri": str(folder), **CLUSTER, **settings}, variables={}
    )


def manifest_at(folder: Path, **settings: Any) -> dict[str, Any]:
    return spark_application(REQUEST, profile_at(folder, **settings))


def test_a_job_runs_with_its_request_and_the_drivers_memory(tmp_path: Path) -> None:
    manifest = manifest_at(tmp_path, **{"driver.memory": "1500m"})

    command = local_submission(manifest, profile_at(tmp_path), home=HOME, jars=JARS).command

    assert Path(command[0]).name == "spark-submit"
    assert Path(command[0]).is_file()
    assert command[command.index("--master") + 1] == "local[*]"
    assert command[command.index("--driver-memory") + 1] == "1500m"
    assert command[command.index("--jars") + 1] == "/jars/a.jar,/jars/b.jar"
    file = str(ROOT / "sparkjobs" / "compute_features.py")
    assert list(command[command.index(file) + 1 :]) == REQUEST.to_argv()


def test_what_means_nothing_here_is_named_and_left_out(tmp_path: Path) -> None:
    submission = local_submission(manifest_at(tmp_path), profile_at(tmp_path), home=HOME, jars=JARS)

    assert {
        "executor",
        "dynamicAllocation",
        "restartPolicy",
        "driver.serviceAccount",
        "sparkConf.spark.decommission.enabled",
    } <= set(submission.left_out)
    words = " ".join(submission.command)
    assert "decommission" not in words
    assert "spark.sql.session.timeZone=UTC" in words
    assert "spark.driver.bindAddress=127.0.0.1" in words


def test_the_profile_arrives_in_the_environment(tmp_path: Path) -> None:
    variables = local_submission(manifest_at(tmp_path), profile_at(tmp_path), home=HOME, jars=JARS).variables

    assert load_profile("local", variables=variables).storage == profile_at(tmp_path).storage


def test_a_job_runs_on_the_spark_that_its_lake_needs(tmp_path: Path) -> None:
    submission = local_submission(manifest_at(tmp_path), profile_at(tmp_path), home=Path("/spark"), jars=JARS)

    assert submission.command[0] == "/spark/bin/spark-submit"
    assert submission.variables["SPARK_HOME"] == "/spark"


def test_an_identity_of_pods_is_refused() -> None:
    profile = load_profile("gcp", variables={})

    with pytest.raises(InvalidSetting, match="or a job in the cluster"):
        local_submission(spark_application(REQUEST, profile), profile, home=HOME, jars=JARS)


def test_java_knows_the_names_of_an_emulated_account(tmp_path: Path) -> None:
    profile = load_profile("azurite", overrides={**CLUSTER, "state_directory": str(tmp_path)}, variables={})

    command = local_submission(spark_application(REQUEST, profile), profile, home=HOME, jars=JARS).command

    options = command[command.index("--driver-java-options") + 1]
    assert f'"-Djdk.net.hosts.file={tmp_path}/hosts"' in options


@pytest.mark.parametrize("uri", ["local:///opt/mine/job.py", f"{JOBS}fly.py"])
def test_a_file_that_is_in_an_image_only_is_refused(uri: str, tmp_path: Path) -> None:
    manifest = manifest_at(tmp_path)
    manifest["spec"]["mainApplicationFile"] = uri

    with pytest.raises(MissingPart, match="Give a file of this machine"):
        local_submission(manifest, profile_at(tmp_path), home=HOME, jars=JARS)


def test_a_file_of_this_machine_is_run_where_it_lies(tmp_path: Path) -> None:
    file = tmp_path / "job.py"
    file.write_text("")
    manifest = manifest_at(tmp_path)
    manifest["spec"]["mainApplicationFile"] = f"local://{file}"

    assert str(file) in local_submission(manifest, profile_at(tmp_path), home=HOME, jars=JARS).command
