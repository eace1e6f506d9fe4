"""Where a source's events come from: its files, its topic and the broker, or an error that says what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.definitions.sources import FileSource, KafkaSource
from featurestore.errors import InvalidRequest, MissingSetting

if TYPE_CHECKING:
    from featurestore.config import Profile
    from featurestore.definitions import Project

_BOOTSTRAP_TRIED = (
    "profile",
    "environment",
    "the development broker (`featurestore dev kafka up` starts one)",
)


def file_source_of(project: Project, name: str) -> FileSource:
    """The source's files; `InvalidRequest` where it has none."""
    source = project.source(name)
    found = source.batch_source if isinstance(source, KafkaSource) else source
    if found is None:
        raise InvalidRequest(f"Source {name!r}", expected="a batch_source, to read files", received="none")
    return found


def kafka_source_of(project: Project, name: str) -> KafkaSource:
    """The source with its topic; `InvalidRequest` where it has none."""
    source = project.source(name)
    if not isinstance(source, KafkaSource):
        raise InvalidRequest(
            f"Source {name!r}", expected="a KafkaSource, to read a topic", received="a FileSource"
        )
    return source


def bootstrap_of(profile: Profile) -> str:
    """The profile's Kafka; `MissingSetting` where it names none and no development broker runs."""
    bootstrap = profile.kafka.bootstrap
    if bootstrap is None:
        raise MissingSetting("kafka.bootstrap", tried=_BOOTSTRAP_TRIED)
    return bootstrap
