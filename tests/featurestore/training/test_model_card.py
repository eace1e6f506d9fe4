"""Cards: what decides a model decides its fingerprint, and JSON keeps everything."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest

from featurestore.errors import ArtifactBroken, NaiveTimestamp
from featurestore.training.metrics import metrics_from_counts
from featurestore.training.model_card import ModelCard

CARD = ModelCard(
    name="purchase",
    version="3",
    folder="model/abc",
    algorithm="logistic_regression",
    settings={"maxIter": 10, "regParam": 0.01, "fitIntercept": True},
    service="purchase_service",
    service_hash="5e41",
    training_set="june",
    training_set_digest="d19e",
    instants={"features/clicks/v1": "20240601120000000"},
    features=["clicks", "spend"],
    keys=["user"],
    label="purchased",
    label_horizon_seconds=3600,
    train_rows=80,
    train_positives=20,
    code_version="0.1.0",
    created_at=datetime(2024, 6, 1, 12, tzinfo=timezone(timedelta(hours=2))),
    metrics={
        "holdout": metrics_from_counts(
            np.array([0.1, 0.9]), np.array([0, 2]), np.array([3, 1]), threshold=0.5
        )
    },
)


def test_a_card_survives_json() -> None:
    assert ModelCard.from_json(CARD.to_json()) == CARD


def test_times_are_kept_in_utc() -> None:
    assert json.loads(CARD.to_json())["created_at"] == "2024-06-01T10:00:00+00:00"


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(NaiveTimestamp):
        replace(CARD, created_at=datetime(2024, 6, 1, 12))  # noqa: DTZ001 - that is the claim


@pytest.mark.parametrize(
    "change",
    [
        {"training_set_digest": "other"},
        {"algorithm": "gradient_boosted_trees"},
        {"settings": {"maxIter": 11}},
        {"service_hash": "other"},
        {"code_version": "0.1.1"},
    ],
)
def test_what_decides_a_model_changes_its_fingerprint(change: dict[str, Any]) -> None:
    assert replace(CARD, **change).fingerprint != CARD.fingerprint


def test_when_and_under_what_name_does_not_change_the_fingerprint() -> None:
    other = replace(
        CARD, version="4", created_at=CARD.created_at + timedelta(1), metrics={}, training_set="copy"
    )

    assert other.fingerprint == CARD.fingerprint


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"train_rows": -1}, "field 'train_rows'.*whole number"),
        ({"features": "clicks"}, "field 'features'.*list"),
        ({"settings": {"maxIter": None}}, "field 'settings'"),
        ({"created_at": "2024-06-01T12:00:00"}, "field 'created_at'.*zone"),
        ({"metrics": {"holdout": {}}}, "metrics 'holdout'.*missing"),
        ({"fingerprint": "0"}, "expected fingerprint"),
        ({"owner": "me"}, "unknown.*owner"),
    ],
)
def test_a_card_of_another_shape_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ArtifactBroken, match=message):
        ModelCard.from_json(json.dumps(json.loads(CARD.to_json()) | change))
