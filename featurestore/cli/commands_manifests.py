"""Commands about manifests: the jobs of a project as SparkApplications."""

from __future__ import annotations

import difflib
import sys
from dataclasses import asdict
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
Planned = Annotated[
    bool, typer.Option("--plan", help="Pods, sizes and price in place of the manifest; at most that much.")
]
Files = Annotated[
    list[str] | None,
    typer.Option(
        "--file", metavar="FILE", help="Manifests from elsewhere; `-` for standard input; repeatable."
    ),
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
    plan: Planned = False,
) -> dict[str, Any] | None:
    """Write jobs as SparkApplications: YAML on standard output, or files in a folder."""
    from pipelines.spark_application import to_yaml

    made = rendered(call, job, own or [], every=every, image=image)
    if plan:
        return planned(call, made)
    if output is not None:
        return _written(call, made, output)
    if call.manner.as_json:
        return {"manifests": made}
    show_text("---\n".join(to_yaml(manifest) for manifest in made))
    return None


@verb(manifests, "check", ignore_unknown_options=True)
def check(
    call: Call,
    job: Job = None,
    own: OwnOptions = None,
    every: All = False,
    image: Image = None,
    files: Files = None,
) -> None:
    """Hold jobs, or manifests from elsewhere, against the schema and every rule; exit code 1 on an error."""
    from pipelines.check import check as findings_of

    made = _read(files) if files else rendered(call, job, own or [], every=every, image=image)
    found = [one for manifest in made for one in findings_of(manifest, call.store.profile)]
    errors = sum(one.level == "error" for one in found)
    if call.manner.as_json:
        from featurestore.failures import encode

        show_text(encode({"manifests": len(made), "findings": [asdict(one) for one in found]}) + "\n")
    else:
        show_text("".join(f"{one.line}\n" for one in found))
        show_text(f"{len(made)} checked: {errors} errors, {len(found) - errors} warnings\n")
    if errors:
        raise typer.Exit(1)


@verb(manifests, "diff")
def diff(call: Call, folder: Rendered, image: Image = None) -> None:
    """Show what `render --all --output` would change in a folder; exit code 1 where anything."""
    from featurestore.failures import encode
    from pipelines.kustomization import files_of

    made = rendered(call, None, [], every=True, image=image)
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.yaml")}
    wanted = files_of(made, call.store.profile)
    changed = [name for name in sorted(there.keys() | wanted.keys()) if there.get(name) != wanted.get(name)]
    if call.manner.as_json:
        show_text(encode({"changed": changed}) + "\n")
    else:
        for name in changed:
            before, after = (texts.get(name, "").splitlines(keepends=True) for texts in (there, wanted))
            show_text("".join(difflib.unified_diff(before, after, f"there/{name}", f"rendered/{name}")))
    if changed:
        raise typer.Exit(1)


def show_text(text: str) -> None:
    """Writes to standard output, as long as somebody reads it."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        leave_quietly()


def rendered(
    call: Call, job: str | None, own: list[str], *, every: bool, image: str | None, run: str | None = None
) -> list[dict[str, Any]]:
    """The manifests of a job, or of every job of the project."""
    from pipelines.spark_application import spark_application

    if image is not None and call.store.profile.image.pin:
        from pipelines.image_digest import pinned

        image = pinned(image)
    asked = _requests(call, job, own, every=every)
    return [spark_application(request, call.store.profile, image=image, run=run) for request in asked]


def _read(files: list[str]) -> list[dict[str, Any]]:
    """The documents of files, and of standard input for `-`."""
    import yaml

    from featurestore.errors import InvalidRequest

    found: list[dict[str, Any]] = []
    for name in files:
        try:
            text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
            documents = list(yaml.safe_load_all(text))
        except (OSError, ValueError, yaml.YAMLError) as error:
            problem = str(error).splitlines()[0]
            raise InvalidRequest("--file", expected="a file of YAML documents", received=problem) from error
        if not documents or not all(isinstance(one, dict) for one in documents):
            raise InvalidRequest("--file", expected="manifests, each a mapping", received=name)
        found += documents
    return found


def planned(call: Call, made: list[dict[str, Any]]) -> dict[str, Any]:
    """What the manifests will reserve, by their names."""
    from pipelines.sizes import plan_of

    profile = call.store.profile
    plans = {
        manifest["metadata"]["name"]: plan_of(manifest, profile.prices, spot=profile.executors.spot)
        for manifest in made
    }
    if call.manner.as_json:
        return {"plans": {name: asdict(plan) for name, plan in plans.items()}}
    return {name: plan.line for name, plan in plans.items()}


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
