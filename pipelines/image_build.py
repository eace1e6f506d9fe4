"""Builds an image that holds a user's job: its file and its packages, over an image that has Spark.

By Docker where its engine answers, else by buildah as root, without a daemon, as `images/build.sh` does.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from featurestore.config.load import environment
from featurestore.errors import ImageNotBuilt, InvalidRequest, MissingPart
from featurestore.progress import tell
from pipelines.names import application_name
from pipelines.own_code import install_for_pods
from pipelines.own_job import IN_IMAGE, PACKAGES, check_python, code_version, content_of, name_in_uri
from pipelines.spark_application import IMAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from featurestore.config import Profile

_DOCKERFILE = f"""\
ARG BASE
FROM ${{BASE}}
COPY job {IN_IMAGE}
ENV PYTHONPATH={IN_IMAGE}/{PACKAGES}
ARG CODE
LABEL featurestore.code="${{CODE}}"
USER 185:185
"""
_MADE = Path("build/images")
"""Where `make images` leaves archives."""
_BUILD = "building images"
_ARCHIVE = "image.tar"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What goes into an image; raises `InvalidRequest` for files that are not what they should be."""

    file: Path | None = None
    requirements: Path | None = None
    repository: str | None = None
    """Registry and name, without a tag; made from the file's name unless given."""

    def __post_init__(self) -> None:
        if self.file is not None:
            check_python(self.file)
        if self.requirements is not None:
            content_of(self.requirements, "--requirements")
        if self.file is None and self.requirements is None:
            raise InvalidRequest("image", expected="a file, --requirements, or both", received="neither")

    @property
    def name(self) -> str:
        """The image's name; its tag is the code's version."""
        stem = "packages" if self.file is None else self.file.stem
        repository = self.repository or application_name("job", stem)
        return f"{repository}:{code_version(self.file, self.requirements)}"


@dataclass(frozen=True, kw_only=True)
class BuiltImage:
    """An image, and where it is: in an archive, in a registry, or in Docker's engine alone."""

    image: str
    archive: str | None = None
    digest: str | None = None
    """By which a registry knows it."""


def build_image(
    recipe: Recipe,
    profile: Profile,
    *,
    base: str | None = None,
    output: Path | None = None,
    push: bool = False,
) -> BuiltImage:
    """Builds the image over `base`, a name or an archive; the profile's image unless given.

    Without Docker's engine to keep it, it goes into an archive under `<state_directory>/images` unless `output`
    says where or `push` sends it to its registry. Raises `MissingPart` where nothing can build, `InvalidRequest`
    for requirements without wheels for the image, and `ImageNotBuilt`.
    """
    if push and recipe.repository is None:
        raise InvalidRequest("--push", expected="--name with a registry", received=None)
    builder = choose_builder()
    images = Path(profile.state_directory).absolute() / "images"
    if output is None and not push and builder is _by_buildah:
        output = images / f"{re.sub('[/:]', '-', recipe.name)}.tar"
    found = base_of(base or profile.image.name or IMAGE)
    images.mkdir(parents=True, exist_ok=True)
    # Not among the machine's temporary files: a base of Spark takes some GB there.
    with tempfile.TemporaryDirectory(prefix=".work-", dir=images) as work:
        fill_context(recipe, Path(work) / "context")
        tell(f"building {recipe.name} over {found}")
        return builder(recipe, found, Path(work), output, push)


def fill_context(recipe: Recipe, context: Path) -> None:
    """Has all in a folder that the build takes in, readable for the image's user."""
    job = context / "job"
    job.mkdir(parents=True)
    (context / "Dockerfile").write_text(_DOCKERFILE, encoding="utf-8")
    (job / PACKAGES).mkdir()
    if recipe.requirements is not None:
        tell(f"gathering wheels for {recipe.requirements}")
        install_for_pods(recipe.requirements, job / PACKAGES)
    if recipe.file is not None:
        shutil.copyfile(recipe.file, job / name_in_uri(recipe.file))
    for path in (job, *job.rglob("*")):
        path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o644))


