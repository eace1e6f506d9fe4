"""What a profile says of a Kubernetes cluster: where jobs go, how big their pods are, who they are."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from featurestore.errors import InvalidSetting

MEMORY = re.compile(r"[1-9][0-9]*[mg]")
QUEUES = ("none", "kueue", "volcano", "yunikorn")
RUNNERS = ("operator", "native", "local")
PULL_POLICIES = ("Always", "IfNotPresent", "Never")

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_VERSION = re.compile(r"[0-9]+(\.[0-9]+)*")
_CPU = re.compile(r"[1-9][0-9]*m?")
TOLERATION = re.compile(r"[^=:\s]+(=[^=:\s]*)?:(NoSchedule|PreferNoSchedule|NoExecute)")


@dataclass(frozen=True, kw_only=True)
class KubernetesSettings:
    """Where SparkApplications go, and what is the same for all of them."""

    namespace: str | None = None
    """Without one nothing can be rendered for this profile."""
    context: str | None = None
    """The context of the kubeconfig that jobs are submitted to; the current one unless given."""
    runner: str = "operator"
    """Who makes a job's pods: `operator`, `native` (`spark-submit`, for clusters without the operator), or
    `local`, one process on this machine."""
    team: str | None = None
    """Whose cost it is: a label of every pod."""
    queue_kind: str = "none"
    """Who admits a job: `none`, `kueue`, `volcano`, `yunikorn`."""
    queue: str | None = None
    retries: int = 3
    """How often the operator starts a failed job again, where no pipeline does."""
    retry_seconds: int = 10
    start_seconds: int = 600
    """How long a driver, and then a first executor, may take to start; waiting in a queue does not count."""
    time_to_live_seconds: int = 86_400
    """After its end a job is deleted, with its driver's log."""
    event_log_uri: str | None = None
    """Where Spark keeps what the history server shows; nothing is kept without it."""
    prometheus: bool = True
    """Whether the driver shows its metrics, and its executors', to a scraper."""
    labels: dict[str, str] = field(default_factory=dict)
    """Further labels of the application and its pods."""

    def __post_init__(self) -> None:
        for name in ("namespace", "team", "queue"):
            check_name(f"kubernetes.{name}", getattr(self, name))
        check_among("kubernetes.queue_kind", self.queue_kind, QUEUES)
        check_among("kubernetes.runner", self.runner, RUNNERS)
        if (self.queue_kind == "none") != (self.queue is None):
            expected = "both a kind of queue and its name, or neither"
            raise InvalidSetting("kubernetes.queue", received=self.queue, expected=expected)
        for name, least in (
            ("retries", 0),
            ("retry_seconds", 1),
            ("start_seconds", 1),
            ("time_to_live_seconds", 60),
        ):
            check_least(f"kubernetes.{name}", getattr(self, name), least)


@dataclass(frozen=True, kw_only=True)
class ImageSettings:
    """What pods run, and what is in it; the defaults are those of featurestore's own image."""

    name: str | None = None
    """`name:tag` or `name@sha256:...`; featurestore's own of this version unless given."""
    pin: bool = True
    """Whether what is submitted names it by the digest that its registry gives; not where nodes have it
    without a registry."""
    pull_policy: str = "IfNotPresent"
    pull_secret: str | None = None
    spark: str = "3.5.7"
    """The version of Spark in it."""
    hadoop: str = "3.4.2"
    """The version of Hadoop's client and connectors in it."""
    cloud_committers: bool = True
    """Whether `spark-hadoop-cloud` is in it, which commits plain files to object stores safely."""

    def __post_init__(self) -> None:
        check_name("image.pull_secret", self.pull_secret)
        check_among("image.pull_policy", self.pull_policy, PULL_POLICIES)
        for name in ("spark", "hadoop"):
            expected = "a version such as 3.5.7"
            check_pattern(f"image.{name}", getattr(self, name), _VERSION, expected)


@dataclass(frozen=True, kw_only=True)
class LimitSettings:
    """How much there is; what is not given is not checked."""

    quota_cpu: str | None = None
    """What the namespace may request in all, as a ResourceQuota writes it: "32" or "500m"."""
    quota_memory: str | None = None
    """In all, such as "128g"."""
    node_cpu: str | None = None
    """What the biggest node has for one pod."""
    node_memory: str | None = None

    def __post_init__(self) -> None:
        for name in ("quota_cpu", "node_cpu"):
            check_pattern(f"limits.{name}", getattr(self, name), _CPU, 'processors such as "32" or "500m"')
        for name in ("quota_memory", "node_memory"):
            check_pattern(f"limits.{name}", getattr(self, name), MEMORY, 'a size such as "128g"')


