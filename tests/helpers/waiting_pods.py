"""Pods as Spark makes them, that a quota counts and no node takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from featurestore.step_requests import PlanRequest
from pipelines.sizes import pod_size
from pipelines.spark_application import spark_application

if TYPE_CHECKING:
    from featurestore.config import Profile


def waiting_pod(profile: Profile, role: str, *, name: str = "one", **context: object) -> dict[str, Any]:
    """The pod of a role with its size and its account; `context` takes the place of what makes it safe."""
    manifest = spark_application(PlanRequest(), profile)
    size, spec = pod_size(manifest, role), manifest["spec"][role]
    memory = f"{size.memory_mib}Mi"
    container = {
        "name": f"spark-kubernetes-{role}",
        "image": "nowhere/nothing:1",
        "resources": {
            "requests": {"cpu": f"{size.cpu_millis}m", "memory": memory},
            "limits": {"memory": memory},
        },
        "securityContext": {**spec["securityContext"], **context},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"spark-role": role}},
        "spec": {
            "serviceAccountName": spec["serviceAccount"],
            "nodeSelector": {"featurestore/nowhere": "true"},
            "containers": [container],
        },
    }
