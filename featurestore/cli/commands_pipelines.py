"""Commands about pipelines: compile, run, look, end, go on, schedule, register, promote, roll back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from featurestore.cli.commands_manifests import show_text
from featurestore.cli.options import verb

if TYPE_CHECKING:
    from featurestore.cli.run import Call

pipeline = typer.Typer(no_args_is_help=True, help="Run the story as a pipeline, here or on Kubeflow.")

Pipeline = Annotated[
    str,
    typer.Argument(
        metavar="PIPELINE", help="Such as clickstream; package.module:function; or a compiled file."
    ),
]
Registered = Annotated[str, typer.Argument(metavar="PIPELINE", help="The name of one that is registered.")]
Run = Annotated[str, typer.Argument(metavar="RUN", help="A run that `pipeline list` shows.")]
MaybeTask = Annotated[
    str | None, typer.Argument(metavar="[TASK]", help="A task that `pipeline status` shows.")
]
Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "--parameter",
        "-p",
        metavar="NAME=VALUE",
        help="A parameter of the pipeline, lists as JSON; repeatable.",
    ),
]
Local = Annotated[bool, typer.Option("--local", help="On this machine, without a cluster.")]
InCluster = Annotated[bool, typer.Option("--cluster", help="On the profile's Kubeflow.")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Do everything anew.")]
Active = Annotated[bool, typer.Option("--active", help="The active version of the profile's domain.")]
File = Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Standard output unless given.")]
Schedules = Annotated[str, typer.Argument(metavar="FILE", help="Schedules in YAML, by name.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")]
From = Annotated[str, typer.Option("--from", metavar="DOMAIN", help="Whose active version it is.")]
To = Annotated[str, typer.Option("--to", metavar="DOMAIN", help="Where it becomes active.")]
InDomain = Annotated[
    str | None, typer.Option("--domain", metavar="DOMAIN", help="The profile's own unless given.")
]


@verb(pipeline, "compile")
def compile_pipeline(call: Call, name: Pipeline, output: File = None) -> dict[str, Any] | None:
    """Write a pipeline as Kubeflow takes it: for the profile's cluster, or for no place without a namespace."""
    from pipelines.pipeline_source import pipeline_document
    from pipelines.pipeline_verbs import placed
    from pipelines.placed import to_text

    document, profile = pipeline_document(name), call.store.profile
    text = to_text(placed(document, profile) if profile.kubernetes.namespace else [document])
    if output is None:
        show_text(text)
        return None
    output.write_text(text, encoding="utf-8")
    return {"pipeline": name, "file": str(output)}


@verb(pipeline, "run")
def run(
    call: Call,
    name: Pipeline,
    parameters: Parameters = None,
    local: Local = False,
    cluster: InCluster = False,
    no_cache: NoCache = False,
    active: Active = False,
) -> dict[str, Any]:
    """Run a pipeline: here to its end, or started on Kubeflow; what was made from the same is reused."""
    from featurestore.errors import InvalidRequest
    from pipelines.pipeline_verbs import start
    from pipelines.runs import HERE, KUBEFLOW

    if local and cluster:
        raise InvalidRequest("pipeline run", expected="--local or --cluster", received="both")
    here = local or (not cluster and call.store.profile.pipelines.endpoint is None)
    return start(
        name,
        parameters or [],
        call.store.profile,
        where=HERE if here else KUBEFLOW,
        active=active,
        reuse=not no_cache and call.store.profile.pipelines.reuse,
    )


@verb(pipeline, "list")
def list_runs(call: Call) -> dict[str, Any] | None:
    """List runs, newest first."""
    from pipelines.pipeline_verbs import listed

    found = listed(call.store.profile)
    if call.manner.as_json:
        return {"runs": found}
    for one in found:
        begun = f"{one['started_at']:%Y-%m-%d %H:%M:%S}"
        show_text(
            f"{one['run']:36}  {one['state']:10}  {begun}  {one['where']:8}  {one['pipeline'] or '-'}\n"
        )
    return None


@verb(pipeline, "status")
def status(call: Call, name: Run) -> dict[str, Any] | None:
    """Show what became of a run's tasks, its model and its metrics, as far as it has come."""
    from pipelines.pipeline_verbs import status as status_of

    found = status_of(name, call.store.profile)
    if call.manner.as_json:
        return found
    for task in found.pop("tasks"):
        how = (
            f"reused from {task['reused_from']}"
            if task["reused_from"]
            else task["error"] or task["job"] or ""
        )
        show_text(f"{task['task']:50}  {task['state']:8}  {task['seconds']:8.1f} s  {how}\n")
    return found


@verb(pipeline, "logs")
def logs(call: Call, name: Run, task: MaybeTask = None) -> None:
    """Print the log of a run on this machine, or of the job of one of its tasks."""
    from pipelines.run_logs import run_log

    for line in run_log(name, task, call.store.profile):
        show_text(line)


@verb(pipeline, "cancel")
def cancel(call: Call, name: Run) -> dict[str, Any]:
    """End a run with all its jobs, and wait until nothing of them is left."""
    from pipelines.pipeline_verbs import cancel as cancelled

    return cancelled(name, call.store.profile)


@verb(pipeline, "resume")
def resume(call: Call, name: Run) -> dict[str, Any]:
    """Run again what a run was asked for, on what it read; what it has made is reused."""
    from pipelines.pipeline_verbs import resume as resumed

    return resumed(name, call.store.profile)


@verb(pipeline, "notify")
def notify(call: Call, name: Run) -> dict[str, Any]:
    """Tell again how a run ended, as it was told at its end; a way to try what the profile says."""
    from pipelines.pipeline_verbs import notify as notified

    return notified(name, call.store.profile)


@verb(pipeline, "schedule")
def schedule(call: Call, file: Schedules, dry_run: DryRun = False) -> dict[str, Any]:
    """Make Kubeflow's recurring runs those of a file: add what is new, remove what is not there any more."""
    from pipelines.pipeline_verbs import kubeflow_of
    from pipelines.schedules import read_schedules, reconcile

    profile = call.store.profile
    return dict(reconcile(read_schedules(file), kubeflow_of(profile), profile, only_say=dry_run))


@verb(pipeline, "register")
def register(call: Call, name: Pipeline) -> dict[str, Any]:
    """Keep a version of a pipeline, named by code and content, and make it the active one of the profile's domain."""
    from pipelines.pipeline_verbs import register as registered

    return registered(name, call.store.profile)


@verb(pipeline, "promote")
def promote(call: Call, name: Registered, source: From, target: To) -> dict[str, Any]:
    """Make the active version of one domain the active one of another."""
    from pipelines.pipeline_verbs import promote as promoted

    return promoted(name, call.store.profile, source=source, target=target)


@verb(pipeline, "rollback")
def roll_back(call: Call, name: Registered, in_domain: InDomain = None) -> dict[str, Any]:
    """Make the version of a domain active that was it before."""
    from pipelines.pipeline_verbs import roll_back as rolled_back

    return rolled_back(name, call.store.profile, in_domain=in_domain)
