"""Rules of Spark's settings: those that are allowed, and those that must not stand in a manifest."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from featurestore.config.credentials import SHAPED_AS_CREDENTIAL
from pipelines.rules.base import Application, Level, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable

ALLOWED = (
    "spark.cleaner.*",
    "spark.decommission.*",
    "spark.default.parallelism",
    "spark.driver.maxResultSize",
    "spark.driver.memoryOverheadFactor",
    "spark.dynamicAllocation.*",
    "spark.eventLog.*",
    "spark.excludeOnFailure.*",
    "spark.executor.heartbeatInterval",
    "spark.executor.memoryOverheadFactor",
    "spark.executor.metrics.*",
    "spark.executor.pyspark.memory",
    "spark.files.*",
    "spark.hadoop.fs.*",
    "spark.hadoop.mapreduce.*",
    "spark.hadoop.parquet.*",
    "spark.hive.mapred.*",
    "spark.io.*",
    "spark.kryo*",
    "spark.kubernetes.allocation.*",
    "spark.kubernetes.driver.ownPersistentVolumeClaim",
    "spark.kubernetes.driver.reusePersistentVolumeClaim",
    "spark.kubernetes.driver.waitToReusePersistentVolumeClaim",
    "spark.kubernetes.executor.podNamePrefix",
    "spark.kubernetes.executor.volumes.*",
    "spark.kubernetes.local.dirs.tmpfs",
    "spark.kubernetes.memoryOverheadFactor",
    "spark.kubernetes.node.selector.*",
    "spark.locality.*",
    "spark.memory.*",
    "spark.metrics.*",
    "spark.network.*",
    "spark.python.*",
    "spark.rdd.*",
    "spark.reducer.*",
    "spark.rpc.*",
    "spark.serializer*",
    "spark.shuffle.*",
    "spark.speculation*",
    "spark.sql.*",
    "spark.stage.*",
    "spark.storage.*",
    "spark.streaming.*",
    "spark.task.*",
    "spark.ui.*",
)
"""What a manifest may set; the rest belongs to the operator, to typed fields, or to nobody."""

_TYPED = {
    "spark.app.name": "metadata.name",
    "spark.driver.cores": "spec.driver.cores",
    "spark.driver.extraJavaOptions": "spec.driver.javaOptions",
    "spark.driver.memory": "spec.driver.memory",
    "spark.driver.memoryOverhead": "spec.driver.memoryOverhead",
    "spark.executor.cores": "spec.executor.cores",
    "spark.executor.extraJavaOptions": "spec.executor.javaOptions",
    "spark.executor.instances": "spec.executor.instances",
    "spark.executor.memory": "spec.executor.memory",
    "spark.executor.memoryOverhead": "spec.executor.memoryOverhead",
    "spark.kubernetes.authenticate.driver.serviceAccountName": "spec.driver.serviceAccount",
    "spark.kubernetes.container.image": "spec.image",
    "spark.kubernetes.namespace": "metadata.namespace",
    "spark.master": "the operator's own",
    "spark.submit.deployMode": "spec.mode",
}
_CREDENTIAL = re.compile(
    r"(secret|password|passwd|access[._-]?key|secret[._-]?key|account[._]key|sas[._-]?token|token|credential)$",
    re.IGNORECASE,
)
_NAMES_OF_SECRETS = {"FEATURESTORE__IDENTITY__SECRET"}
"""They say where a credential is."""

_OLD_COMMIT = "mapreduce.fileoutputcommitter.algorithm.version"


def _unknown(application: Application) -> Iterable[tuple[str, object]]:
    for name in application.conf:
        if name not in _TYPED and not any(fnmatchcase(name, pattern) for pattern in ALLOWED):
            yield f"spec.sparkConf.{name}", application.conf[name]


def _twice(application: Application) -> Iterable[tuple[str, object]]:
    for name, field in _TYPED.items():
        if name in application.conf:
            yield f"spec.sparkConf.{name}", f"{application.conf[name]}, beside {field}"


def _credentials(application: Application) -> Iterable[tuple[str, object]]:
    """Never shows the value."""
    for where, name, value in _texts(application):
        told = _CREDENTIAL.search(name) and value and name not in _NAMES_OF_SECRETS
        if told or SHAPED_AS_CREDENTIAL.search(value):
            yield where, "a value that is not shown here"


def _texts(application: Application) -> Iterable[tuple[str, str, str]]:
    for name, value in application.conf.items():
        yield f"spec.sparkConf.{name}", name, str(value)
    for role_name, role in application.roles():
        for one in role.get("env") or []:
            name = str(one.get("name", ""))
            yield f"spec.{role_name}.env.{name}", name, str(one.get("value") or "")
        for name, value in (role.get("envVars") or {}).items():
            yield f"spec.{role_name}.envVars.{name}", name, str(value)
        yield f"spec.{role_name}.javaOptions", "", str(role.get("javaOptions") or "")
    arguments = [str(one) for one in application.spec.get("arguments") or []]
    for number, (before, value) in enumerate(zip(["", *arguments], arguments, strict=False)):
        yield f"spec.arguments[{number}]", before.removeprefix("--"), value


def _commit(application: Application) -> Iterable[tuple[str, object]]:
    for name, value in application.conf.items():
        if name.endswith(_OLD_COMMIT) and str(value) == "2":
            yield f"spec.sparkConf.{name}", value


def _event_log(application: Application) -> Iterable[tuple[str, object]]:
    folder = application.conf.get("spark.eventLog.dir", "")
    if application.conf.get("spark.eventLog.enabled") == "true" and (
        "://" not in folder or folder.startswith("file:")
    ):
        yield "spec.sparkConf.spark.eventLog.dir", folder or None


def _no_text(application: Application) -> Iterable[tuple[str, object]]:
    for name, value in application.conf.items():
        if not isinstance(value, str):
            yield f"spec.sparkConf.{name}", value


SETTINGS = (
    Rule(
        name="S101",
        holds="a setting of Spark that a manifest may have",
        why="The others change who the job is, where it runs or what runs in it.",
        fix="Remove it; what is missing on the list is worth an issue.",
        find=_unknown,
    ),
    Rule(
        name="S102",
        holds="each value said once, in the typed field",
        why="The typed field wins, and the setting is dropped without a word.",
        fix="Remove the setting.",
        find=_twice,
    ),
    Rule(
        name="S103",
        holds="no credential in a manifest",
        why="Everyone who may read the application reads it, and git keeps it.",
        fix="Take it out, replace it where it came from, and name a secret or an identity.",
        find=_credentials,
    ),
    Rule(
        name="S104",
        holds="not the second algorithm of the file committer",
        why="A failed attempt's files stay among the good ones.",
        fix="Remove it; the profile sets the store's own committer.",
        find=_commit,
    ),
    Rule(
        name="S105",
        holds="an event log in a store",
        why="A pod's own disk goes with the pod.",
        fix="Set `kubernetes.event_log_uri`.",
        find=_event_log,
    ),
    Rule(
        name="S106",
        holds="texts as values of settings",
        why="The API server refuses a number or a truth value there.",
        fix="Put it in quotes.",
        find=_no_text,
        level=Level.ERROR,
    ),
)
