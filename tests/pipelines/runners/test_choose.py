"""The runner of a name."""

from __future__ import annotations

from pathlib import Path

import pytest

from featurestore.config import load_profile
from featurestore.errors import InvalidRequest, MissingSetting
from pipelines.runners.choose import cluster_of, in_cluster, runner_of
from pipelines.runners.in_cluster import InClusterRunner
from pipelines.runners.local import LocalRunner
from pipelines.runners.native import NativeJobs
from pipelines.runners.operator import OperatorJobs
from tests.helpers.cluster_objects import profile_in


def test_a_name_gives_its_runner(tmp_path: Path) -> None:
    profile = profile_in(tmp_path)
    operator, native = runner_of("operator", profile), runner_of("native", profile)

    assert isinstance(runner_of("local", profile), LocalRunner)
    assert isinstance(operator, InClusterRunner)
    assert isinstance(operator.jobs, OperatorJobs)
    assert isinstance(native, InClusterRunner)
    assert isinstance(native.jobs, NativeJobs)
    assert native.jobs.folder == Path(profile.state_directory) / "runs"


def test_a_cluster_is_the_profiles_and_a_signal_has_one_of_its_own_without_patience(tmp_path: Path) -> None:
    runner = in_cluster("operator", profile_in(tmp_path, kubernetes__context="growth-aws"))

    assert (runner.cluster.namespace, runner.cluster.context) == ("growth", "growth-aws")
    assert isinstance(runner.hurried, OperatorJobs)
    assert runner.hurried.cluster is not runner.cluster
    assert runner.hurried.cluster.context == "growth-aws"
    assert runner.hurried.cluster.answer_seconds < runner.cluster.answer_seconds


@pytest.mark.parametrize(
    ("kind", "expected"), [("yarn", "operator, native, local"), ("local", "operator, native")]
)
def test_another_name_is_refused_with_those_that_there_are(kind: str, expected: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest) as raised:
        in_cluster(kind, profile_in(tmp_path))

    assert raised.value.expected == f"one of {expected}"


def test_a_profile_without_a_namespace_has_no_cluster() -> None:
    with pytest.raises(MissingSetting, match=r"kubernetes\.namespace"):
        cluster_of(load_profile("local", variables={}))
