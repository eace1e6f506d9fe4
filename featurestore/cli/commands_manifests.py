"""Commands about manifests: the jobs of a project as SparkApplications."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from featurestore.cli.options import verb
from featurestore.cli.run import leave_quietly

if TYPE_CHECKING:
    from featurestore.cli.run import Call
    from featurestore.step_requests import Request

manifests = typer.Typer(no_args_is_help=True, help="Jobs as SparkApplications for a cluster.")

Job = Annotated[
    str | None,
    typer.Argument(metavar="[JOB]", help="A step, such as compute-features; its own options follow."),
]
OwnOptions = Annotated[
    list[str] | None, typer.Argument(metavar="[OPTIONS OF THE JOB]", help="Such as --view user_activity.")
]
All = Annotated[bool, typer.Option("--all", help="Every job of the project, in the order of the flow.")]
Image = Annotated[
    str | None,
    typer.Option("--image", metavar="NAME", help="The image, best by its digest: name@sha256:..."),
]
Folder = Annotated[
    Path | None,
    typer.Option("--output", metavar="FOLDER", help="Files there, for `kubectl apply -k`, in place of text."),
]
Rendered = Annotated[Path, typer.Argument(metavar="FOLDER", help="What `render --output` wrote.")]


@verb(manifests, "render", ignore_unknown_options=True)
def render(
    call: Call,
    job: Job = None,
    own: OwnOptions = None,
    every: All = False,
    image: Image = None,
    output: Folder = None,
) -> dict[str, Any] | None:
    """Write jobs as SparkApplications: YAML on standard output, or files in a folder."""
    from pipelines.spark_application import spark_application, to_yaml

    asked = _requests(call, job, own or [], every=every)
    made = [spark_application(request, call.store.profile, image=image) for request in asked]
    if output is not None:
        return _written(call, made, output)
    if call.manner.as_json:
        return {"manifests": made}
    _print("---\n".join(to_yaml(manifest) for manifest in made))
    return None


@verb(manifests, "diff")
def diff(call: Call, folder: Rendered, image: Image = None) -> None:
    """Show what `render --all --output` would change in a folder; exit code 1 where anything."""
    from featurestore.failures import encode
    from pipelines.kustomization import files_of
    from pipelines.spark_application import spark_application

    asked = _requests(call, None, [], every=True)
    made = [spark_application(request, call.store.profile, image=image) for request in asked]
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.yaml")}
    wanted = files_of(made, call.store.profile)
    changed = [name for name in sorted(there.keys() | wanted.keys()) if there.get(name) != wanted.get(name)]
    if call.manner.as_json:
        _print(encode({"changed": changed}) + "\n")
    for name in changed if not call.manner.as_json else ():
        before, after = (texts.get(name, "").splitlines(keepends=True) for texts in (there, wanted))
        _print("".join(difflib.unified_diff(before, after, f"there/{name}", f"rendered/{name}")))
    if changed:
        raise typer.Exit(1)


def _print(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        leave_quietly()


def _requests(call: Call, job: str | None, own: list[str], *, every: bool) -> tuple[Request, ...]:
    from featurestore.errors import InvalidRequest
    from featurestore.step_requests import from_argv
    from pipelines.jobs import JOBS

    if every == (job is not None):
        raise InvalidRequest("manifests", expected="the name of a job, or --all", received=job)
    if job is None:
        from featurestore.definitions import load_project
        from pipelines.project_jobs import requests_of

        return requests_of(load_project(call.store.profile.project), call.store.profile)
    step = job.replace("-", "_")
    if step not in JOBS:
        known = ", ".join(name.replace("_", "-") for name in JOBS)
        raise InvalidRequest("manifests", expected=f"one of {known}", received=job)
    return (from_argv(JOBS[step], own),)


def _written(call: Call, made: list[dict[str, Any]], folder: Path) -> dict[str, Any]:
    from pipelines.kustomization import files_of

    files = files_of(made, call.store.profile)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return {"folder": str(folder), "jobs": len(made)}
