"""Situations of runs of pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.config import load_profile
from featurestore.step_requests import PlanRequest
from pipelines.run_records import recorded

if TYPE_CHECKING:
    from tests.helpers.situations.scene import Scene


def a_run_whose_input_is_nowhere(scene: Scene) -> list[str]:
    return scene.command(
        "pipeline", "run", "ingest", "--local", "-p", "source=visits", "-p", f"path={scene.folder}/nowhere"
    )


def a_webhook_that_nobody_serves(scene: Scene) -> list[str]:
    profile = load_profile("local", overrides={"storage.root_uri": str(scene.lake)}, variables={})
    with recorded(PlanRequest(), profile, run="r-1") as record:
        record.done({})
    scene.monkeypatch.setenv("FEATURESTORE_WEBHOOK_URL", "http://127.0.0.1:9/")
    occasions = scene.written("told.yaml", "notifications: {webhook: true, occasions: [success]}\n")
    return scene.command("pipeline", "notify", "r-1", "--profile", occasions, pipelines__retries=0)
