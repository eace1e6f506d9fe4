"""Runs a job in the kubeconfig's cluster, as a process that can be told to stop."""

from __future__ import annotations

import sys
from pathlib import Path

from featurestore.progress import listening
from pipelines.runners.choose import in_cluster
from tests.helpers.cluster_objects import job, profile_in

if __name__ == "__main__":
    profile = profile_in(Path(sys.argv[1]))
    with listening(lambda line: print(line, flush=True)):  # noqa: T201
        in_cluster("operator", profile).run(job(profile))
