"""The one place where storages differ: a table from URI scheme to what Spark, Hudi and fsspec need for it."""

from __future__ import annotations

import os.path
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from featurestore.errors import InvalidSetting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from featurestore.config.profile import Profile


@dataclass(frozen=True, kw_only=True)
class StorageRules:
    """What one kind of storage needs."""

    scheme: str
    aliases: tuple[str, ...] = ()
    """Schemes by which others call it; what people write with them is taken."""
    place: str = ".*"
    """What stands between `://` and the path, as a regular expression."""
    place_example: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Spark and Hadoop settings of a session that works on this storage."""
    from_profile: Mapping[str, str] = field(default_factory=dict)
    """Settings whose value is a setting of the profile, by its dotted key; left out where that is absent."""
    with_endpoint: Mapping[str, str] = field(default_factory=dict)
    """Settings where the profile names an endpoint."""
    fsspec: Mapping[str, str] = field(default_factory=dict)
    """Options of fsspec, dotted, whose value is a setting of the profile; left out where that is absent."""
    in_process: bool = False
    """Whether a session in this process has the jars for it; featurestore's image has those for all."""


@dataclass(frozen=True, kw_only=True)
class IdentityRules:
    """What one way of being known to a storage needs."""

    scheme: str
    settings: Mapping[str, str] = field(default_factory=dict)
    from_profile: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    """Settings of the profile that must be given."""
    pod_labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of both roles' pods, without which the cloud's webhook does nothing."""
    account_annotation: str | None = None
    """The annotation of a service account that names its principal."""
    token_addresses: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Where on the node pods fetch tokens: blocks of addresses with their TCP ports."""
    secret_keys: tuple[str, ...] = ()
    """The keys that the secret of `identity.secret` has, each the name of a variable."""
    least_hadoop: str = "3.3.1"
    """The first version of Hadoop that has it."""


COMMITTERS = {  # classes of `spark-hadoop-cloud`
    "spark.sql.sources.commitProtocolClass": "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol",
    "spark.sql.parquet.output.committer.class": (
        "org.apache.spark.internal.io.cloud.BindingParquetOutputCommitter"
    ),
}
_FACTORY = "spark.hadoop.mapreduce.outputcommitter.factory.scheme"
_S3A = "spark.hadoop.fs.s3a"
_S3A_PROVIDER = f"{_S3A}.aws.credentials.provider"
_ABFS = "spark.hadoop.fs.azure.account"
_SDK = "software.amazon.awssdk.auth.credentials"
_TOKEN = "/var/run/secrets/azure/tokens/azure-identity-token"  # noqa: S105 - the path that the webhook mounts

_BUCKET = "[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]"

RULES: dict[str, StorageRules] = {
    "file": StorageRules(scheme="file", in_process=True),
    "s3a": StorageRules(
        scheme="s3a",
        aliases=("s3",),
        place=_BUCKET,
        place_example="s3a://bucket",
        settings={
            f"{_S3A}.connection.maximum": "200",
            f"{_S3A}.committer.name": "magic",
            f"{_FACTORY}.s3a": "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory",
            **COMMITTERS,
        },
        # A store of one's own has one name for all its buckets.
        with_endpoint={f"{_S3A}.path.style.access": "true"},
        from_profile={
            f"{_S3A}.endpoint": "storage.endpoint",
            f"{_S3A}.endpoint.region": "storage.region",
        },
        fsspec={"endpoint_url": "storage.endpoint", "client_kwargs.region_name": "storage.region"},
    ),
    "gs": StorageRules(
        scheme="gs",
        aliases=("gcs",),
        place=_BUCKET,
        place_example="gs://bucket",
        settings={
            "spark.hadoop.fs.gs.impl": "com.google.cloud.hadoop.fs.gcs.GoogleHadoopFileSystem",
            "spark.hadoop.fs.AbstractFileSystem.gs.impl": "com.google.cloud.hadoop.fs.gcs.GoogleHadoopFS",
            f"{_FACTORY}.gs": (
                "org.apache.hadoop.mapreduce.lib.output.committer.manifest.ManifestCommitterFactory"
            ),
            **COMMITTERS,
        },
    ),
    "abfss": StorageRules(
        scheme="abfss",
        aliases=("abfs", "az"),
        place=r"[a-z0-9$][a-z0-9-]{2,62}@[a-z0-9]{3,24}\.[a-z0-9.-]+(:[0-9]+)?",
        place_example="abfss://container@account.dfs.core.windows.net",
        settings={
            f"{_ABFS}.hns.enabled": "true",
            **{
                f"{_FACTORY}.{scheme}": "org.apache.hadoop.fs.azurebfs.commit.AzureManifestCommitterFactory"
                for scheme in ("abfs", "abfss")
            },
            **COMMITTERS,
        },
    ),
}

