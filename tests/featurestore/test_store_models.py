"""Verbs on models: what cannot be, and the rows of training sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from featurestore.errors import ArtifactNotFound, InvalidRequest, UnknownDefinition
from featurestore.store import FeatureStore
from tests.helpers.stores import store_at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from featurestore.steps.workspace import Workspace


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda store: store.build_training_set("nothing", "march"), UnknownDefinition),
        (lambda store: store.training_rows("nothing"), ArtifactNotFound),
        (lambda store: store.training_rows("nothing", "train"), ArtifactNotFound),
        (lambda store: store.training_rows("nothing", "half"), InvalidRequest),
        (lambda store: store.training_rows("nothing", frame="polars"), InvalidRequest),
        (lambda store: store.split("nothing"), ArtifactNotFound),
        (lambda store: store.split("nothing", by="luck"), InvalidRequest),
        (lambda store: store.split("nothing", test_fraction=1.0), InvalidRequest),
        (lambda store: store.train("nothing", "m"), ArtifactNotFound),
        (lambda store: store.train("nothing", "m", algorithm="magic"), InvalidRequest),
        (lambda store: store.evaluate("m", "nothing"), ArtifactNotFound),
        (lambda store: store.score("nothing"), ArtifactNotFound),
        (lambda store: store.score("nothing", since="soon"), InvalidRequest),
    ],
)
def test_what_cannot_be_is_refused_before_spark_starts(
    call: Callable[[FeatureStore], Any],
    error: type[Exception],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("featurestore.steps.prepare.open_workspace", None)

    with pytest.raises(error):
        call(store_at(tmp_path))


@pytest.mark.spark
def test_the_rows_of_a_training_set_are_those_of_its_parts(open_shop: Workspace) -> None:
    store = FeatureStore(open_shop.profile, project=open_shop.project)

    rows = store.training_rows("visits")
    train = store.training_rows("visits", "train", frame="arrow")
    test = store.training_rows("visits", "test", frame="spark")

    assert rows.record_key.is_monotonic_increasing
    assert str(rows.buys.dtype) == "Int32"
    assert isinstance(train, pa.Table)
    parts = [*train["record_key"].to_pylist(), *(row["record_key"] for row in test.collect())]
    assert 0 < train.num_rows < len(parts)
    assert sorted(parts) == rows.record_key.tolist()
