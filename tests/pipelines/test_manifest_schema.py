"""The shape of a SparkApplication: what is rendered, what others wrote, and what is none."""

from __future__ import annotations

import copy
import sys
from typing import Any

import pytest

from featurestore.config import load_profile
from featurestore.errors import MissingPart
from featurestore.step_requests import PlanRequest
from pipelines.manifest_schema import schema_problems
from pipelines.spark_application import spark_application

RENDERED = spark_application(PlanRequest(), load_profile("gcp", variables={}))
MODELS = "kubeflow_spark_api"


def changed(*path: str, value: Any) -> dict[str, Any]:
    manifest = copy.deepcopy(RENDERED)
    holder = manifest
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = value
    return manifest


def test_what_is_rendered_needs_no_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, MODELS, None)

    assert schema_problems(RENDERED) == []


@pytest.mark.parametrize(
    "manifest",
    [
        changed("spec", "volumes", value=[{"name": "logs", "emptyDir": {}}]),
        changed("spec", "driver", "lifecycle", value={"preStop": {"exec": {"command": ["sync"]}}}),
        changed("spec", "type", value="Scala"),
        changed(
            "metadata",
            "ownerReferences",
            value=[{"apiVersion": "v1", "kind": "Pod", "name": "a", "uid": "b"}],
        ),
    ],
    ids=["volumes", "lifecycle", "Scala", "owner"],
)
def test_a_manifest_from_elsewhere_may_have_every_field_of_the_operator(manifest: dict[str, Any]) -> None:
    assert schema_problems(manifest) == []


@pytest.mark.parametrize(
    ("manifest", "where"),
    [
        (changed("spec", "driver", "corez", value=1), "spec.driver.corez"),
        (changed("spec", "driver", "env", value=[{"name": "a", "valu": "b"}]), "spec.driver.env[0].valu"),
        (changed("spec", "executor", "cores", value="four"), "cores"),
        (changed("kind", value="Pod"), "kind"),
        (changed("apiVersion", value="spark.apache.org/v1"), "kind"),
    ],
)
def test_what_is_no_spark_application_is_named(manifest: dict[str, Any], where: str) -> None:
    ((found, _),) = schema_problems(manifest)

    assert found == where


def test_without_the_models_a_manifest_from_elsewhere_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(MODELS)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, MODELS, None)

    with pytest.raises(MissingPart, match="kubeflow_spark_api"):
        schema_problems(changed("spec", "volumes", value=[{"name": "logs", "emptyDir": {}}]))
