"""From features to one vector: numbers filled, texts encoded, inputs scaled, as a training spec says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.ml import Estimator, Transformer
from pyspark.ml.feature import (
    Imputer,
    MinMaxScaler,
    OneHotEncoder,
    SQLTransformer,
    StandardScaler,
    StringIndexer,
    VectorAssembler,
)

from featurestore.definitions.training import Encoding, Fill, Scaling, TrainingSpec
from featurestore.training.columns import FeatureKinds, own_name, own_names, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Stage = Estimator[Any] | Transformer

GREATEST_DOUBLE = "1.7976931348623157E308D"


def preparation(kinds: FeatureKinds, spec: TrainingSpec, *, scaled: bool) -> tuple[list[Stage], str]:
    """The stages that turn features into a vector, and the vector's column; one a kind, not one a feature.

    Numbers become doubles, booleans 0 and 1; null, NaN and infinite values are filled. Texts become inputs; null
    and texts not seen while fitting set none of them. Features without any value while fitting are read as 0
    whatever they hold later. `scaled` is what `as_needed` means for the algorithm.
    """
    statement = f"SELECT *, {_doubles(kinds)} FROM __THIS__"  # noqa: S608 - the names in it are quoted
    stages: list[Stage] = [SQLTransformer(statement=statement)]
    stages += _filled(kinds, spec)
    stages += _encoded(kinds, spec)
    inputs = [
        *own_names("filled", len(kinds.numbers)),
        *own_names("encoded", len(kinds.texts)),
        *own_names("empty", len(kinds.empty)),
    ]
    vector = own_name("inputs")
    stages.append(VectorAssembler(inputCols=inputs, outputCol=vector))
    scaler = _scaler(spec.scaling, scaled=scaled)
    if scaler is None:
        return stages, vector
    stages.append(scaler(inputCol=vector, outputCol=own_name("scaled")))
    return stages, own_name("scaled")


def _filled(kinds: FeatureKinds, spec: TrainingSpec) -> list[Stage]:
    """One imputer a way to fill."""
    wanted = [spec.fill_by_feature.get(feature, spec.fill) for feature in kinds.numbers]
    inputs, outputs = (own_names(kind, len(wanted)) for kind in ("number", "filled"))
    stages: list[Stage] = []
    for fill in Fill:
        places = [place for place, one in enumerate(wanted) if one is fill]
        if places:
            stages.append(
                Imputer(
                    strategy=fill.value,
                    inputCols=[inputs[place] for place in places],
                    outputCols=[outputs[place] for place in places],
                )
            )
    return stages


def _encoded(kinds: FeatureKinds, spec: TrainingSpec) -> list[Stage]:
    """Indexers, and one-hot vectors of those that want them."""
    wanted = [spec.encoding_by_feature.get(feature, spec.encoding) for feature in kinds.texts]
    texts, indexes, outputs = (own_names(kind, len(wanted)) for kind in ("text", "index", "encoded"))
    one_hot = [place for place, one in enumerate(wanted) if one is Encoding.ONE_HOT]
    index = [place for place, one in enumerate(wanted) if one is Encoding.INDEX]
    stages: list[Stage] = []
    if one_hot:
        # In the order of the alphabet, so that rows in another order give the same inputs.
        stages.append(_indexer(texts, indexes, one_hot, order="alphabetAsc"))
        stages.append(
            OneHotEncoder(
                inputCols=[indexes[place] for place in one_hot],
                outputCols=[outputs[place] for place in one_hot],
            )
        )
    if index:
        stages.append(_indexer(texts, outputs, index, order="frequencyDesc"))
    return stages


def _indexer(texts: Sequence[str], outputs: Sequence[str], places: Sequence[int], *, order: str) -> Stage:
    return StringIndexer(
        inputCols=[texts[place] for place in places],
        outputCols=[outputs[place] for place in places],
        handleInvalid="keep",
        stringOrderType=order,
    )


def _scaler(scaling: Scaling, *, scaled: bool) -> Any:
    if scaling is Scaling.AS_NEEDED:
        scaling = Scaling.STANDARD if scaled else Scaling.NONE
    scalers: dict[Scaling, Any] = {Scaling.STANDARD: StandardScaler, Scaling.MIN_MAX: MinMaxScaler}
    return scalers.get(scaling)


def _doubles(kinds: FeatureKinds) -> str:
    """SQL that gives each feature a name that every stage can read, and numbers as finite doubles."""
    selected = [f"{quoted(text)} AS {name}" for text, name in _named(kinds.texts, "text")]
    selected += [f"0D AS {name}" for _, name in _named(kinds.empty, "empty")]
    for number, name in _named(kinds.numbers, "number"):
        double = f"CAST({quoted(number)} AS DOUBLE)"
        finite = f"{double} BETWEEN -{GREATEST_DOUBLE} AND {GREATEST_DOUBLE}"
        selected.append(f"CASE WHEN {finite} THEN {double} END AS {name}")
    return ", ".join(selected)


def _named(features: Sequence[str], kind: str) -> Iterable[tuple[str, str]]:
    return zip(features, own_names(kind, len(features)), strict=True)
