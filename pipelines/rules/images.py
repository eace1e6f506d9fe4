"""Rules of images and of what comes into them at start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.config.clouds import RULES
from featurestore.config.storage import scheme_of
from pipelines.rules.base import Application, Level, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable

_FETCHED = ("packages", "repositories", "excludePackages")
_FETCHED_CONF = ("spark.jars.packages", "spark.jars.repositories", "spark.jars.ivy")


def _images(application: Application) -> Iterable[tuple[str, str]]:
    yield "spec.image", str(application.spec.get("image") or "")
    for name, role in application.roles():
        if role.get("image"):
            yield f"spec.{name}.image", str(role["image"])


def _moves(image: str) -> bool:
    tag = image.rsplit("/", 1)[-1].partition(":")[2]
    return "@sha256:" not in image and tag in {"", "latest"}


def _moving(application: Application) -> Iterable[tuple[str, object]]:
    return ((where, image) for where, image in _images(application) if _moves(image))


def _unpinned(application: Application) -> Iterable[tuple[str, object]]:
    for where, image in _images(application):
        if "@sha256:" not in image and not _moves(image):
            yield where, image


def _spark_version(application: Application) -> Iterable[tuple[str, object]]:
    version = application.spec.get("sparkVersion")
    if version != application.profile.image.spark:
        yield "spec.sparkVersion", version


def _main_file(application: Application) -> Iterable[tuple[str, object]]:
    uri = str(application.spec.get("mainApplicationFile") or "")
    lake = scheme_of(application.profile.storage.root_uri)
    if not uri.startswith("local://") and (lake == "file" or scheme_of(uri) != lake):
        yield "spec.mainApplicationFile", uri


def _fetched(application: Application) -> Iterable[tuple[str, object]]:
    deps = application.spec.get("deps") or {}
    for name in _FETCHED:
        if deps.get(name):
            yield f"spec.deps.{name}", ", ".join(deps[name])
    for name in _FETCHED_CONF:
        if name in application.conf:
            yield f"spec.sparkConf.{name}", application.conf[name]


def _python(application: Application) -> Iterable[tuple[str, object]]:
    if application.spec.get("type") == "Python" and application.spec.get("pythonVersion", "3") != "3":
        yield "spec.pythonVersion", application.spec["pythonVersion"]


IMAGES = (
    Rule(
        name="I101",
        holds="an image with a tag that stays, or a digest",
        why="Two nodes may run two versions, and nobody can say which.",
        fix="Name a version, best by its digest.",
        find=_moving,
    ),
    Rule(
        name="I102",
        holds="an image by its digest",
        why="A tag can be moved to another image between two starts of one job.",
        fix="Give `--image name@sha256:...`.",
        find=_unpinned,
        level=Level.WARNING,
    ),
    Rule(
        name="I103",
        holds="the version of Spark that the profile says is in the image",
        why="The operator's Spark and the pods' would speak differently.",
        fix="Correct `image.spark` in the profile, or the manifest.",
        find=_spark_version,
    ),
    Rule(
        name="I104",
        holds=f"a file in the image, `local:///...`, or in the lake at {', '.join(sorted(set(RULES) - {'file'}))}",
        why="The driver has no other place to take it from.",
        fix="Put it into the image or the lake.",
        find=_main_file,
    ),
    Rule(
        name="I105",
        holds="no package that is fetched at start",
        why="The operator's pod resolves it, with its own network and identity, and executors may not see it.",
        fix="Put the jars into the image.",
        find=_fetched,
    ),
    Rule(
        name="I106",
        holds='Python "3"',
        why="Spark 3 has no other.",
        fix='Set `pythonVersion: "3"`.',
        find=_python,
    ),
)