def choose_builder() -> Callable[[Recipe, str, Path, Path | None, bool], BuiltImage]:
    """Docker where its engine answers, else buildah for root; `MissingPart` where there is neither."""
    docker = shutil.which("docker")
    if docker is not None and _run([docker, "info"]).returncode == 0:
        return partial(_by_docker, docker)
    if shutil.which("buildah") is not None and os.geteuid() == 0:
        return _by_buildah
    remedy = "Start Docker, or install buildah (on Debian: apt-get install buildah) and build as root."
    raise MissingPart("A Docker engine that answers", needed_for=_BUILD, remedy=remedy)


def base_of(name: str) -> str:
    """The archive that `make images` left for a name of no registry, where there is one; else what was given."""
    made = _MADE / f"{name.replace(':', '-')}.tar"
    return str(made) if "/" not in name and made.is_file() else name


def _by_docker(
    docker: str, recipe: Recipe, base: str, work: Path, output: Path | None, push: bool
) -> BuiltImage:
    """In Docker's engine, which also keeps it."""
    do, name = partial(_done, name=recipe.name), recipe.name
    if Path(base).is_file():
        base = do([docker, "load", "--quiet", "--input", base]).split()[-1]
    do([docker, "build", "--quiet", *_arguments(recipe, base), "--tag", name, str(work / "context")])
    if output is not None:
        do([docker, "save", "--output", str(work / _ARCHIVE), name])
        _put(work / _ARCHIVE, output)
    digest = None
    if push:
        do([docker, "push", "--quiet", name])
        found = do([docker, "image", "inspect", "--format", "{{index .RepoDigests 0}}", name])
        digest = found.strip().partition("@")[2] or None
    return BuiltImage(image=name, archive=_text(output), digest=digest)


def _by_buildah(recipe: Recipe, base: str, work: Path, output: Path | None, push: bool) -> BuiltImage:
    """In a storage of its own, which goes with the work."""
    storage = ("--root", str(work / "storage"), "--runroot", str(work / "run"), "--storage-driver", "vfs")
    do, name = partial(_done, name=recipe.name), recipe.name
    buildah = ("buildah", *storage)
    if Path(base).is_file():
        base = do([*buildah, "pull", "--quiet", f"docker-archive:{base}"]).split()[-1]
    build = ("bud", "--quiet", "--isolation", "chroot", "--format", "docker")
    do([*buildah, *build, *_arguments(recipe, base), "--tag", name, str(work / "context")])
    if output is not None:
        do([*buildah, "push", "--quiet", name, f"docker-archive:{work / _ARCHIVE}:{name}"])
        _put(work / _ARCHIVE, output)
    digest = None
    if push:
        file = work / "digest"
        do([*buildah, "push", "--quiet", "--digestfile", str(file), name, f"docker://{name}"])
        digest = file.read_text(encoding="utf-8").strip()
    return BuiltImage(image=name, archive=_text(output), digest=digest)


def _arguments(recipe: Recipe, base: str) -> tuple[str, ...]:
    code = code_version(recipe.file, recipe.requirements)
    return ("--build-arg", f"BASE={base}", "--build-arg", f"CODE={code}")


def _put(made: Path, archive: Path) -> None:
    """The archive appears whole or not at all."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    beside = archive.with_name(f".{archive.name}.{os.getpid()}")
    try:
        shutil.move(made, beside)
        beside.replace(archive)
    finally:
        beside.unlink(missing_ok=True)


def _done(command: list[str], *, name: str) -> str:
    done = _run(command)
    if done.returncode:
        lines = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()
        raise ImageNotBuilt(name, program=Path(command[0]).name, told=lines[-1])
    return done.stdout


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=environment(),
        stdin=subprocess.DEVNULL,
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
    )


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
