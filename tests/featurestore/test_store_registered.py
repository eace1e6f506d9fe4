"""Verbs on saved models, none of which needs Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from featurestore.errors import ArtifactNotFound
from tests.helpers.stores import store_at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from featurestore.store import FeatureStore


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.promote("m", 1),
        lambda store: store.roll_back("m"),
        lambda store: store.register_model("m", 1, "june"),
    ],
)
def test_a_model_that_is_not_there_has_no_alias(
    call: Callable[[FeatureStore], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("featurestore.steps.prepare.open_workspace", None)

    with pytest.raises(ArtifactNotFound):
        call(store_at(tmp_path))


def test_an_empty_lake_has_no_models(tmp_path: Path) -> None:
    assert store_at(tmp_path).models().models == ()
