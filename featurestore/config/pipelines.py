"""What a profile says of pipelines: where Kubeflow is, how tasks run, and who is told how a run ended."""

from __future__ import annotations

from dataclasses import dataclass, field

from featurestore.config.cluster import (
    MEMORY,
    TOLERATION,
    check_among,
    check_least,
    check_name,
    check_pattern,
)
from featurestore.errors import InvalidSetting

OCCASIONS = ("failure", "success", "drift", "gate_refused")
SECRET_VARIABLES = ("FEATURESTORE_WEBHOOK_URL", "FEATURESTORE_SMTP_USER", "FEATURESTORE_SMTP_PASSWORD")
"""Where notifications go to, and as whom mail is sent; in a cluster keys of `notifications.secret`."""
_SECURITIES = ("starttls", "tls", "none")
_CPU = r"[1-9][0-9]*m?"


@dataclass(frozen=True, kw_only=True)
class PipelineSettings:
    """Runs of pipelines, here and in a cluster."""

    reuse: bool = True
    """Whether a task whose inputs, definitions and code are those of an earlier one hands on what that one made."""
    retries: int = 2
    """How often a task is tried again after a failure that may pass, such as a node that was taken away."""
    retry_seconds: int = 30
    """Before the first of them; each further one waits twice as long."""
    timeout_minutes: int = 240
    """How long one task may take before its job is ended."""
    endpoint: str | None = None
    """Where the API of Kubeflow Pipelines answers, such as `https://kubeflow.example.com/pipeline`."""
    namespace: str | None = None
    """Of its runs; `kubernetes.namespace` unless given."""
    token_file: str | None = None
    """A file with the token that the API is asked with, read anew each time; none where it asks for none."""
    service_account: str = "featurestore-launcher"
    """As whom tasks run; `featurestore team add` makes it."""
    experiment: str = "featurestore"
    image: str | None = None
    """The launcher's image, in which tasks run; featurestore's own of this version unless given."""
    cpu: str = "250m"
    """What a task's own pod requests: its work is done by its job."""
    memory: str = "1024m"
    node_selector: dict[str, str] = field(default_factory=dict)
    tolerations: tuple[str, ...] = ()
    """As `kubectl taint` writes them: `key=value:NoSchedule`."""
    secrets: tuple[str, ...] = ()
    """Keys of Kubernetes secrets that become environment variables of tasks, written `secret/KEY`."""
    domains: dict[str, str] = field(default_factory=dict)
    """Domains that a version is promoted through, such as `staging` and `prod`, each with the profile it runs by."""

    def __post_init__(self) -> None:
        for name, least in (("retries", 0), ("retry_seconds", 1), ("timeout_minutes", 1)):
            check_least(f"pipelines.{name}", getattr(self, name), least)
        for name in ("namespace", "service_account"):
            check_name(f"pipelines.{name}", getattr(self, name))
        check_pattern("pipelines.cpu", self.cpu, _CPU, 'processors such as "1" or "250m"')
        check_pattern("pipelines.memory", self.memory, MEMORY, 'a size such as "1024m"')
        for one in self.tolerations:
            check_pattern("pipelines.tolerations", one, TOLERATION, "taints such as key=value:NoSchedule")
        for one in self.secrets:
            expected = "the name of a secret and one of its keys, such as lake-credentials/AWS_ACCESS_KEY_ID"
            check_pattern("pipelines.secrets", one, r"[a-z0-9][-a-z0-9.]*/[-._A-Za-z0-9]+", expected)


@dataclass(frozen=True, kw_only=True)
class NotificationSettings:
    """Who is told how a run of a pipeline ended.

    What must stay secret comes from the environment, never from here: `SECRET_VARIABLES`.
    """

    occasions: tuple[str, ...] = ("failure", "drift", "gate_refused")
    """Of `failure`, `success`, `drift`, `gate_refused`."""
    webhook: bool = False
    """Whether a message is posted as `{"text": ...}`, as Slack and those that follow it take it."""
    secret: str | None = None
    """The Kubernetes secret that has the variables above as its keys."""
    smtp_host: str | None = None
    """The server that takes e-mail; none is sent without it."""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    """`starttls`, `tls` from the start, or `none`, which sends no password."""
    sender: str | None = None
    recipients: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for one in self.occasions:
            check_among("notifications.occasions", one, OCCASIONS)
        check_name("notifications.secret", self.secret)
        check_among("notifications.smtp_security", self.smtp_security, _SECURITIES)
        check_least("notifications.smtp_port", self.smtp_port, 1)
        if self.smtp_host is not None and (self.sender is None or not self.recipients):
            raise InvalidSetting(
                "notifications.smtp_host",
                received=self.smtp_host,
                expected="notifications.sender and notifications.recipients beside it",
            )
