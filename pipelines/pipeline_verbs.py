"""What can be done with pipelines and their runs, here and on Kubeflow; one function a verb."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from featurestore.config import load_profile
from featurestore.errors import InvalidRequest, MissingSetting
from featurestore.instants import tables_text
from featurestore.lake_access import reach_lake
from featurestore.progress import tell
from pipelines import versions
from pipelines.components import LAUNCHER
from pipelines.finish import end_jobs, tell_end
from pipelines.image_digest import pinned
from pipelines.names import new_run
from pipelines.pipeline_source import (
    arguments_given,
    arguments_of,
    has_parameter,
    pipeline_document,
    pipeline_name,
)
from pipelines.placed import placed_in_cluster
from pipelines.run_here import cancel_here, run_here
from pipelines.run_records import records_of, runs_of
from pipelines.runs import HERE, KUBEFLOW, begin_run, run_list, run_of, started, summary_of
from pipelines.spark_application import IMAGE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from featurestore.config import Profile
    from pipelines.kubeflow import Kubeflow


_GOING = ("running", "cancelling")
_SECONDS_TO_END = 45.0
_SECONDS_BETWEEN = 1.0


def start(
    pipeline: str,
    given: Iterable[str],
    profile: Profile,
    *,
    where: str,
    active: bool = False,
    reuse: bool = True,
) -> dict[str, Any]:
    """Runs a pipeline here to its end, or starts it on Kubeflow; `active` takes the domain's active version of it.

    `reuse` false does everything anew. The summary of the run, or its id.
    """
    document = _document(pipeline, profile, active=active)
    arguments = arguments_of(document, given)
    settled = profile if reuse else _without_reuse(profile)
    return _started(document, pipeline, arguments, settled, where=where)


def resume(run: str, profile: Profile) -> dict[str, Any]:
    """Runs again what a run was asked for, on what it read; what it has made is handed on."""
    reach_lake(profile)
    before = run_of(run, profile)
    document, arguments = before.document, arguments_given(before.document, before.parameters)
    made = [one for one in _tasks(run, profile) if one.report]
    pins = {one.report["pinned"] for one in made if one.step == "pin_input"}
    if len(pins) == 1 and has_parameter(document, "pinned"):
        # Files that are pinned are not named again.
        arguments = {**arguments, "pinned": pins.pop(), **({"path": ""} if "path" in arguments else {})}
    tables = [one.report["instants"] for one in made if one.step == "pin_tables"]
    if len(tables) == 1 and has_parameter(document, "tables"):
        arguments["tables"] = [tables_text({name: instant}) for name, instant in tables[0].items()]
    tell(f"going on from run {run}")
    return _started(document, before.pipeline, arguments, profile, where=before.where, resumed_from=run)


def listed(profile: Profile) -> list[dict[str, Any]]:
    """Runs, newest first: those of Kubeflow where the profile has one, and those that the lake knows."""
    reach_lake(profile)
    theirs = kubeflow_of(profile).runs() if profile.pipelines.endpoint else []
    there = {one["run"] for one in theirs}
    ours = [one for one in run_list(profile) if one["run"] not in there]
    return sorted([*theirs, *ours], key=lambda one: str(one["started_at"]), reverse=True)


def status(run: str, profile: Profile) -> dict[str, Any]:
    """The summary of a run as far as it has come, with what Kubeflow says of it."""
    reach_lake(profile)
    found = summary_of(run, profile)
    if _is_theirs(run, profile):
        found["state"] = kubeflow_of(profile).run(run)["state"]
    return found


def cancel(run: str, profile: Profile) -> dict[str, Any]:
    """Ends a run and all its jobs, and waits until nothing of them is left; the jobs that were still there."""
    reach_lake(profile)
    if not _is_theirs(run, profile):
        return {"run": run, "was_running": cancel_here(run, profile), "jobs": []}
    service = kubeflow_of(profile)
    service.terminate(run)
    jobs, until = end_jobs(run, profile), time.monotonic() + _SECONDS_TO_END
    # A task that has not ended yet may submit its job just now.
    while service.run(run)["state"] in _GOING and time.monotonic() < until:
        time.sleep(_SECONDS_BETWEEN)
    return {"run": run, "was_running": True, "jobs": [*jobs, *end_jobs(run, profile)]}


def notify(run: str, profile: Profile) -> dict[str, Any]:
    """Tells whoever the profile names how a run ended; raises `MissingSetting`, `NotificationFailed`.

    Raises `InvalidRequest` for a run that has not ended.
    """
    found = status(run, profile)
    if found["state"] in _GOING:
        raise InvalidRequest("run", expected="a run that has ended", received=f"{run}, {found['state']}")
    told = tell_end(run, found["pipeline"] or "a pipeline", profile, failed=found["state"] != "done")
    return {"run": run, "told": told}


def register(pipeline: str, profile: Profile) -> dict[str, Any]:
    """Keeps a version named by code version and content, uploads it, and makes it the active one here."""
    reach_lake(profile)
    document = pipeline_document(pipeline)
    return _activated(pipeline_name(document), document, profile)


def promote(name: str, profile: Profile, *, source: str, target: str) -> dict[str, Any]:
    """Makes the active version of one domain that of another, byte by byte, placed by the other's profile."""
    origin, goal = domain(source, profile), domain(target, profile)
    reach_lake(origin)
    document = versions.kept_version(name, versions.active_version(name, origin), origin)
    reach_lake(goal)
    return {**_activated(name, document, goal), "domain": target}


