"""What is recorded of a model: what it was made from, how, and how good it is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from featurestore.errors import ArtifactBroken
from featurestore.instants import aware, parse_time
from featurestore.training.json_shape import (
    ANY_OBJECT,
    COUNT,
    NUMBER,
    SETTING,
    TEXT,
    TIME,
    list_of,
    object_of,
    parse_object,
)
from featurestore.training.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from featurestore.definitions.training import Setting


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """A saved model's origin; `version` and `folder` are given when it is saved."""

    name: str
    version: str = ""
    """1, 2, 3 and so on in decimal digits."""
    folder: str = ""
    """Where the model lies, below the folder of its version."""
    algorithm: str
    settings: Mapping[str, Setting]
    """All of them, as `resolve_settings` returns them."""
    spec: Mapping[str, Any] = field(default_factory=dict)
    """The training spec as JSON; what has its default is left out."""
    threshold: float = 0.5
    """The probability from which a prediction is 1."""
    service: str
    service_hash: str
    training_set: str
    training_set_digest: str
    instants: Mapping[str, str]
    """The instant of each table that the training set was read at."""
    features: Sequence[str]
    keys: Sequence[str]
    label: str
    label_horizon_seconds: int
    """Seconds after `event_timestamp` that the label looks ahead; 0 where it does not."""
    train_rows: int
    train_positives: int
    code_version: str
    created_at: datetime
    """Aware; kept in UTC."""
    metrics: Mapping[str, Metrics] = field(default_factory=dict)
    """By name of the evaluation; those added after the model was saved are included when read."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "created_at", aware(self.created_at, subject="created_at"))
        object.__setattr__(self, "features", tuple(self.features))
        object.__setattr__(self, "keys", tuple(self.keys))

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of what decides a model: equal for two models made alike from equal rows."""
        made_from = [
            self.training_set_digest,
            self.algorithm,
            dict(self.settings),
            dict(self.spec),
            self.service_hash,
            self.code_version,
        ]
        return hashlib.sha256(json.dumps(made_from, sort_keys=True, allow_nan=False).encode()).hexdigest()

    def to_json(self) -> str:
        """One JSON object with the fingerprint; `from_json` is the inverse."""
        document = asdict(self) | {
            "created_at": self.created_at.isoformat(),
            "fingerprint": self.fingerprint,
            "metrics": {name: json.loads(metrics.to_json()) for name, metrics in self.metrics.items()},
        }
        return json.dumps(document, sort_keys=True, allow_nan=False, indent=2)

    @classmethod
    def from_json(cls, text: str, *, subject: str = "Model card") -> ModelCard:
        """Read what `to_json` wrote; ArtifactBroken, naming `subject`, for anything else."""
        document = parse_object(text, _SHAPES, subject=subject)
        fingerprint = document.pop("fingerprint")
        metrics = {
            name: Metrics.from_json(json.dumps(found), subject=f"{subject}, metrics {name!r}")
            for name, found in document["metrics"].items()
        }
        created_at = parse_time(document["created_at"], subject=subject)
        card = cls(**document | {"metrics": metrics, "created_at": created_at})
        if card.fingerprint != fingerprint:
            raise ArtifactBroken(subject, expected=f"fingerprint {card.fingerprint}", received=fingerprint)
        return card


_ORIGIN = "service service_hash training_set training_set_digest label code_version fingerprint"
_TEXTS = f"name version folder algorithm {_ORIGIN}"
_COUNTS = "label_horizon_seconds train_rows train_positives"
_SHAPES = {
    **dict.fromkeys(_TEXTS.split(), TEXT),
    **dict.fromkeys(_COUNTS.split(), COUNT),
    "settings": object_of(SETTING),
    "spec": ANY_OBJECT,
    "threshold": NUMBER,
    "instants": object_of(TEXT),
    "features": list_of(TEXT),
    "keys": list_of(TEXT),
    "created_at": TIME,
    "metrics": object_of(ANY_OBJECT),
}
