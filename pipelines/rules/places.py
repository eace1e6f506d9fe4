"""Rules of places: the lake, as whom it is reached, and how long an application stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.config.clouds import COMMITTERS, IDENTITIES, RULES
from featurestore.config.storage import scheme_of, spark_settings
from pipelines.rules.base import Application, Level, Rule
from pipelines.spark_application import JOBS

if TYPE_CHECKING:
    from collections.abc import Iterable

_LEAST_SECONDS = 300
_OTHERS = {"local", "http", "https"}


def _settings(application: Application) -> Iterable[tuple[str, object]]:
    for name, value in spark_settings(application.profile).items():
        if application.conf.get(name) != value:
            yield f"spec.sparkConf.{name}", application.conf.get(name)


def _labels(application: Application) -> Iterable[tuple[str, object]]:
    wanted = IDENTITIES[application.profile.identity.kind].pod_labels
    for name, role in application.roles():
        for key, value in wanted.items():
            if (role.get("labels") or {}).get(key) != value:
                yield f"spec.{name}.labels.{key}", (role.get("labels") or {}).get(key)


def _secret(application: Application) -> Iterable[tuple[str, object]]:
    secret = application.profile.identity.secret
    for name, role in application.roles() if secret else ():
        named = [(one.get("secretRef") or {}).get("name") for one in role.get("envFrom") or []]
        if secret not in named:
            yield f"spec.{name}.envFrom", ", ".join(map(str, named)) or None


def _hadoop(application: Application) -> Iterable[tuple[str, object]]:
    least = IDENTITIES[application.profile.identity.kind].least_hadoop
    if _numbers(application.profile.image.hadoop) < _numbers(least):
        yield "spec.image", f"Hadoop {application.profile.image.hadoop}, where {least} is the first that can"


def _committers(application: Application) -> Iterable[tuple[str, object]]:
    for name, value in COMMITTERS.items():
        if application.conf.get(name) == value and not application.profile.image.cloud_committers:
            yield f"spec.sparkConf.{name}", value


def _schemes(application: Application) -> Iterable[tuple[str, object]]:
    """A user's own program may be told of anything that has a URI, a queue or a cache; only storages are known."""
    lake = scheme_of(application.profile.storage.root_uri)
    own = not str(application.spec.get("mainApplicationFile") or "").startswith(JOBS)
    arguments = enumerate(application.spec.get("arguments") or [])
    texts = {f"spec.arguments[{n}]": (str(one), own) for n, one in arguments}
    texts |= {f"spec.sparkConf.{name}": (str(value), False) for name, value in application.conf.items()}
    for where, (text, opaque) in texts.items():
        scheme = text.partition("://")[0] if "://" in text else ""
        strange = scheme in RULES if opaque else scheme.isalnum()
        if strange and scheme not in {lake, *_OTHERS}:
            yield where, text


def _life(application: Application) -> Iterable[tuple[str, object]]:
    seconds = application.spec.get("timeToLiveSeconds")
    if not isinstance(seconds, int) or seconds < _LEAST_SECONDS:
        yield "spec.timeToLiveSeconds", seconds


def _restart(application: Application) -> Iterable[tuple[str, object]]:
    kind = (application.spec.get("restartPolicy") or {}).get("type", "Never")
    if kind == "Always":
        yield "spec.restartPolicy.type", kind


def _kept(application: Application) -> Iterable[tuple[str, object]]:
    if application.role("executor").get("deleteOnTermination") is False:
        yield "spec.executor.deleteOnTermination", False


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


PLACES = (
    Rule(
        name="L101",
        holds="what the profile's lake and identity need",
        why="The job stops at its first read, or reads as somebody else: as the node.",
        fix="Render it again with this profile, or remove what overrides it.",
        find=_settings,
    ),
    Rule(
        name="L102",
        holds="the label on both roles without which the cloud gives no identity",
        why="Its webhook passes the pod by, and the token's file is missing.",
        fix="Set it on both roles.",
        find=_labels,
    ),
    Rule(
        name="L103",
        holds="the identity's secret in the environment of both roles",
        why="Driver and executors both read the lake.",
        fix="Name it under `envFrom` of both.",
        find=_secret,
    ),
    Rule(
        name="L104",
        holds="a version of Hadoop that has the profile's identity",
        why="The class is not there, and the driver ends when it first opens the lake.",
        fix="Use featurestore's image, or another kind of identity.",
        find=_hadoop,
    ),
    Rule(
        name="L105",
        holds="committers that are in the image",
        why="The first write of plain files fails with a class that is not found.",
        fix="Use featurestore's image, or one with `spark-hadoop-cloud`.",
        find=_committers,
    ),
    Rule(
        name="L106",
        holds="URIs of the profile's storage",
        why="Pods have no settings and no identity for another one.",
        fix="Correct the scheme, or take the profile of that storage.",
        find=_schemes,
    ),
    Rule(
        name="L107",
        holds=f"a time after which an ended application is deleted, {_LEAST_SECONDS} seconds at least",
        why="Without one they gather; with less the log is gone before it is read.",
        fix="Set `kubernetes.time_to_live_seconds`.",
        find=_life,
    ),
    Rule(
        name="L108",
        holds="a job that ends",
        why="With `Always` it begins anew whenever it is done.",
        fix="Use OnFailure or Never.",
        find=_restart,
    ),
    Rule(
        name="L109",
        holds="executors that go when they are done",
        why="Their pods stay and are nobody's.",
        fix="Remove `deleteOnTermination: false`.",
        find=_kept,
        level=Level.WARNING,
    ),
)
