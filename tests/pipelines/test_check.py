"""Rules of a SparkApplication: each is broken once, and what is rendered breaks none."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from typing import Any

import pytest

from featurestore.clickstream.definitions import PROJECT
from featurestore.config import load_profile
from featurestore.errors import InvalidRequest
from featurestore.step_requests import ComputeFeaturesRequest
from pipelines.check import RULES, check, checked
from pipelines.project_jobs import requests_of
from pipelines.rules.base import Level
from pipelines.spark_application import spark_application
from tests.helpers.next_moves import next_move
from tests.helpers.profiles import CLUSTERS

IMAGE = "featurestore-spark@sha256:" + "0" * 64
REQUEST = ComputeFeaturesRequest(view="user_activity")
LONG = "a" * 64


@dataclass(frozen=True)
class Broken:
    """A manifest that breaks one rule: values by path over one that breaks none, for a profile."""

    rule: str
    values: dict[str, Any] = field(default_factory=dict)
    profile: str = "aws"
    settings: dict[str, Any] = field(default_factory=dict)
    where: str = ""


CASES = (
    Broken("N101", {"metadata.name": "Compute"}),
    Broken("N101", {"metadata.name": "a" * 41}),
    Broken("N101", {"metadata.name": "7-days"}),
    Broken("N102", {"metadata.namespace": None}),
    Broken("N103", {"spec.sparkConf.spark~kubernetes~executor~podNamePrefix": "a" * 48}),
    Broken("N104", {"metadata.labels.team": LONG}),
    Broken("N104", {"spec.driver.labels.team": "a b"}),
    Broken("I101", {"spec.image": "registry.example:5000/spark"}),
    Broken("I101", {"spec.image": "spark:latest"}),
    Broken("I102", {"spec.image": "spark:1"}),
    Broken("I103", {"spec.sparkVersion": "3.4.1"}),
    Broken("I104", {"spec.mainApplicationFile": "/home/me/job.py"}),
    Broken("I104", {"spec.mainApplicationFile": "gs://elsewhere/job.py"}),
    Broken("I105", {"spec.deps": {"packages": ["a:b:1"]}}),
    Broken("I105", {"spec.sparkConf.spark~jars~packages": "a:b:1"}),
    Broken("I106", {"spec.pythonVersion": "2"}),
    Broken("P101", {"spec.driver.template": {"spec": {"containers": []}}}),
    Broken("P102", {"spec.driver.env": []}),
    Broken("P103", {"spec.nodeSelector": {"a": "b"}}),
    Broken("P104", {"spec.driver.securityContext": {"runAsUser": 0}}),
    Broken("P104", {"spec.executor.securityContext.capabilities": {"drop": ["NET_RAW"]}}),
    Broken("P105", {"spec.driver.hostNetwork": True}),
    Broken("P105", {"spec.volumes": [{"name": "logs", "hostPath": {"path": "/var/log"}}]}),
    Broken("P106", {"spec.executor.serviceAccount": "default"}),
    Broken("P107", {"spec.volumes": [{"name": "spark-local-dir-1", "configMap": {"name": "x"}}]}),
    Broken("P108", {"spec.driver.annotations": {}}),
    Broken("P109", {"spec.executor.memoryOverhead": "500m"}),
    Broken("Q101", {"metadata.labels.kueue~x-k8s~io/queue-name": "ml", "spec.suspend": True}),
    Broken("Q102", {"metadata.labels.kueue~x-k8s~io/queue-name": "ml"}, profile="kind"),
    Broken("Q103", {"spec.batchScheduler": "default"}),
    Broken("Q104", {"spec.dynamicAllocation.maxExecutors": None}),
    Broken("Q105", {"spec.sparkConf.spark~dynamicAllocation~enabled": "true"}),
    Broken("Q106", {"spec.dynamicAllocation.shuffleTrackingTimeout": None}),
    Broken("Q107", {"spec.driver.nodeSelector": {"karpenter.sh/capacity-type": "spot"}}),
    Broken(
        "Q107",
        {
            "spec.driver.tolerations": [
                {
                    "key": "cloud.google.com/gke-spot",
                    "operator": "Equal",
                    "value": "true",
                    "effect": "NoSchedule",
                }
            ]
        },
        profile="gcp",
    ),
    Broken("Q108", settings={"limits.node_memory": "16g"}),
    Broken("Q108", settings={"limits.node_cpu": "3500m"}),
    Broken("Q109", settings={"limits.quota_cpu": "8"}),
    Broken("Q109", settings={"limits.quota_memory": "32g"}),
    Broken("S101", {"spec.sparkConf.spark~driver~extraClassPath": "/tmp"}),
    Broken("S102", {"spec.sparkConf.spark~executor~memory": "1g"}),
    Broken("S103", {"spec.sparkConf.spark~hadoop~fs~s3a~secret~key": "s3cr3t"}),
    Broken("S103", {"spec.arguments": ["--api-token", "abc"]}),
    Broken("S103", {"spec.arguments": ["--note", "AKIAIOSFODNN7EXAMPLE"]}),
    Broken("S103", {"spec.driver.env": [{"name": "DB_PASSWORD", "value": "x"}]}),
    Broken("S104", {"spec.sparkConf.spark~hadoop~mapreduce~fileoutputcommitter~algorithm~version": "2"}),
    Broken("S105", {"spec.sparkConf.spark~eventLog~dir": "/tmp/events"}),
    Broken("L101", {"spec.sparkConf.spark~hadoop~fs~s3a~aws~credentials~provider": None}),
    Broken("L102", {"spec.executor.labels.azure~workload~identity/use": None}, profile="azure"),
    Broken("L103", {"spec.executor.envFrom": None}, profile="onprem"),
    Broken("L104", profile="azure", settings={"image.hadoop": "3.3.4"}),
    Broken("L105", settings={"image.cloud_committers": False}),
    Broken("L106", {"spec.arguments": ["--path", "s3://featurestore-lake/in"]}),
    Broken(
        "L106", {"spec.mainApplicationFile": "local:///opt/job/a.py", "spec.arguments": ["gs://elsewhere"]}
    ),
    Broken("L107", {"spec.timeToLiveSeconds": None}),
    Broken("L107", {"spec.timeToLiveSeconds": 60}),
    Broken("L108", {"spec.restartPolicy": {"type": "Always"}}),
    Broken("L109", {"spec.executor.deleteOnTermination": False}),
)


def made(case: Broken) -> tuple[dict[str, Any], Any]:
    profile = load_profile(case.profile, overrides=case.settings, variables={})
    manifest = copy.deepcopy(spark_application(REQUEST, profile, image=IMAGE))
    for path, value in case.values.items():
        *parents, last = [part.replace("~", ".") for part in path.split(".")]
        holder = manifest
        for parent in parents:
            holder = holder.setdefault(parent, {})
        if value is None:
            holder.pop(last)
        else:
            holder[last] = value
    return manifest, profile


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.rule} {' '.join([*case.values, *case.settings])}"
)
def test_a_broken_rule_is_found_where_it_is_broken(case: Broken) -> None:
    found = check(*made(case))

    assert case.rule in {one.rule for one in found}, found
    also = {one.rule for one in found} - {case.rule}
    assert not also or also <= EXPECTED_TOO.get(case.rule, set()), found


EXPECTED_TOO: dict[str, set[str]] = {
    # What is said twice is also set in a way that belongs elsewhere.
    "S103": {"P102", "S101"},
    "I105": {"S101"},
    "L105": set(),
}


def test_no_rule_is_without_a_case() -> None:
    shape_alone = {"S106"}  # no manifest with the schema's shape breaks it

    assert {case.rule for case in CASES} == {rule.name for rule in RULES} - shape_alone


@pytest.mark.parametrize("name", CLUSTERS)
def test_what_is_rendered_breaks_no_rule(name: str) -> None:
    profile = load_profile(name, variables={})
    requests = requests_of(PROJECT, profile)
    for request in requests:
        assert check(spark_application(request, profile, image=IMAGE, run="1"), profile) == ()
    warned = check(spark_application(requests[0], profile), profile)
    assert [(one.rule, one.level) for one in warned] == [("I102", "warning")]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_says_why_and_what_to_do(rule: Any) -> None:
    assert re.fullmatch("[A-Z][0-9]{3}", rule.name)
    assert next_move(f"{rule.why} {rule.fix}") == rule.fix
    assert rule.level in Level


def test_rules_have_names_of_their_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES) >= 30


def test_a_credential_is_never_shown() -> None:
    case = Broken("S103", {"spec.sparkConf.spark~hadoop~fs~s3a~secret~key": "s3cr3t"})

    assert all("s3cr3t" not in one.line for one in check(*made(case)))


def test_errors_come_before_warnings() -> None:
    manifest, profile = made(Broken("", {"spec.image": "spark:1", "spec.driver.hostNetwork": True}))

    assert [one.level for one in check(manifest, profile)] == ["error", "warning"]


def test_only_an_error_keeps_a_manifest_from_being_submitted() -> None:
    warned, profile = made(Broken("", {"spec.image": "spark:1"}))
    checked(warned, profile)

    broken, profile = made(Broken("", {"spec.image": "spark:1", "spec.driver.hostNetwork": True}))
    with pytest.raises(InvalidRequest, match="hostNetwork"):
        checked(broken, profile)


def test_a_users_program_may_be_told_of_what_is_no_storage() -> None:
    profile = load_profile("aws", variables={})
    manifest = spark_application(REQUEST, profile, image=IMAGE)
    manifest["spec"]["arguments"] = ["redis://cache:6379", "s3://as-boto-calls-it", "kafka+ssl://broker"]

    assert "L106" in {one.rule for one in check(manifest, profile)}
    manifest["spec"]["mainApplicationFile"] = "local:///opt/job/a.py"
    assert check(manifest, profile) == ()
