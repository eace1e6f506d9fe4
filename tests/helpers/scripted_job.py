"""A job in the double of an API server, and a clock that only its script moves."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from featurestore.progress import listening
from pipelines.driver_log import DriverLog
from pipelines.runners.operator import OperatorJobs
from pipelines.watch import Watch
from tests.helpers.cluster_objects import application
from tests.helpers.scripted_api import APPLICATIONS, PODS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from pipelines.cluster import Cluster
    from pipelines.diagnosis import Trouble
    from pipelines.job_state import Look
    from tests.helpers.scripted_api import Refusal, ScriptedApi


@dataclass(frozen=True)
class ScriptedJob:
    """A job whose state each look at it may change."""

    api: ScriptedApi
    cluster: Cluster
    manifest: dict[str, Any]
    folder: Path
    told: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.manifest["metadata"]["name"])

    def becomes(
        self, state: str, *pods: dict[str, Any], told: str = "", **spec: object
    ) -> Callable[[], None]:
        """From now on the application is in this state, with these pods."""

        def act() -> None:
            made = application(self.manifest, state, errorMessage=told)
            made["spec"] |= spec
            self.api.put(APPLICATIONS, made)
            for pod in pods:
                self.api.put(PODS, pod)

        return act

    def looks(self, *steps: Callable[[], object] | Refusal | None) -> None:
        self.becomes("")()
        self.api.on(f"GET {APPLICATIONS}/*", *steps)

    def watched(self, start_seconds: float = 600.0) -> tuple[Look | Trouble, list[str]]:
        """What came of it, and what was told."""
        told = self.told
        log = DriverLog(self.cluster, self.folder / "driver.log")
        watch = Watch(
            jobs=OperatorJobs(cluster=self.cluster),
            cluster=self.cluster,
            manifest=self.manifest,
            log=log,
            start_seconds=start_seconds,
        )
        try:
            with listening(told.append):
                return watch.to_end(), told
        finally:
            log.stop()


class Clock:
    """A clock of `pipelines.watch` that only the script moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = time.monotonic()
        monkeypatch.setattr("pipelines.watch.time", SimpleNamespace(monotonic=lambda: self.seconds))

    def later(self, seconds: float) -> Callable[[], None]:
        def act() -> None:
            self.seconds += seconds

        return act
