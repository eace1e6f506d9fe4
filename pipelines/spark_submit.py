"""A SparkApplication as the command `spark-submit` for one process on this machine."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from featurestore.config.storage import check_identity_here
from featurestore.errors import MissingPart
from featurestore.spark_home import java_names, pyspark_folder
from pipelines.spark_application import JOBS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from featurestore.config import Profile

_LOCAL = "local://"
_PYTHONS = ("PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON")
_HERE = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
}
_CLUSTER_CONF = (
    "spark.decommission.",
    "spark.dynamicAllocation.",
    "spark.eventLog.",
    "spark.kubernetes.",
    "spark.metrics.",
    "spark.storage.decommission.",
    "spark.ui.",
)
_CLUSTER_SPEC = (
    "batchScheduler",
    "dynamicAllocation",
    "image",
    "imagePullSecrets",
    "restartPolicy",
    "suspend",
    "timeToLiveSeconds",
    "volumes",
)
_CLUSTER_POD = (
    "coreLimit",
    "coreRequest",
    "envFrom",
    "gpu",
    "nodeSelector",
    "securityContext",
    "serviceAccount",
    "tolerations",
)


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A process to start."""

    command: tuple[str, ...]
    variables: dict[str, str]
    """What its environment has beside that of this process."""
    left_out: tuple[str, ...]
    """Places in the manifest that mean nothing here."""


def local_submission(
    manifest: dict[str, Any], profile: Profile, *, home: Path, jars: Sequence[Path]
) -> Submission:
    """The manifest's job on all processors of this machine, driver and executors in one process.

    `home` is the Spark that `spark_home` gives for the lake. Raises `InvalidSetting` for an identity that pods alone
    have, and `MissingPart` where the job's file is in an image only.
    """
    check_identity_here(profile)
    spec = manifest["spec"]
    conf = {name: value for name, value in spec["sparkConf"].items() if not name.startswith(_CLUSTER_CONF)}
    command = [
        str(home / "bin" / "spark-submit"),
        *("--master", "local[*]"),
        *("--name", manifest["metadata"]["name"]),
        *("--driver-memory", spec["driver"]["memory"]),
        *("--driver-java-options", f"{spec['driver'].get('javaOptions', '')} {java_names(profile)}".strip()),
        *("--jars", ",".join(str(jar) for jar in jars)),
        *(word for name, value in {**conf, **_HERE}.items() for word in ("--conf", f"{name}={value}")),
        str(_main_file(spec["mainApplicationFile"])),
        *spec.get("arguments", []),
    ]
    variables = {one["name"]: one["value"] for one in spec["driver"].get("env", [])}
    return Submission(
        command=tuple(command),
        variables={**variables, **dict.fromkeys(_PYTHONS, sys.executable), "SPARK_HOME": str(home)},
        left_out=tuple(_left_out(spec)),
    )


def _left_out(spec: dict[str, Any]) -> Iterable[str]:
    yield "executor"
    yield from (name for name in _CLUSTER_SPEC if name in spec)
    yield from (f"driver.{name}" for name in _CLUSTER_POD if name in spec["driver"])
    yield from (f"sparkConf.{name}" for name in spec["sparkConf"] if name.startswith(_CLUSTER_CONF))


def spark_submit() -> Path:
    """PySpark's own, found without importing it; raises `MissingPart`."""
    return pyspark_folder() / "bin" / "spark-submit"


def _main_file(uri: str) -> Path:
    """The file on this machine that the manifest names as it lies in an image."""
    if uri.startswith(JOBS):
        job = find_spec(f"sparkjobs.{uri.removeprefix(JOBS).removesuffix('.py')}")
        if job is not None and job.origin is not None:
            return Path(job.origin)
    path = Path(uri.removeprefix(_LOCAL))
    if not path.is_file():
        remedy = "Give a file of this machine, or run it where its image is."
        raise MissingPart(uri, needed_for="running the job on this machine", remedy=remedy)
    return path
