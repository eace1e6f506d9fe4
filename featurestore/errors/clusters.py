"""Errors of Kubernetes clusters and of the jobs in them."""

from __future__ import annotations

from typing import ClassVar

from featurestore.errors.base import Retryable, StepFailed, UsageError


class ClusterUnreachable(StepFailed, Retryable):
    """The API server did not answer, or could not just now."""

    cause: ClassVar[str] = (
        "The cluster is down or restarting, the network does not let this machine through, or the "
        "kubeconfig's context is another one than was meant."
    )
    next_move: ClassVar[str] = "Check the network and the kubeconfig's context, then run it again."

    def __init__(self, server: str, *, doing: str, told: str) -> None:
        self.server, self.doing, self.told = server, doing, told
        super().__init__(
            f"Expected an answer of the API server at {server} on {doing}, got none: {told.rstrip('.')}. "
            f"{self.next_move}"
        )


class ClusterRefused(StepFailed):
    """The API server answered, and said no."""

    cause: ClassVar[str] = (
        "The account that asks has no right to it, a quota or a policy of the namespace forbids it, or the "
        "cluster does not know the kind: the Spark Operator is not installed."
    )
    next_move: ClassVar[str] = (
        "Ask whoever runs the cluster; `featurestore team add` renders the rights and the quota of a namespace."
    )

    def __init__(self, doing: str, *, told: str, status: int) -> None:
        self.doing, self.told, self.status = doing, told, status
        super().__init__(f"The cluster refused {doing} ({status}): {told.rstrip('.')}. {self.next_move}")


class JobNotFound(UsageError):
    """The namespace has no job of this name."""

    cause: ClassVar[str] = "It was deleted after its end, or it runs in another namespace or cluster."
    next_move: ClassVar[str] = "Choose one that `featurestore manifests list` shows."

    def __init__(self, job: str, *, namespace: str) -> None:
        self.job, self.namespace = job, namespace
        super().__init__(f"Expected a job {job} in namespace {namespace}, there is none. {self.next_move}")


class RunDiffers(UsageError):
    """A run's job is there already and asks for something else."""

    cause: ClassVar[str] = (
        "The profile, the image or featurestore changed between two submissions of one run; a job that is "
        "there is never changed."
    )
    next_move: ClassVar[str] = (
        "Choose another name for the run, or end the job with `featurestore manifests cancel`."
    )

    def __init__(self, job: str, *, run: str) -> None:
        self.job, self.run = job, run
        super().__init__(
            f"Expected job {job} of run {run} to ask for the same as before, it asks for something else. "
            f"{self.next_move}"
        )
