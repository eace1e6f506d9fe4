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
    from collections.abc import Callable, Iterable, Sequence

Stage = Estimator[Any] | Transformer

_GREATEST_DOUBLE = "1.7976931348623157E308D"


def preparation(kinds: FeatureKinds, spec: TrainingSpec, *, scaled: bool) -> tuple[list[Stage], str]:
    """The stages that turn features into a vector, and the vector's column; one a kind, not one a feature.

    Numbers become doubles, booleans 0 and 1; null, NaN and infinite values are filled. Texts become inputs; null
    and texts not seen while fitting set none of them. Features without any value while fitting are read as 0
    whatever they hold later. `scaled` is what `as_needed` means for the algorithm.
    """
    inputs = ", ".join(named_inputs(kinds, number=finite_double))
    statement = f"SELECT *, {inputs} FROM __THIS__"  # noqa: S608 - the names in it are quoted
    stages: list[Stage] = [SQLTransformer(statement=statement)]
    stages += _filled(kinds, spec)
    stages += _encoded(kinds, spec)
    parts = [
        *own_names("filled", len(kinds.numbers)),
        *own_names("encoded", len(kinds.texts)),
        *own_names("empty", len(kinds.empty)),
    ]
    vector = own_name("inputs")
    stages.append(VectorAssembler(inputCols=parts, outputCol=vector))
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


def finite_double(number: str) -> str:
    """SQL of a number or boolean as a double; null where it is null, NaN or infinite."""
    double = f"CAST({quoted(number)} AS DOUBLE)"
    return f"CASE WHEN {double} BETWEEN -{_GREATEST_DOUBLE} AND {_GREATEST_DOUBLE} THEN {double} END"


def named_inputs(kinds: FeatureKinds, *, number: Callable[[str], str]) -> list[str]:
    """SQL that gives each feature a name that every stage can read; `number` is the SQL of one that is a number."""
    return [
        *(f"{quoted(text)} AS {name}" for text, name in _named(kinds.texts, "text")),
        *(f"0D AS {name}" for _, name in _named(kinds.empty, "empty")),
        *(f"{number(feature)} AS {name}" for feature, name in _named(kinds.numbers, "number")),
    ]


def _named(features: Sequence[str], kind: str) -> Iterable[tuple[str, str]]:
    return zip(features, own_names(kind, len(features)), strict=True)
