"""A manifest as `spark-submit` to a cluster: every field of it as a setting or in a template."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from featurestore.config import load_profile
from featurestore.step_requests import ComputeFeaturesRequest
from pipelines.native_submit import TIME_TO_LIVE, WITHOUT_OPERATOR, NativeSubmission, native_submission
from pipelines.spark_application import SPEC_DIGEST, spark_application

REQUEST = ComputeFeaturesRequest(view="user_activity")
FOLDER = Path("/templates")
ROLES = ("driver", "executor")


def submission(name: str = "kind", **settings: Any) -> NativeSubmission:
    context = settings.pop("context", None)
    overrides = {key.replace("__", "."): value for key, value in settings.items()}
    manifest = spark_application(REQUEST, load_profile(name, overrides=overrides, variables={}), run="1")
    server = "https://10.0.0.1:6443"
    return native_submission(
        manifest, spark_submit=Path("/bin/spark-submit"), server=server, context=context, folder=FOLDER
    )


def conf_of(found: NativeSubmission) -> dict[str, str]:
    pairs = zip(found.command, found.command[1:], strict=False)
    return dict(value.split("=", 1) for word, value in pairs if word == "--conf")


def template_of(found: NativeSubmission, role: str) -> Any:
    return yaml.safe_load(found.templates[f"{role}.yaml"])["spec"]


def test_a_job_goes_to_the_cluster_with_its_request() -> None:
    command = submission().command

    assert command[:5] == (
        "/bin/spark-submit",
        "--master",
        "k8s://https://10.0.0.1:6443",
        "--deploy-mode",
        "cluster",
    )
    file = "local:///opt/featurestore/sparkjobs/compute_features.py"
    assert list(command[command.index(file) + 1 :]) == REQUEST.to_argv()


def test_names_of_pods_come_from_the_name_of_the_application() -> None:
    found = submission()
    name = found.command[found.command.index("--name") + 1]

    conf = conf_of(found)

    assert conf["spark.kubernetes.driver.pod.name"] == f"{name}-driver"
    assert conf["spark.kubernetes.executor.podNamePrefix"] == name


def test_the_command_leaves_once_the_driver_is_made() -> None:
    assert conf_of(submission())["spark.kubernetes.submission.waitAppCompletion"] == "false"


def test_the_kubeconfigs_context_is_the_one_asked_for() -> None:
    assert "spark.kubernetes.context" not in conf_of(submission())
    assert conf_of(submission(context="growth-aws"))["spark.kubernetes.context"] == "growth-aws"


def test_a_driver_says_what_it_was_asked_for_and_that_no_operator_looks_after_it() -> None:
    own = "spark.kubernetes.driver.annotation."
    found = {
        name.removeprefix(own): value for name, value in conf_of(submission()).items() if name.startswith(own)
    }

    assert found[WITHOUT_OPERATOR] == "true"
    assert found[TIME_TO_LIVE] == "86400"
    assert len(found[SPEC_DIGEST]) == 64


def test_each_role_has_its_sizes_account_and_labels() -> None:
    conf = conf_of(submission("aws", driver__core_limit="2"))

    assert (conf["spark.driver.memory"], conf["spark.executor.memory"]) == ("4g", "12g")
    assert (conf["spark.driver.cores"], conf["spark.executor.cores"]) == ("1", "4")
    assert conf["spark.kubernetes.driver.limit.cores"] == "2"
    for role in ROLES:
        assert conf[f"spark.kubernetes.authenticate.{role}.serviceAccountName"] == f"spark-{role}"
        assert conf[f"spark.kubernetes.{role}.label.featurestore/step"] == "compute_features"
    assert conf["spark.kubernetes.executor.node.selector.karpenter.sh/capacity-type"] == "spot"


def test_a_number_of_executors_or_bounds_of_it() -> None:
    fixed, moving = (
        conf_of(submission(executors__instances=3)),
        conf_of(submission(executors__max_instances=5)),
    )

    assert fixed["spark.executor.instances"] == "3"
    assert "spark.dynamicAllocation.enabled" not in fixed
    assert "spark.executor.instances" not in moving
    assert moving["spark.dynamicAllocation.maxExecutors"] == "5"
    assert moving["spark.dynamicAllocation.shuffleTracking.timeout"] == "600000ms"


def test_both_roles_have_the_profile_in_their_environment() -> None:
    conf = conf_of(submission())

    for prefix in ("spark.kubernetes.driverEnv", "spark.executorEnv"):
        assert conf[f"{prefix}.FEATURESTORE__STORAGE__ROOT_URI"] == "s3a://featurestore-lake/lake"


@pytest.mark.parametrize("role", ROLES)
def test_a_template_has_what_spark_has_no_setting_for(role: str) -> None:
    found = submission(
        "onprem",
        executors__gpus=2,
        driver__gpus=2,
        **{f"{section}__tolerations": ["spot:NoSchedule"] for section in ("driver", "executors")},
    )

    pod = template_of(found, role)
    (container,) = pod["containers"]

    assert conf_of(found)[f"spark.kubernetes.{role}.podTemplateFile"] == f"/templates/{role}.yaml"
    assert conf_of(found)[f"spark.kubernetes.{role}.podTemplateContainerName"] == container["name"]
    assert container["securityContext"]["runAsNonRoot"] is True
    assert container["envFrom"] == [{"secretRef": {"name": "featurestore-lake"}}]
    assert container["resources"] == {"limits": {"nvidia.com/gpu": 2}}
    assert pod["securityContext"] == {"fsGroup": 185}
    assert pod["tolerations"] == [{"key": "spot", "operator": "Exists", "effect": "NoSchedule"}]


def test_what_only_the_operator_does_is_named() -> None:
    found = submission(kubernetes__queue_kind="kueue", kubernetes__queue="ml")

    assert found.left_out == ("restartPolicy", "suspend", "timeToLiveSeconds")
