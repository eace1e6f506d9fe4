"""Situations of a cluster, whose API server a double plays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.helpers.cluster_objects import application, job, profile_in
from tests.helpers.scripted_api import APPLICATIONS, NAMESPACE, Refusal, ScriptedApi

if TYPE_CHECKING:
    from tests.helpers.situations.scene import Scene

SUBMIT = ("manifests", "submit", "history", "--table", "events/visits")


def a_server_that_nobody_runs(scene: Scene) -> list[str]:
    _api(scene)
    return _command(scene, "manifests", "list", kubernetes__context="nowhere")


def an_account_without_rights(scene: Scene) -> list[str]:
    _api(scene).on("*", Refusal(403, "sparkapplications.sparkoperator.k8s.io is forbidden"), always=True)
    return _command(scene, *SUBMIT)


def a_job_that_is_not_there(scene: Scene) -> list[str]:
    _api(scene)
    return _command(scene, "manifests", "status", "train-churn")


def a_run_whose_job_asks_for_something_else(scene: Scene) -> list[str]:
    _api(scene).put(APPLICATIONS, application(job(profile_in(scene.folder)), "RUNNING"))
    return _command(scene, *SUBMIT, "--run", "r1")


def _api(scene: Scene) -> ScriptedApi:
    api: ScriptedApi = scene.fixture("api")
    return api


def _command(scene: Scene, *words: str, **settings: str) -> list[str]:
    return scene.command(*words, kubernetes__namespace=NAMESPACE, image__pin="false", **settings)
