"""Training by a spec against plain Spark ML: seconds and their ratio.

    python -m benchmarks.training --rows 1000000 --features 50 --pairs 2

Both fit a logistic regression on the same Parquet rows, cached in the same number of partitions: medians for what
is missing, one vector, scaled inputs, the same settings. The rival is the pipeline that one would write by hand.
Each fit runs in a process of its own, one after the other in ABBA order. Predictions of both must be equal within
1e-6 on a thousand rows, or there is nothing to compare.

Features have one decimal, so that both find the same medians. Spark's median is any value whose rank lies within a
thousandth of the rows from the middle; which one depends on the order of rows and partitions, and the two sides
order them differently, as a spec promises more about order than one writes by hand. Where every value is another,
that alone moves predictions by about 1e-4. Of numbers with one decimal about 4 % are the median, forty times what
it may be off, so both find it exactly; this holds from about 20,000 rows on.

The result is one JSON object on standard output.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from benchmarks.comparison import NothingToCompare, Pair, in_turns, paired
from benchmarks.program import Benchmark, Sizes, main, run_side
from benchmarks.setting import PARTITIONS, profile_in
from featurestore.definitions.training import TrainingSpec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MISSING = 0.05
DECIMALS = 1
TOLERANCE = 1e-6
SETTINGS: dict[str, Any] = {"maxIter": 20, "regParam": 0.01, "elasticNetParam": 0.0, "tol": 1e-6}


def _measure(folder: Path, sizes: Sizes) -> tuple[list[Pair], Mapping[str, Any]]:
    run_side("training", "rows", folder, sizes)
    samples = in_turns(
        lambda name: run_side("training", name, folder, sizes), "spec", "plain", pairs=sizes["pairs"]
    )
    first, *others = [one["scores"] for side in samples.values() for one in side]
    distance = max(abs(one - another) for other in others for one, another in zip(first, other, strict=True))
    if distance > TOLERANCE:
        raise NothingToCompare(f"training: the models differ, predictions by up to {distance:.1e}")
    spec, plain = ([one["seconds"] for one in samples[name]] for name in ("spec", "plain"))
    return paired(spec, plain), {"greatest_difference_of_predictions": distance, "settings": SETTINGS}


def _spark(folder: Path) -> Any:
    from featurestore.offline.session import build_session

    return build_session(profile_in(folder))


def _names(sizes: Sizes) -> list[str]:
    return [f"f{number}" for number in range(sizes["features"])]


def _rows(folder: Path, sizes: Sizes) -> dict[str, Any]:
    """Numbers of one decimal, one in twenty missing, and a label that some of them tell."""
    from pyspark.sql import functions as F

    spark = _spark(folder)
    numbers = [F.round(F.randn(seed), DECIMALS).alias(name) for seed, name in enumerate(_names(sizes))]
    rows = spark.range(0, sizes["rows"], 1, PARTITIONS).select(
        F.col("id").cast("string").alias("key"), *numbers
    )
    told = F.col("f0") + F.col("f1") * 2 - F.col("f2") + F.randn(1000) > 1
    holes = [
        F.when(F.rand(2000 + n) > MISSING, F.col(name)).alias(name) for n, name in enumerate(_names(sizes))
    ]
    rows.select("key", told.cast("int").alias("label"), *holes).write.parquet(str(folder / "rows"))
    return {}


def _by_spec(folder: Path, sizes: Sizes) -> dict[str, Any]:
    from featurestore.training.columns import TrainingColumns
    from featurestore.training.evaluate import predict
    from featurestore.training.train import fit

    rows = _spark(folder).read.parquet(str(folder / "rows"))
    columns = TrainingColumns(keys=["key"], label="label", features=_names(sizes))
    began = time.monotonic()
    model = fit(rows, columns, TrainingSpec(settings=SETTINGS, partitions=PARTITIONS))
    seconds = time.monotonic() - began
    some = predict(model, rows, keep=["key"]).orderBy("key").limit(1000).collect()
    return {"seconds": seconds, "scores": [row["probability"] for row in some]}


def _by_hand(folder: Path, sizes: Sizes) -> dict[str, Any]:
    from pyspark.ml import Pipeline
    from pyspark.ml.classification import LogisticRegression
    from pyspark.ml.feature import Imputer, StandardScaler, VectorAssembler
    from pyspark.ml.functions import vector_to_array
    from pyspark.sql import functions as F

    rows = _spark(folder).read.parquet(str(folder / "rows"))
    names = _names(sizes)
    filled = [f"{name}_filled" for name in names]
    stages: list[Any] = [
        Imputer(strategy="median", inputCols=names, outputCols=filled),
        VectorAssembler(inputCols=filled, outputCol="inputs"),
        StandardScaler(inputCol="inputs", outputCol="scaled"),
        LogisticRegression(featuresCol="scaled", labelCol="label", **SETTINGS),
    ]
    began = time.monotonic()
    kept = rows.repartition(PARTITIONS).persist()
    model = Pipeline(stages=stages).fit(kept)
    kept.unpersist()
    seconds = time.monotonic() - began
    scored = model.transform(rows).withColumn("p", vector_to_array(F.col("probability"))[1])
    return {
        "seconds": seconds,
        "scores": [row["p"] for row in scored.select("key", "p").orderBy("key").limit(1000).collect()],
    }


BENCHMARK = Benchmark(
    name="training",
    about=__doc__,
    ours="fit by a spec",
    rival="plain Spark ML",
    sizes={"rows": 1_000_000, "features": 50, "pairs": 2},
    quick={"rows": 20_000, "features": 5, "pairs": 1},
    measure=_measure,
    sides={"rows": _rows, "spec": _by_spec, "plain": _by_hand},
    target=1.15,
)

if __name__ == "__main__":
    sys.exit(main(BENCHMARK))
