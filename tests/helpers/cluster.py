"""The cluster of `kind/processes/up.sh` that runs on this machine, asked by kubectl."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from tests.helpers.kind import KIND
from tests.helpers.kubectl import Kubectl
from tests.helpers.missing import missing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

WAIT_SECONDS = 90


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A running cluster and one namespace in it that belongs to a test."""

    folder: Path
    namespace: str
    administrator: Kubectl

    def kubectl(self, *words: str, given: object = None) -> subprocess.CompletedProcess[str]:
        """What kubectl answers; the namespace is the test's own unless said otherwise."""
        return self.administrator.run("--namespace", self.namespace, *words, given=given)

    def apply(self, item: Mapping[str, Any], *options: str) -> subprocess.CompletedProcess[str]:
        return self.kubectl("apply", "--filename=-", *options, given=item)

    def pod_when(self, name: str, *, phases: tuple[str, ...]) -> dict[str, Any]:
        """The pod, once it is in one of these phases."""
        deadline = time.monotonic() + WAIT_SECONDS
        said = None
        while time.monotonic() < deadline:
            done = self.kubectl("get", "pod", name, "--output=yaml")
            pod: dict[str, Any] = yaml.safe_load(done.stdout) or {}
            said = pod.get("status") or done.stderr
            if pod and pod["status"]["phase"] in phases:
                return pod
            time.sleep(0.5)
        raise AssertionError(said)

    def import_program(self, name: str, work: Path) -> str:
        """The name of an image that holds one of the programs of `kind/processes/programs`."""
        image, archive = f"localhost/{name}:1", work / "image.tar"
        programs = KIND / "processes" / "programs"
        build = ["go", "build", "-C", str(programs), "-buildvcs=false", "-o", str(work / name), f"./{name}"]
        subprocess.run(build, check=True, env={**os.environ, "CGO_ENABLED": "0"})
        pack = [str(KIND / "processes" / "image.sh"), str(archive), image, f"/{name}", str(work / name)]
        subprocess.run(pack, check=True)
        socket = str(self.folder / "run" / "containerd.sock")
        load = ["ctr", "--address", socket, "--namespace", "k8s.io", "images", "import", str(archive)]
        subprocess.run(load, check=True, capture_output=True)
        return image


def running_cluster(namespace: str) -> Cluster:
    """The cluster whose folder CLUSTER_DIR names, with a team's namespace of this name; else none, by name."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(os.environ.get("CLUSTER_DIR") or cache / "featurestore" / "cluster")
    administrator = Kubectl(program="kubectl", config=folder / "admin.kubeconfig")
    lacking = [name for name in ("kubectl", "ctr", "go") if shutil.which(name) is None]
    if lacking or administrator.run("get", "--raw=/readyz").returncode:
        missing(
            f"a cluster that runs from {folder} (kind/processes/up.sh), or {', '.join(lacking) or 'root'}"
        )
    team = {**os.environ, "KUBECONFIG": str(administrator.config)}
    subprocess.run([str(KIND / "team.sh"), namespace], check=True, env=team)
    return Cluster(folder=folder, namespace=namespace, administrator=administrator)