def roll_back(name: str, profile: Profile, *, in_domain: str | None) -> dict[str, Any]:
    """Makes the version of a domain active that was it before."""
    place = domain(in_domain, profile) if in_domain else profile
    reach_lake(place)
    trail = versions.roll_back(name, place)
    return {"pipeline": name, "version": trail.versions[-1], "active_before": list(trail.versions[:-1])}


def domain(name: str, profile: Profile) -> Profile:
    """The profile by which a domain runs; `InvalidRequest` lists the domains."""
    found = profile.pipelines.domains.get(name)
    if found is None:
        known = ", ".join(profile.pipelines.domains) or "none: the profile names no pipelines.domains"
        raise InvalidRequest("domain", expected=f"one of {known}", received=name)
    return load_profile(found)


def placed(document: dict[str, Any], profile: Profile) -> list[dict[str, Any]]:
    """The pipeline for the profile's cluster, its images by the digests that they have now."""
    if profile.kubernetes.namespace is None:
        raise MissingSetting("kubernetes.namespace", tried=[f"profile {profile.name}"])
    if profile.image.pin:
        image = replace(profile.image, name=pinned(profile.image.name or IMAGE))
        own = replace(profile.pipelines, image=pinned(profile.pipelines.image or LAUNCHER))
        profile = replace(profile, image=image, pipelines=own)
    return placed_in_cluster(document, profile)


def kubeflow_of(profile: Profile) -> Kubeflow:
    """The profile's service."""
    from pipelines.kubeflow import Kubeflow

    return Kubeflow(profile)


def _document(pipeline: str, profile: Profile, *, active: bool) -> dict[str, Any]:
    reach_lake(profile)
    if not active:
        return pipeline_document(pipeline)
    return versions.kept_version(pipeline, versions.active_version(pipeline, profile), profile)


def _started(
    document: dict[str, Any],
    pipeline: str,
    arguments: dict[str, Any],
    profile: Profile,
    *,
    where: str,
    resumed_from: str | None = None,
) -> dict[str, Any]:
    if where == HERE:
        alone = replace(profile, kubernetes=replace(profile.kubernetes, namespace=None))
        run = new_run()
        tell(f"run {run}")
        return run_here(document, pipeline, arguments, alone, run=run, resumed_from=resumed_from)
    name = f"{pipeline_name(document)} {new_run()}"
    run = kubeflow_of(profile).submit(placed(document, profile), name, arguments)
    begin_run(run, pipeline, document, arguments, profile, where=KUBEFLOW, resumed_from=resumed_from)
    return {"run": run, "name": name, "pipeline": pipeline}


def _activated(name: str, document: dict[str, Any], profile: Profile) -> dict[str, Any]:
    version = versions.keep_version(name, document, profile)
    if profile.pipelines.endpoint:
        kubeflow_of(profile).upload(name, version, placed(document, profile))
    trail = versions.activate(name, version, profile)
    return {"pipeline": name, "version": version, "active_before": list(trail.versions[:-1])}


def _tasks(run: str, profile: Profile) -> list[Any]:
    return records_of(run, profile) if run in runs_of(profile) else []


def _is_theirs(run: str, profile: Profile) -> bool:
    """Whether Kubeflow runs it: what a schedule started is known by its tasks alone."""
    if run in started(profile):
        return run_of(run, profile).where == KUBEFLOW
    return profile.pipelines.endpoint is not None


def _without_reuse(profile: Profile) -> Profile:
    return replace(profile, pipelines=replace(profile.pipelines, reuse=False))
