"""Commands on a user's own PySpark file: run it anywhere, and build an image that holds it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from featurestore.cli.commands_jobs import Detach, RunName, RunnerName  # noqa: TC001 - read at run time
from featurestore.cli.commands_manifests import planned
from featurestore.cli.options import verb
from featurestore.cli.run import write_text

if TYPE_CHECKING:
    from featurestore.cli.run import Call
    from featurestore.config import Profile

jobs = typer.Typer()
image = typer.Typer(no_args_is_help=True, help="Images that hold a job of one's own.")

File = Annotated[Path, typer.Argument(metavar="FILE", help="A PySpark program.")]
MaybeFile = Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A PySpark program.")]
Arguments = Annotated[
    list[str] | None, typer.Argument(metavar="[-- ARGUMENTS]", help="Given to the program as they are.")
]
Here = Annotated[
    bool, typer.Option("--local", help="On this machine; so it is for a profile without a namespace.")
]
InCluster = Annotated[
    bool, typer.Option("--cluster", help="In the profile's namespace; so it is where it has one.")
]
Requirements = Annotated[
    Path | None,
    typer.Option("--requirements", metavar="FILE", help="What the program imports, as pip reads it."),
]
Holding = Annotated[
    str | None,
    typer.Option("--image", metavar="NAME", help="One that `image build` made; nothing is uploaded then."),
]
JobName = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="What to call it; the file's name unless given.")
]
Planned = Annotated[bool, typer.Option("--plan", help="Show pods, sizes and price, and run nothing.")]
Rendered = Annotated[bool, typer.Option("--render", help="Show the manifest, and run nothing.")]
Base = Annotated[
    str | None,
    typer.Option("--base", metavar="IMAGE", help="An image's name or archive; the profile's unless given."),
]
Archive = Annotated[
    Path | None,
    typer.Option("--output", metavar="ARCHIVE", help="For `docker load` and `ctr images import`."),
]
ImageName = Annotated[
    str | None,
    typer.Option(
        "--name",
        metavar="NAME",
        help="Registry and repository, without a tag: the code's version is the tag.",
    ),
]
Push = Annotated[bool, typer.Option("--push", help="To the registry that --name begins with.")]


@verb(jobs, "run")
def run(  # noqa: PLR0913 - each is an option of the command
    call: Call,
    file: File,
    *,
    arguments: Arguments = None,
    here: Here = False,
    cluster: InCluster = False,
    requirements: Requirements = None,
    runner: RunnerName = None,
    run: RunName = None,
    image: Holding = None,
    detach: Detach = False,
    name: JobName = None,
    plan: Planned = False,
    render: Rendered = False,
) -> dict[str, Any] | None:
    """Run a PySpark file of one's own as a job, and show what it answers; ended with Ctrl-C, it is deleted."""
    from pipelines.names import new_run
    from pipelines.own_job import OwnJob, own_application

    profile = call.store.profile
    kind = _kind(profile, here=here, cluster=cluster, runner=runner)
    _check_local(kind, image=image, detach=detach)
    job = OwnJob(file=file, arguments=tuple(arguments or ()), requirements=requirements, name=name)
    shown = plan or render
    run = run or (None if shown else new_run())
    manifest = own_application(job, profile, run=run, image=image, here=kind == "local")
    if shown:
        return planned(call, [manifest]) if plan else _rendered(call, manifest)
    return _ran(job, manifest, profile, kind, detach=detach)


@verb(image, "build")
def build(
    call: Call,
    *,
    file: MaybeFile = None,
    requirements: Requirements = None,
    base: Base = None,
    name: ImageName = None,
    output: Archive = None,
    push: Push = False,
) -> dict[str, Any]:
    """Put a PySpark file and what it imports into an image, for `run --image`."""
    from dataclasses import asdict

    from pipelines.image_build import Recipe, build_image

    recipe = Recipe(file=file, requirements=requirements, repository=name)
    return asdict(build_image(recipe, call.store.profile, base=base, output=output, push=push))


def _kind(profile: Profile, *, here: bool, cluster: bool, runner: str | None) -> str:
    """Which runner."""
    from featurestore.config.cluster import RUNNERS
    from featurestore.errors import InvalidRequest

    nowhere = profile.kubernetes.namespace is None and not cluster and runner is None
    kind = "local" if here or nowhere else runner or profile.kubernetes.runner
    if kind not in RUNNERS:
        raise InvalidRequest("--runner", expected=f"one of {', '.join(RUNNERS)}", received=kind)
    if (here and (cluster or runner not in {None, "local"})) or (cluster and kind == "local"):
        received = "--local" if here else f"the runner {kind}"
        raise InvalidRequest("run", expected="one place: this machine or the cluster", received=received)
    return kind


def _check_local(kind: str, *, image: str | None, detach: bool) -> None:
    from featurestore.errors import InvalidRequest

    for option, given in (("--image", image), ("--detach", detach)):
        if kind == "local" and given:
            raise InvalidRequest(option, expected="a job in a cluster", received="one on this machine")


def _rendered(call: Call, manifest: dict[str, Any]) -> dict[str, Any] | None:
    from pipelines.spark_application import to_yaml

    if call.manner.as_json:
        return {"manifests": [manifest]}
    write_text(to_yaml(manifest))
    return None


def _ran(job: Any, manifest: dict[str, Any], profile: Profile, kind: str, *, detach: bool) -> dict[str, Any]:
    from pipelines.check import checked
    from pipelines.own_code import bring
    from pipelines.runners.choose import in_cluster, runner_of
    from pipelines.spark_application import RUN

    checked(manifest, profile)
    bring(job, manifest, profile)
    if detach:
        in_cluster(kind, profile).jobs.start(manifest)
        metadata = manifest["metadata"]
        return {"job": metadata["name"], "run": metadata["labels"][RUN]}
    return runner_of(kind, profile).run(manifest)
