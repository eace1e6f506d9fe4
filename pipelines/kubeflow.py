"""Kubeflow Pipelines as a service: runs, schedules and versions there, by its own client."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from kfp_server_api import ApiException  # type: ignore[import-untyped]
from urllib3.exceptions import HTTPError

from featurestore.errors import ClusterRefused, ClusterUnreachable, InvalidSetting, MissingSetting
from pipelines.placed import to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from featurestore.config import Profile

_SECONDS = 20.0
_PAGE = 100
_SERVER_ERRORS = 500
_STATES = {
    "SUCCEEDED": "done",
    "SKIPPED": "done",
    "FAILED": "failed",
    "CANCELED": "cancelled",
    "CANCELING": "cancelling",
}


@dataclass(frozen=True)
class Kubeflow:
    """The service of a profile: its endpoint, its namespace, a token from a file."""

    profile: Profile

    def submit(self, documents: list[dict[str, Any]], name: str, parameters: dict[str, Any]) -> str:
        """Starts a run; its id."""
        with self._asked("starting a run"), _file_of(documents) as path:
            started = self._client.run_pipeline(
                self._experiment,
                name,
                pipeline_package_path=path,
                params=parameters,
                enable_caching=False,
                service_account=self.profile.pipelines.service_account,
            )
        return str(started.run_id)

    def run(self, run: str) -> dict[str, Any]:
        """One run: its name, state and times."""
        with self._asked(f"looking at run {run}"):
            return _plain_run(self._client.get_run(run))

    def runs(self) -> list[dict[str, Any]]:
        """The runs of the profile's experiment, newest first."""
        with self._asked("listing runs"):
            found = self._every(
                self._client.list_runs,
                "runs",
                experiment_id=self._experiment,
                sort_by="created_at desc",
            )
        return [_plain_run(one) for one in found]

    def terminate(self, run: str) -> None:
        """Tells the service to end a run; its tasks are told to stop."""
        with self._asked(f"ending run {run}"):
            self._client.terminate_run(run)

    def upload(self, pipeline: str, version: str, documents: list[dict[str, Any]]) -> None:
        """Makes a version of a pipeline known; one of this name that is there stays as it is."""
        if self.has_version(pipeline, version):
            return
        with self._asked(f"uploading {pipeline} {version}"), _file_of(documents) as path:
            found = self._client.get_pipeline_id(pipeline)
            if found is None:
                self._client.upload_pipeline(path, pipeline_name=pipeline, namespace=self._namespace)
                found = self._client.get_pipeline_id(pipeline)
            self._client.upload_pipeline_version(path, version, pipeline_id=found)

    def has_version(self, pipeline: str, version: str) -> bool:
        """Whether a version of this name was uploaded."""
        with self._asked(f"looking for {pipeline} {version}"):
            found = self._client.get_pipeline_id(pipeline)
            if found is None:
                return False
            versions = self._every(
                self._client.list_pipeline_versions, "pipeline_versions", pipeline_id=found
            )
        return version in {one.display_name for one in versions}

    def schedules(self) -> list[Any]:
        """The recurring runs of the profile's experiment."""
        with self._asked("listing schedules"):
            return self._every(
                self._client.list_recurring_runs, "recurring_runs", experiment_id=self._experiment
            )

    def add_schedule(self, documents: list[dict[str, Any]], **stated: Any) -> None:
        """Adds a recurring run, which never makes up for what it missed."""
        with self._asked(f"adding schedule {stated['job_name']}"), _file_of(documents) as path:
            self._client.create_recurring_run(
                self._experiment,
                pipeline_package_path=path,
                no_catchup=True,
                enable_caching=False,
                service_account=self.profile.pipelines.service_account,
                **stated,
            )

    def remove_schedule(self, schedule: str) -> None:
        """Deletes a recurring run by its id; runs that it started go on."""
        with self._asked(f"removing schedule {schedule}"):
            self._client.delete_recurring_run(schedule)

    @cached_property
    def _namespace(self) -> str | None:
        """Where runs belong; a service for one user alone has no namespaces."""
        multi_user = self._health().get("multi_user") or self._health().get("multiUser")
        return self.profile.pipelines.namespace or self.profile.kubernetes.namespace if multi_user else None

    @cached_property
    def _experiment(self) -> str:
        with _quietly():
            made = self._client.create_experiment(
                self.profile.pipelines.experiment, namespace=self._namespace
            )
        return str(made.experiment_id)

    @cached_property
    def _client(self) -> Any:
        # Importing it is slow, and `pipeline run --local` needs none.
        from kfp import Client  # type: ignore[import-untyped]

        with _quietly():
            return Client(
                host=self._endpoint, namespace=self._namespace or "", existing_token=self._token or None
            )

    @property
    def _endpoint(self) -> str:
        endpoint = self.profile.pipelines.endpoint
        if endpoint is None:
            raise MissingSetting("pipelines.endpoint", tried=[f"profile {self.profile.name}"])
        return endpoint.rstrip("/")

    @property
    def _token(self) -> str:
        file = self.profile.pipelines.token_file
        if file is None:
            return ""
        try:
            return Path(file).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            expected = f"a file that can be read ({type(error).__name__})"
            raise InvalidSetting("pipelines.token_file", received=file, expected=expected) from error

    def _health(self) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        doing = "asking whether it is there"
        try:
            answer = requests.get(f"{self._endpoint}/apis/v2beta1/healthz", headers=headers, timeout=_SECONDS)
            if answer.status_code >= _SERVER_ERRORS:
                raise ClusterUnreachable(
                    self._endpoint, doing=doing, told=f"it answered {answer.status_code}"
                )
            if not answer.ok:
                raise ClusterRefused(doing, told=answer.text[:200], status=answer.status_code)
            found: dict[str, Any] = answer.json()
        except requests.RequestException as error:
            raise ClusterUnreachable(self._endpoint, doing=doing, told=type(error).__name__) from error
        return found

    def _every(self, ask: Callable[..., Any], kind: str, **stated: Any) -> list[Any]:
        """All pages of a list."""
        found: list[Any] = []
        token = ""
        while True:
            page = ask(page_token=token, page_size=_PAGE, **stated)
            found += getattr(page, kind) or []
            token = page.next_page_token or ""
            if not token:
                return found

    @contextlib.contextmanager
    def _asked(self, doing: str) -> Iterator[None]:
        """What the client raises, as errors of ours."""
        try:
            with _quietly():
                yield
        except ApiException as error:
            told = str(error.body or error.reason)[:300]
            if error.status is None or error.status >= _SERVER_ERRORS:
                raise ClusterUnreachable(self._endpoint, doing=doing, told=told) from error
            raise ClusterRefused(doing, told=told, status=error.status) from error
        except HTTPError as error:
            raise ClusterUnreachable(self._endpoint, doing=doing, told=type(error).__name__) from error


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """The client prints links and warns of its own age; standard output belongs to the answer."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(sys.stderr):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _file_of(documents: list[dict[str, Any]]) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pipeline.yaml"
        path.write_text(to_text(documents), encoding="utf-8")
        yield str(path)


def _plain_run(run: Any) -> dict[str, Any]:
    return {
        "run": run.run_id,
        "pipeline": run.display_name,
        "where": "kubeflow",
        "state": _STATES.get(run.state or "", "running"),
        "started_at": run.created_at,
        "schedule": run.recurring_run_id or None,
    }
