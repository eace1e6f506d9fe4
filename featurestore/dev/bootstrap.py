"""Which Kafka a step talks to: the profile's own, else the one that `featurestore dev kafka up` started."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from featurestore.dev import kafka

if TYPE_CHECKING:
    from featurestore.config import Profile


def broker_directory(profile: Profile) -> Path:
    """The folder that holds the development broker of a profile."""
    return Path(profile.state_directory) / "kafka"


def with_dev_broker(profile: Profile) -> Profile:
    """The profile with `kafka.bootstrap` filled in, where it has none and the development broker runs.

    Starts nothing: without a running broker the profile comes back as it was.
    """
    if profile.kafka.bootstrap is not None:
        return profile
    broker = kafka.status(broker_directory(profile))
    if broker.bootstrap is None:
        return profile
    return replace(profile, kafka=replace(profile.kafka, bootstrap=broker.bootstrap))
