"""A team's namespace in a running cluster, and jobs that are submitted to it from this machine."""

from __future__ import annotations

import secrets
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from featurestore.config import load_profile
from featurestore.progress import listening
from pipelines.names import new_run
from pipelines.runners.choose import in_cluster
from pipelines.spark_application import IMAGE, INSTANCE, spark_application
from pipelines.team import team
from tests.helpers.cluster_lake import BUCKET, ENDPOINT, SECRET, credentials
from tests.helpers.kind import KIND
from tests.helpers.kubectl import Kubectl, administrator
from tests.helpers.missing import missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from featurestore.config import Profile
    from featurestore.step_requests import Request

SECONDS_TO_VANISH = 60


@dataclass(frozen=True, kw_only=True)
class Team:
    """A namespace as `featurestore team add` makes it, with a lake of its own."""

    kubectl: Kubectl
    profile: Profile
    told: list[str] = field(default_factory=list)
    """What runs said, line by line."""

    @property
    def namespace(self) -> str:
        return str(self.profile.kubernetes.namespace)

    def submit(
        self,
        request: Request,
        *,
        runner: str = "native",
        run: str | None = None,
        image: str | None = None,
        retries: int | None = None,
        when: tuple[str, Callable[[str], None]] | None = None,
    ) -> dict[str, Any]:
        """Runs a job to its end; at the first line that holds the words of `when`, its act gets the job's name."""
        manifest = spark_application(
            request, self.profile, run=run or new_run(), image=image, retries=retries
        )
        name, left = manifest["metadata"]["name"], [when] if when else []

        def listen(line: str) -> None:
            self.told.append(line)
            if left and left[0][0] in line:
                left.pop()[1](name)

        with listening(listen):
            report = in_cluster(runner, self.profile).run(manifest)
        assert not left, f"never said: {when}"
        return report

    def pods(self, name: str) -> list[dict[str, Any]]:
        """What is there of a job."""
        words = ("get", "pods", "--namespace", self.namespace, "--selector", f"{INSTANCE}={name}")
        return list(self.kubectl.read(*words)["items"])

    def kill(self, name: str, role: str) -> None:
        """The pod of a role, at once, as when its node burns."""
        (pod, *_) = (one for one in self.pods(name) if one["metadata"]["labels"]["spark-role"] == role)
        words = ("--namespace", self.namespace, "--grace-period=0", "--force", "--wait=false")
        self.kubectl.ok("delete", "pod", pod["metadata"]["name"], *words)

    def left(self) -> list[str]:
        """Everything of jobs in the namespace."""
        kinds = "sparkapplications,pods,services,configmaps,persistentvolumeclaims"
        names = self.kubectl.ok("get", kinds, "--namespace", self.namespace, "--output", "name").split()
        return [name for name in names if name != "configmap/kube-root-ca.crt"]

    def vanishes(self) -> None:
        """Waits until nothing of jobs is left."""
        until = time.monotonic() + SECONDS_TO_VANISH
        while self.left():
            assert time.monotonic() < until, f"left behind: {self.left()}"
            time.sleep(1)


@contextmanager
def made_team(folder: Path, **settings: object) -> Iterator[Team]:
    kubectl, name = administrator(), f"team-{secrets.token_hex(4)}"
    overrides = {
        "kubernetes.namespace": name,
        "kubernetes.event_log_uri": f"s3a://{BUCKET}/{name}/spark-events",
        "storage.root_uri": f"s3a://{BUCKET}/{name}/lake",
        "storage.endpoint": ENDPOINT,
        "state_directory": str(folder),
        **settings,
    }
    profile = load_profile("kind", overrides=overrides, variables={})
    kubectl.ok("apply", "--filename", "-", given=team(name, profile, cpu="8", memory="32g"))
    kubectl.ok("create", "--filename", "-", given=_secret(name))
    try:
        yield Team(kubectl=kubectl, profile=profile)
    finally:
        kubectl.run("delete", "namespace", name, "--wait=false")


def _secret(namespace: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": SECRET, "namespace": namespace},
        "stringData": credentials(),
    }


@pytest.fixture(scope="session")
def spark_image_in_cluster(request: pytest.FixtureRequest) -> str:
    """The image of this checkout, where the cluster's node finds it."""
    administrator()
    archive: Path | None = request.config.getoption("--spark-image")
    if archive is None:
        missing("no image of this checkout: --spark-image names none")
    subprocess.run([str(KIND / "processes" / "load.sh"), str(archive)], check=True)
    return IMAGE


@pytest.fixture(scope="module")
def place(spark_image_in_cluster: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """A team whose jobs can run; at the end nothing of them may be left."""
    with made_team(tmp_path_factory.mktemp("state"), **{"image.name": spark_image_in_cluster}) as made:
        yield made
