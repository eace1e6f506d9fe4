"""How a model is trained, judged and let in: a spec in YAML or Python, frozen like every definition."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from featurestore.definitions.base import Definition, from_json, unique
from featurestore.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterable

Setting = bool | int | float | str


class Fill(Enum):
    """What stands for a number that is null, NaN or infinite; learned from the train rows alone."""

    MEDIAN = "median"
    MEAN = "mean"
    MODE = "mode"


class Encoding(Enum):
    """How a text becomes numbers; null and texts that were not seen in training set none of them."""

    ONE_HOT = "one_hot"
    """One input a text."""
    INDEX = "index"
    """One input: the texts' places in order of frequency, for trees."""


class Scaling(Enum):
    """What is done to the inputs before the algorithm sees them."""

    AS_NEEDED = "as_needed"
    """`standard` for linear algorithms, nothing for trees."""
    NONE = "none"
    STANDARD = "standard"
    """Divided by the standard deviation."""
    MIN_MAX = "min_max"
    """Moved into 0 to 1."""


class ClassWeights(Definition, frozen=True, kw_only=True):
    """How much a row of each class counts. Without numbers both classes count alike in total."""

    negative: float | None = None
    positive: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        given = (self.negative, self.positive)
        if (self.negative is None) != (self.positive is None) or any(w is not None and w <= 0 for w in given):
            raise DefinitionError(
                "Class weights", expected="two numbers above 0, or none to balance", received=given
            )


class Costs(Definition, frozen=True, kw_only=True):
    """What a wrong answer costs; the threshold is the one with the least cost on the rows it is chosen on."""

    false_positive: float = 1.0
    false_negative: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if (
            min(self.false_positive, self.false_negative) < 0
            or self.false_positive + self.false_negative <= 0
        ):
            received = f"{self.false_positive} and {self.false_negative}"
            raise DefinitionError(
                "Costs", expected="costs of 0 or more, one of them above 0", received=received
            )


class Condition(Definition, frozen=True, kw_only=True):
    """One thing that a model must reach to be let in: a bound on a metric, or on its distance to the champion.

    `at_least` and `at_most` bound the metric itself. `worse_than_champion_by_at_most` bounds how much worse than
    the champion's, on the same rows, it may be; without a champion it holds. `segment` means the worst of the
    spec's segments in place of all rows.
    """

    metric: str
    at_least: float | None = None
    at_most: float | None = None
    worse_than_champion_by_at_most: float | None = None
    segment: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        subject = f"Condition on {self.metric!r}"
        if self.metric not in METRICS:
            raise DefinitionError(subject, expected=f"one of {', '.join(METRICS)}", received=self.metric)
        bounds = (self.at_least, self.at_most, self.worse_than_champion_by_at_most)
        if sum(bound is not None for bound in bounds) != 1:
            raise DefinitionError(subject, expected="exactly one bound", received=bounds)


METRICS = {
    "auc": True,
    "pr_auc": True,
    "log_loss": False,
    "brier": False,
    "calibration_error": False,
    "precision": True,
    "recall": True,
    "cost": False,
}
"""Metrics that conditions can name, and whether more is better."""


class TrainingSpec(Definition, frozen=True, kw_only=True):
    """What to fit on which features, how inputs are prepared, and when the result is good enough.

    `algorithm` is one of ours (`logistic_regression`, `linear_regression`, `random_forest`,
    `gradient_boosted_trees`) or the import path `package.module:name` of an `Algorithm` of one's own; `settings`
    are the algorithm's, in Spark's names.
    Without `features` all of the training set's are used. `fill_by_feature` and `encoding_by_feature` are for
    features that differ from the rest. `partitions` greater than 1 is faster on many rows, and equal rows then
    give models that are equal up to rounding, and to a thousandth of the rows in the rank of a median filled in.
    """

    algorithm: str = "logistic_regression"
    settings: dict[str, Setting] = msgspec.field(default_factory=dict)
    features: tuple[str, ...] = ()
    fill: Fill = Fill.MEDIAN
    fill_by_feature: dict[str, Fill] = msgspec.field(default_factory=dict)
    encoding: Encoding = Encoding.ONE_HOT
    encoding_by_feature: dict[str, Encoding] = msgspec.field(default_factory=dict)
    scaling: Scaling = Scaling.AS_NEEDED
    class_weights: ClassWeights | None = None
    partitions: int = 1
    costs: Costs | None = None
    segments: tuple[str, ...] = ()
    gate: tuple[Condition, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        unique("Training spec, features", list(self.features))
        unique("Training spec, segments", list(self.segments))
        if self.partitions < 1:
            raise DefinitionError("Training spec, partitions", expected="1 or more", received=self.partitions)
        for condition in self.gate:
            if condition.segment is not None and condition.segment not in self.segments:
                raise DefinitionError(
                    f"Condition on {condition.metric!r}",
                    expected=f"a segment among {', '.join(self.segments) or 'none'}",
                    received=condition.segment,
                )
            if condition.metric == "cost" and self.costs is None:
                raise DefinitionError("Condition on 'cost'", expected="costs in the spec", received="none")

    def check_features(self, known: Iterable[str]) -> None:
        """Raises `DefinitionError` where the spec names a feature that a training set lacks."""
        features = tuple(known)
        named = {*self.features, *self.fill_by_feature, *self.encoding_by_feature}
        missing = sorted(named - set(features))
        if missing:
            raise DefinitionError(
                "Training spec, features",
                expected=f"some of {', '.join(features)}",
                received=", ".join(missing),
            )


def spec_from_yaml(text: str, *, subject: str = "Training spec") -> TrainingSpec:
    """The spec that a YAML text holds; `DefinitionError`, naming `subject`, for anything else."""
    try:
        tree: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise DefinitionError(subject, expected="YAML", received=str(error)) from error
    return from_json(TrainingSpec, {} if tree is None else tree)