@dataclass(frozen=True, kw_only=True)
class PriceSettings:
    """What an hour costs, in one currency; without them a plan shows no price."""

    currency: str = "USD"
    cpu_hour: float | None = None
    """Of one processor that is reserved."""
    memory_gib_hour: float | None = None
    gpu_hour: float | None = None
    spot_share: float = 1.0
    """The part of the price that an executor costs whose node may vanish."""

    def __post_init__(self) -> None:
        for name in ("cpu_hour", "memory_gib_hour", "gpu_hour", "spot_share"):
            value = getattr(self, name)
            if value is not None and not 0 <= value < math.inf:
                raise InvalidSetting(f"prices.{name}", received=value, expected="0 or more")


@dataclass(frozen=True, kw_only=True)
class PodSettings:
    """How big a pod is, where it may run and as whom."""

    cores: int = 1
    core_request: str | None = None
    """Processor share that is reserved, such as "500m"; as many as `cores` unless given."""
    core_limit: str | None = None
    """Processor share that is not exceeded; quotas on limits need it."""
    memory: str = "2g"
    """Java heap in Java notation; the pod is bigger by `memory_overhead`."""
    memory_overhead: str | None = None
    """For Python and all else outside the heap; four tenths of the heap, 384m at least, unless given."""
    gpus: int = 0
    gpu_resource: str = "nvidia.com/gpu"
    node_selector: dict[str, str] = field(default_factory=dict)
    tolerations: tuple[str, ...] = ()
    """Taints that are accepted, as `kubectl taint` writes them: `key=value:NoSchedule`."""

    def check(self, section: str) -> None:
        """Raises `InvalidSetting`, which names the setting by its section."""
        check_least(f"{section}.cores", self.cores, 1)
        check_least(f"{section}.gpus", self.gpus, 0)
        for name in ("memory", "memory_overhead"):
            check_pattern(f"{section}.{name}", getattr(self, name), MEMORY, 'a size such as "3g" or "1500m"')
        for name in ("core_request", "core_limit"):
            check_pattern(f"{section}.{name}", getattr(self, name), _CPU, 'a share such as "2" or "500m"')
        for one in self.tolerations:
            expected = "taints such as key=value:NoSchedule"
            check_pattern(f"{section}.tolerations", one, TOLERATION, expected)


@dataclass(frozen=True, kw_only=True)
class DriverSettings(PodSettings):
    """The driver's pod."""

    service_account: str = "spark-driver"
    """May create and delete executors; `featurestore team add` makes it."""

    def __post_init__(self) -> None:
        self.check("driver")
        check_name("driver.service_account", self.service_account)


@dataclass(frozen=True, kw_only=True)
class ExecutorSettings(PodSettings):
    """The executors' pods, and how many there are."""

    service_account: str = "spark-executor"
    """May do nothing in the cluster; carries the identity with which the lake is read."""
    instances: int = 2
    """How many; with `max_instances` how many at least."""
    max_instances: int | None = None
    """Given, Spark adds and removes executors as it needs them."""
    spot: bool = False
    """Whether nodes may vanish: data is moved off an executor that is told to go."""

    def __post_init__(self) -> None:
        self.check("executors")
        check_name("executors.service_account", self.service_account)
        check_least("executors.instances", self.instances, 1)
        if self.max_instances is not None:
            check_least("executors.max_instances", self.max_instances, self.instances)


@dataclass(frozen=True, kw_only=True)
class IdentitySettings:
    """As whom pods reach the lake; never a credential, only names of what holds one."""

    kind: str = "none"
    """A row of `config.clouds.IDENTITIES`."""
    principal: str | None = None
    """The role, account or client that the service accounts stand for."""
    tenant: str | None = None
    secret: str | None = None
    """The Kubernetes secret whose keys become environment variables, for kinds `secret` and `shared-key`."""
    secret_file: str | None = None
    """A file of this machine with the same keys, `KEY=VALUE` a line, for work here; the environment goes first."""

    def __post_init__(self) -> None:
        check_name("identity.secret", self.secret)


def check_name(setting: str, value: str | None) -> None:
    """Raises `InvalidSetting` for what Kubernetes takes for no name."""
    expected = "a name of small letters, digits and dashes, at most 63"
    check_pattern(setting, value, _NAME, expected)


def check_pattern(setting: str, value: str | None, pattern: re.Pattern[str] | str, expected: str) -> None:
    """Raises `InvalidSetting` for a text of another shape; one that is absent has the right one."""
    if value is not None and not re.fullmatch(pattern, value):
        raise InvalidSetting(setting, received=value, expected=expected)


def check_among(setting: str, value: str, known: tuple[str, ...]) -> None:
    """Raises `InvalidSetting` for a value that is none of these."""
    if value not in known:
        raise InvalidSetting(setting, received=value, expected=", ".join(known))


def check_least(setting: str, value: int, least: int) -> None:
    """Raises `InvalidSetting` for a number below the least."""
    if value < least:
        raise InvalidSetting(setting, received=value, expected=f"{least} or more")
