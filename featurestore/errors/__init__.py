"""The errors users can meet, in one tree; each says what was expected, what came and what to do next.

Values that a message is made of stay on the error as attributes.

    FeatureStoreError
    ├── UsageError                      exit code 2: the caller or a setting must change
    │   ├── ConfigError                 a profile or the machine is not as needed
    │   │   ├── UnknownProfile
    │   │   ├── InvalidProfile          a file that holds no settings
    │   │   ├── UnknownSetting
    │   │   ├── InvalidSetting
    │   │   ├── MissingSetting
    │   │   └── MissingPart             a program, package or jar that is not installed
    │   ├── DefinitionError             a definition contradicts itself
    │   │   └── UnknownDefinition
    │   ├── BreakingChange              definitions that would break what exists, without a new version
    │   ├── InvalidRequest              a step was asked for something it cannot mean
    │   ├── NaiveTimestamp              a time without a zone
    │   ├── SourceNotFound              no input where a source says it is
    │   ├── TableNotFound
    │   ├── ArtifactNotFound            no such training set, split or model
    │   ├── ArtifactExists              the name is taken by something else
    │   ├── JobNotFound
    │   ├── RunDiffers                  a run's job is there and asks for something else
    │   └── InstantError                a time that cannot be read
    │       ├── BeforeFirstCommit
    │       ├── PastHorizon
    │       ├── InTheFuture
    │       ├── OverlappingCommits
    │       └── UnknownInstant          no completed commit has this name
    └── StepFailed                      exit code 1: the step ran and could not finish
        ├── ContractViolation           an event broke a rule whose answer is `fail`
        ├── TooManyRejected             more rows break the contract than the run allows
        ├── SchemaIncompatible          a schema change that would break readers
        ├── KafkaUnreachable            (Retryable)
        ├── KafkaRefused                a broker answered and would not do what was asked
        ├── KafkaGap                    retention passed, topic recreated, offsets beyond the end
        ├── BrokerFailed                the laptop's own broker did not start or end (Retryable)
        ├── EmulatorFailed              an object store on this machine did not start (Retryable)
        ├── FeaturesBehind              a service's views were computed from different events
        ├── RowCountMismatch            rows in and rows out differ: a defect, nothing was written
        ├── GateFailed                  a model that does not reach what its spec asks for
        ├── NotEnoughRows               too little to split, train or evaluate
        ├── TableBroken                 a table whose files contradict each other
        ├── TableMoved                  another writer committed meanwhile (Retryable)
        ├── ArtifactBroken              a saved training set, split, model or generation that cannot be read back
        ├── RegistryMoved               another writer was faster: plan again
        ├── ClusterUnreachable          (Retryable)
        ├── ClusterRefused              the API server said no: rights, a quota, an unknown kind
        ├── JobFailed                   a job in another process or pod ended without its report
        ├── PipelineFailed              a task of a run failed, and the run with it
        ├── NotificationFailed          nobody could be told how a run ended (Retryable)
        ├── ImageNotBuilt               Docker or buildah could not build an image
        └── EngineFailed                Spark or Java failed; the log holds the trace

`Retryable` marks errors that may pass when the same call is made again.
"""

from featurestore.errors.artifacts import (
    ArtifactBroken,
    ArtifactExists,
    ArtifactNotFound,
    RegistryMoved,
    TableBroken,
    TableMoved,
    TableNotFound,
)
from featurestore.errors.base import (
    FeatureStoreError,
    Retryable,
    StepFailed,
    UsageError,
)
from featurestore.errors.clusters import (
    ClusterRefused,
    ClusterUnreachable,
    JobNotFound,
    RunDiffers,
)
from featurestore.errors.instants import (
    BeforeFirstCommit,
    InstantError,
    InTheFuture,
    OverlappingCommits,
    PastHorizon,
    UnknownInstant,
)
from featurestore.errors.kafka import (
    BrokerFailed,
    KafkaGap,
    KafkaRefused,
    KafkaUnreachable,
)
from featurestore.errors.requests import (
    BreakingChange,
    DefinitionError,
    InvalidRequest,
    NaiveTimestamp,
    SourceNotFound,
    UnknownDefinition,
)
from featurestore.errors.settings import (
    ConfigError,
    InvalidProfile,
    InvalidSetting,
    MissingPart,
    MissingSetting,
    UnknownProfile,
    UnknownSetting,
)
from featurestore.errors.steps import (
    ContractViolation,
    EngineFailed,
    FeaturesBehind,
    GateFailed,
    ImageNotBuilt,
    JobFailed,
    NotEnoughRows,
    NotificationFailed,
    PipelineFailed,
    RowCountMismatch,
    SchemaIncompatible,
    TooManyRejected,
)
from featurestore.errors.stores import EmulatorFailed

__all__ = [
    "ArtifactBroken",
    "ArtifactExists",
    "ArtifactNotFound",
    "BeforeFirstCommit",
    "BreakingChange",
    "BrokerFailed",
    "ClusterRefused",
    "ClusterUnreachable",
    "ConfigError",
    "ContractViolation",
    "DefinitionError",
    "EmulatorFailed",
    "EngineFailed",
    "FeatureStoreError",
    "FeaturesBehind",
    "GateFailed",
    "ImageNotBuilt",
    "InTheFuture",
    "InstantError",
    "InvalidProfile",
    "InvalidRequest",
    "InvalidSetting",
    "JobFailed",
    "JobNotFound",
    "KafkaGap",
    "KafkaRefused",
    "KafkaUnreachable",
    "MissingPart",
    "MissingSetting",
    "NaiveTimestamp",
    "NotEnoughRows",
    "NotificationFailed",
    "OverlappingCommits",
    "PastHorizon",
    "PipelineFailed",
    "RegistryMoved",
    "Retryable",
    "RowCountMismatch",
    "RunDiffers",
    "SchemaIncompatible",
    "SourceNotFound",
    "StepFailed",
    "TableBroken",
    "TableMoved",
    "TableNotFound",
    "TooManyRejected",
    "UnknownDefinition",
    "UnknownInstant",
    "UnknownProfile",
    "UnknownSetting",
    "UsageError",
]
