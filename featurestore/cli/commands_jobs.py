"""Commands about jobs in a cluster: submit, look, read their logs, end them, clean up after them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from featurestore.cli.commands_manifests import Image, Job, OwnOptions, manifests, rendered, show_text
from featurestore.cli.options import verb

if TYPE_CHECKING:
    from featurestore.cli.run import Call

__all__ = ["manifests"]
"""The group, with the commands of both modules."""

RunnerName = Annotated[
    str | None,
    typer.Option(
        "--runner",
        metavar="NAME",
        help="operator, native or local; the profile's `kubernetes.runner` unless given.",
    ),
]
RunName = Annotated[
    str | None,
    typer.Option(
        "--run", metavar="NAME", help="Given again, the job is taken up where it is; new unless given."
    ),
]
OfRun = Annotated[str | None, typer.Option("--run", metavar="NAME", help="All jobs of this run.")]
Detach = Annotated[bool, typer.Option("--detach", help="Start it in the cluster and leave.")]
JobName = Annotated[str, typer.Argument(metavar="NAME", help="A job that `manifests list` shows.")]
MaybeJobName = Annotated[
    str | None, typer.Argument(metavar="[NAME]", help="A job that `manifests list` shows.")
]
Follow = Annotated[bool, typer.Option("--follow", help="Until the driver ends.")]


@verb(manifests, "submit", ignore_unknown_options=True)
def submit(
    call: Call,
    job: Job,
    own: OwnOptions = None,
    runner: RunnerName = None,
    run: RunName = None,
    image: Image = None,
    detach: Detach = False,
) -> dict[str, Any]:
    """Run a job as its manifest says, and show its report; ended with Ctrl-C, the job is deleted."""
    from pipelines.check import checked
    from pipelines.names import new_run
    from pipelines.runners.choose import in_cluster, runner_of
    from pipelines.spark_application import IMAGE

    profile = call.store.profile
    kind = runner or profile.kubernetes.runner
    run = run or new_run()
    if kind != "local" and image is None and profile.image.pin:
        image = profile.image.name or IMAGE
    (manifest,) = rendered(call, job, own or [], every=False, image=image, run=run)
    checked(manifest, profile)
    if detach:
        in_cluster(kind, profile).jobs.start(manifest)
        return {"job": manifest["metadata"]["name"], "run": run}
    return runner_of(kind, profile).run(manifest)


@verb(manifests, "status")
def status(call: Call, name: JobName) -> dict[str, Any]:
    """Show where a job is in its life, its pods, and what keeps it from going on."""
    from pipelines.job_list import status_of
    from pipelines.runners.choose import in_cluster

    return status_of(name, in_cluster(_runner_of(call, name), call.store.profile))


@verb(manifests, "logs")
def logs(call: Call, name: JobName, follow: Follow = False) -> None:
    """Print the log of a job's driver."""
    from pipelines.job_list import driver_of, log_of
    from pipelines.runners.choose import cluster_of

    cluster = cluster_of(call.store.profile)
    for line in log_of(cluster, driver_of(cluster, name), follow=follow):
        show_text(f"{line}\n")


@verb(manifests, "cancel")
def cancel(call: Call, name: MaybeJobName = None, run: OfRun = None) -> dict[str, Any]:
    """End a job, or all jobs of a run, and wait until nothing of them is left."""
    from featurestore.errors import InvalidRequest
    from pipelines.job_list import jobs_in
    from pipelines.runners.choose import cluster_of, in_cluster

    if (name is None) == (run is None):
        raise InvalidRequest("cancel", expected="the name of a job, or --run", received=name)
    names = [name] if name else [one.name for one in jobs_in(cluster_of(call.store.profile), run=run)]
    pods = [in_cluster(_runner_of(call, one), call.store.profile).cancel(one) for one in names]
    return {"jobs": names, "pods": sum(pods)}


@verb(manifests, "list")
def list_jobs(call: Call, run: OfRun = None) -> dict[str, Any] | None:
    """List the jobs of the namespace, oldest first."""
    from pipelines.job_list import jobs_in
    from pipelines.runners.choose import cluster_of

    found = jobs_in(cluster_of(call.store.profile), run=run)
    if call.manner.as_json:
        return {"jobs": [asdict(one) for one in found]}
    for one in found:
        show_text(f"{one.name:40}  {one.state.value:9}  {one.runner:8}  {one.since}  {one.run or '-'}\n")
    return None


@verb(manifests, "reap")
def reap(call: Call) -> dict[str, Any]:
    """Delete pods that outlived what they belonged to."""
    from pipelines.job_list import reap as reaped
    from pipelines.runners.choose import cluster_of

    names = reaped(cluster_of(call.store.profile))
    return {"pods": len(names), "names": names}


def _runner_of(call: Call, name: str) -> str:
    from pipelines.job_list import runner_that_started
    from pipelines.runners.choose import cluster_of

    return runner_that_started(cluster_of(call.store.profile), name)
