"""The one place where storages differ: a table from URI scheme to what Spark, Hudi and fsspec need for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


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
    """Settings where the profile names an endpoint; they go before others."""
    names_at_endpoint: bool = False
    """Whether the host's name in the URI, which is never asked for elsewhere, means the endpoint's machine."""
    fsspec: Mapping[str, str] = field(default_factory=dict)
    """Options of fsspec, dotted, whose value is a setting of the profile; left out where that is absent."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that libraries heed."""
    packages: tuple[str, ...] = ()
    """Python packages through which small files go."""
    client: str | None = None
    """The client beneath them, whose own chain of identities is asked where the profile hands over none."""
    jars: tuple[str, ...] = ()
    """Sections of `featurestore/jars.lock`, for a session that featurestore's image does not hold."""
    reached_by_pods: bool = True
    """Whether it is there for the pods of a cluster, too."""


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
    fsspec: Mapping[str, str] = field(default_factory=dict)
    """Options of fsspec."""
    fsspec_secrets: Mapping[str, str] = field(default_factory=dict)
    """Options of fsspec whose value is that of a key of the secret."""
    only_in_pods: bool = False
    """Whether it is given to pods alone, and not to a session on this machine."""
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
    "file": StorageRules(scheme="file", reached_by_pods=False),
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
        packages=("s3fs",),
        client="botocore",
        jars=("hadoop", "aws"),
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
        from_profile={"spark.hadoop.fs.gs.storage.root.url": "storage.endpoint"},
        fsspec={"endpoint_url": "storage.endpoint"},
        # Else gcsfs asks by another protocol what kind of bucket it is, before anything is done.
        variables={"GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false"},
        packages=("gcsfs",),
        client="google.auth",
        jars=("hadoop", "gcp"),
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
        # An emulator has no folders of its own, answers as Blob storage does, and without encryption.
        with_endpoint={
            f"{_ABFS}.hns.enabled": "false",
            "spark.hadoop.fs.azure.fns.account.service.type": "BLOB",
            "spark.hadoop.fs.azure.ingress.service.type": "BLOB",
            "spark.hadoop.fs.azure.always.use.https": "false",
            "spark.hadoop.fs.abfss.impl": "org.apache.hadoop.fs.azurebfs.AzureBlobFileSystem",
        },
        names_at_endpoint=True,
        packages=("adlfs",),
        client="azure.identity",
        jars=("hadoop",),
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
    # An emulator asks nobody.
    "anonymous": IdentityRules(
        scheme="gs",
        settings={
            "spark.hadoop.fs.gs.auth.type": "UNAUTHENTICATED",
            "spark.hadoop.fs.gs.auth.service.account.enable": "false",
            "spark.hadoop.fs.gs.auth.null.enable": "true",
            "spark.hadoop.fs.gs.project.id": "emulator",
        },
        needs=("storage.endpoint",),
        fsspec={"token": "anon", "project": "emulator"},
    ),
    "secret": IdentityRules(
        scheme="s3a",
        settings={_S3A_PROVIDER: f"{_SDK}.EnvironmentVariableCredentialsProvider"},
        needs=("identity.secret",),
        secret_keys=("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    ),
    # The key of a whole account: for an emulator.
    "shared-key": IdentityRules(
        scheme="abfss",
        settings={
            f"{_ABFS}.auth.type": "SharedKey",
            # Hadoop reads the variable itself, so that the key is in no setting.
            f"{_ABFS}.key": "${env.AZURE_STORAGE_ACCOUNT_KEY}",
        },
        needs=("identity.secret", "storage.endpoint"),
        secret_keys=("AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_CONNECTION_STRING"),
        fsspec_secrets={"connection_string": "AZURE_STORAGE_CONNECTION_STRING"},
    ),
    # S3A's own chain has no web identity and falls back to the node's role, so that both are said outright.
    "aws-irsa": IdentityRules(
        scheme="s3a",
        only_in_pods=True,
        settings={_S3A_PROVIDER: f"{_SDK}.WebIdentityTokenFileCredentialsProvider"},
        needs=("identity.principal", "storage.region"),
        account_annotation="eks.amazonaws.com/role-arn",
    ),
    "aws-pod-identity": IdentityRules(
        scheme="s3a",
        only_in_pods=True,
        settings={_S3A_PROVIDER: f"{_SDK}.ContainerCredentialsProvider"},
        needs=("storage.region",),
        # EKS user guide, "Set up the Amazon EKS Pod Identity Agent". Cilium counts the agent to the node and needs a
        # policy of its own kind.
        token_addresses={"169.254.170.23/32": (80,), "fd00:ec2::23/128": (80,)},
    ),
    "gke-workload-identity": IdentityRules(
        scheme="gs",
        only_in_pods=True,
        settings={"spark.hadoop.fs.gs.auth.type": "COMPUTE_ENGINE"},
        needs=("identity.principal",),
        account_annotation="iam.gke.io/gcp-service-account",
        # GKE, "Control communication between Pods and Services using network policies": GKE's own metadata server,
        # which knows a pod's account only, before (Dataplane V2) and after (Calico) the node's address translation.
        token_addresses={"169.254.169.252/32": (987, 988), "169.254.169.254/32": (80, 8080)},
    ),
    "azure-workload-identity": IdentityRules(
        scheme="abfss",
        only_in_pods=True,
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
