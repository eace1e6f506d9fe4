"""Rules of names: what Spark and the operator append must still fit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipelines.names import LONGEST_NAME
from pipelines.rules.base import Application, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable

_DNS_1035 = re.compile("[a-z]([-a-z0-9]*[a-z0-9])?")
_DNS_1123 = re.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_LABEL = re.compile("([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_LABEL_KEY = re.compile(
    r"([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
)
_PREFIX = "spark.kubernetes.executor.podNamePrefix"
_LONGEST_PREFIX = 47


def _name(application: Application) -> Iterable[tuple[str, object]]:
    name = str(application.metadata.get("name", ""))
    if not _DNS_1035.fullmatch(name) or len(name) > LONGEST_NAME:
        yield "metadata.name", name


def _namespace(application: Application) -> Iterable[tuple[str, object]]:
    namespace = application.metadata.get("namespace")
    if not isinstance(namespace, str) or not _DNS_1123.fullmatch(namespace):
        yield "metadata.namespace", namespace


def _prefix(application: Application) -> Iterable[tuple[str, object]]:
    prefix = application.conf.get(_PREFIX)
    if prefix is not None and (not _DNS_1123.fullmatch(prefix) or len(prefix) > _LONGEST_PREFIX):
        yield f"spec.sparkConf.{_PREFIX}", prefix


def _labels(application: Application) -> Iterable[tuple[str, object]]:
    places = {
        "metadata": application.metadata,
        **{f"spec.{name}": role for name, role in application.roles()},
    }
    for place, holder in places.items():
        for key, value in (holder.get("labels") or {}).items():
            if not _LABEL_KEY.fullmatch(key) or not _LABEL.fullmatch(str(value)):
                yield f"{place}.labels", f"{key}={value}"


NAMING = (
    Rule(
        name="N101",
        holds=f"a letter, then small letters, digits and dashes, {LONGEST_NAME} characters at most",
        why="The names of driver, executors and service are made from it, and labels from those.",
        fix="Shorten the name.",
        find=_name,
    ),
    Rule(
        name="N102",
        holds="the namespace is stated",
        why="Whoever applies it otherwise decides, by the context at hand.",
        fix="Set `kubernetes.namespace` in the profile.",
        find=_namespace,
    ),
    Rule(
        name="N103",
        holds=f"a prefix of small letters, digits and dashes, {_LONGEST_PREFIX} characters at most",
        why="Spark appends a number and refuses the executors' names otherwise, when the driver runs.",
        fix="Shorten the prefix, or leave it to Spark.",
        find=_prefix,
    ),
    Rule(
        name="N104",
        holds="keys and values of labels as Kubernetes takes them, 63 characters at most",
        why="The operator copies them to the pods, which are then refused.",
        fix="Shorten the value, or use letters, digits, dashes, dots and underscores only.",
        find=_labels,
    ),
)
