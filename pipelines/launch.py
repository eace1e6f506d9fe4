"""Does what a pipeline's task asks for: a job on Spark, watched to its end, or a step that needs none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from featurestore.config import load_profile
from featurestore.definitions import load_project
from featurestore.dev.bootstrap import with_dev_broker
from featurestore.step_requests import PinInputRequest, RegisterModelRequest
from featurestore.steps.pin_input import pin_input
from featurestore.steps.register_model import register_model
from pipelines.check import checked
from pipelines.own_job import NOWHERE
from pipelines.runners.choose import runner_of
from pipelines.spark_application import spark_application

if TYPE_CHECKING:
    from featurestore.config import Profile
    from featurestore.step_requests import Request


def run_step(request: Request, *, run: str) -> dict[str, Any]:
    """The step's report as plain data; the profile is the one that the task's environment names.

    Asked again in the same run, a job is taken up where it is, and one that ended well is asked for its report.
    Raises what the step raises, and `JobFailed` with the job's own words for one on Spark.
    """
    profile = with_dev_broker(load_profile())
    if isinstance(request, PinInputRequest):
        return pin_input(profile, load_project(profile.project), request).to_json()
    if isinstance(request, RegisterModelRequest):
        return register_model(profile, request).to_json()
    return run_spark_job(request, profile, run=run)


def run_spark_job(request: Request, profile: Profile, *, run: str) -> dict[str, Any]:
    """Renders the request's job, checks it, starts it or takes it up, and gives its report.

    Without a namespace in the profile it runs on this machine. The pipeline's task owns what happens after a
    failure, so that the application itself is not started again.
    """
    kind = profile.kubernetes.runner
    if profile.kubernetes.namespace is None:
        kind, profile = "local", replace(profile, kubernetes=replace(profile.kubernetes, namespace=NOWHERE))
    manifest = spark_application(request, profile, run=run, retries=0)
    checked(manifest, profile)
    return runner_of(kind, profile).run(manifest)
