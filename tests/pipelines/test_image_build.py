"""Images of a user's job: what goes in, who builds them, where they end."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.config import Profile, load_profile
from featurestore.errors import ImageNotBuilt, InvalidRequest, MissingPart
from pipelines.image_build import Recipe, base_of, build_image, fill_context
from pipelines.own_job import OwnJob, own_application
from tests.helpers.missing import missing
from tests.helpers.wheels import requirements, wheel

if TYPE_CHECKING:
    from collections.abc import Callable

STAND_IN = """\
#!/bin/sh
# Stands in for a program that builds images: notes what it is told, and says what it was made to say.
printf '%s\\n' "$*" >> "{log}"
{script}
"""
DOCKER = """\
case "$1" in
info) exit {info} ;;
load) echo "Loaded image: spark:1" ;;
save) touch "$3" ;;
image) echo "registry.example.com/daily@sha256:abc" ;;
esac
"""
BUILDAH = """\
case "$*" in
*pull*) echo 0123abcd ;;
*--digestfile*) while [ "$1" != --digestfile ]; do shift; done; printf sha256:def > "$2" ;;
*docker-archive:*) for last; do :; done; last=${last#docker-archive:}; touch "${last%%:*}" ;;
esac
"""


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return load_profile("kind", overrides={"state_directory": str(tmp_path / "state")}, variables={})


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    file = tmp_path / "daily_report.py"
    file.write_text("import tiny\n", encoding="utf-8")
    return Recipe(file=file, requirements=requirements(tmp_path, wheel(tmp_path, "tiny", "X = 1\n")))


@pytest.fixture
def stand_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Makes stand-ins the only builders, with what each does; their log is given."""
    # What `make images` left in the checkout would be the base.
    monkeypatch.chdir(tmp_path)

    def put(**scripts: str) -> Path:
        folder, log = tmp_path / "bin", tmp_path / "log"
        folder.mkdir(exist_ok=True)
        log.write_text("", encoding="utf-8")
        for name, script in scripts.items():
            (folder / name).write_text(STAND_IN.format(log=log, script=script), encoding="utf-8")
            (folder / name).chmod(0o755)
        if not (folder / "touch").exists():
            (folder / "touch").symlink_to(str(shutil.which("touch")))
        monkeypatch.setenv("PATH", str(folder))
        return log

    return put


def lines(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8").splitlines()


def test_a_context_holds_the_file_its_packages_and_nothing_else(recipe: Recipe, tmp_path: Path) -> None:
    context = tmp_path / "context"
    before = os.umask(0o077)
    try:
        fill_context(recipe, context)
    finally:
        os.umask(before)

    found = {path.relative_to(context).as_posix() for path in context.rglob("*") if path.is_file()}
    assert {name for name in found if ".dist-info/" not in name} == {
        *("Dockerfile", "job/daily_report.py", "job/packages/tiny.py")
    }
    for path in (context / "job").rglob("*"):
        assert path.stat().st_mode & 0o044 == 0o044, path
    text = (context / "Dockerfile").read_text()
    assert "FROM ${BASE}\nCOPY job /opt/job\nENV PYTHONPATH=/opt/job/packages\n" in text
    assert text.endswith("USER 185:185\n")


def test_an_image_is_named_after_its_file_and_tagged_with_its_code(recipe: Recipe) -> None:
    assert recipe.file is not None
    job = OwnJob(file=recipe.file, requirements=recipe.requirements)

    assert recipe.name == f"job-daily-report:{job.version}"
    own_application(job, load_profile("kind", variables={}), image=recipe.name)
    assert Recipe(requirements=recipe.requirements).name.startswith("job-packages:")
    assert Recipe(file=recipe.file, repository="host:5000/a/b").name.startswith("host:5000/a/b:")


def test_docker_builds_where_its_engine_answers_and_keeps_it(
    recipe: Recipe, profile: Profile, stand_ins: Callable[..., Path], tmp_path: Path
) -> None:
    log = stand_ins(docker=DOCKER.format(info=0), buildah=BUILDAH)
    base = tmp_path / "base.tar"
    base.touch()

    built = build_image(recipe, profile, base=str(base), output=tmp_path / "out" / "image.tar")

    said = lines(log)
    assert [line.split()[0] for line in said] == ["info", "load", "build", "save"]
    assert "--build-arg BASE=spark:1 " in said[2]
    assert f"--tag {recipe.name} " in said[2]
    assert (built.image, built.archive, built.digest) == (
        *(recipe.name, str(tmp_path / "out" / "image.tar")),
        None,
    )
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["image.tar"]


def test_a_push_gives_the_digest(
    recipe: Recipe, profile: Profile, stand_ins: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    named = Recipe(file=recipe.file, repository="registry.example.com/daily")
    stand_ins(docker=DOCKER.format(info=0))
    assert build_image(named, profile, push=True).digest == "sha256:abc"

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    log = stand_ins(docker=DOCKER.format(info=1), buildah=BUILDAH)
    built = build_image(named, profile, push=True)

    assert (built.archive, built.digest) == (None, "sha256:def")
    assert lines(log)[-1].endswith(f"{named.name} docker://{named.name}")


def test_buildah_builds_as_root_where_no_engine_answers_and_leaves_an_archive(
    recipe: Recipe, profile: Profile, stand_ins: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    log = stand_ins(docker=DOCKER.format(info=1), buildah=BUILDAH)

    built = build_image(recipe, profile)

    assert built.archive is not None
    assert Path(built.archive).parent == Path(profile.state_directory) / "images"
    assert Path(built.archive).is_file()
    assert " --build-arg BASE=featurestore-spark:0.1.0 " in lines(log)[1]


def test_the_base_is_the_profiles_image_or_what_was_made_of_ours(
    recipe: Recipe, tmp_path: Path, stand_ins: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = stand_ins(docker=DOCKER.format(info=0))
    build_image(recipe, load_profile("kind", overrides={"image.name": "mine:2"}, variables={}))
    monkeypatch.chdir(tmp_path)
    made = Path("build/images/featurestore-spark-0.1.0.tar")
    made.parent.mkdir(parents=True)
    made.touch()

    assert " --build-arg BASE=mine:2 " in lines(log)[1]
    assert base_of("featurestore-spark:0.1.0") == str(made)
    assert base_of("registry.example.com/featurestore-spark:0.1.0").startswith("registry")


def test_without_a_builder_it_is_said_what_to_install(
    recipe: Recipe, profile: Profile, stand_ins: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_ins()
    with pytest.raises(MissingPart, match="install buildah"):
        build_image(recipe, profile)

    stand_ins(buildah=BUILDAH)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(MissingPart, match="as root"):
        build_image(recipe, profile)


def test_a_build_that_fails_is_told_in_the_builders_words_and_leaves_no_archive(
    recipe: Recipe, profile: Profile, stand_ins: Callable[..., Path], tmp_path: Path
) -> None:
    script = '[ "$1" != save ] || { touch "$3"; echo "first" >&2; echo "no space left" >&2; exit 1; }'
    stand_ins(docker=script)

    with pytest.raises(ImageNotBuilt, match=r"docker did not finish job-daily-report:\w+: no space left\. "):
        build_image(recipe, profile, output=tmp_path / "out" / "image.tar")

    assert not (tmp_path / "out").exists()
    assert list((Path(profile.state_directory) / "images").iterdir()) == []


@pytest.mark.parametrize(
    ("what", "told"),
    [({}, "neither"), ({"file": Path("nowhere.py")}, "No such file")],
)
def test_what_cannot_be_an_image_is_refused(what: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidRequest, match=told):
        Recipe(**what)


def test_a_push_needs_a_registry(recipe: Recipe, profile: Profile) -> None:
    with pytest.raises(InvalidRequest, match="--name with a registry"):
        build_image(recipe, profile, push=True)


@pytest.mark.image
def test_buildah_really_builds_one(recipe: Recipe, profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("buildah") is None or os.geteuid() != 0:
        missing("buildah as root, for an image")
    monkeypatch.setattr(
        "pipelines.image_build.shutil.which", lambda name: name if name == "buildah" else None
    )

    built = build_image(recipe, profile, base="scratch")

    with tarfile.open(str(built.archive)) as archive:
        (manifest,) = json.load(archive.extractfile("manifest.json") or pytest.fail("no manifest"))
        config = json.load(archive.extractfile(manifest["Config"]) or pytest.fail("no config"))["config"]
        with tarfile.open(fileobj=archive.extractfile(manifest["Layers"][-1])) as layer:
            names = {name.removeprefix("./") for name in layer.getnames()}
    assert config["User"] == "185:185"
    assert "PYTHONPATH=/opt/job/packages" in config["Env"]
    assert config["Labels"]["featurestore.code"] == recipe.name.partition(":")[2]
    assert {"opt/job/daily_report.py", "opt/job/packages/tiny.py"} <= names
