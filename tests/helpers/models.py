"""A model card that tests change one part of."""

from __future__ import annotations

from datetime import datetime, timezone

from featurestore.training.model_card import ModelCard

CARD = ModelCard(
    name="purchase",
    algorithm="logistic_regression",
    settings={"maxIter": 10},
    service="purchase_service",
    service_hash="5e41",
    training_set="june",
    training_set_digest="june's digest",
    instants={},
    features=["clicks"],
    keys=["user"],
    label="purchased",
    label_horizon_seconds=3600,
    train_rows=80,
    train_positives=20,
    code_version="0.1.0",
    created_at=datetime(2024, 6, 1, 12, tzinfo=timezone.utc),
)
