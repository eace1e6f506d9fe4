"""How much of a cluster a team may use: the quota agrees with the sizes of pods."""

from __future__ import annotations

from typing import Any

import pytest

from featurestore.config import Profile, load_profile
from featurestore.errors import InvalidRequest, InvalidSetting, MissingSetting
from featurestore.step_requests import PlanRequest
from pipelines.sizes import DRIVER, EXECUTOR, mebibytes, millis, pod_size
from pipelines.spark_application import spark_application
from pipelines.team_quota import container_limits, hard_limits, share_of
from tests.helpers.profiles import CLUSTERS


def profile_with(name: str, **settings: object) -> Profile:
    overrides = {key.replace("__", "."): value for key, value in settings.items()}
    return load_profile(name, overrides=overrides, variables={})


def hard(
    name: str = "kind", settings: dict[str, object] | None = None, *, operator: bool = True, **asked: Any
) -> dict[str, str]:
    wanted = {"cpu": "48", "memory": "200g", "executors": 10, **asked}
    return hard_limits(share_of(profile_with(name, **(settings or {})), **wanted), operator=operator)


@pytest.mark.parametrize("operator", [True, False])
def test_the_quota_counts_what_applications_make(operator: bool) -> None:
    found = hard(operator=operator)

    assert (found["requests.cpu"], found["requests.memory"], found["limits.memory"]) == (
        "48",
        "200Gi",
        "200Gi",
    )
    assert "limits.cpu" not in found
    assert ("count/sparkapplications.sparkoperator.k8s.io" in found) is operator
    assert {"pods", "count/services", "count/configmaps"} <= found.keys()


@pytest.mark.parametrize(("name", "drivers"), [("aws", 5), ("onprem", 4), ("kind", 10)])
def test_a_driver_comes_with_as_many_executors_as_an_application_has(name: str, drivers: int) -> None:
    assert hard(name)["pods"] == str(10 + drivers)


@pytest.mark.parametrize("name", CLUSTERS)
def test_as_many_executors_fit_as_there_may_be_and_not_one_more(name: str) -> None:
    profile = profile_with(name)
    manifest = spark_application(PlanRequest(), profile)
    driver, executor = pod_size(manifest, DRIVER), pod_size(manifest, EXECUTOR)
    each = profile.executors.instances
    whole = executor.times(3 * each).plus(driver.times(3))
    exact: dict[str, Any] = {"cpu": f"{whole.cpu_millis}m", "memory": f"{whole.memory_mib}m"}

    found = hard(name, **exact, executors=None)

    assert found["pods"] == str(3 * each + 3)
    assert millis(found["requests.cpu"]) == whole.cpu_millis
    assert mebibytes(found["limits.memory"].removesuffix("i")) == whole.memory_mib
    with pytest.raises(InvalidRequest, match="--executors: expected"):
        hard(name, **exact, executors=3 * each + 1)
    for short in ("cpu", "memory"):
        less = {**exact, short: f"{int(exact[short][:-1]) - 1}m"}
        with pytest.raises(InvalidRequest, match="--executors: expected"):
            hard(name, **less, executors=3 * each)


def test_a_quota_in_which_no_application_fits_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="a driver and 2 executors of profile aws"):
        hard("aws", cpu="4", executors=None)
    with pytest.raises(InvalidRequest, match="--executors: expected 2, as an application of profile aws has"):
        hard("aws", executors=1)


def test_the_profile_says_what_is_not_asked_for() -> None:
    settings: dict[str, object] = {"limits__quota_cpu": "9", "limits__quota_memory": "64g"}

    found = hard("aws", settings, cpu=None, memory=None, executors=2)

    assert (found["requests.cpu"], found["requests.memory"]) == ("9", "64Gi")
    with pytest.raises(MissingSetting, match=r"limits\.quota_cpu.*--cpu, profile aws"):
        hard("aws", cpu=None)
    with pytest.raises(MissingSetting, match=r"limits\.quota_memory.*--memory, profile aws"):
        hard("aws", memory=None)
    with pytest.raises(InvalidSetting, match=r"limits\.quota_cpu"):
        hard("aws", cpu="much")


def test_a_container_that_states_nothing_has_something() -> None:
    plain = container_limits(profile_with("kind").limits)
    nodes = profile_with("kind", limits__node_cpu="15500m", limits__node_memory="60g").limits

    request = {"cpu": "100m", "memory": "512Mi"}
    assert plain == {
        "container_default": {"memory": "512Mi"},
        "container_request": request,
        "container_max": {},
    }
    assert container_limits(nodes) == {
        "container_default": {"cpu": "15500m", "memory": "512Mi"},
        "container_request": request,
        "container_max": {"cpu": "15500m", "memory": "60Gi"},
    }