NODE_ADDRESSES: dict[str, tuple[str, ...]] = {
    # Link-local, as all metadata servers are; and Azure's WireServer, which gives a node what it is set up with.
    "0.0.0.0/0": ("169.254.0.0/16", "168.63.129.16/32"),
    # Link-local, then the metadata servers of EC2 (a range of its own) and of Compute Engine.
    "::/0": ("fe80::/10", "fd00:ec2::/32", "fd20:ce::254/128"),
}
"""What in all addresses belongs to the node: a pod that may ask there gets the node's identity, not its own."""

IDENTITIES: dict[str, IdentityRules] = {
    "none": IdentityRules(scheme="file"),
    "secret": IdentityRules(
        scheme="s3a",
        settings={_S3A_PROVIDER: f"{_SDK}.EnvironmentVariableCredentialsProvider"},
        needs=("identity.secret",),
        secret_keys=("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    ),
    # S3A's own chain has no web identity and falls back to the node's role, so that both are said outright.
    "aws-irsa": IdentityRules(
        scheme="s3a",
        settings={_S3A_PROVIDER: f"{_SDK}.WebIdentityTokenFileCredentialsProvider"},
        needs=("identity.principal", "storage.region"),
        account_annotation="eks.amazonaws.com/role-arn",
    ),
    "aws-pod-identity": IdentityRules(
        scheme="s3a",
        settings={_S3A_PROVIDER: f"{_SDK}.ContainerCredentialsProvider"},
        needs=("storage.region",),
        # EKS user guide, "Set up the Amazon EKS Pod Identity Agent". Cilium counts the agent to the node and needs a
        # policy of its own kind.
        token_addresses={"169.254.170.23/32": (80,), "fd00:ec2::23/128": (80,)},
    ),
    "gke-workload-identity": IdentityRules(
        scheme="gs",
        settings={"spark.hadoop.fs.gs.auth.type": "COMPUTE_ENGINE"},
        needs=("identity.principal",),
        account_annotation="iam.gke.io/gcp-service-account",
        # GKE, "Control communication between Pods and Services using network policies": GKE's own metadata server,
        # which knows a pod's account only, before (Dataplane V2) and after (Calico) the node's address translation.
        token_addresses={"169.254.169.252/32": (987, 988), "169.254.169.254/32": (80, 8080)},
    ),
    "azure-workload-identity": IdentityRules(
        scheme="abfss",
        settings={
            f"{_ABFS}.auth.type": "OAuth",
            f"{_ABFS}.oauth.provider.type": (
                "org.apache.hadoop.fs.azurebfs.oauth2.WorkloadIdentityTokenProvider"
            ),
            f"{_ABFS}.oauth2.token.file": _TOKEN,
        },
        from_profile={
            f"{_ABFS}.oauth2.msi.tenant": "identity.tenant",
            f"{_ABFS}.oauth2.client.id": "identity.principal",
        },
        needs=("identity.principal", "identity.tenant"),
        pod_labels={"azure.workload.identity/use": "true"},
        # HADOOP-18610 came to the 3.4 line with this one.
        least_hadoop="3.4.1",
        account_annotation="azure.workload.identity/client-id",
    ),
}


def spark_settings(profile: Profile) -> dict[str, str]:
    """The Spark and Hadoop settings with which a session reaches the profile's lake."""
    storage, identity = rules_for(profile.storage.root_uri), IDENTITIES[profile.identity.kind]
    found = dict(storage.with_endpoint) if profile.storage.endpoint else {}
    for row in (storage, identity):
        given = {name: _value(profile, key) for name, key in row.from_profile.items()}
        found |= {**row.settings, **{name: value for name, value in given.items() if value is not None}}
    return found


def fsspec_options(profile: Profile) -> dict[str, Any]:
    """The options with which fsspec reaches the profile's lake, as keyword arguments of its file system."""
    found: dict[str, Any] = {}
    for name, key in rules_for(profile.storage.root_uri).fsspec.items():
        value = _value(profile, key)
        if value is not None:
            *path, last = name.split(".")
            place = found
            for part in path:
                place = place.setdefault(part, {})
            place[last] = value
    return found


def check_identity(profile: Profile) -> None:
    """Raises `InvalidSetting` for an identity that is unknown, incomplete or belongs to another storage."""
    kind, scheme = profile.identity.kind, scheme_of(profile.storage.root_uri)
    fitting = [name for name, row in IDENTITIES.items() if row.scheme == scheme]
    if kind not in fitting:
        expected = f"{', '.join(fitting)} for a lake at {scheme}"
        raise InvalidSetting("identity.kind", received=kind, expected=expected)
    for key in IDENTITIES[kind].needs:
        if _value(profile, key) is None:
            raise InvalidSetting(key, received=None, expected=f"a value, for identity.kind {kind}")


def _value(profile: Profile, key: str) -> str | None:
    section, name = key.split(".")
    found: str | None = getattr(getattr(profile, section), name)
    return found


def scheme_of(uri: str) -> str:
    """The scheme of a URI; a plain path is a `file`."""
    scheme = urlsplit(uri).scheme if "://" in uri or uri.startswith("file:") else ""
    return scheme or "file"


def rules_for(uri: str) -> StorageRules:
    """The row of the table for this URI; `InvalidSetting` names the schemes that work."""
    scheme = scheme_of(uri)
    for row in RULES.values():
        if scheme in (row.scheme, *row.aliases):
            return row
    raise InvalidSetting(
        "storage.root_uri",
        received=uri,
        expected=f"a path or a URI with scheme {', '.join(sorted(RULES))}",
    )


def normal_uri(uri: str, *, setting: str = "storage.root_uri") -> str:
    """The URI as `known_scheme` gives it, once it is seen to name a place of a storage that works; a path stays.

    Nothing is percent-encoded or decoded, because Hadoop and fsspec do neither: a blank stays a blank. Raises
    `InvalidSetting` for an unknown scheme, or a bucket or container that cannot be one.
    """
    row = rules_for(uri)
    place = uri.partition("://")[2].partition("/")[0]
    if row.scheme != "file" and not re.fullmatch(row.place, place):
        raise InvalidSetting(setting, received=uri, expected=f"a URI such as {row.place_example}/path")
    return known_scheme(uri)


def known_scheme(uri: str) -> str:
    """The URI with the scheme that Spark and Hadoop know, for one by which others call the storage."""
    scheme = scheme_of(uri)
    for row in RULES.values():
        if scheme in row.aliases:
            return row.scheme + uri.removeprefix(scheme)
    return uri


def normal_root(uri: str) -> str:
    """The one spelling of a lake's root: `file://` and an absolute path for paths, else that of `normal_uri`."""
    if rules_for(uri).scheme != "file":
        return normal_uri(uri).rstrip("/")
    path = _path_of(uri) if uri.startswith("file:") else str(Path(uri).expanduser().absolute())
    return f"file://{os.path.normpath(path)}"


def _path_of(uri: str) -> str:
    """The absolute path in a `file:` URI, which names no host."""
    path = uri.removeprefix("file:").removeprefix("//")
    if not path.startswith("/"):
        expected = "a path, or a URI of a file with three slashes, file:///"
        raise InvalidSetting("storage.root_uri", received=uri, expected=expected)
    return path
