"""What is known of saved training sets and of how they were divided; none of it needs Spark.

<root>/training_sets/<name>/manifest.json     the training set exists once this does
<root>/training_sets/<name>/split.json        how it was divided, once it was
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import msgspec

from featurestore.errors import ArtifactBroken, ArtifactExists, ArtifactNotFound, InvalidRequest
from featurestore.files import exists, join_uri, list_names, write_new_text
from featurestore.json_files import json_text, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class TrainingSetManifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a training set was made from and what it holds; `folder` is relative to it."""

    name: str
    service: str
    service_hash: str
    profile: str
    instants: dict[str, str]
    as_of: datetime | None
    known_as_of: str
    rows: int
    positives: int
    unripe_rows: int
    digest: str
    folder: str
    keys: tuple[str, ...]
    features: tuple[str, ...]
    label: str
    label_horizon_seconds: int
    longest_window_seconds: int
    """Both rounded up, for the gap of a split by time."""
    created_at: datetime
    only: str | None = None
    """The rows were chosen by it (`field=value`)."""

    @property
    def made_from(self) -> dict[str, object]:
        """What decides the content: equal for two training sets with equal rows."""
        return {
            "service": self.service,
            "service_hash": self.service_hash,
            "instants": dict(self.instants),
            "only": self.only,
        }


class SplitManifest(msgspec.Struct, frozen=True, kw_only=True):
    """How a training set was divided; `train` and `test` are folders relative to the training set."""

    training_set: str
    training_set_digest: str
    by: str
    test_fraction: float
    train: str
    test: str
    train_rows: int
    train_positives: int
    test_rows: int
    test_positives: int
    gap_rows: int

    @property
    def made_from(self) -> dict[str, object]:
        """What decides the content."""
        return {"digest": self.training_set_digest, "by": self.by, "test_fraction": self.test_fraction}


ManifestT = TypeVar("ManifestT", TrainingSetManifest, SplitManifest)


class SavedManifests:
    """The manifests of the training sets under one lake."""

    def __init__(self, root_uri: str) -> None:
        self._root = join_uri(root_uri, "training_sets")

    def folder(self, name: str) -> str:
        """Where a training set lies; `InvalidRequest` for a name that cannot be one."""
        if not _NAME.fullmatch(name):
            raise InvalidRequest("Training set", expected="a name of a-z, 0-9, - and _", received=name)
        return join_uri(self._root, name)

    def training_set(self, name: str) -> TrainingSetManifest | None:
        """The manifest, if the training set was saved."""
        return _manifest(join_uri(self.folder(name), "manifest.json"), TrainingSetManifest)

    def existing_training_set(self, name: str) -> TrainingSetManifest:
        """The manifest; `ArtifactNotFound` lists what there is."""
        found = self.training_set(name)
        if found is None:
            names = [other for other in list_names(self._root) if _NAME.fullmatch(other)]
            known = [other for other in names if self.training_set(other)]
            raise ArtifactNotFound(
                "training set", name, known=known, remedy="Build it with `featurestore training-set build`."
            )
        return found

    def split(self, name: str) -> SplitManifest | None:
        """The manifest of the training set's split, if it was divided."""
        return _manifest(join_uri(self.folder(name), "split.json"), SplitManifest)

    def existing_split(self, name: str) -> SplitManifest:
        """The split's manifest; `ArtifactNotFound` where the training set was not divided."""
        self.existing_training_set(name)
        found = self.split(name)
        if found is None:
            raise ArtifactNotFound("split", name, known=(), remedy=f"Run `featurestore split {name}` first.")
        return found

    def publish(self, name: str, manifest: ManifestT) -> ManifestT:
        """Makes the rows valid; where another writer was first, its manifest, if it was made from the same.

        Raises `ArtifactExists` where the name holds something made differently.
        """
        file = "manifest.json" if isinstance(manifest, TrainingSetManifest) else "split.json"
        uri = join_uri(self.folder(name), file)
        if write_new_text(uri, json_text(manifest)):
            return manifest
        found = _manifest(uri, type(manifest))
        if found is None:
            raise ArtifactBroken(uri, expected="a manifest", received="nothing")
        check_same(name, found, manifest.made_from)
        return found


def check_same(
    name: str, found: TrainingSetManifest | SplitManifest, made_from: Mapping[str, object]
) -> None:
    """Raises `ArtifactExists`, naming the difference, where what exists was made from something else."""
    different = [key for key, value in made_from.items() if found.made_from[key] != value]
    if different:
        kind = "training set" if isinstance(found, TrainingSetManifest) else "split of"
        raise ArtifactExists(kind, name, difference=f"other {', '.join(different)}")


def _manifest(uri: str, kind: type[ManifestT]) -> ManifestT | None:
    return read_json(uri, kind, expected="a manifest") if exists(uri) else None
