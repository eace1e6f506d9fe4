"""Which columns a model may be fitted on; types only, no Spark session."""

from __future__ import annotations

import pytest
from pyspark.sql import types as T

from featurestore.errors import InvalidRequest
from featurestore.training.columns import (
    CLASS_PROBABILITIES,
    FeatureKinds,
    TrainingColumns,
    feature_kinds,
    own_name,
    own_names,
    quoted,
)

SCHEMA = T.StructType(
    [
        T.StructField("city", T.StringType()),
        T.StructField("clicks", T.LongType()),
        T.StructField("spend", T.DecimalType(10, 2)),
        T.StructField("loyal", T.BooleanType()),
        T.StructField("seen_at", T.TimestampType()),
    ]
)


def test_features_are_sorted_by_kind_in_their_own_order() -> None:
    kinds = feature_kinds(SCHEMA, ["spend", "city", "loyal", "clicks"])

    assert kinds == FeatureKinds(numbers=("spend", "loyal", "clicks"), texts=("city",), empty=())


def test_a_feature_without_value_is_in_no_other_list() -> None:
    kinds = feature_kinds(SCHEMA, ["clicks", "city", "spend"], empty=["city", "clicks"])

    assert kinds == FeatureKinds(numbers=("spend",), texts=(), empty=("clicks", "city"))


def test_a_type_that_no_model_reads_is_refused_even_when_empty() -> None:
    with pytest.raises(InvalidRequest, match=r"'seen_at'.*got 'timestamp'"):
        feature_kinds(SCHEMA, ["clicks", "seen_at"], empty=["seen_at"])


def test_a_missing_feature_is_named_beside_those_there_are() -> None:
    with pytest.raises(InvalidRequest, match=r"'clics'.*no such column in.*'clicks'"):
        feature_kinds(SCHEMA, ["clics"])


@pytest.mark.parametrize(
    ("keys", "label", "features", "taken"),
    [
        (["user"], "bought", ["clicks", "clicks"], "clicks"),
        (["user"], "bought", ["clicks", "bought"], "bought"),
        (["user"], "bought", ["user"], "user"),
        (["bought"], "bought", ["clicks"], "bought"),
        (["user"], "bought", [CLASS_PROBABILITIES], CLASS_PROBABILITIES),
    ],
)
def test_a_column_has_one_part_and_a_name_of_its_own(
    keys: list[str], label: str, features: list[str], taken: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        TrainingColumns(keys=keys, label=label, features=features)

    assert refused.value.received == [taken]


def test_a_model_needs_a_feature() -> None:
    with pytest.raises(InvalidRequest, match="one or more columns"):
        TrainingColumns(keys=["user"], label="bought", features=[])


def test_a_model_needs_no_key() -> None:
    assert TrainingColumns(keys=[], label="bought", features=["clicks"]).features == ["clicks"]


def test_no_feature_can_have_a_name_of_the_models_own() -> None:
    names = [own_name("input"), *own_names("input", 3), CLASS_PROBABILITIES]

    assert len(set(names)) == 5
    for name in names:
        with pytest.raises(InvalidRequest):
            TrainingColumns(keys=[], label="bought", features=[name])


@pytest.mark.parametrize(
    ("name", "literal"), [("clicks", "`clicks`"), ("a.b", "`a.b`"), ("a`b", "`a``b`"), ("`", "````")]
)
def test_a_quoted_name_is_read_literally(name: str, literal: str) -> None:
    assert quoted(name) == literal
